"""A trace in one sitting, small and large: what is opened, stored, taken up again and refused."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from casetrail.app.case_ports import CasePorts
from casetrail.app.case_records import read_answers, read_sightings, read_trace, write_answers, write_sightings
from casetrail.app.city_session import CitySession
from casetrail.app.consent import record_consent, withdraw_consent
from casetrail.app.trace_session import SmallSession, TraceSession, open_trace_session
from casetrail.app.trace_work import Known, answers_in_force, read_known
from casetrail.governance.audit import AuditEvent
from casetrail.governance.consent import ConsentRecord, ConsentStatus
from casetrail.model.errors import UsageError
from casetrail.model.time import SECOND_US, UtcInterval
from casetrail.presence.presences import Presence
from casetrail.sightings.sightings import Sighting
from casetrail.testing.small_city import CityPlan
from casetrail.testing.small_office import ACTOR, CASE_ID, SmallOffice, open_small_office
from casetrail.trace.case_trace import Answer, Question, Reviewed, Verdict

LARGE, VIEWS = CityPlan(side=11, people=60, hours=0.6, seed=7), 300


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


HALF_A_DAY = CityPlan(side=5, people=15, hours=6, seed=2)  # 25 cameras, 150 camera-hours


def confirm_one(office: SmallOffice) -> None:
    """A sighting of the index case is in the vault, and somebody said so."""
    mine = next(each for each in office.city.presences if each.presence_id in office.city.truth)
    office.ports.open_presences([mine], [], 1)
    answers = [Reviewed(mine.presence_id, Answer.YES, ACTOR.actor_id, 1)]
    write_answers(office.ports.case.vault, CASE_ID, answers, audit=AuditEvent(ACTOR, "test.setup", CASE_ID))


def test_records_of_two_places_are_enough_to_begin_with() -> None:
    """One place says too little of who looks like whom elsewhere: then the exact search asks at least."""
    city = open_small_office(HALF_A_DAY).city
    mine = sorted(city.truth, key=lambda presence_id: city.descriptions[presence_id].interval)
    said = [city.statement_near(mine[0]), replace(city.statement_near(mine[-1]), reference="another")]
    assert isinstance(
        open_trace_session(open_small_office(HALF_A_DAY, anchors=said).ports, CASE_ID, ACTOR), CitySession
    )
    for few in (said[:1], [said[0], replace(said[1], place=None)], []):
        office = open_small_office(HALF_A_DAY, anchors=few)
        assert isinstance(open_trace_session(office.ports, CASE_ID, ACTOR), SmallSession)


def test_between_20_and_100_cameras_the_scope_decides_once_somebody_is_confirmed() -> None:
    """Camera-hours are those that the scope allows; without anybody confirmed the exact search asks at least."""
    office = open_small_office(HALF_A_DAY)
    assert isinstance(open_trace_session(office.ports, CASE_ID, ACTOR), SmallSession)
    confirm_one(office)
    session = open_trace_session(office.ports, CASE_ID, ACTOR)
    assert isinstance(session, CitySession)
    answer_all(office, session)
    found = {step.presence_id for step in session.trace().confirmed}
    assert len(found) > 1
    assert found <= office.city.truth

    short = open_small_office(replace(HALF_A_DAY, hours=1))
    confirm_one(short)
    assert isinstance(open_trace_session(short.ports, CASE_ID, ACTOR), SmallSession)
    few = frozenset(camera.camera_id for camera in office.city.cameras[:18])
    elsewhere = open_small_office(HALF_A_DAY, cameras=few)
    confirm_one(elsewhere)
    assert isinstance(open_trace_session(elsewhere.ports, CASE_ID, ACTOR), SmallSession)


@pytest.fixture(scope="module")
def traced() -> tuple[SmallOffice, CitySession]:
    """A city session that was answered truthfully to its end, with a budget of 300 views."""
    office = open_small_office(LARGE, views=VIEWS)
    session = open_trace_session(office.ports, CASE_ID, ACTOR)
    assert isinstance(session, CitySession)
    session.advance()
    answer_all(office, session)
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
    assert 0 < sum(sighting.views_described for sighting in held.values()) <= VIEWS
    assert session.trace().opened.presences == len(held)


def test_what_is_confirmed_was_confirmed_by_a_person(traced: tuple[SmallOffice, CitySession]) -> None:
    """No step is confirmed without a yes on record, and none against the truth when answers are true."""
    office, session = traced
    yes = {each.presence_id for each in read_answers(office.ports.case.vault, CASE_ID) if each.answer is Answer.YES}
    confirmed = {step.presence_id for step in session.trace().steps if step.verdict is Verdict.CONFIRMED}
    assert confirmed
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
    assert len(office.batches) == before or session.trace().opened.views < VIEWS


def test_only_what_was_opened_can_be_answered(traced: tuple[SmallOffice, CitySession]) -> None:
    """An answer about a presence that nobody opened is refused."""
    _, session = traced
    with pytest.raises(UsageError, match="was not opened"):
        session.answer("unknown", Answer.YES)
    opened = session.trace().confirmed[0].presence_id
    with pytest.raises(UsageError, match="was not opened"):
        session.answer(opened, Answer.YES, ["unknown"])


def test_that_presences_are_looked_up_is_on_record_first(traced: tuple[SmallOffice, CitySession]) -> None:
    """The gate is announced in the audit log before any presence is opened."""
    office, _ = traced
    assert office.log.acts.index("trace.gate") < office.log.acts.index("presences.open")


def test_an_answer_is_on_record_for_everybody_shown_along(traced: tuple[SmallOffice, CitySession]) -> None:
    """Each with the presence that the question was about, by the same reviewer, after the answer itself; nobody else is
    asked about again.
    """
    office, _ = traced
    answers = read_answers(office.ports.case.vault, CASE_ID)
    covered = [each for each in answers if each.covered_by]
    assert {each.answer for each in covered} == {Answer.YES, Answer.NO}
    for each in covered:
        asked = [one for one in answers if one.presence_id == each.covered_by and one.stated is not None]
        assert asked[0].answer is each.answer
        assert asked[0].reviewer == each.reviewer
        assert asked[0].utc_us < each.utc_us
        assert any(each.presence_id in one.along for one in asked)


@pytest.mark.parametrize("covering", [Answer.YES, Answer.NO])
def test_taking_back_an_answer_takes_back_whom_it_covered(covering: Answer) -> None:
    """The question can be asked again, nothing of the answer is left in force, and all of it stays on record."""
    office = open_small_office(LARGE, views=VIEWS)
    session = open_trace_session(office.ports, CASE_ID, ACTOR)
    vault = office.ports.case.vault
    for _ in range(20):
        question = session.question()
        assert question is not None
        session.answer(question.presence_id, office.truthful(question), same_as_asked(office, question))
        given = read_answers(vault, CASE_ID)
        if given[-1].covered_by and given[-1].answer is covering:
            break
    assert given[-1].answer is covering
    asked = given[-1].covered_by
    covered = {each.presence_id for each in given if each.covered_by == asked}
    before = session.proposal().asked
    session.undo()
    in_force = answers_in_force(read_answers(vault, CASE_ID))
    assert not in_force.keys() & (covered | {asked})
    assert {step.presence_id for step in session.trace().confirmed}.isdisjoint(covered | {asked})
    assert len(read_answers(vault, CASE_ID)) == len(given) + len(covered) + 1
    assert session.proposal().asked == before - 1


def test_a_gate_that_walks_lead_out_of_is_drawn_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Around what was confirmed since; nothing that was confirmed or answered is lost, and the budget stays."""
    monkeypatch.setattr("casetrail.app.city_search.MOST_CELLS_TICKS", 1)
    monkeypatch.setattr("casetrail.app.city_search.NEAREST_M", 450.0)
    monkeypatch.setattr("casetrail.app.city_session.FRESH", 30)
    office = open_small_office(LARGE, views=VIEWS)
    session = open_trace_session(office.ports, CASE_ID, ACTOR)
    assert isinstance(session, CitySession)
    first = office.log.acts.count("trace.gate")
    for _ in range(40):
        question = session.question()
        if question is None:
            break
        before = {step.presence_id for step in session.trace().confirmed}
        session.answer(question.presence_id, office.truthful(question), same_as_asked(office, question))
        assert before <= office.city.truth
    assert office.log.acts.count("trace.gate") > first == 1
    held = read_sightings(office.ports.case.vault, CASE_ID)
    assert sum(sighting.views_described for sighting in held.values()) <= VIEWS
    yes = {
        each
        for each, one in answers_in_force(read_answers(office.ports.case.vault, CASE_ID)).items()
        if one.answer is Answer.YES
    }
    assert {step.presence_id for step in session.trace().confirmed} == yes


