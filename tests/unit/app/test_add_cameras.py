"""Importing cameras into the catalogue."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from casetrail.app.add_cameras import add_cameras
from casetrail.app.catalogue_ports import CataloguePorts
from casetrail.governance.audit import Actor, AuditEvent, Role
from casetrail.model.errors import BadInputError, RefusedError
from casetrail.model.ground_plane import GroundPlane
from casetrail.testing.fake_audit_log import FakeAuditLog
from casetrail.testing.fake_catalogue import FakeCatalogue
from casetrail.testing.fake_gate import FakeGate

ACTOR = Actor("admin", Role.ADMINISTRATOR)


@pytest.fixture
def log() -> FakeAuditLog:
    """What was recorded."""
    return FakeAuditLog()


@pytest.fixture
def ports(log: FakeAuditLog) -> CataloguePorts:
    """An empty catalogue behind a gate."""
    return CataloguePorts(FakeCatalogue(log), FakeGate(log))


def _list(folder: Path, *rows: str) -> Path:
    path = folder / "cameras.csv"
    path.write_text("\n".join(["camera_id,name,source_type", *rows]))
    return path


def test_import_is_recorded(tmp_path: Path, ports: CataloguePorts, log: FakeAuditLog) -> None:
    """Good rows are imported under one audit event, bad ones come back."""
    done = add_cameras(_list(tmp_path, "A,a,fixed_cctv", "A,b,fixed_cctv", "B,b,drone"), ports, ACTOR)
    assert (done.listed, done.added, len(done.problems)) == (1, 1, 2)
    assert log.acts == ["cameras.import"]


def test_import_twice(tmp_path: Path, ports: CataloguePorts, log: FakeAuditLog) -> None:
    """The same list again changes nothing."""
    path = _list(tmp_path, "A,a,fixed_cctv")
    add_cameras(path, ports, ACTOR)
    assert add_cameras(path, ports, ACTOR).added == 0
    assert log.acts == ["cameras.import"]


def test_calibration_survives(tmp_path: Path, ports: CataloguePorts) -> None:
    """Importing a changed list keeps the ground planes that were calibrated."""
    add_cameras(_list(tmp_path, "A,a,fixed_cctv"), ports, ACTOR)
    plane = GroundPlane(np.eye(3), source="surveyed")
    calibrated = [replace(camera, ground=plane) for camera in ports.catalogue.read_cameras()]
    ports.catalogue.add_cameras(calibrated, audit=AuditEvent(ACTOR, "cameras.calibrate"))
    add_cameras(_list(tmp_path, "A,new name,fixed_cctv"), ports, ACTOR)
    (camera,) = ports.catalogue.read_cameras()
    assert (camera.name, camera.ground is plane) == ("new name", True)


def test_strict(tmp_path: Path, ports: CataloguePorts, log: FakeAuditLog) -> None:
    """Strictly, one bad row stops everything and is named."""
    with pytest.raises(BadInputError, match="line 3"):
        add_cameras(_list(tmp_path, "A,a,fixed_cctv", "a b,b,fixed_cctv"), ports, ACTOR, strict=True)
    assert (ports.catalogue.read_cameras(), log.acts) == ((), [])


def test_all_refused(tmp_path: Path, ports: CataloguePorts) -> None:
    """A list of nothing but moving cameras is refused by law, not merely bad."""
    with pytest.raises(RefusedError, match="fixed_cctv"):
        add_cameras(_list(tmp_path, "A,a,drone", "B,b,bodycam"), ports, ACTOR)


def test_nothing_listed(tmp_path: Path, ports: CataloguePorts) -> None:
    """An empty list is bad input."""
    with pytest.raises(BadInputError, match="no camera"):
        add_cameras(_list(tmp_path), ports, ACTOR)
