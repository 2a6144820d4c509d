"""Reading ground truth in the text form of the MOT challenges."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from casetrail.model.arrays import Doubles, Floats, Integers
from casetrail.model.errors import BadInputError, MissingError


@dataclass(frozen=True)
class MotTruth:
    """Who was where. `n` rows: `frame` int64 `(n,)` from 0; `person` int64 `(n,)`; `xyxy` float32 `(n, 4)`, pixels."""

    frame: Integers
    person: Integers
    xyxy: Floats


def read_mot_truth(path: Path) -> MotTruth:
    """Rows `frame,id,x,y,w,h,conf,...` with frames from 1; rows whose conf is 0 are ignored, as MOTChallenge does.

    Raises MissingError when the file is not there, BadInputError when a row is not of this form.
    """
    if not path.is_file():
        raise MissingError("no such truth file", where=str(path), todo="check the path")
    rows = _read_rows(path)
    if len(rows) == 0 or rows.shape[1] < 7 or not np.isfinite(rows[:, :6]).all():
        raise BadInputError("not rows of frame,id,x,y,w,h,conf", where=str(path), todo="name a MOT truth file")
    kept = rows[rows[:, 6] != 0]
    corners = np.column_stack([kept[:, 2:4], kept[:, 2:4] + kept[:, 4:6]])
    return MotTruth(kept[:, 0].astype(np.int64) - 1, kept[:, 1].astype(np.int64), corners.astype(np.float32))


def _read_rows(path: Path) -> Doubles:
    """Every row as numbers; none when there is no row or one is not numbers, or they differ in length."""
    try:
        lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        return np.array([[float(cell) for cell in line.split(",")] for line in lines], dtype=np.float64)
    except ValueError:
        return np.zeros((0, 0))
