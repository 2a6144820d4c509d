"""Running, reviewing and showing a trace on a small city, behind the ports that real footage uses."""

from dataclasses import replace

import pytest

from casetrail.app.case_records import read_answers, read_trace
from casetrail.app.review_trace import (
    answer_question,
    parse_answer,
    propose,
    read_script,
    review_with,
    scripted_answers,
    undo_answer,
)
from casetrail.app.run_trace import run_trace
from casetrail.app.show_trace import show_trace
from casetrail.governance.cases import CaseState
from casetrail.model.errors import BadInputError, IntegrityError, MissingError, RefusedError, UsageError
from casetrail.model.time import UtcInterval
from casetrail.testing.small_city import CityPlan
from casetrail.testing.small_office import ACTOR, CASE_ID, open_small_office
from casetrail.trace.case_trace import Answer, Question, Shown, Verdict
from casetrail.trace.reconcile import Status

PLAN = CityPlan(side=3, people=12, hours=0.4, seed=5)


@pytest.fixture
def office():
    """A city of nine cameras with a case whose patient says where they were once."""
    return open_small_office(PLAN)


def test_a_reviewed_trace_finds_most_of_the_way_and_nothing_else(office):
    """From one statement and truthful answers the case trace is found, in order, with its gaps."""
    run_trace(office.ports, CASE_ID, ACTOR)
    trace = review_with(office.ports, CASE_ID, ACTOR, office.truthful)
    confirmed = {step.presence_id for step in trace.confirmed}
    assert confirmed <= office.city.truth
    assert len(confirmed) >= 0.7 * len(office.city.truth)
    starts = [step.interval.start_us for step in trace.steps]
    assert starts == sorted(starts)
    assert all(step.reviewer == ACTOR.actor_id for step in trace.confirmed)
    assert trace.gaps and all(gap.interval.duration_s > 0 for gap in trace.gaps)
    assert trace.opened.presences == len({p for batch in office.batches for p in batch})


def test_nothing_is_opened_twice(office):
    """Each presence is described once, however often the trace is run and reviewed."""
    run_trace(office.ports, CASE_ID, ACTOR)
    review_with(office.ports, CASE_ID, ACTOR, office.truthful, most=4)
    run_trace(office.ports, CASE_ID, ACTOR)
    opened = [p for batch in office.batches for p in batch]
    assert len(opened) == len(set(opened))


def test_stopping_between_questions_loses_nothing(office):
    """A review taken up by another process asks what the first would have asked next."""
    run_trace(office.ports, CASE_ID, ACTOR)
    first = propose(office.ports, CASE_ID, ACTOR)
    then = answer_question(office.ports, CASE_ID, first.question.presence_id, Answer.YES, ACTOR)
    again = propose(office.ports, CASE_ID, ACTOR)
    assert again.question == then.question
    assert again.trace == then.trace == read_trace(office.ports.case.vault, CASE_ID)


def test_taking_an_answer_back_restores_the_question(office):
    """The last answer is withdrawn, and both stay on record."""
    first = propose(office.ports, CASE_ID, ACTOR)
    answer_question(office.ports, CASE_ID, first.question.presence_id, Answer.NO, ACTOR)
    back = undo_answer(office.ports, CASE_ID, ACTOR)
    assert back.question.presence_id == first.question.presence_id
    assert back.asked == 0
    assert [each.answer for each in read_answers(office.ports.case.vault, CASE_ID)] == [Answer.NO, Answer.WITHDRAWN]
    with pytest.raises(UsageError, match="no answer"):
        undo_answer(office.ports, CASE_ID, ACTOR)


def test_a_rejected_candidate_is_not_in_the_trace(office):
    """No means no, and an unsure one is marked as such."""
    first = propose(office.ports, CASE_ID, ACTOR)
    after = answer_question(office.ports, CASE_ID, first.question.presence_id, Answer.NO, ACTOR)
    assert first.question.presence_id not in {step.presence_id for step in after.trace.steps}
    assert all(step.verdict is not Verdict.CONFIRMED for step in after.trace.steps)


def test_the_budget_of_views_is_never_exceeded():
    """With forty views allowed, forty presences are opened at most, and those near the statement."""
    office = open_small_office(PLAN, views=40)
    run_trace(office.ports, CASE_ID, ACTOR)
    trace = review_with(office.ports, CASE_ID, ACTOR, office.truthful)
    assert 0 < trace.opened.views <= 40
    assert trace.confirmed


def test_cameras_outside_the_scope_are_not_opened():
    """The order names two cameras; only they are looked into."""
    allowed = frozenset({"CAM-00-00", "CAM-01-01"})
    office = open_small_office(PLAN, cameras=allowed)
    run_trace(office.ports, CASE_ID, ACTOR)
    opened = {p for batch in office.batches for p in batch}
    assert {office.city.descriptions[p].camera_id for p in opened} <= allowed


