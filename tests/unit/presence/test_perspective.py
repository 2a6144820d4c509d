"""How high people are is learned from those whom a camera sees whole, and only where it can be."""

import numpy as np
import pytest

from casetrail.presence.detector import Detections
from casetrail.presence.perspective import foot_cover, learn_perspective

WH = (1000, 800)


def crowd(heights: np.ndarray, foot: np.ndarray, x: np.ndarray, confidence: float = 0.9) -> list[Detections]:
    """One person in each frame, of this height, with the feet there."""
    boxes = np.stack([x - 0.2 * heights, foot - heights, x + 0.2 * heights, foot], axis=1).astype(np.float32)
    return [Detections(box[None], np.array([confidence], np.float32)) for box in boxes]


def somewhere(count: int, seed: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Rows of feet and middles, away from the edges."""
    noise = np.random.default_rng(seed)
    return noise.uniform(250, 780, count), noise.uniform(100, 900, count)


def test_the_plane_is_found_among_boxes_that_are_cut() -> None:
    """A fifth of the boxes shows upper halves only; the heights of the others are learned to two hundredths."""
    foot, x = somewhere(200)
    true = 40 + 0.2 * foot + 0.02 * (x - 500)
    seen = true * np.where(np.arange(200) % 5 == 0, 0.55, np.random.default_rng(1).normal(1, 0.04, 200))
    plane = learn_perspective(crowd(seen, foot, x), WH)
    assert plane is not None
    assert np.abs(plane.height_at(x, foot) / true - 1).max() < 0.02
    assert plane.tells_feet
    assert 0.02 < plane.spread < 0.08


def test_heads_tell_feet_where_people_are_seen_from_above() -> None:
    """The height that belongs to a head is the one that belongs to the feet below it."""
    foot, x = somewhere(100)
    true = 40 + 0.2 * foot
    plane = learn_perspective(crowd(true, foot, x), WH)
    assert plane is not None
    assert np.abs(plane.height_below(x, foot - true) - true).max() < 1


def test_from_eye_height_heads_tell_nothing() -> None:
    """Where heads stay in one row however near people are, the plane says that it does not tell feet."""
    foot, x = somewhere(100)
    plane = learn_perspective(crowd(foot - 200, foot, x), WH)
    assert plane is not None
    assert not plane.tells_feet


def test_one_row_of_feet_gives_one_height() -> None:
    """People on one line across the picture are as high everywhere: nothing is made up beyond."""
    x = np.linspace(100, 900, 60)
    plane = learn_perspective(crowd(np.full(60, 120.0), np.full(60, 500.0), x), WH)
    assert plane is not None
    assert plane.height_at(np.array([500.0]), np.array([700.0]))[0] == pytest.approx(120, rel=0.05)


@pytest.mark.parametrize("confidence", [0.9, 0.5])
def test_too_few_or_too_unlike_teach_nothing(confidence: float) -> None:
    """Few boxes, faint ones, and heights that have nothing to do with the place give no plane."""
    foot, x = somewhere(20)
    assert learn_perspective(crowd(np.full(20, 100.0), foot, x, confidence), WH) is None
    foot, x = somewhere(200)
    wild = np.random.default_rng(2).uniform(60, 240, 200)
    assert learn_perspective(crowd(wild, foot, x, confidence), WH) is None
    assert learn_perspective([], WH) is None


def test_only_somebody_nearer_hides_feet() -> None:
    """A box that ends lower covers the foot strip that it overlaps; one that ends higher does not."""
    far = np.array([[100, 100, 140, 200]], np.float32)
    near = np.array([[100, 150, 140, 250]], np.float32)
    assert foot_cover(far, near).tolist() == [1]
    assert foot_cover(near, far).tolist() == [0]
    assert foot_cover(near, np.zeros((0, 4), np.float32)).tolist() == [0]
