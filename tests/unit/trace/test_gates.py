"""Gates: what a person could have reached, and never less because of a false statement."""

from itertools import pairwise

import pytest

from casetrail.footage.cameras import Camera, ClockOffset
from casetrail.governance.cases import Scope
from casetrail.model.geometry import LatLon
from casetrail.model.time import SECOND_US, UtcInterval
from casetrail.trace.anchors import Anchor, AnchorKind
from casetrail.trace.gates import CONE_S, build_gate, fix_of_anchor, fix_of_sighting
from casetrail.trace.topology import build_topology

HERE = LatLon(37.5, 126.8)
CAMERAS = [
    Camera(name, place=HERE.moved(east_m, 0), clock=ClockOffset(0, 0.5))
    for name, east_m in (("A", 0), ("B", 300), ("C", 6000))
]
TOPOLOGY = build_topology(CAMERAS)
DAY = UtcInterval(0, 36_000 * SECOND_US)


def span(start_s, end_s):
    """An interval in seconds."""
    return UtcInterval(round(start_s * SECOND_US), round(end_s * SECOND_US))


def card(east_m, start_s, end_s, reliability=0.98):
    """A card payment."""
    place = HERE.moved(east_m, 0)
    return fix_of_anchor(Anchor(AnchorKind.CARD, span(start_s, end_s), place, 10, reliability), TOPOLOGY)


def covered_s(gate, camera_id):
    """Seconds that the gate covers at a camera."""
    return sum(r.interval.duration_s for r in gate.reaches if r.camera_id == camera_id)


def reaches(gate, camera_id, second):
    """Whether the gate holds this moment at this camera."""
    return any(r.camera_id == camera_id and r.interval.contains(round(second * SECOND_US)) for r in gate.reaches)


def test_knowing_nothing_the_gate_is_the_scope():
    """No anchor: every camera, all the hours that the order allows, and not more."""
    gate = build_gate([], TOPOLOGY, Scope(DAY, frozenset({"A", "B"})))
    assert gate.camera_ids == ("A", "B")
    assert gate.camera_hours == pytest.approx(20.0)


def test_between_two_anchors_lies_a_prism():
    """With 100 s between two payments at A, camera C six kilometres away cannot have been passed; B can."""
    gate = build_gate([card(0, 10_000, 10_001), card(0, 10_400, 10_401)], TOPOLOGY, Scope(DAY))
    assert reaches(gate, "B", 10_200)
    assert not reaches(gate, "C", 10_200)
    assert reaches(gate, "C", 12_000)  # afterwards the cone has reached it


def test_after_the_last_anchor_a_cone_grows():
    """The farther the camera, the later it can be reached; the cone ends with the hours it is followed."""
    gate = build_gate([card(0, 10_000, 10_001)], TOPOLOGY, Scope(DAY))
    assert reaches(gate, "A", 10_001) and reaches(gate, "B", 10_200)
    assert not reaches(gate, "C", 10_200)
    assert not reaches(gate, "A", 10_001 + CONE_S + 60)


def test_scope_limits_cameras_and_hours():
    """Nothing outside the order is ever reached."""
    scope = Scope(span(9_900, 10_100), frozenset({"A"}))
    gate = build_gate([card(0, 10_000, 10_001)], TOPOLOGY, scope)
    assert gate.camera_ids == ("A",)
    assert covered_s(gate, "A") <= 200


def test_a_doubtful_statement_never_closes_the_gate():
    """Testimony far away leaves everything reachable that was reachable without it, with its own weight."""
    believed = card(0, 10_000, 10_001)
    doubtful = card(6000, 10_050, 10_060, reliability=0.7)
    gate = build_gate([believed, doubtful], TOPOLOGY, Scope(DAY))
    without = build_gate([believed], TOPOLOGY, Scope(DAY))
    for reach in without.reaches:
        assert reaches(gate, reach.camera_id, (reach.interval.start_us + 1) / SECOND_US)
        assert covered_s(gate, reach.camera_id) >= covered_s(without, reach.camera_id)
    assert sorted(branch.weight for branch in gate.branches) == pytest.approx([0.3, 0.7])


def test_a_confirmed_sighting_keeps_its_own_moments_open():
    """Someone in view for ten minutes may be in an overlapping view all the while."""
    seen = fix_of_sighting("A", span(10_000, 10_600), TOPOLOGY, 0.95)
    gate = build_gate([seen], TOPOLOGY, Scope(DAY))
    assert reaches(gate, "A", 10_300)
    assert not reaches(gate, "B", 10_300)


def test_reaches_do_not_overlap():
    """Each moment of each camera is in the gate once, so that camera-hours count once."""
    fixes = [card(0, 10_000, 10_600), card(300, 10_300, 10_900, reliability=0.7)]
    reaches_ = build_gate(fixes, TOPOLOGY, Scope(DAY)).reaches
    for first, second in pairwise(reaches_):
        assert first.camera_id != second.camera_id or first.interval.end_us < second.interval.start_us
