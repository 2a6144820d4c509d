"""People stay covered through the frames in which a detector missed them, looking both ways."""

import numpy as np

from casetrail.evidence.holding import Holding, hold_boxes
from casetrail.model.arrays import Floats
from casetrail.model.geometry import box_cover

NOBODY = np.zeros((0, 4), np.float32)
HOLDING = Holding(ends_s=0.5, lone_s=0.2, gap_s=1.0)


def walker(frame: int) -> Floats:
    """A person who walks 3 pixels a frame."""
    return np.array([[20 + 3 * frame, 50, 50 + 3 * frame, 130]], np.float32)


def hold(seen: set[int], frames: int = 30) -> list[Floats]:
    """What is covered when the walker is found in these frames only; ten frames a second."""
    found = [walker(frame) if frame in seen else NOBODY for frame in range(frames)]
    return hold_boxes(np.arange(frames) / 10, found, HOLDING)


def covers(boxes: Floats, frame: int) -> bool:
    """Whether some box covers nearly all of the walker."""
    return bool(len(boxes)) and bool((box_cover(walker(frame), boxes) > 0.95).any())


def test_a_gap_is_bridged() -> None:
    """Missed frames between two finds are covered where the person must have been."""
    held = hold({0, 1, 2, 3, 11, 12, 13})
    assert all(covers(held[frame], frame) for frame in range(14))


def test_both_ends_are_held() -> None:
    """Covered before the first find and after the last, moved on with the person, and not forever."""
    held = hold({12, 13, 14, 15})
    assert [frame for frame in range(30) if covers(held[frame], frame)] == list(range(7, 21))
    assert not len(held[2])
    assert not len(held[28])


def test_a_lone_find_is_held_shortly() -> None:
    """One find alone holds for two frames either way at ten frames a second."""
    assert [frame for frame in range(30) if len(hold({15})[frame])] == [13, 14, 15, 16, 17]


def test_a_long_gap_is_two_people() -> None:
    """Beyond the gap nothing is bridged: the ends are held, the middle is free."""
    held = hold({0, 1, 2, 3, 26, 27, 28, 29})
    assert not len(held[15])
    assert len(held[6])
    assert len(held[23])


def test_nothing_found_is_taken_away() -> None:
    """Every found box is in the result, whatever else is."""
    held = hold({0, 5, 6, 7, 20})
    assert all((held[frame][0] == walker(frame)[0]).all() for frame in (0, 5, 6, 7, 20))


def test_one_bad_box_does_not_uncover() -> None:
    """A box that sits far too low for one frame is made up for by its neighbours."""
    found = [walker(frame) for frame in range(9)]
    found[4] = found[4] + np.array([0, 30, 0, 0], np.float32)
    held = hold_boxes(np.arange(9) / 10, found, HOLDING)
    assert covers(held[4], 4)


def test_two_people_are_not_mixed_up() -> None:
    """Two who walk in opposite directions are each bridged on their own side."""
    other = [np.array([[200 - 3 * frame, 50, 230 - 3 * frame, 130]], np.float32) for frame in range(20)]
    found = [np.concatenate([walker(frame), other[frame]]) if not 8 <= frame < 12 else NOBODY for frame in range(20)]
    held = hold_boxes(np.arange(20) / 10, found, HOLDING)
    for frame in range(8, 12):
        assert covers(held[frame], frame)
        assert (box_cover(other[frame], held[frame]) > 0.95).any()
