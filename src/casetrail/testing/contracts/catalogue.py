"""Contract of the Catalogue port: what goes in comes out, twice is once, and no change without its audit event."""

from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
import pytest

from casetrail.app.json_values import to_json
from casetrail.footage.cameras import Camera, ClockOffset
from casetrail.footage.catalogue import Catalogue
from casetrail.footage.recordings import MediaFacts, Recording, RecordingKind
from casetrail.footage.streets import Ride, StreetGraph
from casetrail.governance.audit import Actor, AuditEvent, Role
from casetrail.model.errors import BadInputError, IntegrityError
from casetrail.model.geometry import LatLon
from casetrail.model.ground_plane import GroundPlane
from casetrail.testing.fake_audit_log import FakeAuditLog

AUDIT = AuditEvent(Actor("tester", Role.ADMINISTRATOR), "catalogue.test")
MEDIA = MediaFacts(RecordingKind.FILE, "h264", 320, 240, Fraction(1001, 30000), 5, 905, 900, ("a doubt", "의심"))
FULL = Camera(
    "CAM02",
    name="역 앞 광장",
    place=LatLon(37.5, 127.0),
    heading_deg=12.5,
    hfov_deg=70.0,
    height_m=4.25,
    indoor=True,
    operator="city",
    purpose="traffic",
    retention_days=14,
    clock=ClockOffset(-3.5, 0.25),
    ground=GroundPlane(np.diag([0.1, 0.2, 1.0]), covariance=np.eye(9), sigma_px=2.0, source="drawn"),
)

STREETS = StreetGraph(
    np.array([[0.0, 0.0], [100.1, 0.0], [0.0, 1 / 3]]),
    np.array([[0, 1], [2, 0]]),
    np.array([100.1, 0.5]),
    (Ride(1, 2, 300.0, 90.0),),
    LatLon(37.5, 127.0),
)


@dataclass(frozen=True)
class CatalogueCase:
    """An empty catalogue and the log that it records in."""

    catalogue: Catalogue
    audit_log: FakeAuditLog


