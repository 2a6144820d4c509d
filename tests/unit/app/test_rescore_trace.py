"""Scoring again opens nothing, and forgets what is no longer held."""

from dataclasses import replace

import pytest

from casetrail.app.case_records import read_sightings, write_sightings
from casetrail.app.consent import erase_face_similarities
from casetrail.app.rescore_trace import rescore_trace
from casetrail.app.run_trace import run_trace
from casetrail.app.trace_session import open_trace_session
from casetrail.governance.acts import Act
from casetrail.governance.audit import AuditEvent
from casetrail.governance.cases import CaseState
from casetrail.model.errors import RefusedError
from casetrail.testing.small_city import CityPlan
from casetrail.testing.small_office import ACTOR, CASE_ID, open_small_office

EVENT = AuditEvent(ACTOR, "test", CASE_ID)


def test_a_trace_without_the_face_is_as_if_there_had_never_been_one() -> None:
    """A face that speaks for somebody else changes the trace; erased and scored again, the first trace is back."""
    office = open_small_office(CityPlan(side=3, people=6, hours=0.3, seed=11))
    vault = office.ports.case.vault
    without = run_trace(office.ports, CASE_ID, ACTOR)
    held = read_sightings(vault, CASE_ID)
    mine = {step.presence_id for step in without.steps}
    spoken = [
        replace(sighting, face_similarity=0.9, face_log_ratio=6.0)
        for presence_id, sighting in held.items()
        if presence_id not in mine
    ][:3]
    write_sightings(vault, CASE_ID, spoken, audit=EVENT)
    opened = len(office.batches)
    with_face = rescore_trace(office.ports, CASE_ID, ACTOR)
    assert with_face.steps != without.steps
    assert erase_face_similarities(office.ports.case, EVENT) == 3
    assert rescore_trace(office.ports, CASE_ID, ACTOR).steps == without.steps
    assert len(office.batches) == opened
    assert Act.TRACE_RESCORE in [act for act, _ in office.ports.case.gate.asked]  # type: ignore[attr-defined]


def test_a_city_is_scored_again_by_whoever_may_only_score() -> None:
    """Nobody is asked whether the trace may be run: an approver scores again where only an investigator traces."""
    office = open_small_office(CityPlan(side=11, people=60, hours=0.6, seed=7), views=100)
    session = open_trace_session(office.ports, CASE_ID, ACTOR)
    session.advance()
    before, opened = session.trace(), len(office.batches)
    asked = office.ports.case.gate.asked  # type: ignore[attr-defined]
    asked.clear()
    assert rescore_trace(office.ports, CASE_ID, ACTOR).opened == before.opened
    assert len(office.batches) == opened
    assert {act for act, _ in asked} == {Act.TRACE_RESCORE}


def test_a_suspended_case_is_not_scored() -> None:
    """Nobody works on it."""
    office = open_small_office(CityPlan(side=2, people=3, hours=0.1, seed=1), state=CaseState.SUSPENDED)
    with pytest.raises(RefusedError):
        rescore_trace(office.ports, CASE_ID, ACTOR)
