"""`casetrail trace run` with several cases: how each ended, and what is said when one cannot go on."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from casetrail import bootstrap
from casetrail.app.paced_case import PacedCase
from casetrail.app.run_cases import Priority
from casetrail.governance.audit import AuditEvent
from casetrail.governance.cases import CaseState
from casetrail.model.errors import BadInputError, MissingError, UsageError
from casetrail.surfaces.cli import trace
from casetrail.testing.small_city import CityPlan
from casetrail.testing.small_office import ACTOR, CASE_ID, SmallOffice, open_small_office

STRANGER = "C-NOT-THERE"


@pytest.fixture
def office(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> SmallOffice:
    """An office on a small city in place of an installation."""
    office = open_small_office(CityPlan(side=3, people=8, hours=0.3, seed=11))

    def open_works(_settings: object, priorities: Mapping[str, Priority], _actor: object) -> list[PacedCase]:
        return [PacedCase(case, priority, lambda: office.ports, ACTOR) for case, priority in priorities.items()]

    monkeypatch.setenv("CASETRAIL_DATA", str(tmp_path))
    monkeypatch.setattr(bootstrap, "open_case_works", open_works)
    monkeypatch.setattr(bootstrap, "open_case_ports", lambda *_: office.ports.case)
    return office


def run(*words: str) -> Result:
    """The result of a run."""
    return CliRunner().invoke(trace.app, ["run", *words])


@pytest.mark.usefixtures("office")
def test_every_case_under_way() -> None:
    """With --all the authorised case is traced, and the result says how it ended."""
    result = run("--all", "--json")
    assert result.exit_code == 0, result.output
    (told,) = json.loads(result.stdout)
    assert (told["case_id"], told["state"]) == (CASE_ID, "done")
    assert told["steps"] >= 1


@pytest.mark.usefixtures("office")
def test_one_that_cannot_go_on_is_named() -> None:
    """A case that is not there fails alone; the other is finished, and the last line says what went wrong."""
    result = run(CASE_ID, STRANGER, "--urgent", CASE_ID)
    assert isinstance(result.exception, BadInputError)
    assert STRANGER in str(result.exception)
    assert "done" in result.output


def test_nothing_under_way(office: SmallOffice) -> None:
    """Without a case to run, --all says so."""
    store = office.ports.case.store
    entry = store.read_case(CASE_ID)
    store.change_state(CASE_ID, entry.state, CaseState.SUSPENDED, audit=AuditEvent(ACTOR, "case.suspend", CASE_ID))
    assert isinstance(run("--all").exception, MissingError)


@pytest.mark.usefixtures("office")
@pytest.mark.parametrize("words", [(), (CASE_ID, "--all"), (CASE_ID, STRANGER, "--urgent", "C-OTHER")])
def test_contradictory_calls(words: tuple[str, ...]) -> None:
    """No case, a case beside --all, and an urgent case that is not run are refused."""
    assert isinstance(run(*words).exception, UsageError)
