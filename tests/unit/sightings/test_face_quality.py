"""Which faces show enough to be compared."""

import numpy as np
import pytest

from casetrail.model.arrays import Floats, Image
from casetrail.sightings.face_geometry import read_pose
from casetrail.sightings.face_quality import FaceQuality, read_quality

POINTS = np.array([[0.3, 0.4], [0.7, 0.4], [0.5, 0.6], [0.35, 0.8], [0.65, 0.8]], np.float32)


def make_face(size: int, smooth: int = 1) -> tuple[Image, Floats, Floats]:
    """Random blotches of 15 pixels as a face of that size, smoothed so many times."""
    blotches = np.random.default_rng(3).integers(0, 256, (size // 15, size // 15, 3)).astype(np.float64)
    image = np.kron(blotches, np.ones((15, 15, 1)))
    for _ in range(smooth):
        image = (image + np.roll(image, 1, 0) + np.roll(image, 1, 1) + np.roll(image, (1, 1), (0, 1))) / 4
    return image.astype(np.uint8), np.array([0, 0, size, size], np.float32), POINTS * size


def test_smoothing_takes_sharpness() -> None:
    """The more a face is smoothed the less sharp it is, until it is not compared any more."""
    values = [read_quality(*make_face(60, smooth)).sharpness for smooth in (1, 6, 40)]
    assert values[0] > values[1] > values[2]
    assert read_quality(*make_face(60, 1)).comparable
    assert not read_quality(*make_face(60, 40)).comparable


def test_contrast_does_not_change_sharpness() -> None:
    """The same face in dim light is as sharp."""
    image, xyxy, points = make_face(60)
    dim = (image * 0.5 + 60).astype(np.uint8)
    assert read_quality(dim, xyxy, points).sharpness == pytest.approx(
        read_quality(image, xyxy, points).sharpness, rel=0.05
    )


def test_flat_faces_and_points_in_one_place_are_not_compared() -> None:
    """A face without any detail, or whose points fell together, has no quality and breaks nothing."""
    flat = np.full((60, 60, 3), 90, np.uint8)
    image, xyxy, points = make_face(60)
    assert read_quality(flat, xyxy, points).sharpness == 0
    assert read_quality(image, xyxy, np.zeros_like(points)).sharpness == 0


def test_points_outside_the_picture_are_read() -> None:
    """A face that the picture's edge cuts is judged on what there is."""
    image, xyxy, points = make_face(60)
    assert np.isfinite(read_quality(image, xyxy - 30, points - 30).sharpness)


def test_better_views_weigh_more() -> None:
    """Size, sharpness and a straight look each raise the weight, up to what helps."""
    best = FaceQuality(60, 0.9, 0.0)
    for worse in (FaceQuality(30, 0.9, 0.0), FaceQuality(60, 0.4, 0.0), FaceQuality(60, 0.9, 0.3)):
        assert 0 < worse.weight < best.weight <= 1
    assert FaceQuality(200, 2.0, 0.0).weight == best.weight


def test_pose_is_the_same_when_the_head_tilts() -> None:
    """Turning the picture changes the tilt and not how far the face is turned; mirrored it is the same."""
    points = POINTS * 50
    points[2, 0] += 5
    angle = np.array([[0.8, 0.6], [-0.6, 0.8]], np.float32)
    straight, tilted = read_pose(points), read_pose(points @ angle)
    assert straight.turned == pytest.approx(tilted.turned, abs=1e-5) == pytest.approx(0.25)
    assert straight.tilt_rad == 0
    assert abs(tilted.tilt_rad) > 0.5
    assert not straight.in_profile
    points[2, 0] += 10
    assert read_pose(points).in_profile
