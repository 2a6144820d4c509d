"""The engine that is shipped, as measurements drive it: the session that a reviewer's screen would drive."""

import time
from collections.abc import Callable, Sequence
from typing import Protocol

from casetrail.app.evaluate.metering import Meter
from casetrail.app.evaluate.reviewers import CaseReviewer
from casetrail.app.evaluate.tracing import Claim, Outcome, Tracer
from casetrail.app.evaluate.world import World, WorldCase
from casetrail.trace.case_trace import Answer, CaseTrace, Question, Verdict

MOST_QUESTIONS = 1000


class Session(Protocol):
    """What `casetrail.app.trace_session.TraceSession` offers."""

    def advance(self) -> object:
        """Open what is worth its cost by now, and infer."""

    def question(self) -> Question | None:
        """The next question, None when nothing is left to ask."""

    def answer(self, presence_id: str, answer: Answer, along: Sequence[str]) -> object:
        """Put an answer on record, for those shown along, too, and infer again."""

    def trace(self) -> CaseTrace:
        """The case trace as it stands."""


OpenSession = Callable[[World, WorldCase, Meter], Session]


def trace_with(open_session: OpenSession) -> Tracer:
    """A tracer that lets the engine open and ask until it has nothing left to ask."""

    def trace(world: World, case: WorldCase, meter: Meter, reviewer: CaseReviewer) -> Outcome:
        clock = _Clock(meter)
        session = open_session(world, case, meter)
        session.advance()
        question = session.question()
        first_s, first_views = clock.lap_s(), meter.views
        claims, answers_s, opening_s = [], [], 0.0
        while question is not None and reviewer.questions < MOST_QUESTIONS:
            claims.append(Claim(question.presence_id, question.probability))
            described = meter.views
            along = [each.presence_id for each in question.along]
            session.answer(question.presence_id, *reviewer.look(question.presence_id, along))
            answers_s.append(clock.lap_s())
            question = session.question()
            if meter.views == described:  # the next question was there already
                answers_s[-1] += clock.lap_s()
            opening_s += clock.lap_s()
        found = session.trace()
        claims += _unreviewed(found, {claim.presence_id for claim in claims})
        engine_s = first_s + sum(answers_s) + opening_s + clock.lap_s()
        confirmed = frozenset(step.presence_id for step in found.confirmed)
        return Outcome(confirmed, tuple(claims), engine_s, first_s, first_views, tuple(answers_s))

    return trace


def _unreviewed(found: CaseTrace, asked: set[str]) -> list[Claim]:
    """What the trace shows as probable without anybody having looked."""
    return [
        Claim(step.presence_id, step.probability)
        for step in found.steps
        if step.verdict is Verdict.UNREVIEWED and step.presence_id not in asked
    ]


class _Clock:
    """Seconds that are not the meter's: what the engine itself computes."""

    def __init__(self, meter: Meter) -> None:
        self._meter, self._last = meter, time.perf_counter() - meter.seconds

    def lap_s(self) -> float:
        """Since the last call."""
        now = time.perf_counter() - self._meter.seconds
        lap, self._last = now - self._last, now
        return lap
