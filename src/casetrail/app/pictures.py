"""Still pictures in folders: what measurements of describers run on."""

from collections.abc import Callable
from pathlib import Path

from casetrail.model.arrays import Image
from casetrail.model.errors import MissingError

ReadImage = Callable[[Path], Image]
SUFFIXES = {".png", ".jpg", ".jpeg", ".bmp", ".webp"}


def ignore_progress(_done: int, _whole: int) -> None:
    """Progress that nobody wants to see."""


def find_pictures(folder: Path) -> tuple[Path, ...]:
    """Every picture below a folder, by path. Raises MissingError when there is none."""
    if not folder.is_dir():
        raise MissingError("no such folder", where=str(folder), todo="check the path")
    found = tuple(sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES))
    if not found:
        raise MissingError("no picture in this folder", where=str(folder), todo="PNG and JPEG files are read")
    return found