def test_every_act_is_on_record_before_it_happens(office):
    """When the audit log cannot be written, nothing is read and nothing opened."""
    office.log.failing = True
    with pytest.raises(IntegrityError):
        run_trace(office.ports, CASE_ID, ACTOR)
    assert office.index.read == 0
    assert not office.batches


def test_the_log_names_run_gate_opening_and_answers(office):
    """Looking up the gate precedes opening; an answer is an act."""
    run_trace(office.ports, CASE_ID, ACTOR)
    proposal = propose(office.ports, CASE_ID, ACTOR)
    answer_question(office.ports, CASE_ID, proposal.question.presence_id, Answer.YES, ACTOR)
    acts = office.log.acts
    assert acts.index("trace.run") < acts.index("trace.gate") < acts.index("presences.open")
    assert "trace.ask" in acts and "trace.answer" in acts


def test_a_case_moves_from_authorised_to_tracing_to_reviewed(office):
    """The register follows the work."""
    run_trace(office.ports, CASE_ID, ACTOR)
    assert office.ports.case.store.read_case(CASE_ID).state is CaseState.TRACING
    review_with(office.ports, CASE_ID, ACTOR, office.truthful)
    assert office.ports.case.store.read_case(CASE_ID).state is CaseState.REVIEWED


def test_nobody_works_on_a_closing_case():
    """A case that is closing is refused before anything is read."""
    office = open_small_office(CityPlan(side=2, people=6, hours=0.3, seed=2), state=CaseState.CLOSING)
    with pytest.raises(RefusedError):
        run_trace(office.ports, CASE_ID, ACTOR)
    assert office.index.read == 0


def test_an_unopened_presence_cannot_be_answered(office):
    """Only what was looked at can be confirmed."""
    with pytest.raises(UsageError, match="not opened"):
        answer_question(office.ports, CASE_ID, "nobody", Answer.YES, ACTOR)


def test_showing_says_what_the_statement_is_worth(office):
    """A true statement is supported; without a trace there is nothing to show."""
    ports = office.ports
    with pytest.raises(MissingError, match="no trace"):
        show_trace(ports.case, ports.catalogue, CASE_ID, ACTOR)
    run_trace(ports, CASE_ID, ACTOR)
    review_with(ports, CASE_ID, ACTOR, office.truthful)
    (finding,) = show_trace(ports.case, ports.catalogue, CASE_ID, ACTOR).findings
    assert finding.status is Status.SUPPORTED


def test_without_any_anchor_a_few_are_opened_and_asked_about():
    """Nothing says where to look, so the review begins with the best pictures."""
    office = open_small_office(PLAN, anchors=())
    assert propose(office.ports, CASE_ID, ACTOR).question is not None


def test_scripted_answers_are_read_strictly():
    """Words and first letters count; a presence that is not named is unsure; anything else is refused."""
    script = read_script([{"presence_id": "p1", "answer": "yes"}, {"presence_id": "p2", "answer": "n"}])
    assert [each.answer for each in script] == [Answer.YES, Answer.NO]
    assert parse_answer(" U ") == (Answer.UNSURE, ())
    for rows in ({"p1": "yes"}, [{"answer": "yes"}], [{"presence_id": "p1", "answer": "perhaps"}], "yes"):
        with pytest.raises(BadInputError):
            read_script(rows, where="answers.json")
    asked = Question("p1", "A", UtcInterval(0, 1), 0.5, None, 0.1)
    assert scripted_answers(script)(asked) == (Answer.YES, ())
    assert scripted_answers(script)(replace(asked, presence_id="p9")) == (Answer.UNSURE, ())
    along = tuple(Shown(name, "A", UtcInterval(0, 1)) for name in ("p2", "p1", "p7"))
    assert scripted_answers(script)(replace(asked, along=along)) == (Answer.YES, ("p1",))


def test_an_answer_names_the_pictures_of_somebody_else():
    """A yes holds for all that are shown, but for those whose numbers follow; other numbers are refused."""
    along = [Shown(name, "A", UtcInterval(0, 1)) for name in ("b", "c", "d")]
    assert parse_answer("y", along) == (Answer.YES, ("b", "c", "d"))
    assert parse_answer("yes 2 4", along) == (Answer.YES, ("c",))
    for text in ("", "yes 1", "yes 5", "yes x", "yes -2", "yes ²"):
        with pytest.raises(BadInputError):
            parse_answer(text, along)


def test_faces_are_compared_once_somebody_is_confirmed(office):
    """A trace run again asks for faces of everybody opened, against those confirmed; before that nobody is compared."""
    asked = []

    def compare(presences, confirmed):
        asked.append(({each.presence_id for each in presences}, {each.presence_id for each in confirmed}))
        return ()

    ports = replace(office.ports, compare_faces=compare)
    run_trace(ports, CASE_ID, ACTOR)
    assert asked == []
    trace = review_with(ports, CASE_ID, ACTOR, office.truthful)
    run_trace(ports, CASE_ID, ACTOR)
    opened, confirmed = asked[-1]
    assert confirmed == {step.presence_id for step in trace.confirmed}
    assert opened == {p for batch in office.batches for p in batch}