class CatalogueContract:
    """Every catalogue passes these. A subclass gives the fixture `case`."""

    def test_cameras_come_back_whole(self, case: CatalogueCase) -> None:
        """Every field survives, the ground plane to the last bit, ordered by id."""
        bare = Camera("CAM01")
        assert case.catalogue.add_cameras([FULL, bare], audit=AUDIT) == 2
        assert [to_json(camera) for camera in case.catalogue.read_cameras()] == [to_json(bare), to_json(FULL)]

    def test_cameras_twice(self, case: CatalogueCase) -> None:
        """The same cameras again change nothing and leave no second event."""
        case.catalogue.add_cameras([FULL], audit=AUDIT)
        assert case.catalogue.add_cameras([FULL], audit=AUDIT) == 0
        assert case.audit_log.acts == [AUDIT.act]

    def test_camera_is_replaced(self, case: CatalogueCase) -> None:
        """A camera with a known id takes the place of the old one and counts as changed."""
        case.catalogue.add_cameras([FULL, Camera("CAM01")], audit=AUDIT)
        assert case.catalogue.add_cameras([replace(FULL, name="new"), Camera("CAM01")], audit=AUDIT) == 1
        assert [camera.name for camera in case.catalogue.read_cameras()] == ["", "new"]

    def test_ground_plane_counts_as_change(self, case: CatalogueCase) -> None:
        """Calibrating a camera is a change."""
        case.catalogue.add_cameras([replace(FULL, ground=None)], audit=AUDIT)
        assert case.catalogue.add_cameras([FULL], audit=AUDIT) == 1

    def test_recordings_come_back_whole(self, case: CatalogueCase) -> None:
        """Every field survives, exact time base and doubts included, ordered by camera and start."""
        case.catalogue.add_cameras([FULL, Camera("CAM01")], audit=AUDIT)
        recordings = [_recording("CAM02", 2), _recording("CAM02", 1), replace(_recording("CAM01", 9), sha256="ab" * 32)]
        assert case.catalogue.add_recordings(recordings, audit=AUDIT) == 3
        assert case.catalogue.read_recordings() == (recordings[2], recordings[1], recordings[0])
        assert case.catalogue.read_recordings("CAM02") == (recordings[1], recordings[0])
        assert case.catalogue.read_recordings("CAM03") == ()

    def test_recordings_twice(self, case: CatalogueCase) -> None:
        """The same recordings again change nothing and leave no second event."""
        case.catalogue.add_cameras([FULL], audit=AUDIT)
        case.catalogue.add_recordings([_recording("CAM02", 1)], audit=AUDIT)
        assert case.catalogue.add_recordings([_recording("CAM02", 1)], audit=AUDIT) == 0
        assert len(case.audit_log.acts) == 2

    def test_recording_moves(self, case: CatalogueCase) -> None:
        """A known recording at a new path keeps its id and takes the path over."""
        case.catalogue.add_cameras([FULL], audit=AUDIT)
        first = _recording("CAM02", 1)
        case.catalogue.add_recordings([first], audit=AUDIT)
        assert case.catalogue.add_recordings([replace(first, path="/new/place.mp4")], audit=AUDIT) == 1
        assert [one.path for one in case.catalogue.read_recordings()] == ["/new/place.mp4"]

    def test_unknown_camera(self, case: CatalogueCase) -> None:
        """A recording of an unknown camera is turned down, and the others with it."""
        case.catalogue.add_cameras([FULL], audit=AUDIT)
        with pytest.raises(BadInputError, match="CAM09"):
            case.catalogue.add_recordings([_recording("CAM02", 1), _recording("CAM09", 1)], audit=AUDIT)
        assert case.catalogue.read_recordings() == ()

    def test_no_write_without_audit(self, case: CatalogueCase) -> None:
        """When the event cannot be recorded, nothing is written."""
        case.catalogue.add_cameras([Camera("CAM01")], audit=AUDIT)
        case.audit_log.failing = True
        with pytest.raises(IntegrityError):
            case.catalogue.add_cameras([FULL], audit=AUDIT)
        with pytest.raises(IntegrityError):
            case.catalogue.add_recordings([_recording("CAM01", 1)], audit=AUDIT)
        assert [camera.camera_id for camera in case.catalogue.read_cameras()] == ["CAM01"]
        assert case.catalogue.read_recordings() == ()

    def test_streets_come_back_whole(self, case: CatalogueCase) -> None:
        """The walking graph survives to the last bit; another takes its place; the same again is no act."""
        assert case.catalogue.read_streets() is None
        assert case.catalogue.put_streets(STREETS, audit=AUDIT)
        assert not case.catalogue.put_streets(STREETS, audit=AUDIT)
        assert to_json(case.catalogue.read_streets()) == to_json(STREETS)
        other = replace(STREETS, rides=())
        assert case.catalogue.put_streets(other, audit=AUDIT)
        assert to_json(case.catalogue.read_streets()) == to_json(other)
        assert case.audit_log.acts == [AUDIT.act] * 2

    def test_no_streets_without_audit(self, case: CatalogueCase) -> None:
        """When the event cannot be recorded, there are no streets."""
        case.audit_log.failing = True
        with pytest.raises(IntegrityError):
            case.catalogue.put_streets(STREETS, audit=AUDIT)
        assert case.catalogue.read_streets() is None

    def test_nothing_added(self, case: CatalogueCase) -> None:
        """Adding nothing is allowed and is no act."""
        assert case.catalogue.add_cameras([], audit=AUDIT) == case.catalogue.add_recordings([], audit=AUDIT) == 0
        assert case.audit_log.acts == []


def _recording(camera_id: str, start_us: int) -> Recording:
    return Recording(camera_id, f"/footage/{camera_id}/{start_us}.mp4", start_us, MEDIA, 1234)
