"""Odds of trails and rivals."""

import numpy as np
import pytest

from casetrail.trace import clothing
from casetrail.trace.odds import (
    among_rivals,
    either_of,
    left_by_rejected,
    look_together,
    of_one_pass,
    share_out,
    told_since,
)
from casetrail.trace.trails import Trails

TRAILS = Trails(np.array([0, 0, 0, 1, -1]), np.array([0, 3]), np.array([2, 3]))
TIME_S = np.array([0.0, 60.0, 120.0, 60.0, 500.0])


def test_clothing_of_a_trail_says_no_more_than_look_alikes_allow() -> None:
    """Three who look alike are one look-alike."""
    assert look_together(TRAILS, np.array([4.0, 4.0, 4.0, 2.0, 9.0])).tolist() == [clothing.HIGHEST, 2.0]


def test_the_likeliest_of_a_trail_has_all_of_its_odds() -> None:
    """The others less, the farther off in time; who is on no trail has none."""
    odds = share_out(TRAILS, np.array([2.0, 0.5]), np.array([0.1, 0.9, 0.2, 0.3, 0.7]), TIME_S)
    assert odds[1] == 2.0
    assert odds[0] == odds[2] < 2.0
    assert odds[3:].tolist() == [0.5, 0.0]


def test_a_rejection_takes_from_its_own_trail_only() -> None:
    """And less from those who may be somebody else."""
    left = left_by_rejected(TRAILS, np.array([0.0, -2.8, 0.0, 0.0, 0.0]), TIME_S)
    assert left[1] < left[0] < 1
    assert left[3:].tolist() == [1.0, 1.0]


def test_nobody_is_at_two_places_at_once() -> None:
    """Two equally likely at one time share; one far off in time does not care."""
    odds, share = np.array([3.0, 3.0, 3.0]), np.zeros(3)
    probability = among_rivals(odds, share, np.zeros(3), np.array([0.0, 10.0, 5000.0]))
    assert probability.tolist() == pytest.approx([3 / 7, 3 / 7, 3 / 4])


def test_what_two_models_say_is_never_more_than_their_odds_together() -> None:
    """Even odds by both are two to one and not certain; a model that knows nothing changes nothing."""
    both = either_of(np.array([0.5, 0.3, 0.9]), np.array([0.5, 0.0, 0.9]))
    assert both.tolist() == pytest.approx([2 / 3, 0.3, 18 / 19])


def test_pieces_of_one_pass_are_one() -> None:
    """At one camera within half a minute; at another camera or later it is another pass."""
    probability = np.array([0.4, 0.5, 0.3, 0.2])
    found = of_one_pass(probability, np.array([1, 1, 1, 2]), np.array([0.0, 20.0, 300.0, 0.0]))
    assert found.tolist() == pytest.approx([0.9, 0.9, 0.3, 0.2])


def test_what_was_not_passed_on_yet_counts_by_bayes_rule() -> None:
    """Nothing new changes nothing; evidence moves the odds by its ratio and never past certainty."""
    before = np.array([0.2, 0.5, 1.0])
    assert np.allclose(told_since(before, np.zeros(3)), before)
    assert np.allclose(told_since(before, np.full(3, np.log(4.0))), [0.5, 0.8, 1.0])
