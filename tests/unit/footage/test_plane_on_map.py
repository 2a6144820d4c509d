"""Ground planes on the map: a camera's pose from its plane, turned to its heading."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casetrail.footage.calibration import shift_plane
from casetrail.footage.cameras import Camera
from casetrail.footage.plane_on_map import lay_on_map, view_outline
from casetrail.model.arrays import Doubles
from casetrail.model.ground_plane import GroundPlane, project
from casetrail.model.lens import Lens, LensModel
from casetrail.testing.staged_presences import stage_plane

WH = (800, 600)
AHEAD = np.array([[0.0, 10.0], [1.0, 14.0], [-2.0, 9.0]])  # metres right of and ahead of the staged camera


def camera(heading_deg: float | None = 0.0, plane: GroundPlane | None = None) -> Camera:
    """A camera with the staged plane, whose own metres count right and ahead from the mast."""
    return Camera("CAM01", heading_deg=heading_deg, ground=plane or stage_plane())


def seen(points_m: Doubles, heading_deg: float, at_m: Doubles) -> Doubles:
    """Where points right of and ahead of a camera lie on the map, by its place and heading alone."""
    angle = np.radians(heading_deg)
    right, ahead = np.array([np.cos(angle), -np.sin(angle)]), np.array([np.sin(angle), np.cos(angle)])
    return np.asarray(at_m + points_m[:, :1] * right + points_m[:, 1:] * ahead)


@given(
    heading=st.floats(0, 360),
    east=st.floats(-500, 500),
    north=st.floats(-500, 500),
    height=st.floats(3, 15),
    focal=st.floats(400, 2000),
)
def test_pixels_land_where_place_and_heading_say(
    heading: float, east: float, north: float, height: float, focal: float
) -> None:
    """Whatever the pose, a pixel's place on the map is right of and ahead of the mast as in the world."""
    at_m, plane = np.array([east, north]), stage_plane(height, focal)
    laid = lay_on_map(camera(heading, plane), at_m, WH)
    assert laid is not None
    assert laid.place(project(plane, AHEAD)) == pytest.approx(seen(AHEAD, heading, at_m), abs=1e-4)


@pytest.mark.parametrize("flip", [(1, -1), (-1, 1), (-1, -1)])
def test_axes_of_a_plane_may_point_anywhere(flip: tuple[int, int]) -> None:
    """A calibration whose axes are mirrored or turned gives the same map."""
    plane = stage_plane()
    mirrored = np.diag([*flip, 1.0]) @ plane.homography
    laid = lay_on_map(camera(30.0, GroundPlane(mirrored, plane.lens)), np.zeros(2), WH)
    assert laid is not None
    assert laid.place(project(plane, AHEAD)) == pytest.approx(seen(AHEAD, 30.0, np.zeros(2)), abs=1e-4)


def test_a_window_of_a_picture_is_laid_by_its_own_middle() -> None:
    """A camera that shows a part of a calibrated picture looks where that part looks; its mast stays the mast."""
    lens = Lens(LensModel.OPENCV, (900, 900, 400, 300, -0.05, 0, 0, 0, 0))
    plane, left = stage_plane(lens=lens), 500
    windowed, wh = shift_plane(plane, left, 0), (300, 600)
    laid = lay_on_map(camera(0.0, windowed), np.zeros(2), wh)
    assert laid is not None
    middle = laid.place(np.array([[150.0, 300.0]]))
    assert middle[0, 0] == pytest.approx(0, abs=1e-6)
    whole = lay_on_map(camera(0.0, plane), np.zeros(2), WH)
    assert whole is not None
    away = np.linalg.norm(whole.place(np.array([[650.0, 300.0]])))
    assert middle[0, 1] == pytest.approx(away, rel=1e-6)


def test_nothing_is_laid_without_plane_or_heading() -> None:
    """A camera that nobody calibrated, or whose heading nobody recorded, has no plane on the map."""
    assert lay_on_map(Camera("CAM01", heading_deg=3.0), np.zeros(2), WH) is None
    assert lay_on_map(camera(None), np.zeros(2), WH) is None


def test_a_view_ends_at_the_reach() -> None:
    """The drawn field of view starts in front of the mast and goes no farther than asked for."""
    laid = lay_on_map(camera(), np.zeros(2), WH)
    assert laid is not None
    away = np.linalg.norm(view_outline(laid, np.zeros(2), WH, 20.0), axis=1)
    assert away.max() <= 20.0
    assert 2.0 < away.min() < 6.0
