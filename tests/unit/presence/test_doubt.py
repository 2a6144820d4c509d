"""Where it is doubtful who is who, more looks are asked for; elsewhere none."""

from itertools import pairwise

import numpy as np

from casetrail.presence.detector import Detections
from casetrail.presence.doubt import doubtful_moments

WH = (768, 576)
NOBODY = Detections(np.zeros((0, 4), np.float32), np.zeros(0, np.float32))
TIMES = np.arange(30) / 5


def people(*feet: tuple[float, float]) -> Detections:
    """Sure detections of people of 30 by 80 px at `(x, foot y)`."""
    boxes = np.array([(x - 15, y - 80, x + 15, y) for x, y in feet], np.float32).reshape(-1, 4)
    return Detections(boxes, np.full(len(boxes), 0.9, np.float32))


def test_one_walker_is_not_doubtful() -> None:
    """Somebody who is always seen needs no further look, nor does an empty scene."""
    assert doubtful_moments([people((100 + 10 * n, 300)) for n in range(30)], TIMES, WH) == []
    assert doubtful_moments([NOBODY] * 30, TIMES, WH) == []
    assert doubtful_moments([], np.zeros(0), WH) == []


def test_who_leaves_by_the_edge_is_not_doubtful() -> None:
    """People end at the picture's edge; inside it, somebody who ends or begins does so for a reason."""
    leaves = [people((753, 300)) if n < 15 else NOBODY for n in range(30)]
    assert doubtful_moments(leaves, TIMES, WH) == []
    vanishes = [people((400, 300)) if n < 15 else NOBODY for n in range(30)]
    assert doubtful_moments(vanishes, TIMES, WH) == [(TIMES[14], TIMES[15])]
    appears = [people((400, 300)) if n >= 15 else NOBODY for n in range(30)]
    assert doubtful_moments(appears, TIMES, WH) == [(TIMES[14], TIMES[15])]


def test_people_who_turn_about_each_other_are_doubtful() -> None:
    """Two who meet, vanish into one box and part again cannot be told apart from a few looks."""
    apart = np.abs(np.arange(30) - 14.5) * 12
    meeting = [people((400 - a, 300), (400 + a, 300)) if a > 20 else people((400, 300)) for a in apart]
    spans = doubtful_moments(meeting, TIMES, WH)
    assert spans
    assert all(2 < start_s < end_s < 4 for start_s, end_s in spans)
    assert set(spans) <= set(pairwise(TIMES.tolist()))
    assert spans == sorted(spans)
