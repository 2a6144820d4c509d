"""What both directions of time agree on is kept; where they contradict each other, people are cut."""

import numpy as np

from casetrail.presence.association import AssociationRules
from casetrail.presence.both_ways import associate_both_ways
from casetrail.presence.detector import Detections

RULES = AssociationRules()


def people(*feet: tuple[float, float, float]) -> Detections:
    """People of 30 by 80 px at `(x, foot y, confidence)`."""
    rows = np.array(feet, np.float32).reshape(-1, 3)
    x, y, sure = rows.T
    return Detections(np.stack([x - 15, y - 80, x + 15, y], axis=1), sure)


def test_agreement_is_one_piece() -> None:
    """Somebody who is plainly followed comes out whole, with nothing to doubt."""
    fragments, doubts = associate_both_ways(
        [people((100 + 6 * n, 300, 0.9)) for n in range(20)], np.arange(20) / 10, RULES
    )
    assert [len(item) for item in fragments] == [20]
    assert doubts == []


def test_faint_beginning_is_found_from_the_other_end() -> None:
    """Doubtful detections start nobody, but read backwards they go on from the sure ones that come after them."""
    found = [people((100 + 6 * n, 300, 0.3 if n < 8 else 0.9)) for n in range(20)]
    fragments, doubts = associate_both_ways(found, np.arange(20) / 10, RULES)
    assert [item.first for item in fragments] == [0]
    assert doubts == []


def test_contradiction_is_cut() -> None:
    """One goes behind another, and one comes out: forwards and backwards tell it differently, so it is cut there."""
    both = [people((100 + 8 * n, 300, 0.9), (340 - 8 * n, 300, 0.9)) for n in range(13)]
    merged = [people((220, 300, 0.9)) for _ in range(4)]
    after = [people((220 - 3 * n, 300, 0.9), (220 + 20 + 8 * n, 300, 0.9)) for n in range(12)]
    found = both + merged + after
    fragments, doubts = associate_both_ways(found, np.arange(len(found)) / 10, RULES)
    assert len(fragments) > 2
    assert doubts
    assert all(10 <= start < end <= 20 for start, end in doubts)


def test_every_detection_is_in_one_fragment_at_most() -> None:
    """In a crowd that is seen now and then, no detection belongs to two people."""
    rng = np.random.default_rng(7)
    where = rng.uniform(100, 400, (6, 2)) + np.cumsum(rng.normal(0, 4, (30, 6, 2)), axis=0)
    found = [people(*[(x, y, rng.uniform(0.2, 1)) for x, y in frame if rng.random() < 0.8]) for frame in where]
    fragments, _ = associate_both_ways(found, np.arange(30) / 10, RULES)
    for frame, one in enumerate(found):
        taken = [item.xyxy[item.frame == frame][0].tolist() for item in fragments if (item.frame == frame).any()]
        assert len({tuple(box) for box in taken}) == len(taken) <= len(one.confidence)
    assert all((np.diff(item.frame) > 0).all() for item in fragments)


def test_nobody_is_nothing() -> None:
    """No frames, no fragments."""
    assert associate_both_ways([], np.zeros(0), RULES) == ([], [])
