"""Reading where heads truly are, for measuring redaction."""

import csv
import gzip
import math
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np

from casetrail.app.evaluate.mot_truth import read_mot_truth
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
class HeadTruth:
    """Where heads are. `n` rows: `frame` int64 `(n,)` of the recording from 0; `person` `(n,)`; `xyxy` `(n, 4)`."""

    frame: Integers
    person: Integers
    xyxy: Floats


def read_head_truth(path: Path, form: TruthFormat, frame_offset: int = 0) -> HeadTruth:
    """Heads of a truth file, gzip accepted: frame `i` of the recording is frame `i + frame_offset` of the truth.

    `towncentre`: rows `person,frame,head_valid,body_valid`, head x1,y1,x2,y2, body x1,y1,x2,y2, frames from 0; heads
    that are not valid are left out. `mot`: the head is taken to be the top of the box, centred. Raises MissingError
    when the file is not there, BadInputError when it is not of this form or speaks of no head.
    """
    if not path.is_file():
        raise MissingError("no such truth file", where=str(path), todo="check the path")
    truth = _from_bodies(path) if form is TruthFormat.MOT else _from_towncentre(path)
    kept = truth.frame - frame_offset >= 0
    if not kept.any():
        raise BadInputError("the truth speaks of no head", where=str(path), todo="check --truth-format")
    return HeadTruth(truth.frame[kept] - frame_offset, truth.person[kept], truth.xyxy[kept])


def _from_bodies(path: Path) -> HeadTruth:
    truth = read_mot_truth(path)
    x1, y1, x2, y2 = truth.xyxy.T
    high = HEAD_OF_BODY * (y2 - y1)
    half = np.minimum(HEAD_RATIO * high, x2 - x1) / 2
    middle = (x1 + x2) / 2
    return HeadTruth(truth.frame, truth.person, np.stack([middle - half, y1, middle + half, y1 + high], axis=1))


def _from_towncentre(path: Path) -> HeadTruth:
    rows = np.array(list(_rows(path)), dtype=np.float64).reshape(-1, 12)
    heads = rows[(rows[:, 2] != 0)]
    return HeadTruth(heads[:, 1].astype(np.int64), heads[:, 0].astype(np.int64), heads[:, 4:8].astype(np.float32))


def _rows(path: Path) -> Iterator[list[float]]:
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
