"""The case trace of a city, with the other ways that somebody may have gone."""

import pytest

from casetrail.app.case_records import read_answers, read_sightings, read_trace, write_answers
from casetrail.app.city_session import CitySession
from casetrail.app.trace_session import open_trace_session
from casetrail.governance.audit import AuditEvent
from casetrail.testing.small_city import CityPlan
from casetrail.testing.small_office import ACTOR, CASE_ID, SmallOffice, open_small_office
from casetrail.trace.case_trace import Answer, CaseTrace, Reviewed

LARGE = CityPlan(side=11, people=40, hours=0.4, seed=4, uniform=0.2)
EVENT = AuditEvent(ACTOR, "test.setup", CASE_ID)


@pytest.fixture(scope="module")
def traced() -> tuple[SmallOffice, CaseTrace]:
    """A trace from some sightings known twice over and a stranger who was rejected, with some questions answered."""
    office = open_small_office(LARGE, views=300)
    mine = [one for one in office.city.presences if one.presence_id in office.city.truth][::3]
    stranger = next(one for one in office.city.presences if one.presence_id not in office.city.truth)
    office.ports.open_presences([*mine, stranger], (), 1)
    given = [Reviewed(one.presence_id, Answer.YES, "r", at) for at, one in enumerate([*mine, *mine])]
    given.append(Reviewed(stranger.presence_id, Answer.NO, "r", 100))
    write_answers(office.ports.case.vault, CASE_ID, given, audit=EVENT)
    session = open_trace_session(office.ports, CASE_ID, ACTOR)
    assert isinstance(session, CitySession)
    session.advance()
    for _ in range(2):
        question = session.question()
        if question is None:
            break
        session.answer(question.presence_id, office.truthful(question))
    return office, session.trace()


def test_other_ways_are_in_the_trace_that_is_stored(traced: tuple[SmallOffice, CaseTrace]) -> None:
    """A few, the likeliest first, and readable again."""
    office, trace = traced
    assert read_trace(office.ports.case.vault, CASE_ID) == trace
    times = [other.times_less_likely for other in trace.alternatives]
    assert 1 <= len(times) <= 3
    assert times == sorted(times)
    assert times[0] >= 1


def test_other_ways_keep_to_the_answers_given(traced: tuple[SmallOffice, CaseTrace]) -> None:
    """Each leads through everything confirmed, through nothing rejected, and is not what is shown already."""
    office, trace = traced
    confirmed = {step.presence_id for step in trace.confirmed}
    answers = read_answers(office.ports.case.vault, CASE_ID)
    rejected = {each.presence_id for each in answers if each.answer is Answer.NO}
    assert confirmed
    assert rejected
    for other in trace.alternatives:
        assert confirmed <= set(other.presence_ids)
        assert not rejected & set(other.presence_ids)
        assert set(other.presence_ids) != {step.presence_id for step in trace.steps}


def test_other_ways_are_told_in_order_of_time(traced: tuple[SmallOffice, CaseTrace]) -> None:
    """Presences of a way follow each other, as far as clocks tell."""
    office, trace = traced
    held = read_sightings(office.ports.case.vault, CASE_ID)
    for other in trace.alternatives:
        middles = [held[each].interval.start_us + held[each].interval.end_us for each in other.presence_ids]
        assert middles == sorted(middles)
