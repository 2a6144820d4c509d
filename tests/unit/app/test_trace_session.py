"""A trace in one sitting, small and large: what is opened, stored, taken up again and refused."""

import pytest

from casetrail.app.case_records import read_answers, read_sightings, read_trace
from casetrail.app.trace_session import CitySession, SmallSession, open_trace_session
from casetrail.model.errors import UsageError
from casetrail.testing.small_city import CityPlan
from casetrail.testing.small_office import ACTOR, CASE_ID, SmallOffice, open_small_office
from casetrail.trace.case_trace import Answer, Question, Verdict

LARGE = CityPlan(side=11, people=40, hours=0.4, seed=4)


def test_a_few_cameras_are_searched_exactly() -> None:
    """A small installation gets the exact search, behind the same calls."""
    office = open_small_office(CityPlan(side=3, people=15, hours=0.5, seed=2))
    session = open_trace_session(office.ports, CASE_ID, ACTOR)
    assert isinstance(session, SmallSession)
    session.advance()
    question = session.question()
    assert question is not None
    session.answer(question.presence_id, office.truthful(question))
    assert session.trace().opened.presences > 0


@pytest.fixture(scope="module")
def traced() -> tuple[SmallOffice, CitySession]:
    """A city session that was answered truthfully to its end, with a budget of 150 views."""
    office = open_small_office(LARGE, views=150)
    session = open_trace_session(office.ports, CASE_ID, ACTOR)
    assert isinstance(session, CitySession)
    session.advance()
    for _ in range(40):
        question = session.question()
        if question is None:
            break
        session.answer(question.presence_id, office.truthful(question), same_as_asked(office, question))
    return office, session


def same_as_asked(office: SmallOffice, question: Question) -> list[str]:
    """Of those shown along, whom the true answer to the question holds of as well."""
    truth = office.city.truth
    mine = question.presence_id in truth
    return [each.presence_id for each in question.along if (each.presence_id in truth) == mine]


def test_the_budget_of_views_is_never_passed(traced: tuple[SmallOffice, CitySession]) -> None:
    """What was described costs no more than the order's scope allows, and something was described."""
    office, session = traced
    held = read_sightings(office.ports.case.vault, CASE_ID)
    assert 0 < sum(sighting.views_described for sighting in held.values()) <= 150
    assert session.trace().opened.presences == len(held)


def test_what_is_confirmed_was_confirmed_by_a_person(traced: tuple[SmallOffice, CitySession]) -> None:
    """No step is confirmed without a yes on record, and none against the truth when answers are true."""
    office, session = traced
    yes = {each.presence_id for each in read_answers(office.ports.case.vault, CASE_ID) if each.answer is Answer.YES}
    confirmed = {step.presence_id for step in session.trace().steps if step.verdict is Verdict.CONFIRMED}
    assert confirmed <= yes
    assert confirmed <= office.city.truth


def test_the_trace_is_in_the_vault(traced: tuple[SmallOffice, CitySession]) -> None:
    """What the session shows is what is stored."""
    office, session = traced
    assert read_trace(office.ports.case.vault, CASE_ID) == session.trace()


def test_a_killed_session_goes_on_where_it_stopped(traced: tuple[SmallOffice, CitySession]) -> None:
    """A new session on the same vault shows the same confirmed steps, and opens nothing beyond the budget."""
    office, session = traced
    again = open_trace_session(office.ports, CASE_ID, ACTOR)
    ours = {step.presence_id for step in session.trace().confirmed}
    assert {step.presence_id for step in again.trace().confirmed} == ours
    before = len(office.batches)
    again.advance()
    assert len(office.batches) == before or session.trace().opened.views < 150


def test_only_what_was_opened_can_be_answered(traced: tuple[SmallOffice, CitySession]) -> None:
    """An answer about a presence that nobody opened is refused."""
    _, session = traced
    with pytest.raises(UsageError, match="was not opened"):
        session.answer("unknown", Answer.YES)


def test_that_presences_are_looked_up_is_on_record_first(traced: tuple[SmallOffice, CitySession]) -> None:
    """The gate is announced in the audit log before any presence is opened."""
    office, _ = traced
    assert office.log.acts.index("trace.gate") < office.log.acts.index("presences.open")
