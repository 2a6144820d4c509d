"""Ranking and separation, against values worked out by hand."""

import numpy as np
import pytest

from casetrail.app.evaluate.similarity_metrics import area_under_roc, rank, spread, true_accepts
from casetrail.model.errors import BadInputError


def test_ranking_by_hand() -> None:
    """First query finds its two matches at ranks 1 and 3, second its one at rank 2, third has none."""
    similarity = np.array([[0.9, 0.8, 0.7], [0.9, 0.8, 0.7], [0.1, 0.2, 0.3]])
    same = np.array([[True, False, True], [False, True, False], [False, False, False]])
    found = rank(similarity, same)
    assert (found.rank1, found.rank5, found.queries) == (0.5, 1.0, 2)
    assert found.map == pytest.approx(((1 + 2 / 3) / 2 + 1 / 2) / 2)


def test_nobody_to_find() -> None:
    """A ranking without any match to find is an error, not a zero."""
    with pytest.raises(BadInputError):
        rank(np.zeros((2, 2)), np.zeros((2, 2), dtype=bool))


def test_area_counts_ties_half() -> None:
    """One same pair above, one level with, and none below two different pairs."""
    similarity = np.array([0.9, 0.5, 0.5, 0.1])
    same = np.array([True, True, False, False])
    assert area_under_roc(similarity, same) == pytest.approx((2 + 1.5) / 4)


def test_true_accepts_beyond_the_limit() -> None:
    """At 1 % of false accepts only same pairs above all but one in a hundred different ones count."""
    other = np.arange(100) / 100
    assert true_accepts(np.array([0.5, 0.97, 0.985, 1.0]), other, 0.01) == 0.5


def test_spread_needs_both_kinds() -> None:
    """Mean and deviation of both kinds; one kind alone is an error."""
    similarity, same = np.array([[1.0, 0.0], [0.2, 0.8]]), np.eye(2, dtype=bool)
    found = spread(similarity, same)
    assert (found.same_mean, found.different_mean) == (pytest.approx(0.9), pytest.approx(0.1))
    with pytest.raises(BadInputError):
        spread(similarity, np.ones((2, 2), dtype=bool))