def test_a_gate_holds_no_more_than_memory_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    """What lies near everything known is left out, too, the farthest first, where it would be too much."""
    monkeypatch.setattr("casetrail.app.city_search.MOST_CELLS_TICKS", 1)
    sizes = []
    for most in (10**9, 10_000):
        monkeypatch.setattr("casetrail.app.city_search.MOST_NEAR_CELLS_TICKS", most)
        office = open_small_office(LARGE, views=VIEWS)
        open_trace_session(office.ports, CASE_ID, ACTOR)
        sizes.append(_cameras_of_gate(office))
    assert sizes[1] < 0.6 * sizes[0]


def _cameras_of_gate(office: SmallOffice) -> int:
    gates = [recorded.event for recorded in office.log.read_events() if recorded.event.act == "trace.gate"]
    return int(gates[-1].counts["cameras"])


def test_views_spent_outside_the_gate_are_spent(monkeypatch: pytest.MonkeyPatch) -> None:
    """A session taken up again in a smaller gate describes no more than the scope still leaves."""
    few = 100
    office = open_small_office(LARGE, views=few)
    answer_all(office, open_trace_session(office.ports, CASE_ID, ACTOR))
    monkeypatch.setattr("casetrail.app.city_search.MOST_CELLS_TICKS", 1)
    monkeypatch.setattr("casetrail.app.city_search.NEAREST_M", 450.0)
    answer_all(office, open_trace_session(office.ports, CASE_ID, ACTOR))
    held = read_sightings(office.ports.case.vault, CASE_ID)
    assert sum(sighting.views_described for sighting in held.values()) <= few


