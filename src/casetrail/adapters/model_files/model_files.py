"""Model files in the `CASETRAIL_MODELS` directory, the user cache, and installed registry packages."""

import hashlib
from collections.abc import Iterator
from functools import lru_cache
from importlib import metadata
from pathlib import Path

from casetrail.adapters.model_files.download import download_file
from casetrail.app.model_catalogue import CatalogueEntry, ModelFile
from casetrail.app.models import FoundModel, Progress
from casetrail.model.errors import IntegrityError, MissingError


class LocalModelFiles:
    """Looks in `models` (when given), then `cache`/models, then registry packages; pulls into the cache."""

    def __init__(self, models: Path | None, cache: Path) -> None:
        self._models, self._cache = models, cache / "models"

    def find_model(self, entry: CatalogueEntry) -> FoundModel | None:
        """The first place that holds the model, verified."""
        for place, paths in self._places(entry):
            there = [path.is_file() for path in paths]
            if all(there):
                return _verified(entry, paths, place)
            if any(there):
                raise IntegrityError(
                    f"only some files of {entry.name} are there",
                    where=str(paths[there.index(False)]),
                    todo=f"add this file, or run `casetrail models pull {entry.name}`",
                )
        return None

    def pull_model(self, entry: CatalogueEntry, progress: Progress) -> FoundModel:
        """Download every file that the cache does not hold yet."""
        if not entry.downloadable:
            raise MissingError("no official address is known", where=entry.name, todo="set CASETRAIL_MODELS")
        for file in entry.files:
            target = self._cache / file.path
            if not (target.is_file() and _hash_of(target) == file.sha256):
                download_file(file, target, progress)
        return _verified(entry, [self._cache / file.path for file in entry.files], "cache")

    def _places(self, entry: CatalogueEntry) -> Iterator[tuple[str, list[Path]]]:
        if self._models is not None:
            yield "CASETRAIL_MODELS", [self._models / file.path for file in entry.files]
        yield "cache", [self._cache / file.path for file in entry.files]
        if entry.carrier is not None:
            carried = _carried_paths(entry.carrier.package, entry.files)
            if carried:
                yield f"package {entry.carrier.package}", carried


def _carried_paths(package: str, files: tuple[ModelFile, ...]) -> list[Path]:
    """The files inside an installed package, which is located but never imported."""
    try:
        distribution = metadata.distribution(package)
    except metadata.PackageNotFoundError:
        return []
    return [Path(str(distribution.locate_file(file.package_path))) for file in files]


def _verified(entry: CatalogueEntry, paths: list[Path], place: str) -> FoundModel:
    for file, path in zip(entry.files, paths, strict=True):
        if _hash_of(path) != file.sha256:
            raise IntegrityError(
                f"this file of {entry.name} is not the one in the catalogue (sha256 differs)",
                where=str(path),
                todo=f"remove it and run `casetrail models pull {entry.name}`, or copy it again",
            )
    return FoundModel(tuple(paths), place)


def _hash_of(path: Path) -> str:
    state = path.stat()
    return _hash_once(path, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=64)
def _hash_once(path: Path, _mtime_ns: int, _size: int) -> str:
    """sha256 of a file; asked again only when the file's time or size changed."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
