"""Importing streets: kept in the catalogue, recorded, and turned down when they are another city's."""

import json
from pathlib import Path
from typing import Any

import pytest

from casetrail.app.add_streets import add_streets
from casetrail.app.catalogue_ports import CataloguePorts
from casetrail.footage.cameras import Camera
from casetrail.governance.audit import Actor, AuditEvent, Role
from casetrail.model.errors import BadInputError
from casetrail.model.geometry import LatLon
from casetrail.testing.fake_audit_log import FakeAuditLog
from casetrail.testing.fake_catalogue import FakeCatalogue
from casetrail.testing.fake_gate import FakeGate

ACTOR = Actor("tester", Role.ADMINISTRATOR)
PLACE = LatLon(50.1, 8.7)


def streets(folder: Path, *coordinates: Any) -> Path:
    """A file with these lines."""
    path = folder / "streets.geojson"
    lines = [{"type": "Feature", "geometry": {"type": "LineString", "coordinates": one}} for one in coordinates]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": lines}))
    return path


def ports_with_camera(log: FakeAuditLog) -> CataloguePorts:
    """One camera in the middle of the city."""
    catalogue = FakeCatalogue(log)
    catalogue.add_cameras([Camera("C1", place=PLACE), Camera("C2")], audit=AuditEvent(ACTOR, "cameras.import"))
    return CataloguePorts(catalogue, FakeGate(log))


def test_streets_are_kept_once(tmp_path: Path) -> None:
    """An import is kept and recorded; the same file again changes nothing."""
    log = FakeAuditLog()
    ports = ports_with_camera(log)
    path = streets(tmp_path, [[8.7, 50.1], [8.71, 50.1], [8.71, 50.11]])
    done = add_streets(path, ports, ACTOR)
    assert (done.edges, done.rides, done.changed) == (2, 0, True)
    assert done.kilometres == pytest.approx(1.825, abs=0.01)
    assert not add_streets(path, ports, ACTOR).changed
    assert log.acts == ["cameras.import", "cameras.streets"]


def test_swapped_order_is_told_by_the_cameras(tmp_path: Path) -> None:
    """Where both orders are possible on Earth, the cameras tell that latitude and longitude are swapped."""
    path = streets(tmp_path, [[50.1, 8.7], [50.11, 8.7]])
    with pytest.raises(BadInputError, match="swapped"):
        add_streets(path, ports_with_camera(FakeAuditLog()), ACTOR)


def test_another_city(tmp_path: Path) -> None:
    """Streets far from every camera are turned down with the distance."""
    path = streets(tmp_path, [[11.5, 48.1], [11.51, 48.1]])
    with pytest.raises(BadInputError, match=r"\d{3} km from the nearest camera"):
        add_streets(path, ports_with_camera(FakeAuditLog()), ACTOR)


def test_strict_takes_all_or_nothing(tmp_path: Path) -> None:
    """With `strict`, one bad feature keeps everything out."""
    ports = ports_with_camera(FakeAuditLog())
    path = streets(tmp_path, [[8.7, 50.1], [8.71, 50.1]], [[8.7, 50.1]])
    with pytest.raises(BadInputError, match="nothing was imported"):
        add_streets(path, ports, ACTOR, strict=True)
    assert ports.catalogue.read_streets() is None
    assert len(add_streets(path, ports, ACTOR).problems) == 1
