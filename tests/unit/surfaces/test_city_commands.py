"""Commands for a city's size: streets imported, and the presence index put together."""

import json
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from casetrail import bootstrap
from casetrail.app.settings import Settings
from casetrail.model.errors import BadInputError, IntegrityError
from casetrail.model.time import SECOND_US
from casetrail.surfaces.cli.main import app
from casetrail.testing.contracts.presence_index import EVENT, NOON_US
from casetrail.testing.made_presences import make_presence, make_segment


@pytest.fixture
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty installation."""
    monkeypatch.setenv("CASETRAIL_DATA", str(tmp_path / "data"))
    return tmp_path


def run(*words: str) -> Result:
    """The result of a command."""
    return CliRunner().invoke(app, list(words))


def streets(folder: Path, *coordinates: list[list[float]]) -> str:
    """A file of streets."""
    path = folder / "streets.geojson"
    lines = [{"type": "Feature", "geometry": {"type": "LineString", "coordinates": one}} for one in coordinates]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": lines}))
    return str(path)


def test_streets_are_imported_and_told(installation: Path) -> None:
    """What was taken is told, what was not is listed, and the same again changes nothing."""
    file = streets(installation, [[126.8, 37.5], [126.81, 37.5]], [[126.8, 37.5]])
    first, again = run("cameras", "streets", file), run("cameras", "streets", file, "--json")
    assert first.exit_code == 0, first.output
    assert "0.9 km of streets, 2 nodes, 1 edges, 0 rides" in first.output
    assert "not imported: streets.geojson feature 2" in first.output
    assert json.loads(again.stdout)["changed"] is False


@pytest.mark.usefixtures("installation")
def test_streets_of_nowhere(tmp_path: Path) -> None:
    """A file in metres is turned down with what to do."""
    result = run("cameras", "streets", streets(tmp_path, [[198000.0, 551000.0], [198100.0, 551000.0]]))
    assert isinstance(result.exception, BadInputError)
    assert "WGS 84" in str(result.exception)


def test_index_is_put_together(installation: Path) -> None:
    """Two segments of a camera become one file; a damaged one is named and the command fails."""
    index = bootstrap.open_presence_index(Settings(data=installation / "data"))
    for unit in range(2):
        start_us = NOON_US + unit * 300 * SECOND_US
        index.write_segment(make_segment("CAM01", start_us), [make_presence("CAM01", start_us)], audit=EVENT)
    done = run("index", "--compact", "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout) == {"cells": 1, "segments": 2, "failures": []}
    index.write_segment(make_segment("CAM02", NOON_US), [], audit=EVENT)
    (loose,) = (path for path in installation.rglob("*.parquet") if path.parent.name.startswith("cell="))
    loose.write_bytes(b"no parquet")
    failed = run("index", "--compact")
    assert isinstance(failed.exception, IntegrityError)
    assert "not merged" in failed.output
