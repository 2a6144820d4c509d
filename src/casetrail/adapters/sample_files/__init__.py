"""Sample footage from folders, its official address, or Debian's package."""

import hashlib
import os
import shutil
import subprocess
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from casetrail.app.samples import Sample
from casetrail.model.errors import MissingError

CONNECT_S = 5
MOST_BYTES = 64 * 2**20
APT_S = 240


class FoundSampleFiles:
    """Looks in `samples`, then `cache`, then asks the official address, then Debian's package manager."""

    def __init__(self, samples: Path | None, cache: Path) -> None:
        self._samples, self._cache = samples, cache / "samples"

    def find_sample(self, sample: Sample) -> tuple[Path, str]:
        """The first copy whose hash is right, and where it was found."""
        tried: list[str] = []
        for place, find in self._places(sample):
            path, why = find()
            if path is not None and _sha256(path) == sample.sha256:
                return self._keep(sample, path), place
            tried.append(f"{place}: {why if path is None else 'wrong hash'}")
        raise MissingError(
            f"not found ({'; '.join(tried)})",
            where=sample.name,
            todo=f"put it into a folder and set CASETRAIL_SAMPLES to that folder, or install {sample.debian_package}",
        )

    def _places(self, sample: Sample) -> list[tuple[str, Callable[[], tuple[Path | None, str]]]]:
        folder = self._samples
        installed = Path("/") / sample.debian_file
        return [
            ("CASETRAIL_SAMPLES", lambda: _in_folder(folder / sample.name) if folder else (None, "not set")),
            ("cache", lambda: _in_folder(self._cache / sample.name)),
            ("official address", lambda: self._download(sample)),
            (f"installed {sample.debian_package}", lambda: _in_folder(installed)),
            (f"Debian's {sample.debian_package}", lambda: self._from_debian(sample)),
        ]

    def _keep(self, sample: Sample, path: Path) -> Path:
        """A copy in the cache, unless the file lies in a folder that is the user's own."""
        if self._samples is not None and path.parent == self._samples:
            return path
        target = self._cache / sample.name
        if path.parent != self._cache:
            self._cache.mkdir(parents=True, exist_ok=True)
            part = target.with_suffix(".part")
            shutil.copyfile(path, part)
            path = part
        path.replace(target)
        return target

    def _download(self, sample: Sample) -> tuple[Path | None, str]:
        self._cache.mkdir(parents=True, exist_ok=True)
        part = self._cache / f"{sample.name}.download"
        try:
            with urllib.request.urlopen(sample.address, timeout=CONNECT_S) as answer:
                part.write_bytes(answer.read(MOST_BYTES))
        except (urllib.error.URLError, OSError) as error:
            return None, f"unreachable ({getattr(error, 'reason', None) or type(error).__name__})"
        return part, ""

    def _from_debian(self, sample: Sample) -> tuple[Path | None, str]:
        if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
            return None, "no apt-get here"
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)
            package = _fetch_package(sample.debian_package, folder)
            if package is None:
                return None, "apt-get could not download it"
            _run(["dpkg-deb", "-x", str(package), str(folder / "x")], folder)
            found = folder / "x" / sample.debian_file
            if not found.is_file():
                return None, "the package does not hold the file"
            kept = self._cache / f"{sample.name}.debian"
            self._cache.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(found, kept)
            return kept, ""


def _fetch_package(name: str, folder: Path) -> Path | None:
    """The package, with the system's lists, or with fresh lists of our own (no root needed)."""
    lists = folder / "lists"
    (lists / "partial").mkdir(parents=True)
    own = [f"-oDir::State::Lists={lists}", "-oDebug::NoLocking=1"]
    for options, update in ([], False), (own, True):
        if update:
            _run(["apt-get", *options, "-q", "update"], folder)
        if _run(["apt-get", *options, "-q", "download", name], folder):
            return next(iter(sorted(folder.glob("*.deb"))), None)
    return None


def _run(command: list[str], folder: Path) -> bool:
    environment = {**os.environ, "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}
    try:
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False, timeout=APT_S)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _in_folder(path: Path) -> tuple[Path | None, str]:
    return (path, "") if path.is_file() else (None, "not there")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
