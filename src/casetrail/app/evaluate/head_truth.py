"""Reading where heads and bodies truly are, for measuring redaction."""

import csv
import gzip
import math
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np

from casetrail.app.evaluate.mot_truth import MotTruth, read_mot_truth
from casetrail.model.arrays import Floats, Integers
from casetrail.model.errors import BadInputError, MissingError

HEAD_OF_BODY = 0.15  # share of a person box's height that is head, where the truth knows bodies only
HEAD_RATIO = 0.8  # width of a head over its height
GZIP = b"\x1f\x8b"


class TruthFormat(StrEnum):
    """How a truth file is written."""

    TOWNCENTRE = "towncentre"
    MOT = "mot"


@dataclass(frozen=True)
class BoxTruth:
    """Where heads, or bodies, are. `n` rows: `frame` int64 `(n,)` of the recording from 0; `person` `(n,)`; `xyxy`
    `(n, 4)` pixels.
    """

    frame: Integers
    person: Integers
    xyxy: Floats


def read_head_truth(path: Path, form: TruthFormat, frame_offset: int = 0) -> BoxTruth:
    """Heads of a truth file, gzip accepted: frame `i` of the recording is frame `i + frame_offset` of the truth.

    `towncentre`: rows `person,frame,head_valid,body_valid`, head x1,y1,x2,y2, body x1,y1,x2,y2, frames from 0; heads
    that are not valid are left out. `mot`: the head is taken to be the top of the box, centred. Raises MissingError
    when the file is not there, BadInputError when it is not of this form or speaks of no head.
    """
    _check_there(path)
    truth = _heads_of(read_mot_truth(path)) if form is TruthFormat.MOT else _from_towncentre(path, valid=2, box=4)
    return _from_frame(truth, frame_offset, "head", path)


def read_body_truth(path: Path, form: TruthFormat, frame_offset: int = 0) -> BoxTruth:
    """Bodies of a truth file, as `read_head_truth` reads heads."""
    _check_there(path)
    if form is TruthFormat.MOT:
        people = read_mot_truth(path)
        truth = BoxTruth(people.frame, people.person, people.xyxy)
    else:
        truth = _from_towncentre(path, valid=3, box=8)
    return _from_frame(truth, frame_offset, "body", path)


def _check_there(path: Path) -> None:
    if not path.is_file():
        raise MissingError("no such truth file", where=str(path), todo="check the path")


def _from_frame(truth: BoxTruth, frame_offset: int, what: str, path: Path) -> BoxTruth:
    kept = truth.frame - frame_offset >= 0
    if not kept.any():
        raise BadInputError(f"the truth speaks of no {what}", where=str(path), todo="check --truth-format")
    return BoxTruth(truth.frame[kept] - frame_offset, truth.person[kept], truth.xyxy[kept])


def _heads_of(people: MotTruth) -> BoxTruth:
    x1, y1, x2, y2 = people.xyxy.T
    high = HEAD_OF_BODY * (y2 - y1)
    half = np.minimum(HEAD_RATIO * high, x2 - x1) / 2
    middle = (x1 + x2) / 2
    return BoxTruth(people.frame, people.person, np.stack([middle - half, y1, middle + half, y1 + high], axis=1))


def _from_towncentre(path: Path, *, valid: int, box: int) -> BoxTruth:
    """The boxes that start in column `box`, where column `valid` says that they are."""
    rows = np.array(list(read_towncentre_rows(path)), dtype=np.float64).reshape(-1, 12)
    rows = rows[rows[:, valid] != 0]
    boxes = rows[:, box : box + 4].astype(np.float32)
    return BoxTruth(rows[:, 1].astype(np.int64), rows[:, 0].astype(np.int64), boxes)


def read_towncentre_rows(path: Path) -> Iterator[list[float]]:
    """Rows of twelve numbers. A first row of names and a last row that was cut off are passed over."""
    lines = [line for line in _text(path).splitlines() if line.strip()]
    for number, row in enumerate(csv.reader(lines)):
        values = [_number(cell) for cell in row]
        if len(values) == 12 and all(map(math.isfinite, values)):
            yield values
        elif number not in (0, len(lines) - 1):
            raise BadInputError(f"row {number + 1} is not twelve numbers", where=str(path), todo="check --truth-format")


def _number(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        return math.nan


def _text(path: Path) -> str:
    data = path.read_bytes()
    try:
        return (gzip.decompress(data) if data.startswith(GZIP) else data).decode("utf-8")
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise BadInputError("not a readable text file", where=str(path), todo="check the file") from error
