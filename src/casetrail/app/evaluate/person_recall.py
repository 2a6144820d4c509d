"""How many people of the truth were found as people: the figures of `evaluate presence`.

Tracking metrics weigh frames; a trace asks about people. A person counts as found when the presences that are
mostly that person cover at least half of the frames in which the truth shows them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from casetrail.app.evaluate.tracking import FrameBoxes
from casetrail.model.errors import UsageError
from casetrail.model.geometry import box_overlap

SAME_PLACE = 0.5  # least overlap at which a box is on a person, as in the MOT challenges
COVERED = 0.5

Pairs = dict[tuple[int, int], int]  # (presence, person) -> frames


@dataclass(frozen=True)
class PeopleFigures:
    """`person_recall`: people found over people there. `person_precision`: presences that are mostly one person
    over presences. `fragments_per_person`: presences for each person that has any. 0 where there is nothing to count.
    `person_recall_strict`: counts a presence as somebody only if it is on them in over half of all its frames, those in
    which the truth shows nobody there included.
    """

    person_recall: float
    person_precision: float
    fragments_per_person: float
    person_recall_strict: float


def measure_people(truth: Sequence[FrameBoxes], found: Sequence[FrameBoxes]) -> PeopleFigures:
    """Compare the people found with those there; both hold the same annotated frames in the same order.

    A presence is mostly the person whom it overlaps by half and more in over half of the frames in which it is on
    anybody (truths stop where people leave the picture or are hidden; presences need not); in each frame boxes are
    paired one to one, as many as can be. One that is on somebody in less than half of its frames is nobody, as far as
    precision goes. Raises UsageError when the frames are not as many.
    """
    if len(truth) != len(found):
        raise UsageError(f"{len(truth)} frames of truth, {len(found)} of findings", todo="give the same frames")
    together = _count_pairs(truth, found)
    there = _count_frames(truth)
    lasted = _count_frames(found)
    annotated = _count_annotated(together)
    majority = {who: person for (who, person), frames in together.items() if 2 * frames > annotated[who]}
    mostly = [who for who in majority if 2 * annotated[who] > lasted[who]]
    strictly = {who: person for (who, person), frames in together.items() if 2 * frames > lasted[who]}
    return PeopleFigures(
        _share(_count_covered(together, there, majority), len(there)),
        _share(len(mostly), len(lasted)),
        _share(len(majority), len(set(majority.values()))),
        _share(_count_covered(together, there, strictly), len(there)),
    )


def match_people(truth: Sequence[FrameBoxes], found: Sequence[FrameBoxes]) -> dict[int, int]:
    """Whom each presence is mostly, as `measure_people` counts it; presences that are nobody are left out."""
    together = _count_pairs(truth, found)
    annotated = _count_annotated(together)
    return {who: person for (who, person), frames in together.items() if 2 * frames > annotated[who]}


def _count_pairs(truth: Sequence[FrameBoxes], found: Sequence[FrameBoxes]) -> Pairs:
    """In how many frames each presence is on each person."""
    together: Pairs = {}
    for there, here in zip(truth, found, strict=True):
        overlap = box_overlap(here.xyxy, there.xyxy)
        rows, columns = linear_sum_assignment(-np.where(overlap >= SAME_PLACE, 1 + overlap, 0))
        for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
            if overlap[row, column] >= SAME_PLACE:
                pair = int(here.person[row]), int(there.person[column])
                together[pair] = together.get(pair, 0) + 1
    return together


def _count_covered(together: Pairs, there: dict[int, int], majority: dict[int, int]) -> int:
    """How many people are covered in half of their frames by presences that are theirs."""
    covered = dict.fromkeys(there, 0)
    for (who, person), frames in together.items():
        if majority.get(who) == person:
            covered[person] += frames
    return sum(covered[person] >= COVERED * frames for person, frames in there.items())


def _count_annotated(together: Pairs) -> dict[int, int]:
    """In how many frames each presence is on anybody."""
    counted: dict[int, int] = {}
    for (who, _), frames in together.items():
        counted[who] = counted.get(who, 0) + frames
    return counted


def _count_frames(frames: Sequence[FrameBoxes]) -> dict[int, int]:
    """In how many frames each one is."""
    everyone = np.concatenate([frame.person for frame in frames]) if frames else np.zeros(0, np.int64)
    names, counts = np.unique(everyone, return_counts=True)
    return dict(zip(names.tolist(), counts.tolist(), strict=True))


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
