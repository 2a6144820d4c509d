"""Pixels to metres and back, with what is not known carried along."""

import numpy as np
import pytest

from casetrail.model.errors import BadInputError
from casetrail.model.ground_plane import GroundPlane, locate, project, separate
from casetrail.model.lens import Lens, LensModel, distort, undistort
from casetrail.testing.staged_presences import stage_plane

LENSES = {
    "none": Lens(),
    "tsai": Lens(LensModel.TSAI, (390.0, 310.0, 0.005, 0.0046, 1.05, 0.004)),
    "opencv": Lens(LensModel.OPENCV, (900.0, 900.0, 400.0, 300.0, -0.39, 0.19, 0.001, -0.002, -0.06)),
}
PIXELS = np.array([[400.0, 550.0], [120.0, 420.0], [700.0, 380.0], [405.0, 300.0]])


@pytest.mark.parametrize("name", LENSES)
def test_place_projects_back_to_its_pixel(name: str) -> None:
    """A located pixel projects to where it came from, through every lens model."""
    plane = stage_plane(lens=LENSES[name])
    found = locate(plane, PIXELS, np.zeros((4, 2, 2)))
    assert np.allclose(project(plane, found.xy_m), PIXELS, atol=1e-6)


@pytest.mark.parametrize("name", ["tsai", "opencv"])
def test_lens_derivative_matches_differences(name: str) -> None:
    """The derivative of undistorting is that of its finite differences."""
    step = np.array([0.01, 0.0])
    _, by_raw = undistort(LENSES[name], PIXELS)
    ahead, behind = (undistort(LENSES[name], PIXELS + sign * step)[0] for sign in (1, -1))
    assert np.allclose(by_raw[:, :, 0], (ahead - behind) / 0.02, atol=1e-4)


def test_lens_moves_pixels_the_way_its_model_says() -> None:
    """The published formula of the Brown-Conrady model gives the raw pixel."""
    x, y = 0.2, -0.1
    r2 = x * x + y * y
    radial = 1 - 0.39 * r2 + 0.19 * r2**2 - 0.06 * r2**3
    raw_x = x * radial + 2 * 0.001 * x * y - 0.002 * (r2 + 2 * x * x)
    seen = distort(LENSES["opencv"], np.array([[400 + 900 * x, 300 + 900 * y]]))
    assert seen[0, 0] == pytest.approx(400 + 900 * raw_x)


def test_pixel_above_the_horizon_sees_no_ground() -> None:
    """Sky has no place on the ground: NaN, never a place behind the camera."""
    found = locate(stage_plane(), np.array([[400.0, -400.0], [400.0, 500.0]]), np.zeros((2, 2, 2)))
    assert np.isnan(found.xy_m[0]).all()
    assert np.isfinite(found.xy_m[1]).all()


def test_place_behind_the_camera_has_no_pixel() -> None:
    """Ground behind the camera does not appear in the picture."""
    assert np.isnan(project(stage_plane(), np.array([[0.0, -30.0]]))).all()


def test_covariance_matches_simulated_pixel_error() -> None:
    """The propagated covariance is what a thousand jittered pixels show."""
    plane = stage_plane(lens=LENSES["opencv"])
    pixel = np.array([[520.0, 430.0]])
    stated = locate(plane, pixel, 3.0 * np.eye(2)[None]).covariance_m2[0]
    spread = np.random.default_rng(1).normal(0, 2.0, (4000, 2))  # 3 px^2 given and 1 px of the plane
    seen = np.cov(locate(plane, pixel + spread, np.zeros((4000, 2, 2))).xy_m.T)
    assert np.allclose(seen, stated, rtol=0.12, atol=1e-5)


def test_homography_covariance_reaches_the_place() -> None:
    """An error of the homography's entries moves the place as much as stated."""
    base = stage_plane()
    sigma = 1e-3 * np.abs(base.homography).ravel()
    plane = GroundPlane(base.homography, covariance=np.diag(sigma**2), sigma_px=0.0)
    stated = locate(plane, PIXELS[:1], np.zeros((1, 2, 2))).covariance_m2[0]
    shaken = np.random.default_rng(2).normal(0, sigma, (3000, 9)).reshape(-1, 3, 3) + base.homography
    places = [locate(GroundPlane(one, sigma_px=0.0), PIXELS[:1], np.zeros((1, 2, 2))).xy_m[0] for one in shaken]
    assert np.allclose(np.cov(np.array(places).T), stated, rtol=0.15, atol=1e-6)


def test_shared_error_cancels_between_neighbours() -> None:
    """What moves both people alike hardly changes their distance; the same error of each alone does."""
    plane = GroundPlane(stage_plane().homography, sigma_px=0.0)
    a, b = np.array([[400.0, 400.0]]), np.array([[440.0, 400.0]])
    none, down = np.zeros((1, 2, 2)), np.array([[0.0, 3.0]])
    shared = separate(plane, a, b, (none, none), (down, down)).covariance_m2[0]
    alone = separate(plane, a, b, (9 * np.eye(2)[None], none), (0 * down, 0 * down)).covariance_m2[0]
    assert np.trace(shared) < 0.01 * np.trace(alone)


def test_separation_is_the_difference_of_places() -> None:
    """The vector between two people is the difference of where they stand."""
    plane = stage_plane()
    nothing = np.zeros((2, 2, 2))
    apart = separate(plane, PIXELS[:2], PIXELS[2:], (nothing, nothing), (np.zeros((2, 2)), np.zeros((2, 2))))
    places = locate(plane, PIXELS, np.zeros((4, 2, 2))).xy_m
    assert np.allclose(apart.xy_m, places[2:] - places[:2])


@pytest.mark.parametrize("matrix", [np.zeros((3, 3)), np.full((3, 3), np.nan), np.eye(2)])
def test_unusable_homography_is_refused(matrix: np.ndarray) -> None:
    """A homography that is not finite, not invertible or of another shape is bad input."""
    with pytest.raises(BadInputError):
        GroundPlane(matrix)


def test_lens_needs_the_parameters_of_its_model() -> None:
    """A lens with too few parameters is bad input."""
    with pytest.raises(BadInputError):
        Lens(LensModel.TSAI, (1.0, 2.0))