def answer_all(office: SmallOffice, session: TraceSession) -> None:
    """Answer truthfully until nothing is asked any more."""
    for _ in range(40):
        question = session.question()
        if question is None:
            break
        session.answer(question.presence_id, office.truthful(question), same_as_asked(office, question))


def test_an_answer_given_along_with_another_stands_as_long_as_that_one() -> None:
    """Told otherwise or taken back, it is none any more; unsure tells nothing; the last one about itself counts."""

    def given(*answers: tuple[str, Answer, str]) -> dict[str, Answer]:
        told = [Reviewed(name, answer, "reviewer", at, covered_by=by) for at, (name, answer, by) in enumerate(answers)]
        return {name: each.answer for name, each in answers_in_force(told).items()}

    yes, no, unsure, back = Answer.YES, Answer.NO, Answer.UNSURE, Answer.WITHDRAWN
    along = (("A", yes, ""), ("B", yes, "A"))
    assert given(*along) == given(*along, ("A", no, ""), ("A", back, "")) | {"A": yes} == {"A": yes, "B": yes}
    assert given(*along, ("A", unsure, "")) == {"A": unsure, "B": yes}
    assert given(*along, ("A", no, "")) == {"A": no}
    assert given(*along, ("A", yes, ""), ("A", no, ""))["B"] is yes
    assert given(*along, ("B", no, "")) == {"A": yes, "B": no}
    assert given(*along, ("B", back, "A"), ("A", back, "")) == {}


def test_faces_of_what_was_opened_before_anybody_was_confirmed_are_compared_then() -> None:
    """Once, with the first one who is confirmed, of those who are dressed alike; what it says counts at once."""
    office = open_small_office(LARGE, views=VIEWS)
    asked: list[tuple[set[str], list[str]]] = []

    def compare(presences: Sequence[Presence], confirmed: Sequence[Presence]) -> list[Sighting]:
        asked.append(({each.presence_id for each in presences}, [each.presence_id for each in confirmed]))
        held = read_sightings(office.ports.case.vault, CASE_ID)
        others = [each.presence_id for each in presences if each.presence_id not in office.city.truth]
        return [replace(held[each], face_log_ratio=-9.0) for each in others]

    session = CitySession(replace(office.ports, compare_faces=compare), CASE_ID, ACTOR)
    opened: set[str] = set()
    before: dict[str, float] = {}
    while not asked:
        question = session.question()
        assert question is not None
        opened, before = {key for batch in office.batches for key in batch}, _evidence(session)
        session.answer(question.presence_id, office.truthful(question))
        given = question.presence_id
    answer_all(office, session)
    ((compared, confirmed),) = asked
    assert confirmed == [given]
    assert compared < opened
    strangers = compared - office.city.truth
    assert strangers
    after = _evidence(session)
    assert all(after[each] < before[each] for each in strangers)


def _evidence(session: CitySession) -> dict[str, float]:
    search = session._search
    return dict(zip(search.spans.ids(search.opened), search.standing.log_ratio.tolist(), strict=True))


