"""What reviewers said, how far it is believed, and whom it covers."""

import math

import pytest

from casetrail.trace.answers import ANSWER_LOG, SUPPORT_S, Answers, Stated
from casetrail.trace.case_trace import Answer


def said(*answers: tuple[int, Answer, float, float]) -> Answers:
    """Answers about rows: row, what was said, the probability stated before, and when the presence was."""
    result = Answers()
    for row, answer, probability, time_s in answers:
        result.say(row, answer, Stated(probability, 0.01, time_s))
    return result


def test_a_yes_is_believed_as_far_as_what_was_stated_allows() -> None:
    """By the rule of Bayes: one of four rivals with a yes is no certainty, a likely one nearly is."""
    assert said((1, Answer.YES, 0.25, 0.0)).believed(1) == pytest.approx(17 / 20, abs=1e-6)
    assert said((1, Answer.YES, 0.9, 0.0)).believed(1) > 0.99
    assert said((1, Answer.NO, 0.5, 0.0)).believed(1) == pytest.approx(1 / 18, abs=1e-6)
    assert said((1, Answer.UNSURE, 0.5, 0.0)).believed(1) == 1.0


def test_answers_nearby_support_a_yes_or_speak_against_it() -> None:
    """Another yes within ten minutes makes it surer; a no about somebody thought likely makes it less so."""
    alone = said((1, Answer.YES, 0.3, 0.0)).believed(1)
    assert said((1, Answer.YES, 0.3, 0.0), (2, Answer.YES, 0.9, 300.0)).believed(1) > alone
    assert said((1, Answer.YES, 0.3, 0.0), (2, Answer.NO, 0.95, 300.0)).believed(1) < alone
    assert said((1, Answer.YES, 0.3, 0.0), (2, Answer.NO, 0.95, SUPPORT_S + 1)).believed(1) == alone
    hardly = said((1, Answer.YES, 0.3, 0.0), (2, Answer.NO, 0.05, 300.0)).believed(1)
    assert hardly == pytest.approx(alone, abs=0.02)


def test_the_field_is_told_no_more_than_is_believed() -> None:
    """What a presence says of its place, times its share, is the odds that the answers allow."""
    answers = said((1, Answer.YES, 0.5, 0.0))
    assert answers.most(1) == pytest.approx(ANSWER_LOG - math.log(0.01))
    assert answers.most(7) > 50


def test_taking_an_answer_back_leaves_nothing_of_it() -> None:
    """Neither what it was worth nor how far it was believed, nor whom it would have covered."""
    answers = said((1, Answer.YES, 0.25, 0.0))
    answers.show_along(1, frozenset({2}))
    answers.say(1, Answer.WITHDRAWN)
    assert (answers.worth(1), answers.believed(1), answers.confirmed) == (0.0, 1.0, 0)
    assert not list(answers.newly_covered(lambda row: 1.0))


def test_taking_an_answer_back_leaves_nothing_of_it_nearby() -> None:
    """Others nearby are believed as if it had never been given."""
    answers = said((1, Answer.YES, 0.3, 0.0), (2, Answer.YES, 0.9, 60.0))
    answers.say(2, Answer.WITHDRAWN)
    assert answers.believed(1) == said((1, Answer.YES, 0.3, 0.0)).believed(1)
    answers.say(7, Answer.WITHDRAWN)
    assert answers.believed(1) == said((1, Answer.YES, 0.3, 0.0)).believed(1)


def test_a_sure_yes_covers_those_shown_along_once() -> None:
    """Not before it is sure, not whom somebody answered otherwise, and never after a no."""
    answers = said((1, Answer.YES, 0.25, 0.0), (3, Answer.NO, 0.2, 10.0))
    answers.show_along(1, frozenset({2, 3, 4}))
    assert not list(answers.newly_covered(lambda row: 0.9))
    assert list(answers.newly_covered(lambda row: 0.99)) == [(1, [2, 4])]
    assert not list(answers.newly_covered(lambda row: 0.99))
    answers.show_along(3, frozenset({5}))
    assert not list(answers.newly_covered(lambda row: 0.99))


def test_where_the_trace_begins_is_not_an_answer() -> None:
    """It is worth more than any answer, and nobody was asked."""
    answers = said((1, Answer.YES, 0.5, 0.0))
    answers.begin_at(1)
    assert answers.worth(1) > 4 * ANSWER_LOG
    assert answers.seeded


def test_a_covered_answer_stands_and_falls_with_the_one_it_hangs_on() -> None:
    """It is worth an answer until somebody tells of the row itself, and believed no more than the one asked about."""
    answers = said((1, Answer.YES, 0.5, 0.0))
    answers.cover(2, Answer.YES, 1)
    assert (answers.worth(2), answers.believed(2)) == (ANSWER_LOG, answers.believed(1))
    answers.say(1, Answer.NO, Stated(0.5, 0.01, 0.0))
    assert (answers.worth(2), answers.confirmed, answers.undecided(2)) == (0.0, 0, True)
    answers.say(2, Answer.UNSURE)
    answers.say(1, Answer.WITHDRAWN)
    assert answers.worth(2) == ANSWER_LOG  # whoever is unsure tells nothing
    answers.say(2, Answer.NO, Stated(0.5, 0.01, 0.0))
    assert answers.worth(2) == -ANSWER_LOG
    assert answers.believed(2) < 0.1 < answers.believed(1)


def test_a_covered_no_may_be_told_otherwise() -> None:
    """One wrong no rejects a whole walk: each of it may still be asked about, and be covered by a later yes."""
    answers = said((1, Answer.NO, 0.5, 0.0), (3, Answer.YES, 0.9, 60.0))
    answers.cover(2, Answer.NO, 1)
    assert (answers.worth(2), answers.undecided(2), answers.undecided(1)) == (-ANSWER_LOG, True, False)
    answers.show_along(3, frozenset({1, 2}))
    assert list(answers.newly_covered(lambda row: 0.99)) == [(3, [2])]
    answers.cover(2, Answer.YES, 3)
    assert (answers.worth(2), answers.undecided(2)) == (ANSWER_LOG, False)
    answers.cover(2, Answer.WITHDRAWN, None)
    assert (answers.worth(2), answers.undecided(2)) == (0.0, True)
