"""What the file system says about a recording: is it there, how large is it, when was it last written."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from casetrail.model.errors import BadInputError, MissingError
from casetrail.model.time import SECOND_US

IMAGE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp"})
SEQINFO = "seqinfo.ini"
_CHUNK = 1 << 20


def is_image_sequence(path: Path) -> bool:
    """Whether a folder is a MOT-style image sequence: it has `seqinfo.ini` or a folder `img1`."""
    return path.is_dir() and ((path / SEQINFO).is_file() or (path / "img1").is_dir())


def check_there(path: str) -> Path:
    """The path of a recording: a file that is there and not empty, or a folder.

    Raises MissingError when nothing is there, BadInputError when it is an empty file, neither file nor folder
    (a pipe or a device would never end), or cannot be looked at.
    """
    place = Path(path)
    with _looking_at(path):
        if not place.exists():
            raise MissingError(
                "the recording is not there", where=path, todo="mount its disk or add it from its new place"
            )
        if not (place.is_file() or place.is_dir()):
            raise BadInputError("this is no file and no folder", where=path, todo="copy the recording into a file")
        if place.is_file() and place.stat().st_size == 0:
            raise BadInputError("the file is empty", where=path, todo="copy it again from its source")
    return place


def measure_size(path: Path) -> int:
    """Bytes of a file, or of every picture below a folder, so that a change is noticed without reading it."""
    with _looking_at(str(path)):
        if path.is_file():
            return path.stat().st_size
        return sum(item.stat().st_size for item in _pictures(path))


def written_us(path: Path) -> int:
    """UTC microseconds at which the file or folder was last written."""
    with _looking_at(str(path)):
        return path.stat().st_mtime_ns * SECOND_US // 1_000_000_000


def hash_recording(path: Path) -> str:
    """sha256 of a file, or of an image sequence's pictures one after the other by name, as hexadecimal digits."""
    digest = hashlib.sha256()
    with _looking_at(str(path)):
        for item in [path] if path.is_file() else sorted(_pictures(path)):
            with item.open("rb") as file:
                while chunk := file.read(_CHUNK):
                    digest.update(chunk)
    return digest.hexdigest()


def _pictures(folder: Path) -> Iterator[Path]:
    return (item for item in folder.rglob("*") if item.suffix.lower() in IMAGE_SUFFIXES and item.is_file())


@contextmanager
def _looking_at(path: str) -> Iterator[None]:
    """Turns what the file system says into our errors: files vanish, and permissions change, at any moment."""
    try:
        yield
    except FileNotFoundError as error:
        todo = "mount its disk or add it from its new place"
        raise MissingError("the recording is not there", where=path, todo=todo) from error
    except OSError as error:
        raise BadInputError(f"cannot be looked at ({error.strerror})", where=path, todo="check permissions") from error