@pytest.mark.parametrize("goes_on", ["trace", "question", "answer", "undo"])
def test_nothing_that_a_face_said_outlives_consent_in_an_open_session(goes_on: str) -> None:
    """Consent is withdrawn while a session is open: whatever is called next, nothing that a face said is left in it,
    and the case trace is one that a session opened now gives, in the vault as well.
    """
    office = open_small_office(LARGE, views=VIEWS)
    vault = office.ports.case.vault
    valid = UtcInterval(0, 1000 * SECOND_US)
    record = ConsentRecord(CASE_ID, ConsentStatus.GIVEN, valid, "I agree.", "en", "on paper", "Room 3")
    record_consent(office.ports.case, record, ACTOR)

    def compare(presences: Sequence[Presence], _confirmed: Sequence[Presence]) -> list[Sighting]:
        held = read_sightings(vault, CASE_ID)
        found = [replace(held[each.presence_id], face_similarity=0.1, face_log_ratio=-9.0) for each in presences]
        write_sightings(vault, CASE_ID, found, audit=AuditEvent(ACTOR, "faces.compare", CASE_ID))
        return found

    session = CitySession(replace(office.ports, compare_faces=compare), CASE_ID, ACTOR)
    while not session._search.looks.extra.any():
        question = session.question()
        assert question is not None
        session.answer(question.presence_id, office.truthful(question))
    session.trace()
    with_faces, known = _evidence(session), session._search.opened[0]
    withdraw_consent(office.ports.case, CASE_ID, ACTOR)
    given = {
        "trace": session.trace,
        "question": session.question,
        "answer": lambda: session.answer(session._search.spans.ids(known[None])[0], Answer.UNSURE),
        "undo": session.undo,
    }
    given[goes_on]()
    assert not session._search.looks.extra.any()
    assert all(sighting.face_log_ratio is None for sighting in session._gate.sightings.values())
    assert session.trace() == read_trace(vault, CASE_ID)
    if goes_on == "trace":  # how the others are passed on differs a little
        assert _evidence(session) == pytest.approx(_evidence(CitySession(office.ports, CASE_ID, ACTOR)))
    assert max(abs(now - with_faces[each]) for each, now in _evidence(session).items() if each in with_faces) > 3


def test_consent_withdrawn_while_a_session_is_opened_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Right after everything on record was read, faces included."""
    office = open_small_office(LARGE, views=VIEWS)
    vault = office.ports.case.vault
    valid = UtcInterval(0, 1000 * SECOND_US)
    record = ConsentRecord(CASE_ID, ConsentStatus.GIVEN, valid, "I agree.", "en", "on paper", "Room 3")
    record_consent(office.ports.case, record, ACTOR)
    open_trace_session(office.ports, CASE_ID, ACTOR).advance()
    told = [replace(each, face_similarity=0.1, face_log_ratio=-9.0) for each in read_sightings(vault, CASE_ID).values()]
    write_sightings(vault, CASE_ID, told, audit=AuditEvent(ACTOR, "faces.compare", CASE_ID))

    def read_then_withdraw(case: CasePorts, case_id: str) -> Known:
        known = read_known(case, case_id)
        monkeypatch.undo()
        withdraw_consent(case, case_id, ACTOR)
        return known

    monkeypatch.setattr("casetrail.app.city_session.read_known", read_then_withdraw)
    session = CitySession(office.ports, CASE_ID, ACTOR)
    assert session._search.looks.extra.any()
    session.trace()
    assert not session._search.looks.extra.any()


def test_no_face_is_taken_from_whom_the_last_answer_calls_somebody_else() -> None:
    """Two yes and a no leave somebody confirmed in the trace; consent asks for more before a face is looked at."""
    office = open_small_office(LARGE, views=VIEWS)
    given: list[list[str]] = []

    def watched(presences: Sequence[Presence], confirmed: Sequence[Presence], views: int) -> Sequence[Sighting]:
        given.append([each.presence_id for each in confirmed])
        return office.ports.open_presences(presences, confirmed, views)

    session = CitySession(replace(office.ports, open_presences=watched), CASE_ID, ACTOR)
    answer_all(office, session)
    steps = session.trace().confirmed
    doubted = next(step.presence_id for step in steps if step.presence_id in given[-1])
    for answer in (Answer.YES, Answer.YES, Answer.YES, Answer.NO):
        session.answer(doubted, answer)
    assert doubted in {step.presence_id for step in session.trace().confirmed}
    rows = session._search.opened[:1]
    session._open(rows, 3)
    assert len(given[-1]) > 0
    assert doubted not in given[-1]
