"""Reading where people truly are, in any of the forms that are understood."""

from pathlib import Path

import numpy as np

from casetrail.app.evaluate.head_truth import TruthFormat, read_towncentre_rows
from casetrail.app.evaluate.mot_truth import MotTruth, read_mot_truth
from casetrail.model.errors import BadInputError, MissingError
from casetrail.model.geometry import box_area

LEAST_VISIBLE = 0.5  # a person of whom less is inside the picture is not there to be found


def read_people_truth(path: Path, form: TruthFormat, frame_offset: int, frames: int, wh: tuple[int, int]) -> MotTruth:
    """Bodies of a truth file; frame `i` of the recording is frame `i + frame_offset` of the truth.

    `frames`: how many the recording has; `wh`: its size in pixels. A truth in the form of Towncentre is that of a
    longer recording, with boxes that reach beyond the picture: what lies outside is left out, and who is more than
    half outside. Raises MissingError when the file is not there, BadInputError when it is not of this form, or speaks
    of nobody in these frames.
    """
    if not path.is_file():
        raise MissingError("no such truth file", where=str(path), todo="check the path")
    truth = read_mot_truth(path) if form is TruthFormat.MOT else _towncentre_bodies(path, wh)
    frame = truth.frame - frame_offset
    if form is TruthFormat.MOT and len(frame) and (frame.min() < 0 or frame.max() >= frames):
        what = f"the truth annotates frame {int(frame.max()) + 1}, the recording has {frames}"
        raise BadInputError(what, where=str(path), todo="name the truth file of this recording")
    inside = (frame >= 0) & (frame < frames)
    if not inside.any():
        raise BadInputError("the truth annotates nobody", where=str(path), todo="check --truth-format")
    return MotTruth(frame[inside], truth.person[inside], truth.xyxy[inside])


def _towncentre_bodies(path: Path, wh: tuple[int, int]) -> MotTruth:
    rows = np.array(list(read_towncentre_rows(path)), np.float64).reshape(-1, 12)
    whole = rows[:, 8:12].astype(np.float32)
    seen = np.clip(whole, 0, np.array([*wh, *wh], np.float32))
    kept = (rows[:, 3] != 0) & (box_area(seen) >= LEAST_VISIBLE * box_area(whole))
    return MotTruth(rows[kept, 1].astype(np.int64), rows[kept, 0].astype(np.int64), seen[kept])
