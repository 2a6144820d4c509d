"""Smoothing takes jitter away and leaves how people move."""

import numpy as np
import pytest

from casetrail.presence.perspective import Perspective
from casetrail.presence.smoothing import smooth
from casetrail.presence.tracklets import Tracklet, build_tracklet

ABOVE = Perspective(base=40, slope=0.2, tilt=0, middle=500, spread=0.05)
TIMES = np.arange(100) / 10


def walker() -> np.ndarray:
    """Somebody who comes nearer at a steady pace."""
    foot, x = np.linspace(300, 600, 100), np.linspace(200, 500, 100)
    height = ABOVE.height_at(x, foot)
    return np.stack([x - 0.2 * height, foot - height, x + 0.2 * height, foot], axis=1)


def fragment(boxes: np.ndarray) -> Tracklet:
    """A fragment of these boxes, one a frame."""
    return build_tracklet(np.arange(len(boxes)), boxes.astype(np.float32), np.full(len(boxes), 0.9))


@pytest.mark.parametrize("plane", [None, ABOVE])
def test_steady_walk_is_unchanged(plane: Perspective | None) -> None:
    """Without jitter there is nothing to take away, at the ends neither."""
    assert np.abs(smooth(fragment(walker()), TIMES, 0.4, plane).xyxy - walker()).max() < 1


def test_perspective_brings_boxes_nearer_to_the_truth() -> None:
    """Heights and widths jitter less when they are taken as shares of what the place lets expect."""
    noisy = fragment(walker() + np.random.default_rng(5).normal(0, 6, (100, 4)))
    off = [np.abs(smooth(noisy, TIMES, 0.4, plane).xyxy - walker()).mean() for plane in (None, ABOVE)]
    assert off[1] < 0.9 * off[0] < 0.6 * np.abs(noisy.xyxy - walker()).mean()


def test_a_box_unlike_the_others_counts_less() -> None:
    """One box twice as high hardly moves its neighbours."""
    spoilt = walker()
    spoilt[50, 1] -= spoilt[50, 3] - spoilt[50, 1]
    made = smooth(fragment(spoilt), TIMES, 0.4, ABOVE)
    assert np.abs(made.xyxy - walker())[45:55].max() < 6


def test_nothing_is_smoothed_where_not_asked_or_alone() -> None:
    """With no time to smooth over, and for a single row, boxes stay."""
    item = fragment(walker())
    assert smooth(item, TIMES, 0.0, ABOVE) is item
    alone = fragment(walker()[:1])
    assert np.abs(smooth(alone, TIMES, 0.4, ABOVE).xyxy - alone.xyxy).max() < 1e-3
