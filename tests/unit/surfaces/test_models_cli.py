"""`models`, `doctor` and `evaluate` on the command line: what they print, and which exit code they mean."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from casetrail.model.errors import IntegrityError, MissingError, RefusedError, UsageError
from casetrail.surfaces.cli import doctor, evaluate_describers, models

RUN = CliRunner()


@pytest.fixture(autouse=True)
def _empty_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No models directory, and a cache of its own."""
    monkeypatch.delenv("CASETRAIL_MODELS", raising=False)
    monkeypatch.setenv("CASETRAIL_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("CASETRAIL_DATA", str(tmp_path / "data"))


@pytest.fixture
def describers() -> typer.Typer:
    """The evaluations as a program of their own."""
    app = typer.Typer()
    for verb in (evaluate_describers.reid, evaluate_describers.faces, evaluate_describers.masks):
        app.command(verb.__name__)(verb)
    return app


def test_list_prints_the_catalogue_as_json() -> None:
    """Every model is listed with its class, and the network of the package is in use on an empty machine."""
    rows = {row["name"]: row for row in json.loads(RUN.invoke(models.app, ["list", "--json"]).stdout)}
    assert rows["clothing-network-1"]["used"] and rows["clothing-network-1"]["accuracy"] == "carried"
    assert rows["person-reidentification-retail-0286"]["place"] == ""


def test_check_of_an_absent_model_by_name_fails() -> None:
    """Asked about one model by name, its absence is a failure; among all it is only a line."""
    assert isinstance(RUN.invoke(models.app, ["check", "aizoo-mask-360"]).exception, IntegrityError)
    assert RUN.invoke(models.app, ["check", "clothing-network-1"]).exit_code == 0


def test_pull_of_a_model_without_address() -> None:
    """A model that has no official address fails the pull, unless pulling is optional."""
    assert isinstance(RUN.invoke(models.app, ["pull", "aizoo-mask-360"]).exception, MissingError)
    assert RUN.invoke(models.app, ["pull", "aizoo-mask-360", "--optional"]).exit_code == 0


def test_unknown_role_and_name() -> None:
    """Wrong words are answered with the right ones."""
    assert isinstance(RUN.invoke(models.app, ["pull", "--role", "eyes"]).exception, UsageError)
    assert isinstance(RUN.invoke(models.app, ["pull", "nothing"]).exception, MissingError)


def test_doctor_prints_findings() -> None:
    """The doctor's JSON says whether all is well and lists what was looked at."""
    app = typer.Typer()
    app.command("doctor")(doctor.doctor)
    report = json.loads(RUN.invoke(app, ["--json"]).stdout)
    assert {"version", "model", "folder", "disk", "clock"} <= {finding["topic"] for finding in report["findings"]}
    assert report["well"] is all(finding["health"] != "missing" for finding in report["findings"])


def test_faces_without_statement_are_refused(describers: typer.Typer, tmp_path: Path) -> None:
    """Comparing faces for a measurement needs words about consent first, before anything is read."""
    options = ["--pairs", str(tmp_path / "p.csv"), "--images", str(tmp_path)]
    assert RUN.invoke(describers, ["faces", *options]).exit_code == 2
    refused = RUN.invoke(describers, ["faces", *options, "--consent-statement", "ok"])
    assert isinstance(refused.exception, RefusedError)


def test_masks_without_models_say_what_is_missing(describers: typer.Typer, tmp_path: Path) -> None:
    """Without a mask classifier the measurement says how to get one."""
    done = RUN.invoke(describers, ["masks", "--worn", str(tmp_path), "--bare", str(tmp_path)])
    assert isinstance(done.exception, MissingError) and "models pull" in str(done.exception)


def test_wrong_prefixes(describers: typer.Typer, tmp_path: Path) -> None:
    """Prefixes that are not two are wrong usage."""
    options = ["--query", str(tmp_path), "--gallery", str(tmp_path), "--split-prefix", "01"]
    assert isinstance(RUN.invoke(describers, ["reid", *options]).exception, UsageError)
