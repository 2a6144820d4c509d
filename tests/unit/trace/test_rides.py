"""Journeys with a ride: who rides, and which cameras such a journey passes."""

from dataclasses import replace

import numpy as np
import pytest

from casetrail.footage.streets import Ride, StreetGraph
from casetrail.model.geometry import LatLon
from casetrail.trace.cells import StreetCells, cut_streets
from casetrail.trace.journeys import DIRECT, Journeys, Streets, find_ways
from casetrail.trace.motion import TICK_S
from casetrail.trace.news import Gap
from casetrail.trace.rides import MOST_RIDE, rides_of
from casetrail.trace.streets import InView

ORIGIN = LatLon(37.5, 126.8)
BLOCKS, BLOCK_M = 40, 100.0
STOPS = (3, 36)  # nodes
SEEN = (1, 20, 38)  # blocks with a camera: before the ride, on its way, and after it
MINUTES_8 = 480.0


def street(*rides: Ride) -> StreetCells:
    """One straight street of 4 km with a camera near both ends and one in the middle."""
    nodes = np.array([[BLOCK_M * at, 0.0] for at in range(BLOCKS + 1)])
    edges = np.array([[at, at + 1] for at in range(BLOCKS)])
    graph = StreetGraph(nodes, edges, np.full(BLOCKS, BLOCK_M), rides, ORIGIN)
    names = tuple(f"C{at}" for at in SEEN)
    return cut_streets(graph, InView(names, np.arange(3), np.array(SEEN), np.full(3, 0.1), np.full(3, 0.4)))


def line(seconds: float = MINUTES_8, std: float = 60.0) -> Ride:
    """A ride over most of the street, written down against the way that is gone here."""
    return Ride(STOPS[1], STOPS[0], seconds, std)


def streets(cells: StreetCells) -> Streets:
    """Lane 2c is walked in direction 0 past camera c, lane 2c + 1 the other way."""
    state = np.concatenate([2 * cells.seen_cell, 2 * cells.seen_cell + 1])
    lane = np.concatenate([2 * cells.seen_camera, 2 * cells.seen_camera + 1])
    order = np.argsort(state)
    return Streets(cells, cells.graph.length_m, state[order], lane[order])


def at_block(cells: StreetCells, block: int) -> np.ndarray:
    """Somebody is in a cell of this block."""
    return np.where(cells.edge == block, 1.0, 0.0)


def end_to_end(cells: StreetCells, count: int = 40) -> tuple[np.ndarray, ...]:
    """Ways with a ride from one end to the other: way, lane, ticks after setting out, and how likely each is taken."""
    nobody = np.zeros(0, np.int64)
    ways = find_ways(streets(cells), at_block(cells, 0), at_block(cells, BLOCKS - 1), nobody, count, riding=True)
    return ways.way, ways.lane, ways.after, ways.taken


def test_who_rides_is_seen_at_both_ends_and_not_between() -> None:
    """On foot to one stop and from the other, as long apart as the ride and the walks last."""
    way, lane, after, taken = end_to_end(street(line()))
    assert set(lane.tolist()) == {0, 4}
    assert np.bincount(way).tolist() == [2] * 40
    apart_s = TICK_S * (after[lane == 4] - after[lane == 0])
    walked_s = 3.5 * BLOCK_M / 1.3
    assert np.mean(apart_s) == pytest.approx(MINUTES_8 + walked_s, rel=0.1)
    assert np.std(apart_s) == pytest.approx(60.0, rel=0.6)
    assert (taken > 0.9 * MOST_RIDE).all()


def test_nobody_takes_a_ride_that_saves_nothing() -> None:
    """One that lasts longer than the walk is not thought of, and no way is made for it."""
    way, lane, _, taken = end_to_end(street(line(7200.0)))
    assert not len(way)
    assert not len(lane)
    assert (taken < 0.01).all()


def test_without_lines_nobody_rides() -> None:
    """A street graph without rides leaves only walks."""
    *_, taken = end_to_end(street())
    assert (taken == 0).all()


def test_of_two_lines_the_faster_is_taken_more_often() -> None:
    """Rides that save as much are taken as often; one that takes three minutes longer seldom."""
    rides = rides_of(street(line(), replace(line(), seconds_mean=MINUTES_8 + 180)).graph)
    nodes = np.array([[BLOCK_M * at, 0.0] for at in range(BLOCKS + 1)])
    rng = np.random.default_rng(3)
    chosen = [rides.choose(nodes, 0, BLOCKS, rng)[0] for _ in range(400)]
    assert set(chosen) == {2, 3}  # both the way back of what was written down
    assert 0.05 < np.mean(np.array(chosen) == 3) < 0.25


def test_a_ride_without_spread_always_lasts_as_long() -> None:
    """A timetable that is kept exactly."""
    rides = rides_of(street(line(std=0.0)).graph)
    rng = np.random.default_rng(1)
    assert {rides.draw_s(0, rng) for _ in range(5)} == {MINUTES_8}


def test_a_journey_with_a_ride_stands_beside_the_one_on_foot() -> None:
    """Cameras at both ends are passed by both, the one between by who walks; each is as likely as its chance."""
    cells = street(line())
    found = Journeys(streets(cells), np.ones(900))
    found.plan([Gap(10, 810, at_block(cells, 0), at_block(cells, BLOCKS - 1), None, None)], [], np.zeros(0, np.int64))
    predicted = found.predict(np.ones((900, len(found.lanes)), np.float32)).sum(axis=0)
    *_, taken = end_to_end(cells, 24)
    both = DIRECT * (1 + taken.mean())
    assert found.lanes.tolist() == [0, 2, 4]
    assert predicted == pytest.approx([both, DIRECT, both], rel=0.01)
