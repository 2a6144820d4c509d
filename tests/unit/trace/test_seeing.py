"""How well cameras see: learnt from passes, silent where nothing was counted that should have been."""

import numpy as np
import pytest

from casetrail.model.errors import BadInputError
from casetrail.trace.seeing import SEEN, find_silent, learn_seeing


def test_nothing_passed_is_nothing_learnt() -> None:
    """A camera that nobody was confirmed around is believed in like any other."""
    found = learn_seeing(np.array([0]), np.array([0]))
    assert found.seen[0] == pytest.approx(SEEN)


def test_many_passes_outweigh_the_belief() -> None:
    """A camera that noticed 10 of 100 is believed to miss nine in ten, and surely so."""
    found = learn_seeing(np.array([100, 4]), np.array([10, 4]))
    assert found.missed[0] == pytest.approx(0.85, abs=0.02)
    assert found.sigma[0] < 0.05 < found.sigma[1]
    assert SEEN < found.seen[1] < 1


def test_more_noticed_than_passed() -> None:
    """Counts that cannot be are turned down."""
    with pytest.raises(BadInputError):
        learn_seeing(np.array([1]), np.array([2]))


def test_silent_cameras() -> None:
    """Nobody in an hour where thirty are usual is an outage; nobody where one is usual is not."""
    silent = find_silent(np.array([0, 0, 30, 10, 25]), np.array([30.0, 1.0, 30.0, 40.0, 30.0]))
    assert silent.tolist() == [0, 3]
