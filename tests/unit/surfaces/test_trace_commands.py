"""`casetrail trace` on a small city: what is printed, what is asked, and that pictures do not stay."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from casetrail import bootstrap
from casetrail.app import make_preview
from casetrail.model.errors import BadInputError, MissingError
from casetrail.surfaces.cli import trace
from casetrail.testing.small_city import CityPlan
from casetrail.testing.small_office import CASE_ID, SmallOffice, open_small_office


@pytest.fixture
def office(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> SmallOffice:
    """An office on a small city in place of an installation; a preview is an empty file."""
    office = open_small_office(CityPlan(side=3, people=8, hours=0.3, seed=11))
    monkeypatch.setenv("CASETRAIL_DATA", str(tmp_path))
    monkeypatch.setattr(bootstrap, "open_trace_ports", lambda *_: office.ports)
    monkeypatch.setattr(bootstrap, "open_case_ports", lambda *_: office.ports.case)
    monkeypatch.setattr(bootstrap, "open_catalogue", lambda *_: office.ports.catalogue)
    monkeypatch.setattr(bootstrap, "open_evidence_ports", lambda *_: None)
    monkeypatch.setattr(make_preview, "make_preview", touch)
    return office


def touch(_ports: object, _case: str, seen, _actor: object, folder: Path) -> Path:
    """A preview without a picture."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"preview-{seen.presence_id}.jpg"
    path.write_bytes(b"")
    return path


def run(*words: str, keys: str = ""):
    """The result of a verb with keys typed into it."""
    return CliRunner().invoke(trace.app, list(words), input=keys)


def test_run_proposes_and_says_what_was_opened(office):
    """Before any answer the command says what it looked into and what to do next."""
    result = run("run", CASE_ID)
    assert result.exit_code == 0, result.output
    assert "Opened:" in result.output
    assert f"casetrail trace review {CASE_ID}" in result.output


def test_review_asks_and_stops_on_q_leaving_no_picture(office, tmp_path):
    """A question shows camera, time and picture; nothing of the picture stays, the answer does."""
    result = run("review", CASE_ID, keys="y\nq\n")
    assert result.exit_code == 0, result.output
    assert "Question 1" in result.output and "Question 2" in result.output
    assert "redacted picture:" in result.output
    assert not list(tmp_path.rglob("*.jpg"))
    shown = json.loads(run("show", CASE_ID, "--json").output)
    assert [step["verdict"] for step in shown["trace"]["steps"]].count("confirmed") == 1


@pytest.mark.parametrize("how", ["--previews", "--answers"])
def test_pictures_of_a_killed_review_go_when_the_next_begins(office, tmp_path, how):
    """Also when the next one asks nobody, or puts its own pictures elsewhere."""
    left = tmp_path / "output" / CASE_ID / "previews" / "preview-left-behind.jpg"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"old")
    script = tmp_path / "answers.json"
    script.write_text("[]")
    run("review", CASE_ID, how, str(script if how == "--answers" else tmp_path / "elsewhere"), keys="q\n")
    assert not left.exists()


def test_an_answer_is_taken_back_with_b(office):
    """After b the same question comes again; at the start there is nothing to take back."""
    result = run("review", CASE_ID, keys="b\nn\nb\nperhaps\nq\n")
    questions = [line for line in result.output.splitlines() if line.startswith("Question 1")]
    assert "no answer was given yet" in result.output
    assert "not understood" in result.output
    assert len(questions) == 4
    assert len(set(questions)) == 1


def test_scripted_answers_are_printed_as_scripted(office, tmp_path):
    """A script answers everything, and the output says that nobody looked."""
    script = [{"presence_id": p, "answer": office.city.answer(p).value} for p in office.city.descriptions]
    file = tmp_path / "answers.json"
    file.write_text(json.dumps(script))
    result = run("review", CASE_ID, "--answers", str(file))
    assert result.exit_code == 0, result.output
    assert "scripted answer: yes" in result.output
    assert "supported" in result.output
    confirmed = json.loads(run("review", CASE_ID, "--answers", str(file), "--json").output)["trace"]["steps"]
    assert {step["presence_id"] for step in confirmed if step["verdict"] == "confirmed"} <= office.city.truth


def test_a_script_that_is_not_there_or_no_json_is_an_error_of_one_line(office, tmp_path):
    """The error names the file."""
    bad = tmp_path / "bad.json"
    bad.write_text("{")
    assert isinstance(run("review", CASE_ID, "--answers", str(tmp_path / "none.json")).exception, MissingError)
    assert isinstance(run("review", CASE_ID, "--answers", str(bad)).exception, BadInputError)


def test_showing_before_running_says_what_to_do(office):
    """There is nothing to show yet."""
    error = run("show", CASE_ID).exception
    assert isinstance(error, MissingError)
    assert "casetrail trace run" in str(error)
