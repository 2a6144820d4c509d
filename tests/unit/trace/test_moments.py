"""When a confirmed sighting was, by who was seen around it."""

import numpy as np

from casetrail.trace.moments import OFFSETS, clock_prior, fit_moments
from casetrail.trace.motion import TICK_S
from casetrail.trace.trails import Candidates

WALK_S = 110.0 * 1.2 / 1.3  # for 110 m


def walk(off_s: float, clothes: float, known: list[int], late_s: list[float] | None = None) -> np.ndarray:
    """Three views on a street, 110 m apart; the clock of the middle one, confirmed, is fast by `off_s`."""
    times = np.array([0.0, WALK_S + off_s, 2 * WALK_S])
    spots = np.array([[0.0, 0.0], [110.0, 0.0], [220.0, 0.0]])
    clocks = np.array([3.0, 48.0, 3.0])
    east = np.tile([1.0, 0.0], (3, 1))
    one = Candidates(times, spots, east, clocks, np.isin(np.arange(3), known))
    late = np.zeros(3) if late_s is None else np.array(late_s)
    return fit_moments(one, late, np.array([clothes, 9.0, clothes]))


def test_the_walk_says_when_it_was() -> None:
    """Between two who look alike, before and after, only the right time is left."""
    for off_s in (-60.0, 0.0, 80.0):
        fits = walk(off_s, 4.5, [1])
        assert OFFSETS[np.argmax(fits[1])] * TICK_S == -off_s
        assert not fits[[0, 2]].any()  # nobody asks when those were who are not confirmed


def test_who_looks_like_nobody_says_nothing() -> None:
    """Strangers around it move no clock; another confirmed sighting moves it most."""
    strangers, alike = (walk(60.0, clothes, [1])[1] for clothes in (-5.0, 4.5))
    known = walk(60.0, 4.5, [0, 1, 2])[1]
    assert np.ptp(strangers) < 0.05
    assert np.ptp(strangers) < np.ptp(alike) < np.ptp(known)


def test_others_count_where_they_are_settled() -> None:
    """A confirmed neighbour that was itself moved is taken at its new time."""
    here, moved = walk(0.0, 4.5, [0, 1, 2]), walk(0.0, 4.5, [0, 1, 2], [60.0, 0.0, 60.0])
    assert OFFSETS[np.argmax(here[1])] == 0
    assert OFFSETS[np.argmax(moved[1])] * TICK_S == 60.0


def test_clocks_are_believed_but_not_blindly() -> None:
    """Each row is a distribution; far offsets at a good clock are rare and never impossible."""
    good, poor = np.exp(clock_prior(np.array([2.0, 48.0])))
    assert np.allclose([good.sum(), poor.sum()], 1.0)
    assert 1e-4 < good[OFFSETS == 4][0] < 0.02 < poor[OFFSETS == 4][0]
