"""Image sequences: a folder of numbered pictures, as MOTChallenge lays them out, read with OpenCV."""

import configparser
import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import cv2

from casetrail.adapters.decoder.containers import check_length, check_size
from casetrail.adapters.decoder.picture_size import read_size
from casetrail.footage.decoder import Packet
from casetrail.footage.files import IMAGE_SUFFIXES, SEQINFO, check_there
from casetrail.footage.recordings import Frame, MediaFacts, RecordingKind
from casetrail.model.arrays import Image
from casetrail.model.errors import BadInputError

_MOST_SEQINFO_BYTES = 100_000
_ASSUMED_RATE = Fraction(25)
_NUMBER = re.compile(r"(\d+)$")


@dataclass(frozen=True)
class Sequence:
    """The pictures of a folder by pts, the rate they were taken at, and what is doubtful about them."""

    pictures: dict[int, Path]
    time_base: Fraction
    doubts: tuple[str, ...]


def find_sequence(path: str) -> Sequence:
    """The pictures of a folder: those in `imDir` of its `seqinfo.ini`, else in `img1`, else in the folder itself.

    pts is the number in a picture's name less that of the first, so that a missing picture leaves a pause.
    Raises MissingError when the folder is gone, BadInputError when it holds no picture or a wrong `seqinfo.ini`.
    """
    folder = check_there(path)
    info = _read_seqinfo(folder)
    pictures = _numbered(_picture_folder(folder, info), info.get("imext", ""))
    if not pictures:
        raise BadInputError("there are no pictures in the folder", where=path, todo="name a folder that holds img1/")
    rate, doubts = _rate(info, path)
    missing = max(pictures) + 1 - len(pictures)
    doubts += [f"{missing} pictures are missing between the first and the last"] if missing else []
    announced = info.get("seqlength", "")
    if announced.isdigit() and int(announced) != len(pictures):
        doubts.append(f"{len(pictures)} of {announced} announced pictures are there")
    return Sequence(pictures, 1 / rate, tuple(doubts))


def probe_sequence(path: str) -> MediaFacts:
    """Facts of an image sequence; the first and last picture are decoded."""
    sequence = find_sequence(path)
    pts = sorted(sequence.pictures)
    height, width = read_picture(sequence.pictures[pts[0]]).shape[:2]
    read_picture(sequence.pictures[pts[-1]])
    check_size(width, height, path)
    check_length(0, pts[-1] + 1, sequence.time_base, path)
    codec = sequence.pictures[pts[0]].suffix.lstrip(".").lower()
    return MediaFacts(
        RecordingKind.IMAGES, codec, width, height, sequence.time_base, 0, pts[-1] + 1, len(pts), sequence.doubts
    )


def sequence_packets(path: str) -> Iterator[Packet]:
    """Each picture as a packet: all of them decode alone."""
    for pts, picture in sorted(find_sequence(path).pictures.items()):
        yield Packet(pts, picture.stat().st_size, keyframe=True, disposable=True)


def sequence_frames(path: str, media: MediaFacts, pts: list[int]) -> Iterator[Frame]:
    """The pictures with these pts. Raises BadInputError when one is not there or has another size."""
    pictures = find_sequence(path).pictures
    for tick in pts:
        if tick not in pictures:
            raise BadInputError(f"there is no frame with pts {tick}", where=path, todo="add the recording again")
        image = read_picture(pictures[tick])
        if image.shape[:2] != (media.height, media.width):
            raise BadInputError(
                "a picture has another size than the first", where=str(pictures[tick]), todo="sort it out"
            )
        yield Frame(tick, image, keyframe=True)


def scaled(image: Image, wh: tuple[int, int]) -> Image:
    """The picture at a size; averaging where it shrinks by much, so that thin things do not vanish."""
    if image.shape[1::-1] == wh:
        return image
    shrinks = image.shape[1] > 2 * wh[0] or image.shape[0] > 2 * wh[1]
    result: Image = cv2.resize(image, wh, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
    return result


def read_picture(picture: Path) -> Image:
    """One picture, BGR, as it is stored. Raises BadInputError when it cannot be read, or its header is absurd."""
    check_size(*read_size(picture), str(picture))  # before anything is made room for
    try:
        image = cv2.imread(str(picture), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
    except cv2.error as error:
        todo = "copy it again from its source"
        raise BadInputError("the picture cannot be read", where=str(picture), todo=todo) from error
    if image is None:
        raise BadInputError("the picture cannot be read", where=str(picture), todo="copy it again from its source")
    result: Image = image
    return result


def _read_seqinfo(folder: Path) -> dict[str, str]:
    file = folder / SEQINFO
    if not file.is_file():
        return {}
    if file.stat().st_size > _MOST_SEQINFO_BYTES:
        raise BadInputError("seqinfo.ini is too large to be one", where=str(file), todo="give it a [Sequence] part")
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(file.read_text(encoding="utf-8-sig"))
        return dict(parser["Sequence"])
    except (configparser.Error, KeyError, UnicodeDecodeError, OSError) as error:
        raise BadInputError("seqinfo.ini cannot be read", where=str(file), todo="give it a [Sequence] part") from error


def _picture_folder(folder: Path, info: dict[str, str]) -> Path:
    named = folder / info.get("imdir", "img1")
    if not named.resolve().is_relative_to(folder.resolve()):
        raise BadInputError("imDir leads out of the folder", where=str(folder / SEQINFO))
    return named if named.is_dir() else folder


def _numbered(folder: Path, suffix: str) -> dict[int, Path]:
    wanted = {suffix.lower()} if suffix else IMAGE_SUFFIXES
    found = sorted(item for item in folder.iterdir() if item.suffix.lower() in wanted)
    for item in found:
        if not item.is_file():  # a pipe would never end, a dangling link shows nothing
            raise BadInputError("this is no picture file", where=str(item), todo="copy it again from its source")
    numbers = [_NUMBER.search(item.stem) for item in found]
    by_number = {int(number[1]): item for number, item in zip(numbers, found, strict=True) if number}
    if len(by_number) < len(found):  # names without numbers, or two with the same: their order is all there is
        return dict(enumerate(found))
    first = min(by_number, default=0)
    return {number - first: item for number, item in by_number.items()}


def _rate(info: dict[str, str], path: str) -> tuple[Fraction, list[str]]:
    if "framerate" not in info:
        return _ASSUMED_RATE, [f"it states no frame rate: {_ASSUMED_RATE} per second is assumed"]
    try:
        rate = Fraction(info["framerate"])
    except (ValueError, ZeroDivisionError):
        rate = Fraction(0)
    if not 0 < rate <= 1000:
        raise BadInputError(f"frameRate {info['framerate'][:20]!r} is not usable", where=path, todo="mend seqinfo.ini")
    return rate, []
