"""What lies in a gap of a tracklet, where the person must have been, belongs to it."""

import numpy as np

from casetrail.presence.gaps import take_into_gaps
from casetrail.presence.tracklets import Tracklet, build_tracklet


def fragment(frames: list[int], left: float = 0.0, speed: float = 0.0) -> Tracklet:
    """A box of 30 by 80 px in these frames, with so many pixels a frame to the right."""
    x = left + speed * np.array(frames)
    boxes = np.stack([x, np.zeros(len(x)), x + 30, np.full(len(x), 80.0)], axis=1)
    return build_tracklet(np.array(frames), boxes, np.full(len(frames), 0.5))


SECONDS = np.arange(30) / 10


def test_what_fits_is_taken() -> None:
    """A row on the line over the gap goes in; the fragment is used up."""
    gap = fragment([0, 1, 2, 10, 11, 12], speed=5)
    (grown,), left = take_into_gaps([gap], [fragment([5, 6], left=3, speed=5)], SECONDS, 0.4)
    assert grown.frame.tolist() == [0, 1, 2, 5, 6, 10, 11, 12]
    assert left == []


def test_what_does_not_fit_stays() -> None:
    """Beside the line, outside the gap, or in a frame that is known already: such rows are left over."""
    gap = fragment([0, 1, 2, 10, 11, 12])
    spare = [fragment([5], left=60), fragment([2, 14]), fragment([1])]
    (grown,), left = take_into_gaps([gap], spare, SECONDS, 0.4)
    assert grown is gap
    assert [item.frame.tolist() for item in left] == [[5], [2, 14], [1]]


def test_nearest_of_two_gaps() -> None:
    """A row goes to the gap that it fits best, and a frame of a tracklet is filled once."""
    gaps = [fragment([0, 10]), fragment([0, 10], left=20)]
    (first, second), left = take_into_gaps(gaps, [fragment([5], left=18), fragment([5], left=2)], SECONDS, 0.2)
    assert first.xyxy[:, 0].tolist() == [0, 2, 0]
    assert second.xyxy[:, 0].tolist() == [20, 18, 20]
    assert left == []
    (only,), left = take_into_gaps(gaps[:1], [fragment([5], left=6), fragment([5], left=2)], SECONDS, 0.2)
    assert only.xyxy[:, 0].tolist() == [0, 2, 0]
    assert [item.xyxy[0, 0] for item in left] == [6]


def test_part_of_a_fragment_may_be_taken() -> None:
    """The rows of a fragment that lie behind the gap stay a fragment of their own."""
    gap = fragment([0, 1, 2, 10])
    (grown,), left = take_into_gaps([gap], [fragment([8, 9, 10, 11])], SECONDS, 0.4)
    assert grown.frame.tolist() == [0, 1, 2, 8, 9, 10]
    assert [item.frame.tolist() for item in left] == [[10, 11]]
