"""Other ways that somebody may have gone: what differs materially, and how much less likely each is."""

from itertools import pairwise

import numpy as np
import pytest

from casetrail.trace.branches import Passing, find_branches

SURE = 0.99
ENDS = ((0, 0, 0, SURE, True), (2000, 0, 0, SURE, True))


def passing(*rows: tuple[float, int, float, float, bool]) -> Passing:
    """Presences of ten seconds along a street: `(start_s, camera, east_m, probability, confirmed)`."""
    table = np.array(rows, np.float64).reshape(-1, 5)
    spots = np.stack([table[:, 2], np.zeros(len(table))], axis=1)
    clocks = np.full(len(table), 1.0)
    camera = table[:, 1].astype(np.int64)
    return Passing(table[:, 0], table[:, 0] + 10, camera, spots, clocks, table[:, 3], table[:, 4] > 0)


def walk(camera: int, toward: int, probability: float, steps: int = 2) -> list[tuple[float, int, float, float, bool]]:
    """A walk east or west from the middle of the street, a new camera every minute."""
    return [(300 + 60 * step, camera + step, toward * (300 + 60 * step), probability, False) for step in range(steps)]


def ways(*rows: tuple[float, int, float, float, bool]) -> list[tuple[set[int], float]]:
    """Which presences are on each way, and how many times less likely it is."""
    return [(set(way.positions), way.times_less_likely) for way in find_branches(passing(*rows))]


def test_two_ways_that_exclude_each_other_are_weighed_by_what_is_left_for_either() -> None:
    """With 0.6 for the one and 0.3 for the other, the other is half as likely, and neither of them a sixth."""
    found = ways(*ENDS, *walk(1, 1, 0.6), *walk(5, -1, 0.3))
    assert [way for way, _ in found] == [{0, 1, 2, 3}, {0, 1, 4, 5}, {0, 1}]
    assert [times for _, times in found] == pytest.approx([1.0, 2.0, 6.0])


def test_a_chain_of_one_stranger_says_no_more_than_one_of_them() -> None:
    """Six presences at 0.2 are as likely a way as two of them."""
    short = ways(*ENDS, *walk(1, 1, 0.7), *walk(11, -1, 0.2))[1]
    long = ways(*ENDS, *walk(1, 1, 0.7), *walk(11, -1, 0.2, steps=6))[1]
    assert len(long[0]) - len(short[0]) == 4
    assert long[1] == pytest.approx(short[1])


def test_stretches_far_apart_are_independent() -> None:
    """What differs in two stretches is as much less likely as both together."""
    later = [(start + 4000, camera, east, p, c) for start, camera, east, p, c in walk(31, 1, 0.6)]
    alone = ways(ENDS[0], *walk(1, 1, 0.6), (2000, 0, 0, SURE, True), *later)
    assert next(way for way, _ in alone) == {0, 1, 2, 3, 4, 5}
    assert {frozenset(way) for way, _ in alone[1:]} == {frozenset({0, 3, 4, 5}), frozenset({0, 1, 2, 3})}
    assert [times for _, times in alone[1:]] == pytest.approx([1.5, 1.5])


def test_every_way_leads_through_everything_confirmed() -> None:
    """What a reviewer confirmed is no matter of choice, even where nobody could have walked."""
    rng = np.random.default_rng(4)
    rows = [
        (float(rng.uniform(0, 9000)), at, float(rng.uniform(0, 2000)), float(rng.uniform(0, 0.9)), at < 5)
        for at in range(60)
    ]
    found = ways(*rows)
    assert len(found) == 4
    assert all({0, 1, 2, 3, 4} <= way for way, _ in found)
    assert [times for _, times in found] == sorted(times for _, times in found)


def test_a_pass_cut_in_two_is_no_other_way() -> None:
    """A second presence at the same camera at once says nothing of another way."""
    assert len(ways(*ENDS, (300, 1, 300, 0.6, False), (312, 1, 300, 0.4, False))) == 1


def test_one_presence_more_or_less_on_the_same_way_is_not_material() -> None:
    """Beside others on the way, one that is unlikely is no other way; far from anything in time it is another one."""
    beside, away = (400, 9, 380, 0.3, False), (1000, 9, 0, 0.3, False)
    assert all(6 not in way and 4 not in way for way, _ in ways(*ENDS, *walk(1, 1, 0.7), beside))
    assert any(4 in way for way, _ in ways(*ENDS, *walk(1, 1, 0.7), away))


def test_nobody_is_at_two_ends_of_a_city_at_once() -> None:
    """No way holds two presences that nobody could walk or ride between."""
    rows = [*ENDS, *walk(1, 1, 0.6), (330, 50, 9000, 0.55, False), (600, 51, 9000, 0.55, False)]
    assert all(not ({2, 3} & way and {4, 5} & way) for way, _ in ways(*rows))


@pytest.mark.parametrize("seed", range(5))
def test_every_hop_of_a_way_can_be_walked_or_ridden(seed: int) -> None:
    """Between any two that follow each other there is time for the distance, as far as clocks tell."""
    rng = np.random.default_rng(seed)
    rows = [
        (float(rng.uniform(0, 4000)), at, float(rng.uniform(0, 4000)), float(rng.uniform(0, 0.95)), at == 0)
        for at in range(120)
    ]
    hops = [hop for way in find_branches(passing(*rows)) for hop in pairwise(way.positions)]
    assert len(hops) > 40
    for a, b in hops:
        seconds, metres = rows[b][0] - rows[a][0] - 10, abs(rows[b][2] - rows[a][2])
        assert seconds + 20 >= min(metres / 2.0, 120 + metres / 8.0)


def test_a_place_that_nobody_knows_can_be_reached() -> None:
    """A camera without a place is on any way that its time allows."""
    assert ways(*ENDS, *walk(1, 1, 0.7), (800, 9, float("nan"), 0.8, False))[0][0] == {0, 1, 2, 3, 4}


def test_the_order_of_presences_changes_nothing() -> None:
    """Ways follow from the presences alone."""
    rng = np.random.default_rng(8)
    rows = [
        (float(at * 37 % 3000), at, float(rng.uniform(0, 900)), float(rng.uniform(0, 0.8)), False) for at in range(80)
    ]
    turned = rng.permutation(80)
    here, there = find_branches(passing(*rows)), find_branches(passing(*[rows[at] for at in turned]))
    assert [way.times_less_likely for way in here] == [way.times_less_likely for way in there]
    assert [set(way.positions) for way in here] == [set(turned[list(way.positions)].tolist()) for way in there]


def test_nothing_opened_leaves_one_empty_way() -> None:
    """Without presences there is nothing to choose between."""
    assert ways() == [(set(), 1.0)]
