"""The engine as measurements drive it: what is asked, answered, claimed and timed."""

from dataclasses import dataclass, field

import pytest

from casetrail.app.evaluate.engine_tracer import MOST_QUESTIONS, trace_with
from casetrail.app.evaluate.metering import Meter
from casetrail.app.evaluate.reviewers import CaseReviewer, Reviewer
from casetrail.model.time import UtcInterval
from casetrail.sightings.sightings import MaskReading
from casetrail.trace.case_trace import Answer, CaseTrace, Opened, Question, Shown, TraceStep, Verdict

WHEN = UtcInterval(0, 1)


@dataclass
class ScriptedSession:
    """Asks about presences in order; confirms what was answered yes, and shows one step that nobody was asked about."""

    asked: list[str]
    answers: dict[str, Answer] = field(default_factory=dict)
    opened: int = 0
    together: bool = False

    def advance(self):
        """Nothing to open."""
        self.opened += 1

    def question(self):
        """The next that is not answered."""
        left = [name for name in self.asked if name not in self.answers]
        along = tuple(Shown(name, "CAM", WHEN) for name in left[1:]) if self.together else ()
        return Question(left[0], "CAM", WHEN, 0.6, None, 1.0, along) if left else None

    def answer(self, presence_id, answer, along):
        """On record, for those shown along, too."""
        self.answers |= dict.fromkeys([presence_id, *along], answer)

    def trace(self):
        """What was confirmed, and the step `open`."""
        steps = [step(name, Verdict.CONFIRMED) for name, answer in self.answers.items() if answer is Answer.YES]
        return CaseTrace("C-1", (*steps, step("open", Verdict.UNREVIEWED)), (), (), Opened(), ())


def step(name, verdict):
    """A step of a case trace."""
    return TraceStep(name, "CAM", WHEN, 0.9, verdict, None, MaskReading())


def traced(session, truth, reviewer=Reviewer.ORACLE):
    """The outcome of a scripted session, and the reviewer."""
    asked = CaseReviewer(reviewer, frozenset(truth), 1, "C-1")
    meter = Meter(lambda presences, views: [], 10)
    return trace_with(lambda world, case, meter: session)(None, None, meter, asked), asked


def test_every_question_is_put_to_the_reviewer_and_what_is_confirmed_is_reported():
    """Asked until nothing is left to ask."""
    outcome, reviewer = traced(ScriptedSession(["a", "b", "c"]), ["a", "c"])
    assert outcome.confirmed == {"a", "c"}
    assert reviewer.questions == 3


def test_one_question_about_a_walk_is_answered_for_everybody_of_whom_it_holds():
    """A yes about one is a yes about those shown along who are the same person, and about nobody else."""
    outcome, reviewer = traced(ScriptedSession(["a", "b", "c"], together=True), ["a", "c"])
    assert outcome.confirmed == {"a", "c"}
    assert (reviewer.questions, reviewer.shown) == (2, 4)


def test_probabilities_are_claimed_before_the_answer_and_for_what_was_never_asked():
    """Questions at their probability, and the unreviewed step at its own."""
    outcome, _ = traced(ScriptedSession(["a", "b"]), ["a"])
    assert [(claim.presence_id, claim.probability) for claim in outcome.claims] == [
        ("a", 0.6),
        ("b", 0.6),
        ("open", 0.9),
    ]


def test_a_session_that_never_stops_asking_is_stopped():
    """The same presence may be asked about again, but not for ever."""
    session = ScriptedSession(["a"])
    session.answer = lambda presence_id, answer, along: None
    _, reviewer = traced(session, [])
    assert reviewer.questions == MOST_QUESTIONS


def test_the_engine_is_timed_without_describing():
    """First proposal, one time for each answer, all of it together; never below nought."""
    outcome, _ = traced(ScriptedSession(["a", "b"]), ["a"])
    assert len(outcome.answers_s) == 2
    assert outcome.engine_s == pytest.approx(outcome.first_s + sum(outcome.answers_s), abs=0.5)
    assert min(outcome.first_s, *outcome.answers_s) >= 0


def test_views_before_the_first_question_are_counted():
    """Those of later ones are not among them."""
    session = ScriptedSession(["a", "b"])
    meter = Meter(lambda presences, views: [], 10)
    session.advance = lambda: meter._views.update(early=3)
    session.answer = lambda name, answer, along: (
        meter._views.update({name: 2}),
        session.answers.update({name: answer}),
    )
    asked = CaseReviewer(Reviewer.ORACLE, frozenset(), 1, "C-1")
    assert trace_with(lambda world, case, meter: session)(None, None, meter, asked).first_views == 3
    assert meter.views == 7
