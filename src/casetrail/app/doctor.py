"""The doctor: what is installed, which models serve, whether the stores and the clock can be trusted."""

import os
import shutil
import stat
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from casetrail.app.models import ModelFiles, resolve
from casetrail.app.provenance import version_of
from casetrail.app.settings import Settings
from casetrail.model.errors import CasetrailError
from casetrail.model.models import AccuracyClass, ModelRole

NEEDED = (
    "casetrail",
    "av",
    "numpy",
    "scipy",
    "opencv-python-headless",
    "openvino",
    "pyarrow",
    "SQLAlchemy",
    "cryptography",
)
OPTIONAL: Mapping[str, str] = {"trackeval": "needed by `evaluate tracking`; install casetrail[evaluate]"}
LEAST_FREE_BYTES = 2 * 2**30
NEWEST_SKEW_S = 300


class Health(StrEnum):
    """How a finding is: fine, works but worth knowing, or missing."""

    OK = "ok"
    NOTE = "note"
    MISSING = "missing"


@dataclass(frozen=True)
class Finding:
    """One line of the doctor's report: what was looked at, what was found, and what to do about it."""

    topic: str
    what: str
    health: Health
    found: str
    todo: str = ""


def examine(
    settings: Settings, files: ModelFiles, probes: Mapping[str, Callable[[], object]], now_us: int
) -> tuple[Finding, ...]:
    """Everything the doctor looks at. `probes` open the stores by name; one that raises is reported, not raised."""
    return (
        *_packages(),
        *(_model(role, files) for role in ModelRole),
        *_folders(settings),
        *(_store(name, probe) for name, probe in probes.items()),
        _disk(settings.data),
        _clock(settings.data, now_us),
    )


def is_well(findings: Iterable[Finding]) -> bool:
    """Whether nothing that is needed is missing."""
    return all(finding.health is not Health.MISSING for finding in findings)


def _packages() -> list[Finding]:
    python = ".".join(str(part) for part in sys.version_info[:3])
    findings = [Finding("version", "python", Health.OK, python)]
    for name in NEEDED:
        found = version_of(name)
        missing = found == "absent"
        todo = "run `make install`" if missing else ""
        findings.append(Finding("version", name, Health.MISSING if missing else Health.OK, found, todo))
    for name, why in OPTIONAL.items():
        found = version_of(name)
        absent = found == "absent"
        findings.append(Finding("version", name, Health.NOTE if absent else Health.OK, found, why if absent else ""))
    return findings


def _model(role: ModelRole, files: ModelFiles) -> Finding:
    try:
        model = resolve(role, files)
    except CasetrailError as error:
        needed = role in (ModelRole.PERSON_DETECTOR, ModelRole.CLOTHING) or error.exit_code != 5
        health = Health.MISSING if needed else Health.NOTE
        return Finding("model", role.value, health, error.what, error.todo)
    carried = model.entry.accuracy is AccuracyClass.CARRIED
    found = f"{model.entry.name} ({model.entry.accuracy}) from {model.place}"
    todo = "lower accuracy: run `casetrail models pull`, or set CASETRAIL_MODELS" if carried else ""
    return Finding("model", role.value, Health.NOTE if carried else Health.OK, found, todo)


def _folders(settings: Settings) -> list[Finding]:
    findings = [_writable("data", settings.data), _keys(settings.key_dir)]
    for name, folder in (("CASETRAIL_MODELS", settings.models), ("CASETRAIL_SAMPLES", settings.samples)):
        if folder is not None and not folder.is_dir():
            findings.append(
                Finding("folder", name, Health.MISSING, f"{folder} is no folder", f"correct or unset {name}")
            )
    return findings


def _writable(name: str, folder: Path) -> Finding:
    there = _nearest(folder)
    if not os.access(there, os.W_OK | os.X_OK):
        return Finding("folder", name, Health.MISSING, f"{folder} cannot be written", "choose another with --data")
    return Finding("folder", name, Health.OK, str(folder) if folder.is_dir() else f"{folder} (not made yet)")


def _keys(folder: Path) -> Finding:
    if folder.is_dir() and stat.S_IMODE(folder.stat().st_mode) & 0o077:
        return Finding("folder", "keys", Health.NOTE, f"{folder} can be read by others", f"chmod 700 {folder}")
    return _writable("keys", folder)


def _store(name: str, probe: Callable[[], object]) -> Finding:
    try:
        probe()
    except CasetrailError as error:
        return Finding("store", name, Health.MISSING, str(error), error.todo)
    return Finding("store", name, Health.OK, "opens")


def _disk(folder: Path) -> Finding:
    free = shutil.disk_usage(_nearest(folder)).free
    low = free < LEAST_FREE_BYTES
    todo = "free some space, or choose another disk with --data" if low else ""
    return Finding("disk", "free", Health.NOTE if low else Health.OK, f"{free / 2**30:.1f} GiB", todo)


def _clock(folder: Path, now_us: int) -> Finding:
    """A clock behind what it wrote itself, or behind this program's own files, is wrong."""
    newest = max(path.stat().st_mtime for path in (Path(__file__), _nearest(folder)))
    behind_s = newest - now_us / 1e6
    zone = time.strftime("%Z")
    if behind_s > NEWEST_SKEW_S:
        found = f"{behind_s:.0f} s behind files it wrote before"
        return Finding("clock", "this machine", Health.MISSING, found, "set the clock; every moment depends on it")
    return Finding(
        "clock", "this machine", Health.OK, f"not behind its own files (local zone {zone}; all times are UTC)"
    )


def _nearest(folder: Path) -> Path:
    """The folder, or the nearest one above it that exists."""
    return next((place for place in (folder, *folder.parents) if place.exists()), Path("/"))
