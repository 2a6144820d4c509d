"""Published checkpoints: one file of signed text each, named by how many events it covers; none is ever removed."""

from pathlib import Path

from casetrail.app.private_files import make_folder, open_lock, replace_file
from casetrail.model.errors import IntegrityError

_SUFFIX = ".note"


def add_checkpoint(folder: Path, size: int, text: str) -> None:
    """Keep the text of a checkpoint of the first `size` events durably, unless it is there with more under it."""
    path = make_folder(folder) / f"{size:012d}{_SUFFIX}"
    with open_lock(folder / "lock", exclusive=True):
        if not (path.exists() and _read(path).startswith(text)):
            replace_file(path, text.encode())


def read_checkpoints(folder: Path) -> tuple[str, ...]:
    """Every text, smallest size first. Raises IntegrityError when one is no text."""
    return tuple(_read(path) for path in sorted(folder.glob(f"*{_SUFFIX}")))


def read_checkpoint(folder: Path) -> str | None:
    """The text of the largest size, or None."""
    paths = sorted(folder.glob(f"*{_SUFFIX}"))
    return _read(paths[-1]) if paths else None


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise IntegrityError("a kept checkpoint cannot be read", where=str(path)) from None
