"""The map of a trace: calibrated views where there are any, and streets where they were imported."""

from fractions import Fraction

import numpy as np
import pytest

from casetrail.app.city_map import read_street_graph, read_topology
from casetrail.footage.cameras import Camera
from casetrail.footage.recordings import MediaFacts, Recording, RecordingKind
from casetrail.footage.streets import StreetGraph
from casetrail.governance.audit import Actor, AuditEvent, Role
from casetrail.model.errors import MissingError
from casetrail.model.geometry import LatLon
from casetrail.testing.fake_catalogue import FakeCatalogue
from casetrail.testing.staged_presences import stage_plane
from casetrail.trace.topology import FARTHEST_M, KNOWN_REACH_M, UNKNOWN_REACH_M

AUDIT = AuditEvent(Actor("tester", Role.ADMINISTRATOR), "catalogue.test")
PLACE = LatLon(37.5, 126.8)
CALIBRATED = Camera("C1", place=PLACE, heading_deg=90.0, ground=stage_plane())
MEDIA = MediaFacts(RecordingKind.FILE, "h264", 800, 600, Fraction(1, 90_000), 0, 90_000, 25, ())


def catalogue(*, recorded: bool) -> FakeCatalogue:
    """A calibrated camera that looks east, with or without a recording, and one of which little is known."""
    made = FakeCatalogue()
    made.add_cameras([CALIBRATED, Camera("C2", place=PLACE.moved(200, 0))], audit=AUDIT)
    if recorded:
        made.add_recordings([Recording("C1", "/a.mp4", 0, MEDIA, 1)], audit=AUDIT)
    return made


def test_calibrated_view_is_what_the_picture_shows() -> None:
    """With a recording the view lies east of the camera, within reach, and its extent is known."""
    topology = read_topology(catalogue(recorded=True))
    east, north = topology.points_m[0].T
    assert topology.reach_m.tolist() == [KNOWN_REACH_M, UNKNOWN_REACH_M]
    assert (east > 0).all()
    assert (np.hypot(east, north) <= FARTHEST_M + 1e-6).all()
    assert east.max() - east.min() > 5.0
    assert np.abs(north).max() < east.max()


def test_without_a_recording_the_view_is_unknown() -> None:
    """Nobody knows the picture's size: the camera sees around its place."""
    topology = read_topology(catalogue(recorded=False))
    assert topology.reach_m.tolist() == [UNKNOWN_REACH_M, UNKNOWN_REACH_M]


def test_streets_or_straight_ways() -> None:
    """Imported streets are laid on the topology's plane; without any, neighbours are joined."""
    made = catalogue(recorded=False)
    topology = read_topology(made)
    assert len(read_street_graph(made, topology).edges) == 1
    far = StreetGraph(np.array([[0.0, 0], [0, 50], [9, 60]]), np.array([[0, 1], [1, 2]]), np.full(2, 50.0), (), PLACE)
    made.put_streets(far.seen_from(PLACE.moved(300, 0)), audit=AUDIT)
    graph = read_street_graph(made, topology)
    assert len(graph.edges) == 2
    assert graph.nodes_m == pytest.approx(far.nodes_m, abs=0.05)


def test_no_camera() -> None:
    """Without cameras there is no map, and the error says what to do."""
    with pytest.raises(MissingError, match="cameras import"):
        read_topology(FakeCatalogue())
