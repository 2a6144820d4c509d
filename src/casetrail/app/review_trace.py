"""Reviewing a trace: a machine proposes, a person confirms. Each answer moves the gate and the next question."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from casetrail.app.case_records import CaseFile, write_answers
from casetrail.app.run_trace import start_tracing, store_trace
from casetrail.app.trace_work import WIDER_ODDS, Known, Progress, TracePorts, Work, advance, read_known
from casetrail.governance.acts import Act
from casetrail.governance.audit import Actor, AuditEvent
from casetrail.governance.cases import CaseState
from casetrail.model.errors import BadInputError, UsageError
from casetrail.trace.case_trace import Answer, CaseTrace, Question, Reviewed, Shown
from casetrail.trace.review import choose_question

Pictured = Question | Shown
Preview = Callable[[Pictured], Path | None]


@dataclass(frozen=True)
class Proposal:
    """Where a review stands: the case trace as it is now, and the next question, None when nothing is left to ask."""

    trace: CaseTrace
    question: Question | None
    asked: int


@dataclass(frozen=True)
class ScriptedAnswer:
    """An answer prepared beforehand for one presence."""

    presence_id: str
    answer: Answer


def propose(ports: TracePorts, case_id: str, actor: Actor, progress: Progress | None = None) -> Proposal:
    """The next question of a case, after opening whatever its gate reaches by now. Nothing is asked twice.

    Raises RefusedError outside the case's state or scope, MissingError without a case.
    """
    ports.case.gate.permit(actor, Act.TRACE_REVIEW, case_id)
    return _propose(ports, case_id, actor, progress)


def answer_question(
    ports: TracePorts,
    case_id: str,
    presence_id: str,
    answer: Answer,
    actor: Actor,
    progress: Progress | None = None,
) -> Proposal:
    """Put an answer on record, then infer again and propose the next question.

    Raises UsageError when the presence was never opened for this case.
    """
    ports.case.gate.permit(actor, Act.TRACE_REVIEW, case_id)
    known = read_known(ports.case, case_id)
    if presence_id not in known.sightings:
        raise UsageError("this presence was not opened for the case", where=f"case {case_id}")
    _record(ports, known, presence_id, answer, actor)
    return _propose(ports, case_id, actor, progress)


def undo_answer(ports: TracePorts, case_id: str, actor: Actor) -> Proposal:
    """Withdraw the last answer in force; it stays on record as withdrawn. Raises UsageError when there is none."""
    known = read_known(ports.case, case_id)
    if not known.reviewed:
        raise UsageError("there is no answer to take back", where=f"case {case_id}")
    last = max(known.reviewed.values(), key=lambda each: each.utc_us)
    return answer_question(ports, case_id, last.presence_id, Answer.WITHDRAWN, actor)


def review_with(
    ports: TracePorts,
    case_id: str,
    actor: Actor,
    answer_for: Callable[[Question], Answer],
    on_answer: Callable[[Question, Answer, Proposal], None] | None = None,
    most: int = 1000,
) -> CaseTrace:
    """Ask and answer until nothing is left to ask, with answers from a function; for scripts and measurements."""
    proposal = propose(ports, case_id, actor)
    for _ in range(most):
        question = proposal.question
        if question is None:
            break
        answer = answer_for(question)
        proposal = answer_question(ports, case_id, question.presence_id, answer, actor)
        if on_answer is not None:
            on_answer(question, answer, proposal)
    return proposal.trace


def settle_case(ports: TracePorts, file: CaseFile, finished: bool, confirmed: bool, actor: Actor) -> None:
    """With nothing left to ask, a case with a confirmed sighting is reviewed; a new question takes it back."""
    case_id = file.case.case_id
    state = ports.case.store.read_case(case_id).state
    after = CaseState.REVIEWED if finished else CaseState.TRACING
    wanted = {CaseState.TRACING: CaseState.REVIEWED, CaseState.REVIEWED: CaseState.TRACING}.get(state)
    if wanted is after and (not finished or confirmed):
        act = "case.reviewed" if finished else "case.trace"
        ports.case.store.change_state(case_id, state, after, audit=AuditEvent(actor, act, case_id, basis=file.basis))


def read_script(rows: object, *, where: str = "") -> tuple[ScriptedAnswer, ...]:
    """Scripted answers from JSON rows `{"presence_id": ..., "answer": "yes"}`. Raises BadInputError otherwise."""
    if not isinstance(rows, Sequence) or isinstance(rows, str):
        raise BadInputError("scripted answers are a JSON list", where=where)
    return tuple(_scripted(row, f"{where} item {number}") for number, row in enumerate(rows, start=1))


def scripted_answers(script: Iterable[ScriptedAnswer]) -> Callable[[Question], tuple[Answer, tuple[str, ...]]]:
    """Answers from a script, and for which of those shown along they hold; whom it does not name is answered unsure."""
    by_presence = {each.presence_id: each.answer for each in script}

    def answer_for(question: Question) -> tuple[Answer, tuple[str, ...]]:
        answer = by_presence.get(question.presence_id, Answer.UNSURE)
        along = (each.presence_id for each in question.along)
        return answer, tuple(each for each in along if by_presence.get(each) is answer)

    return answer_for


def parse_answer(text: str, along: Sequence[Shown] = ()) -> tuple[Answer, tuple[str, ...]]:
    """An answer from its word or first letter, and for which of those shown along it holds: all, or all but those whose
    numbers follow (`yes 2 5`: yes, but pictures 2 and 5 are of somebody else). Raises BadInputError.
    """
    word, *others = text.strip().lower().split() or [""]
    found = [answer for answer in (Answer.YES, Answer.NO, Answer.UNSURE) if word in (answer.value, answer.value[:1])]
    if not found:
        raise BadInputError(f"{text.strip()[:20]!r} is not an answer", todo="say yes, no or unsure")
    if not all(each.isascii() and each.isdigit() and 2 <= int(each) <= len(along) + 1 for each in others):
        what = "what follows an answer is the number of a picture of somebody else"
        raise BadInputError(what, todo=f"pictures 2 to {len(along) + 1} can be named" if along else "name none here")
    named = {int(each) for each in others}
    return found[0], tuple(each.presence_id for number, each in enumerate(along, start=2) if number not in named)


def _propose(ports: TracePorts, case_id: str, actor: Actor, progress: Progress | None) -> Proposal:
    known = read_known(ports.case, case_id)
    start_tracing(ports, known, actor)
    work, question = _look(ports, case_id, actor, progress)
    trace = store_trace(ports, work, actor)
    _settle(ports, work, question, actor)
    if question is not None:
        event = AuditEvent(actor, "trace.ask", case_id, {"probability": round(question.probability, 3)})
        ports.case.audit_log.record(event)
    return Proposal(trace, question, len(known.answers))


def _scripted(row: object, where: str) -> ScriptedAnswer:
    if not isinstance(row, dict) or not isinstance(row.get("presence_id"), str):
        raise BadInputError("a scripted answer needs presence_id and answer", where=where)
    return ScriptedAnswer(row["presence_id"], parse_answer(str(row.get("answer", "")))[0])


def _look(ports: TracePorts, case_id: str, actor: Actor, progress: Progress | None) -> tuple[Work, Question | None]:
    """Infer and choose a question; with none left, open what was skipped as unlikely before giving up (replay)."""
    for least_odds in WIDER_ODDS:
        work = advance(ports, read_known(ports.case, case_id), actor, progress, least_odds)
        question = choose_question(work.inference, work.known.answers, work.known.anchors, work.topology)
        if question is not None:
            break
    return work, question


def _record(ports: TracePorts, known: Known, presence_id: str, answer: Answer, actor: Actor) -> None:
    """Answers are kept in the order given even when the clock stands still or went back."""
    latest = max((each.utc_us for each in known.reviewed.values()), default=0)
    reviewed = Reviewed(presence_id, answer, actor.actor_id, max(ports.now_us(), latest + 1))
    event = AuditEvent(actor, "trace.answer", known.file.case.case_id, {"answers": 1}, known.file.basis)
    write_answers(ports.case.vault, known.file.case.case_id, [reviewed], audit=event)


def _settle(ports: TracePorts, work: Work, question: Question | None, actor: Actor) -> None:
    """With nothing left to ask, a case with a confirmed sighting is reviewed; a new question takes it back."""
    settle_case(ports, work.known.file, question is None, bool(work.known.confirmed), actor)
