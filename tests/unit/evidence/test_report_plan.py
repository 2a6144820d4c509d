"""The plan of a report: foot paths in metres where a plane allows it, and never a guess where not."""

import numpy as np
import pytest

from casetrail.evidence.report_plan import Walked, build_plan
from casetrail.footage.cameras import Camera
from casetrail.model.geometry import LatLon
from casetrail.testing.staged_presences import stage_plane, stage_presence, walking

PLACE = LatLon(37.5, 127.0)
CALIBRATED = Camera("CAM01", place=PLACE, heading_deg=90.0, hfov_deg=48.0, ground=stage_plane())
SECTOR = Camera("CAM02", place=PLACE.moved(100, 0), heading_deg=0.0, hfov_deg=60.0)
BLIND = Camera("CAM03", place=PLACE.moved(0, 50))
NOWHERE = Camera("CAM04")
WALK = stage_presence("walk", walking((-2, 8), (0.4, 0.2)))
WH = {"CAM01": (800, 600), "CAM02": (800, 600)}


def test_a_foot_path_lies_where_the_person_walked() -> None:
    """Looking east, metres ahead are east and metres to the right are south."""
    plan = build_plan([CALIBRATED], WH, [Walked(1, "CAM01", WALK)], ())
    (walk,) = plan.walks
    assert walk.measured
    assert walk.points[0] == pytest.approx((8.0, 2.0), abs=0.1)
    assert walk.points[-1] == pytest.approx((10.0, -2.0), abs=0.1)


def test_hidden_feet_are_left_out() -> None:
    """Where a foot was hidden nothing is drawn."""
    hidden = stage_presence("hidden", walking((-2, 8), (0.4, 0.2)), hidden=lambda at: (at > 5).astype(float))
    (walk,) = build_plan([CALIBRATED], WH, [Walked(1, "CAM01", hidden)], ()).walks
    assert walk.points[-1] == pytest.approx((9.0, 0.0), abs=0.2)


@pytest.mark.parametrize("presence", [WALK, None])
def test_without_a_plane_or_presence_a_step_is_one_point_in_the_view(presence: object) -> None:
    """An uncalibrated camera, or a presence that is gone, gives a mark in the middle of the view and no path."""
    walked = Walked(1, "CAM02" if presence else "CAM01", WALK if presence else None)
    plan = build_plan([CALIBRATED, SECTOR], WH, [walked], ())
    (walk,) = plan.walks
    camera = next(each for each in plan.cameras if each.camera_id == walked.camera_id)
    assert not walk.measured
    assert walk.points == (pytest.approx(tuple(np.mean(camera.outline, axis=0)), abs=0.01),)


def test_a_camera_that_looks_nowhere_known_has_no_view() -> None:
    """No heading, no field of view; its sighting is marked at its place."""
    plan = build_plan([BLIND], {}, [Walked(1, "CAM03", None)], ())
    assert plan.cameras[0].outline == ()
    assert plan.walks[0].points == ((0.0, 0.0),)


def test_cameras_without_a_place_are_named_and_not_drawn() -> None:
    """A step on a camera that nobody placed is missing from the plan, and the plan says so."""
    plan = build_plan([CALIBRATED, NOWHERE], WH, [Walked(1, "CAM01", WALK), Walked(2, "CAM04", None)], ())
    assert [walk.number for walk in plan.walks] == [1]
    assert plan.unplaced == ("CAM04",)
    assert build_plan([NOWHERE], {}, [Walked(1, "CAM04", None)], ()).unplaced == ("CAM04",)


def test_statements_keep_their_number_and_radius() -> None:
    """The place that a statement names is drawn in the same metres."""
    (statement,) = build_plan([CALIBRATED], WH, (), [(3, PLACE.moved(4, -7), 12.0)]).statements
    assert (statement.number, statement.radius_m) == (3, 12.0)
    assert statement.at == pytest.approx((4.0, -7.0), abs=1e-6)
