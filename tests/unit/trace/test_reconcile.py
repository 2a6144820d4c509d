"""Statements against the confirmed case trace."""

from dataclasses import replace

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


def reconcile(anchor, steps, recorded=(), opened=()):
    """The finding about one anchor."""
    (found,) = reconcile_anchors([anchor], steps, CAMERAS, recorded, opened)
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
    footage = [("A", span(0, 9000))]
    found = reconcile(statement(0, 5000, 5060), [step("B", 1000, 1010)], footage, [("A", span(5100, 5110))])
    assert found.status is Status.NOT_OBSERVABLE
    assert "may miss" in found.why


def facing(*names):
    """Cameras 18 m to the west of a spot that look east over it."""
    return [Camera(name, place=HERE.moved(-18, 0), heading_deg=90, hfov_deg=60) for name in names]


WATCHED = build_topology([*facing("W1", "W2"), Camera("B", place=HERE.moved(2000, 0))])
BOTH = [("W1", span(0, 9000)), ("W2", span(0, 5030)), ("W2", span(5030, 9000))]
BOTH_OPENED = [("W1", span(5100, 5110)), ("W2", span(4900, 4910))]


@pytest.mark.parametrize(
    ("radius_m", "opened", "status"),
    [
        (2.0, BOTH_OPENED, Status.CONTRADICTED),
        (2.0, BOTH_OPENED[:1], Status.NOT_OBSERVABLE),
        (2.0, [("W1", span(0, 10)), ("W2", span(0, 10))], Status.NOT_OBSERVABLE),
        (2.0, [], Status.NOT_OBSERVABLE),
        (40.0, BOTH_OPENED, Status.NOT_OBSERVABLE),
    ],
)
def test_silence_contradicts_only_where_cameras_see_all_of_a_place_and_were_searched(radius_m, opened, status):
    """Two views of all of it, both recorded and looked into then; near the views is not in them."""
    anchor = Anchor(AnchorKind.ENTRY_LOG, span(5000, 5060), HERE, radius_m, 0.97, "gate")
    (found,) = reconcile_anchors([anchor], [step("B", 1000, 1010)], WATCHED, BOTH, opened)
    assert found.status is status


def test_a_camera_of_which_nobody_knows_where_it_looks_says_nothing_by_silence():
    """Two of them at the very place prove nothing."""
    cameras = build_topology([Camera(name, place=HERE) for name in ("W1", "W2")] + [Camera("B", place=HERE)])
    anchor = Anchor(AnchorKind.ENTRY_LOG, span(5000, 5060), HERE, 2.0, 0.97, "gate")
    (found,) = reconcile_anchors([anchor], [step("B", 1000, 1010)], cameras, BOTH, BOTH_OPENED)
    assert found.status is Status.NOT_OBSERVABLE


@pytest.mark.parametrize(("sigma_s", "status"), [(40.0, Status.SUPPORTED), (1.0, Status.NOT_OBSERVABLE)])
def test_a_sighting_supports_as_far_as_the_clock_of_its_camera_tells(sigma_s, status):
    """Fifty seconds late is then for a clock that may be off by a minute, and later for a good one."""
    cameras = build_topology([Camera("A", place=HERE, clock=ClockOffset(0, sigma_s))])
    (found,) = reconcile_anchors([statement(0, 1000, 1060)], [step("A", 1110, 1120)], cameras)
    assert found.status is status


def test_a_clock_that_may_be_off_by_a_minute_contradicts_less():
    """Half a minute after a sighting half a minute's walk away, both by good clocks and by bad ones."""
    good, bad = (
        build_topology([Camera("B", place=HERE.moved(80, 0), clock=ClockOffset(0, sigma_s))]) for sigma_s in (1, 40)
    )
    seen = [step("B", 990, 1030)]
    (contradicted,) = reconcile_anchors([statement(0, 1000, 1020)], seen, good)
    (open_,) = reconcile_anchors([statement(0, 1000, 1020)], seen, bad)
    assert contradicted.status is Status.CONTRADICTED
    assert open_.status is Status.NOT_OBSERVABLE


def test_a_long_night_is_not_contradicted_by_leaving_it():
    """Somebody who is at home at some moment of a night may be two kilometres away in the middle and after it."""
    seen = [step("B", 9000, 9010), step("B", 18_030, 18_040)]
    assert reconcile(statement(0, 0, 18_000), seen).status is Status.NOT_OBSERVABLE


def test_a_stay_between_two_sightings_is_not_contradicted():
    """Seen two kilometres away forty minutes before and after, there was time for a stay."""
    seen = [step("B", 1000, 1010), step("B", 6000, 6010)]
    assert reconcile(statement(0, 3400, 3600), seen).status is Status.NOT_OBSERVABLE


def test_a_contradiction_is_no_surer_than_the_sighting_it_rests_on():
    """A sighting that may be of somebody else leaves that much open."""
    seen = step("B", 990, 1070)
    found = reconcile(statement(0, 1000, 1060), [replace(seen, probability=0.93)])
    assert found.status is Status.CONTRADICTED
    assert found.probability <= 0.93
    doubtful = reconcile(statement(0, 1000, 1060), [replace(seen, probability=0.8)])
    assert doubtful.status is Status.NOT_OBSERVABLE


def test_sightings_at_cameras_without_a_place_or_a_record_forbid_nothing():
    """Nobody knows how far away they are."""
    cameras = build_topology([Camera("A", place=HERE), Camera("U")])
    seen = [step("GONE", 990, 1070), step("U", 995, 1065)]
    (found,) = reconcile_anchors([statement(0, 1000, 1060)], seen, cameras)
    assert found.status is Status.NOT_OBSERVABLE
