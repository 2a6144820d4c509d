"""Which way somebody walks is told by a path that says so throughout, and by no other."""

from dataclasses import replace

import numpy as np
import pytest

from casetrail.model.arrays import frozen
from casetrail.presence.directions import find_towards
from casetrail.presence.presences import Presence
from casetrail.testing.made_presences import make_presence

FRAMES = 40


def walk(height: np.ndarray, foot: np.ndarray) -> Presence:
    """A presence ten times a second with boxes of these heights, standing there."""
    made = make_presence(frames=len(height))
    left = np.full(len(height), 300.0)
    boxes = np.stack([left, foot - height, left + 0.4 * height, foot], axis=1).astype(np.float32)
    return replace(made, xyxy=frozen(boxes), foot_hidden=frozen(np.zeros(len(height), np.bool_)))


def coming(frames: int = FRAMES, *, seed: int = 0, noise: float = 0.0) -> Presence:
    """From 80 to 120 pixels, feet as far down as a camera 4 m up sees them, boxes off by some share of the height."""
    rng = np.random.default_rng(seed)
    height = np.linspace(80.0, 120.0, frames)
    foot = 150 + 2.3 * height
    return walk(height * (1 + noise * rng.normal(size=frames)), foot + noise * height * rng.normal(size=frames))


def backwards(presence: Presence) -> Presence:
    """The same path walked from its end."""
    return replace(
        presence, xyxy=frozen(presence.xyxy[::-1].copy()), foot_hidden=frozen(presence.foot_hidden[::-1].copy())
    )


@pytest.mark.parametrize("seed", range(5))
def test_who_comes_nearer_and_who_goes(seed: int) -> None:
    """Growing and stepping down is towards the camera, the same walked backwards away from it, noise or not."""
    for noise in (0.0, 0.04):
        presence = coming(seed=seed, noise=noise)
        assert find_towards(presence) == 1
        assert find_towards(backwards(presence)) == -1


def test_a_few_bad_boxes_change_nothing() -> None:
    """Boxes that caught somebody else's legs or half a body are outvoted."""
    presence = coming()
    boxes = presence.xyxy.copy()
    boxes[[0, 7, 38], 3] += [200, -60, -90]
    assert find_towards(replace(presence, xyxy=frozen(boxes))) == 1


def test_size_of_the_picture_does_not_matter() -> None:
    """What is told does not change when every pixel is three times as large."""
    for presence in (coming(), backwards(coming()), walk(np.full(FRAMES, 90.0), np.full(FRAMES, 400.0))):
        assert find_towards(replace(presence, xyxy=frozen(3 * presence.xyxy))) == find_towards(presence)


@pytest.mark.parametrize("seed", range(20))
def test_crossing_and_standing_tell_nothing(seed: int) -> None:
    """Boxes that only jitter say nothing."""
    rng = np.random.default_rng(seed)
    height = 90 * (1 + 0.04 * rng.normal(size=FRAMES))
    assert find_towards(walk(height, 400 + 3.0 * rng.normal(size=FRAMES))) == 0


def test_contradictions_tell_nothing() -> None:
    """Growing while the feet go up the picture is a stooping person or a wrong box, not somebody who walks."""
    grows = np.linspace(80.0, 120.0, FRAMES)
    assert find_towards(walk(grows, 400 - grows)) == 0
    assert find_towards(walk(grows, np.full(FRAMES, 400.0))) == 0
    assert find_towards(walk(np.full(FRAMES, 90.0), 300 + grows)) == 0


def test_turning_back_tells_nothing() -> None:
    """Who comes and goes again went neither way."""
    there = np.concatenate([np.linspace(80, 120, FRAMES // 2), np.linspace(120, 80, FRAMES // 2)])
    assert find_towards(walk(there, 150 + 2.3 * there)) == 0


def test_too_short_to_tell() -> None:
    """Under two seconds, or in fewer than four frames, nothing is told."""
    assert find_towards(coming(20)) == 0
    assert find_towards(coming(21)) == 1
    few = coming(40)
    rows = np.array([0, 20, 39])
    cut = {name: frozen(getattr(few, name)[rows]) for name in ("pts", "utc_us", "xyxy", "confidence", "foot_hidden")}
    assert find_towards(replace(few, **cut)) == 0


def test_cut_boxes_do_not_count() -> None:
    """Without feet, or at the upper border, a box is as high as the picture leaves it."""
    presence = coming()
    for shown, told in ((0, 0), (25, 1)):
        hidden = np.arange(FRAMES) < FRAMES - shown
        assert find_towards(replace(presence, foot_hidden=frozen(hidden))) == told
    boxes = presence.xyxy.copy()
    boxes[:, 1] = 0
    assert find_towards(replace(presence, xyxy=frozen(boxes))) == 0
