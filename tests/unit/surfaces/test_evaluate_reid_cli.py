"""`evaluate reid` on the command line, on drawn people and with what the package carries."""

import json
from pathlib import Path

import cv2
import pytest
import typer
from typer.testing import CliRunner

from casetrail.app.drawn_pictures import draw_figure
from casetrail.model.errors import BadInputError, MissingError
from casetrail.surfaces.cli import evaluate_describers

RUN = CliRunner()


@pytest.fixture
def people(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Three drawn people, two pictures from each of two cameras, on a machine without downloaded models."""
    monkeypatch.delenv("CASETRAIL_MODELS", raising=False)
    monkeypatch.setenv("CASETRAIL_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("CASETRAIL_DATA", str(tmp_path / "data"))
    for name, top in {"a": (40, 40, 200), "b": (200, 60, 40), "c": (40, 180, 40)}.items():
        for picture in ("01_1", "01_2", "02_1", "02_2"):
            path = tmp_path / "people" / name / f"{picture}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            assert cv2.imwrite(str(path), draw_figure(top, (60, 60, 60)))
    return str(tmp_path / "people")


def run(people: str, *options: str) -> object:
    """What the verb prints, or what it raised."""
    app = typer.Typer()
    app.command("reid")(evaluate_describers.reid)
    done = RUN.invoke(app, ["--query", people, "--gallery", people, "--split-prefix", "01,02", "--json", *options])
    return done.exception or json.loads(done.stdout)


def test_the_contract_keys_and_how_it_was_measured(people: str) -> None:
    """The keys of the contract, the separation, and the options stand in the JSON."""
    single, several = run(people), run(people, "--views", "2", "--no-centre", "--accuracy", "carried")
    assert isinstance(single, dict) and isinstance(several, dict)
    assert {"rank1", "rank5", "map", "queries", "gallery", "model", "tar_at_far_1pct", "tar_at_far_0_1pct"} <= {*single}
    assert (single["queries"], several["queries"], several["views"]) == (6, 3, 2)
    assert single["rank1"] == several["rank1"] == 1.0
    parameters = [result["provenance"]["parameters"] for result in (single, several)]
    assert [each["centred"] for each in parameters] == [True, False]


def test_what_cannot_be_measured_is_said(people: str) -> None:
    """More views than there are, and a silhouette without its model, are errors that say so."""
    assert isinstance(run(people, "--views", "3"), BadInputError)
    assert isinstance(run(people, "--with-silhouette"), MissingError)
