"""Clock offsets from simulated people: found within their stated uncertainty, and never told from nothing."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casetrail.footage.cameras import Camera, ClockOffset
from casetrail.model.arrays import Doubles
from casetrail.model.errors import BadInputError
from casetrail.model.geometry import LatLon
from casetrail.model.time import SECOND_US, UtcInterval
from casetrail.trace.clocks import TimedPair, estimate_clocks, narrow_clocks, time_hops
from casetrail.trace.topology import build_topology
from casetrail.trace.transit import WALK_MPS, Hop

SEEDS = st.integers(0, 2**32 - 1)


def simulate(seed: int, cameras: int, per_camera: int, lingering: float = 0.0) -> tuple[list[TimedPair], Doubles]:
    """Hops between neighbours on a ring whose clocks are off by 10 s; a share of people linger for minutes."""
    rng = np.random.default_rng(seed)
    truth = rng.normal(0, 10.0, cameras)
    pairs = []
    for _ in range(cameras * per_camera):
        a = int(rng.integers(cameras))
        b = (a + int(rng.choice([-1, 1]))) % cameras
        late = rng.normal(0, 5.0) + (rng.exponential(120.0) if rng.random() < lingering else 0.0)
        pairs.append(TimedPair(a, b, 60.0 + truth[b] - truth[a] + late, 60.0, 5.0))
    return pairs, truth


@settings(max_examples=30, deadline=None)
@given(SEEDS)
def test_offsets_lie_within_what_is_stated(seed: int) -> None:
    """Differences of neighbours' clocks are found within four standard deviations, and far better than before."""
    pairs, truth = simulate(seed, 12, 12)
    found = estimate_clocks(pairs, np.full(12, 10.0))
    for a in range(12):
        ahead, sigma = found.between(a, (a + 1) % 12)
        assert abs(ahead - (truth[(a + 1) % 12] - truth[a])) < 4 * sigma + 1e-9
        assert sigma < 5.0


@settings(max_examples=20, deadline=None)
@given(SEEDS)
def test_lingering_people_hardly_mislead(seed: int) -> None:
    """With one in ten lingering for minutes, the error stays below half of what plain averages make of it."""
    pairs, truth = simulate(seed, 8, 40, lingering=0.1)
    found = estimate_clocks(pairs, np.full(8, 10.0))
    wrong = np.array([found.between(a, (a + 1) % 8)[0] - (truth[(a + 1) % 8] - truth[a]) for a in range(8)])
    assert np.abs(wrong).max() < 6.0


def test_stated_uncertainty_is_honest() -> None:
    """Over many simulations, nine in ten and more differences lie within two standard deviations."""
    inside = []
    for seed in range(60):
        pairs, truth = simulate(seed, 10, 6, lingering=0.05)
        found = estimate_clocks(pairs, np.full(10, 10.0))
        for a in range(9):
            ahead, sigma = found.between(a, a + 1)
            inside.append(abs(ahead - (truth[a + 1] - truth[a])) < 2 * sigma)
    assert 0.9 <= np.mean(inside) <= 0.995


@settings(max_examples=30, deadline=None)
@given(SEEDS)
def test_direction_of_a_hop_does_not_matter(seed: int) -> None:
    """The same hops told backwards say the same about the clocks."""
    pairs, _ = simulate(seed, 6, 4)
    turned = [TimedPair(p.to_index, p.from_index, -p.seconds, -p.expected_s, p.sigma_s) for p in pairs]
    prior = np.full(6, 10.0)
    assert estimate_clocks(pairs, prior).offset_s == pytest.approx(estimate_clocks(turned, prior).offset_s, abs=1e-6)


def test_nothing_seen_is_nothing_told() -> None:
    """A clock that no pair tells about stays as it was; hops within one camera tell nothing."""
    found = estimate_clocks([TimedPair(0, 1, 65.0, 60.0, 1.0), TimedPair(2, 2, 9.0, 0.0, 1.0)], np.array([3.0, 3, 7]))
    assert found.offset_s[2] == 0
    assert found.sigma_s[2] == 7
    assert found.pairs.tolist() == [1, 1, 0]
    assert found.offset_s[1] - found.offset_s[0] == pytest.approx(5.0, abs=0.5)
    nothing = estimate_clocks([], np.array([1.0, 2.0]))
    assert (nothing.offset_s.tolist(), nothing.sigma_s.tolist()) == ([0, 0], [1, 2])


def test_good_clock_moves_less_than_a_bad_one() -> None:
    """What is known before decides whose clock is off."""
    found = estimate_clocks([TimedPair(0, 1, 70.0, 60.0, 1.0)], np.array([0.1, 30.0]))
    assert abs(found.offset_s[0]) < 0.1
    assert found.offset_s[1] == pytest.approx(10.0, abs=0.2)


def test_hops_of_a_city_correct_its_clocks() -> None:
    """From confirmed hops between cameras 65 m apart a clock that is 40 s ahead is found, corrected and narrowed."""
    place = LatLon(37.5, 126.8)
    cameras = [Camera(f"C{n}", place=place.moved(65.0 * n, 0), clock=ClockOffset(0.0, 30.0)) for n in range(3)]
    topology = build_topology(cameras)
    gap_m, rng = topology.gaps_m(), np.random.default_rng(7)
    ahead = np.array([0.0, 40.0, 0.0])
    hops = [
        Hop(a, b, float(gap_m[a, b] / WALK_MPS * rng.lognormal(0, 0.2) + ahead[b] - ahead[a]))
        for a, b in ((0, 1), (1, 2), (2, 1), (1, 0), (0, 2)) * 6
    ]
    found = estimate_clocks(time_hops(hops, topology), topology.clock_s)
    assert found.between(0, 1)[0] == pytest.approx(40.0, abs=4 * found.between(0, 1)[1])
    assert (narrow_clocks(topology, found).clock_s < 30.0).all()
    moved = found.corrected(1, UtcInterval(100 * SECOND_US, 110 * SECOND_US))
    assert moved.duration_s == 10
    assert moved.start_us < 80 * SECOND_US


def test_hops_to_unplaced_cameras_tell_nothing() -> None:
    """Without a distance there is no time to expect."""
    topology = build_topology([Camera("C1", place=LatLon(37.5, 126.8)), Camera("C2")])
    assert time_hops([Hop(0, 1, 30.0), Hop(0, 0, 3.0)], topology) == []


@pytest.mark.parametrize(
    "pair",
    [TimedPair(0, 5, 1.0, 1.0, 1.0), TimedPair(0, 1, float("nan"), 1.0, 1.0), TimedPair(0, 1, 1.0, 1.0, float("inf"))],
)
def test_impossible_pairs_are_turned_down(pair: TimedPair) -> None:
    """A hop to nowhere, and times that are no numbers, are errors."""
    with pytest.raises(BadInputError):
        estimate_clocks([pair], np.ones(2))
