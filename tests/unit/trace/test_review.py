"""Which question comes first, and when there is none."""

import numpy as np
import pytest

from casetrail.model.time import UtcInterval
from casetrail.testing.small_city import CALIBRATION, CityPlan, build_small_city
from casetrail.trace.case_trace import Answer
from casetrail.trace.inference import Surroundings, infer_trace
from casetrail.trace.review import choose_question, entropy_bits
from casetrail.trace.topology import build_topology

CITY = build_small_city(CityPlan(side=3, people=10, hours=0.4, seed=3))
TOPOLOGY = build_topology(CITY.cameras)
MINE = sorted(CITY.truth, key=lambda p: CITY.descriptions[p].interval)


def ask(answers, anchors):
    """The next question in the small city."""
    passing = [sum(s.camera_id == c for s in CITY.descriptions.values()) + 0.5 for c in TOPOLOGY.camera_ids]
    around = Surroundings(TOPOLOGY, np.array(passing) / CITY.interval.duration_s, CITY.interval)
    found = infer_trace(list(CITY.descriptions.values()), answers, anchors, around, CALIBRATION)
    return choose_question(found, answers, anchors, TOPOLOGY)


def test_the_first_question_is_near_the_statement():
    """Before anything is confirmed, the statement's time and place lead."""
    anchor = CITY.statement_near(MINE[2])
    question = ask({}, [anchor])
    assert question.similarity is None
    assert apart_s(question.interval, anchor.interval) == 0


def test_nothing_is_asked_twice():
    """An answered presence, even an unsure one, does not come back."""
    anchor, answers = CITY.statement_near(MINE[2]), {}
    for answer in (Answer.NO, Answer.UNSURE, Answer.NO):
        question = ask(answers, [anchor])
        assert question.presence_id not in answers
        answers[question.presence_id] = answer


def test_after_a_yes_similarity_is_shown():
    """Questions then say how alike the candidate is."""
    question = ask({MINE[0]: Answer.YES}, [])
    assert question is not None and question.similarity is not None
    assert question.gain > 0


def test_a_fully_answered_trace_has_no_question():
    """When everybody was answered for, the review ends."""
    answers = {p: CITY.answer(p) for p in CITY.descriptions}
    assert ask(answers, []) is None


def test_entropy_is_largest_in_the_middle():
    """One bit at a half, nothing at the ends."""
    assert entropy_bits(np.array([0.0, 0.5, 1.0])) == pytest.approx([0, 1, 0], abs=1e-9)


def apart_s(one: UtcInterval, other: UtcInterval):
    """Microseconds between two intervals, 0 when they meet."""
    return max(one.start_us - other.end_us, other.start_us - one.end_us, 0)
