"""`casetrail evaluate city` and `simulate city` on the command line."""

import csv
import json

import pytest
from typer.testing import CliRunner

from casetrail.app.evaluate.city import DescribingCost
from casetrail.app.evaluate.tracing import Outcome
from casetrail.app.evaluate.world import WorldSpec
from casetrail.surfaces.cli.main import app
from casetrail.testing.city.world import open_world

KEYS = [
    *("route_recall", "route_precision", "questions_per_sighting", "opened_camera_hours", "opened_share"),
    *("presences_described", "views_described", "route_recall_all_passes", "seconds_per_case_p50"),
    *("seconds_per_case_p95", "seconds_all_cases", "description_ms", "description_seconds_modelled", "brier"),
    *("contender_route_recall", "engine_seconds_p95", "provenance"),
]


def no_tracer():
    """An engine that finds nobody: this is about the command, not about tracing."""
    return lambda world, case, meter, reviewer: Outcome(frozenset())


def empty_world(*, cameras, days, seed, options):
    """A world of somebody else."""
    return open_world(WorldSpec(max(cameras, 40), days, seed, options=options))


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Neither the engine nor a model."""
    monkeypatch.setattr("casetrail.bootstrap.open_city_tracer", no_tracer)
    monkeypatch.setattr("casetrail.bootstrap.measure_describing", lambda settings: DescribingCost(10.0, "given"))


def run(tmp_path, text):
    """The command with its own cache."""
    return CliRunner(env={"CASETRAIL_CACHE": str(tmp_path / "cache")}).invoke(app, text.split())


def test_evaluate_city_prints_every_key_of_the_contract(tmp_path):
    """The names of `commands.md`, and what the city was made of."""
    text = "evaluate city --cameras 40 --cases 2 --seed 100 --budget 50 --contender one-hop --json"
    result = run(tmp_path, f"{text} --world-option detected=0.6")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert set(KEYS) <= set(found)
    assert found["route_recall"] == 0
    assert found["provenance"]["parameters"]["world"]["detected"] == 0.6


def test_a_world_of_somebody_else_is_opened_by_its_name(tmp_path, monkeypatch):
    """`--world module:factory`."""
    monkeypatch.setattr("casetrail.testing.city.world.foreign_world", empty_world, raising=False)
    text = "evaluate city --cameras 40 --cases 1 --seed 100 --budget 50 --json"
    result = run(tmp_path, f"{text} --world casetrail.testing.city.world:foreign_world")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["cases"] == 1


def test_a_world_that_is_not_there_is_a_wrong_use(tmp_path):
    """One line, no traceback."""
    result = run(tmp_path, "evaluate city --cameras 40 --world nowhere:nothing")
    assert type(result.exception).__name__ == "UsageError"


def test_simulate_city_writes_an_installation_and_its_truth_beside_it(tmp_path):
    """Cameras and presences as real ones are kept, who they are only in the truth."""
    result = run(tmp_path, f"simulate city --cameras 20 --seed 100 --out {tmp_path}/city --json")
    assert result.exit_code == 0, result.output
    written = json.loads(result.stdout)
    assert written["cameras"] == 20
    with (tmp_path / "city/truth/presences.csv").open() as file:
        assert sum(1 for _ in csv.DictReader(file)) == written["presences"]
    listed = run(tmp_path, f"cameras list --data {tmp_path}/city --json")
    assert len(json.loads(listed.stdout)) == 20
