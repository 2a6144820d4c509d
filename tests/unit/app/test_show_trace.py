"""What a stored trace says about records: on the map that calibrated cameras give, and of footage that was opened."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from casetrail.app.case_records import write_anchors, write_trace
from casetrail.app.city_map import read_topology
from casetrail.app.show_trace import show_trace
from casetrail.app.trace_work import advance, read_known
from casetrail.footage.cameras import Camera
from casetrail.footage.recordings import MediaFacts, Recording, RecordingKind
from casetrail.governance.audit import AuditEvent
from casetrail.model.geometry import LatLon
from casetrail.model.time import SECOND_US, UtcInterval
from casetrail.sightings.sightings import MaskReading
from casetrail.testing.fake_catalogue import FakeCatalogue
from casetrail.testing.small_city import START_US, CityPlan
from casetrail.testing.small_office import ACTOR, CASE_ID, SmallOffice, open_small_office
from casetrail.testing.staged_presences import stage_plane
from casetrail.trace.anchors import Anchor, AnchorKind
from casetrail.trace.case_trace import CaseTrace, Opened, TraceStep, Verdict
from casetrail.trace.reconcile import Finding, Status
from casetrail.trace.topology import build_topology

PLAN = CityPlan(side=2, people=8, hours=0.3, seed=3)
EVENT = AuditEvent(ACTOR, "test.setup", CASE_ID)
PLACE = LatLon(37.6, 126.9)
MEDIA = MediaFacts(RecordingKind.FILE, "h264", 800, 600, Fraction(1, 90_000), 0, 90_000 * 3600, 90_000, ())
LOOKS_EAST = Camera("C1", place=PLACE, heading_deg=90.0, ground=stage_plane())
FAR_OFF = Camera("FAR", place=PLACE.moved(3000, 0))


def span(start_s: float, end_s: float) -> UtcInterval:
    """Seconds since the recordings begin."""
    return UtcInterval(START_US + round(start_s * SECOND_US), START_US + round(end_s * SECOND_US))


def catalogue_of(*cameras: Camera) -> FakeCatalogue:
    """Cameras with an hour of recording each."""
    made = FakeCatalogue()
    made.add_cameras(cameras, audit=EVENT)
    made.add_recordings([Recording(each.camera_id, "/a.mp4", START_US, MEDIA, 1) for each in cameras], audit=EVENT)
    return made


def step(camera_id: str, start_s: float) -> TraceStep:
    """Ten seconds that a reviewer confirmed."""
    interval = span(start_s, start_s + 10)
    return TraceStep(f"{camera_id}-step", camera_id, interval, 0.97, Verdict.CONFIRMED, 0.5, MaskReading(), "r")


def finding(office: SmallOffice, catalogue: FakeCatalogue, seen: TraceStep, place: LatLon) -> Finding:
    """What a trace of one confirmed sighting says about a card payment at a place after 1,000 s."""
    card = Anchor(AnchorKind.CARD, span(1000, 1060), place, 1.0, 0.98, "card-1")
    write_anchors(office.ports.case.vault, CASE_ID, [card], audit=EVENT)
    trace = CaseTrace(CASE_ID, (seen,), (), (), Opened(), ())
    write_trace(office.ports.case.vault, trace, audit=EVENT)
    shown = show_trace(office.ports.case, catalogue, CASE_ID, ACTOR).findings
    return next(each for each in shown if each.anchor == card)


@pytest.fixture
def office() -> SmallOffice:
    """Four cameras and a case without other evidence."""
    return open_small_office(PLAN, anchors=())


def test_a_trace_works_on_what_calibrated_cameras_really_see(office: SmallOffice) -> None:
    """Distances are measured from the ground that a calibrated picture shows, not from a guess."""
    first = replace(office.city.cameras[0], heading_deg=90.0, ground=stage_plane())
    cameras = (first, *office.city.cameras[1:])
    catalogue = catalogue_of(*cameras)
    work = advance(replace(office.ports, catalogue=catalogue), read_known(office.ports.case, CASE_ID), ACTOR)
    assert np.allclose(work.topology.points_m, read_topology(catalogue).points_m)
    assert not np.allclose(work.topology.points_m, build_topology(cameras).points_m)


@pytest.mark.parametrize(("camera", "status"), [(LOOKS_EAST, Status.SUPPORTED), (None, Status.NOT_OBSERVABLE)])
def test_a_record_is_held_against_the_calibrated_view(
    office: SmallOffice, camera: Camera | None, status: Status
) -> None:
    """Eighteen metres ahead is in the picture; without a calibration nobody could say so."""
    used = camera or replace(LOOKS_EAST, ground=None, heading_deg=None)
    found = finding(office, catalogue_of(used), step("C1", 1020), PLACE.moved(18, 0))
    assert found.status is status


@pytest.mark.parametrize(("opened", "status"), [(True, Status.CONTRADICTED), (False, Status.NOT_OBSERVABLE)])
def test_silence_says_something_only_of_footage_that_was_opened(
    office: SmallOffice, opened: bool, status: Status
) -> None:
    """Two cameras recorded all of a place; unless anybody there was looked at, nobody was looked for."""
    names = sorted({each.camera_id for each in office.city.presences})[:2]
    cameras = [replace(LOOKS_EAST, camera_id=name) for name in names]
    if opened:
        then = span(1000, 1060).widened(250)
        there = [one for one in office.city.presences if one.camera_id in names and one.interval.overlaps(then)]
        assert {one.camera_id for one in there} == set(names)
        office.ports.open_presences(there, (), 1)
    found = finding(office, catalogue_of(*cameras, FAR_OFF), step("FAR", -9000), PLACE.moved(9, 0))
    assert found.status is status


def test_without_cameras_nothing_is_observable(office: SmallOffice) -> None:
    """A catalogue that was emptied since leaves the trace readable."""
    found = finding(office, FakeCatalogue(), step("C1", 1020), PLACE)
    assert found.status is Status.NOT_OBSERVABLE
