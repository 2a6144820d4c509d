"""Giving a camera its ground plane."""

from pathlib import Path

import pytest

from casetrail.app.calibrate_camera import calibrate_camera
from casetrail.app.catalogue_ports import CataloguePorts
from casetrail.app.demo_scene import TSAI_XML
from casetrail.footage.cameras import Camera
from casetrail.governance.audit import Actor, AuditEvent, Role
from casetrail.model.errors import MissingError, UsageError
from casetrail.testing.fake_catalogue import FakeCatalogue
from casetrail.testing.fake_gate import FakeGate

ACTOR = Actor("tester", Role.ADMINISTRATOR)


@pytest.fixture
def catalogue() -> FakeCatalogue:
    """A catalogue with one camera without a plane."""
    catalogue = FakeCatalogue()
    catalogue.add_cameras([Camera("CAM01", name="Square")], audit=AuditEvent(ACTOR, "stage"))
    return catalogue


@pytest.fixture
def ports(catalogue: FakeCatalogue) -> CataloguePorts:
    """The catalogue behind a gate."""
    return CataloguePorts(catalogue, FakeGate(catalogue.audit_log))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A Tsai calibration."""
    path = tmp_path / "square.xml"
    path.write_text(TSAI_XML)
    return path


def test_camera_keeps_everything_and_gains_a_plane(catalogue: FakeCatalogue, ports: CataloguePorts, file: Path) -> None:
    """Only the ground plane changes, and the change is in the audit log."""
    calibrate_camera("CAM01", file, ports, ACTOR)
    (camera,) = catalogue.read_cameras()
    assert camera.name == "Square"
    assert camera.ground is not None
    assert camera.ground.source == "square.xml (Tsai)"
    assert catalogue.audit_log.acts[-1] == "cameras.calibrate"


def test_window_camera_gets_a_shifted_plane(ports: CataloguePorts, file: Path) -> None:
    """A camera that records a window names its corner, and the lens moves with it."""
    camera = calibrate_camera("CAM01", file, ports, ACTOR, corner_px=(276, 0))
    assert camera.ground is not None
    assert camera.ground.lens.params[0] == pytest.approx(324.22149053 - 276)


def test_unknown_camera_and_format_are_told(ports: CataloguePorts, file: Path) -> None:
    """A camera that is not there is missing; a format that is not read is wrong usage."""
    with pytest.raises(MissingError, match="CAM09"):
        calibrate_camera("CAM09", file, ports, ACTOR)
    with pytest.raises(UsageError, match="map-points"):
        calibrate_camera("CAM01", file, ports, ACTOR, form="dwg")
