"""Statements against the confirmed case trace."""

import pytest

from casetrail.footage.cameras import Camera, ClockOffset
from casetrail.model.geometry import LatLon
from casetrail.model.time import SECOND_US, UtcInterval
from casetrail.sightings.sightings import MaskReading
from casetrail.trace.anchors import Anchor, AnchorKind
from casetrail.trace.case_trace import TraceStep, Verdict
from casetrail.trace.reconcile import Status, reconcile_anchors
from casetrail.trace.topology import build_topology

HERE = LatLon(37.5, 126.8)
CAMERAS = build_topology(
    [Camera(name, place=HERE.moved(east_m, 0), clock=ClockOffset(0, 0.5)) for name, east_m in (("A", 0), ("B", 2000))]
)


def span(start_s, end_s):
    """An interval in seconds."""
    return UtcInterval(start_s * SECOND_US, end_s * SECOND_US)


def step(camera_id, start_s, end_s):
    """A confirmed sighting."""
    return TraceStep(
        f"{camera_id}{start_s}", camera_id, span(start_s, end_s), 0.97, Verdict.CONFIRMED, 0.5, MaskReading(), "r"
    )


def statement(east_m, start_s, end_s):
    """A statement about a place."""
    return Anchor(AnchorKind.TESTIMONY, span(start_s, end_s), HERE.moved(east_m, 0), 30, 0.7, "S-1")


def reconcile(anchor, steps, recorded=()):
    """The finding about one anchor."""
    (found,) = reconcile_anchors([anchor], steps, CAMERAS, recorded)
    return found


def test_a_sighting_there_and_then_supports():
    """The finding names the sighting and carries its probability."""
    found = reconcile(statement(0, 1000, 1100), [step("A", 1050, 1060)])
    assert found.status is Status.SUPPORTED
    assert found.probability == pytest.approx(0.97)
    assert found.presence_ids == ("A1050",)


def test_a_sighting_too_far_away_contradicts_with_a_probability():
    """Nobody is at A during a minute in the middle of which they are two kilometres away."""
    found = reconcile(statement(0, 1000, 1060), [step("B", 990, 1070)])
    assert found.status is Status.CONTRADICTED
    assert found.probability > 0.9
    assert "camera B" in found.why


def test_hours_between_sightings_leave_room():
    """Seen elsewhere an hour before and after says nothing."""
    found = reconcile(statement(0, 5000, 5060), [step("B", 1000, 1010), step("B", 9000, 9010)])
    assert found.status is Status.NOT_OBSERVABLE
    assert found.probability is None


def test_a_place_without_a_camera_is_not_observable():
    """Where no camera looks, the footage says nothing."""
    found = reconcile(statement(900, 5000, 5060), [step("B", 1000, 1010)])
    assert found.status is Status.NOT_OBSERVABLE
    assert "no camera" in found.why


def test_a_time_without_a_place_is_not_observable():
    """There is nowhere to look."""
    anchor = Anchor(AnchorKind.TESTIMONY, span(0, 10), None, 0, 0.7)
    assert reconcile(anchor, [step("A", 0, 5)]).status is Status.NOT_OBSERVABLE


def test_one_recording_camera_that_saw_nobody_is_not_enough():
    """A camera misses people; one alone does not contradict."""
    found = reconcile(statement(0, 5000, 5060), [step("B", 1000, 1010)], [("A", span(0, 9000))])
    assert found.status is Status.NOT_OBSERVABLE
    assert "may miss" in found.why
