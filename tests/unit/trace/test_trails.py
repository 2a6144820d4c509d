"""Trails: presences that one walker may have made."""

import numpy as np

from casetrail.trace.trails import Candidates, fit_hop, link_trails, rank_next


def link(times: list[float], spots: list[tuple[float, float]], known: list[int] | None = None, heading=None):
    """Trails of candidates with good clocks; nobody can tell which way they walked unless it is given."""
    count = len(times)
    ways = np.zeros((count, 2)) if heading is None else np.array(heading, np.float64)
    clock_s, known = np.full(count, 3.0), np.isin(np.arange(count), known or [])
    return link_trails(Candidates(np.array(times), np.array(spots), ways, clock_s, known))


def test_a_walk_is_one_trail_whatever_the_order() -> None:
    """Three views on a street at walking pace are linked; somebody at the same time elsewhere is not."""
    times, spots = [200.0, 0.0, 100.0, 100.0], [(216.0, 0.0), (0.0, 0.0), (108.0, 0.0), (0.0, 900.0)]
    found = link(times, spots)
    assert found.of[0] == found.of[1] == found.of[2] != found.of[3]
    assert found.head[found.of[0]] == 1
    assert found.tail[found.of[0]] == 0


def test_nobody_walks_at_ten_metres_a_second() -> None:
    """Too far for the time between is no walk; a pause is."""
    assert link([0.0, 20.0], [(0.0, 0.0), (200.0, 0.0)]).of.tolist() == [0, 1]
    assert len(set(link([0.0, 140.0], [(0.0, 0.0), (100.0, 0.0)]).of.tolist())) == 1
    assert fit_hop(np.array([100.0]), np.array([108.0]), np.array([3.0])) < fit_hop(
        np.array([160.0]), np.array([108.0]), np.array([3.0])
    )


def test_each_has_one_before_and_one_after() -> None:
    """Of two who could have come next, the better fitting one is linked."""
    found = link([0.0, 100.0, 118.0], [(0.0, 0.0), (108.0, 0.0), (0.0, 108.0)])
    assert found.of[0] == found.of[1] != found.of[2]


def test_no_trail_goes_past_the_index_case() -> None:
    """At the time of a confirmed sighting the person is there, so nobody else's walk spans it."""
    times, spots = [0.0, 50.0, 100.0], [(0.0, 0.0), (400.0, 0.0), (108.0, 0.0)]
    assert len(set(link(times, spots).of[[0, 2]].tolist())) == 1
    assert len(set(link(times, spots, known=[1]).of[[0, 2]].tolist())) == 2


def test_two_pieces_of_one_pass_belong_together() -> None:
    """At one camera only what follows at once is the same walk."""
    assert len(set(link([0.0, 15.0], [(0.0, 0.0)] * 2).of.tolist())) == 1
    assert len(set(link([0.0, 90.0], [(0.0, 0.0)] * 2).of.tolist())) == 2


def test_nobody_makes_no_trail() -> None:
    """No candidates, no trails."""
    nobody = np.zeros((0, 2))
    found = link_trails(Candidates(np.zeros(0), nobody, nobody, np.zeros(0), np.zeros(0, bool)))
    assert len(found.of) == len(found.head) == len(found.tail) == 0


def test_who_walks_away_from_a_place_is_not_next_seen_there() -> None:
    """A hop against the way somebody walked is none, at either end; of two that fit, the one walking that way is it."""
    times, spots = [0.0, 100.0], [(0.0, 0.0), (108.0, 0.0)]
    assert len(set(link(times, spots, heading=[(1.0, 0.0), (1.0, 0.0)]).of.tolist())) == 1
    assert len(set(link(times, spots, heading=[(-1.0, 0.0), (1.0, 0.0)]).of.tolist())) == 2
    assert len(set(link(times, spots, heading=[(1.0, 0.0), (-1.0, 0.0)]).of.tolist())) == 2
    two = link([*times, 100.0], [*spots, (0.0, 108.0)], heading=[(0.0, 1.0), (0.0, 1.0), (0.0, 1.0)])
    assert two.of[0] == two.of[2] != two.of[1]


def test_who_is_seen_next_walks_there_in_time_where_few_others_do() -> None:
    """Ahead, in time and where few pass; nobody at the same spot or far off."""
    east, still = np.array([[1.0, 0.0]]), np.zeros(1)
    one = Candidates(still, np.zeros((1, 2)), east, np.full(1, 3.0), np.zeros(1, bool))
    spots = np.array([[110.0, 0.0], [-110.0, 0.0], [110.0, 0.0], [110.0, 0.0], [0.0, 0.0], [900.0, 0.0]])
    times = np.array([100.0, 100.0, 20.0, 100.0, 100.0, 100.0])
    others = Candidates(times, spots, np.repeat(east, 6, axis=0), np.full(6, 3.0), np.zeros(6, bool))
    rate = np.array([1.0, 1.0, 1.0, 9.0, 1.0, 1.0], np.float32)
    ahead, behind, soon, crowd, same, far = rank_next(one, others, rate, 1)
    assert ahead > max(behind, soon, crowd) > 0 == same == far
    assert rank_next(one, others, rate, -1)[1] > rank_next(one, others, rate, -1)[0]  # before, they came from the west
    quick, slow = (rank_next(one, others, rate, 1, pace)[2] for pace in (3.0, 1.3))
    assert quick > slow  # who walks fast may be there after 20 s
