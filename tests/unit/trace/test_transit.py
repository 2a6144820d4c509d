"""Transit times: densities that are densities, at both scales, and learn from hops."""

import numpy as np
import pytest
from scipy.integrate import quad

from casetrail.trace.transit import Hop, transit_of_gaps

FIRST, SECOND = np.array([0]), np.array([1])


def two_views(gap_m, clock_s=1.0, slack_s=1.0):
    """Two views so far apart."""
    gaps = np.array([[0.0, gap_m], [gap_m, 0.0]])
    return transit_of_gaps(gaps, np.full(2, clock_s), np.full(2, slack_s), np.eye(2))


def density(transit, seconds, leave=FIRST, enter=SECOND):
    """Density of one transit time."""
    return float(np.exp(transit.log_density(leave, enter, np.array([float(seconds)])))[0])


@pytest.mark.parametrize("gap_m", [0.0, 5.0, 150.0, 2000.0, np.nan])
def test_the_density_holds_all_but_a_long_tail(gap_m):
    """It sums to what the cumulative distribution says, and nearly to one."""
    transit = two_views(gap_m)
    upto = 20_000.0
    points = [0.0, 5.0, 50.0, 500.0, 2000.0]
    area, _ = quad(lambda s: density(transit, s), -60, upto, limit=500, points=points)
    arrived = float(transit.arrived(FIRST, SECOND, np.array([upto]))[0])
    assert area == pytest.approx(arrived, abs=0.01)
    assert arrived > 0.9


def test_walking_takes_as_long_as_the_way():
    """Two hundred metres take some two and a half minutes; half a minute is hardly possible."""
    transit = two_views(200.0)
    low, median, high = transit.walking_s(0, 1)
    assert low < median < high
    assert median == pytest.approx(200 / 1.3, rel=0.1)
    assert density(transit, 150) > 50 * density(transit, 20)


def test_views_that_meet_allow_a_few_seconds_either_way():
    """On a square, someone is in the next view at once, or even before leaving the first."""
    transit = two_views(0.0)
    assert density(transit, 2) > 0.05
    assert density(transit, -1) > 0.02
    assert density(transit, -60) < 1e-6


def test_lingering_is_possible_for_hours():
    """The tail is heavy: an hour is a hundred times likelier than the floor."""
    transit = two_views(100.0)
    assert density(transit, 3600) > 100 * density(transit, -3600)


def test_uncertain_clocks_widen_the_gate():
    """What a good clock excludes a bad clock allows."""
    assert density(two_views(150.0, clock_s=60.0), 10) > 10 * density(two_views(150.0, clock_s=0.1), 10)


def test_confirmed_hops_move_their_pair_only():
    """After a few slow hops the pair expects slow hops; the way back stays as it was."""
    before = two_views(100.0)
    after = before.learned([Hop(0, 1, 150.0)] * 6)
    assert after.walking_s(0, 1)[1] > before.walking_s(0, 1)[1] + 20
    assert after.walking_s(1, 0) == before.walking_s(1, 0)


def test_one_hop_after_a_long_rest_says_nothing_about_walking():
    """An hour in a shop is not a slow walk."""
    before = two_views(100.0)
    assert before.learned([Hop(0, 1, 3600.0)]).walking_s(0, 1) == before.walking_s(0, 1)


def test_people_reappear_in_the_same_view_soon_or_much_later():
    """A broken tracklet goes on within seconds; coming back after minutes stays possible."""
    transit = two_views(50.0)
    soon, later = density(transit, 1, FIRST, FIRST), density(transit, 300, FIRST, FIRST)
    assert soon > 0.05
    assert 1e-4 < later < soon
    assert transit.walking_s(0, 0) is None
