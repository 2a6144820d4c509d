"""What the file system says about a recording: is it there, how large is it, when was it last written."""

import hashlib
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
    """The path of a recording that is there and not empty.

    Raises MissingError when nothing is there, BadInputError when it is an empty file or cannot be looked at.
    """
    place = Path(path)
    try:
        if not place.exists():
            raise MissingError(
                "the recording is not there", where=path, todo="mount its disk or add it from its new place"
            )
        if place.is_file() and place.stat().st_size == 0:
            raise BadInputError("the file is empty", where=path, todo="copy it again from its source")
    except OSError as error:
        raise BadInputError(f"cannot be looked at ({error.strerror})", where=path, todo="check permissions") from error
    return place


def measure_size(path: Path) -> int:
    """Bytes of a file, or of every picture below a folder, so that a change is noticed without reading it."""
    if path.is_file():
        return path.stat().st_size
    pictures = (item for item in path.rglob("*") if item.suffix.lower() in IMAGE_SUFFIXES)
    return sum(item.stat().st_size for item in pictures)


def written_us(path: Path) -> int:
    """UTC microseconds at which the file or folder was last written."""
    return path.stat().st_mtime_ns * SECOND_US // 1_000_000_000


def hash_recording(path: Path) -> str:
    """sha256 of a file, or of an image sequence's pictures one after the other by name, as hexadecimal digits."""
    digest = hashlib.sha256()
    pictures = sorted(item for item in path.rglob("*") if item.suffix.lower() in IMAGE_SUFFIXES)
    for item in [path] if path.is_file() else pictures:
        with item.open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
    return digest.hexdigest()
