"""Journeys between known places: ways, when they may have been made, and trails along them."""

import numpy as np
import pytest

from casetrail.footage.streets import StreetGraph
from casetrail.model.geometry import LatLon
from casetrail.trace.cells import StreetCells, cut_streets
from casetrail.trace.journeys import BACK, BACK_HALF, DIRECT, Journeys, Streets, draw_ways, find_legs, staying
from casetrail.trace.motion import TICK_S
from casetrail.trace.news import Gap
from casetrail.trace.streets import InView

ORIGIN = LatLon(37.5, 126.8)
BLOCKS, TICKS = 12, 400
SEEN = (2, 6, 9)  # blocks with a camera


def street() -> StreetCells:
    """One straight street of blocks of 80 m, with a camera on three of them."""
    nodes = np.array([[80.0 * at, 0.0] for at in range(BLOCKS + 1)])
    edges = np.array([[at, at + 1] for at in range(BLOCKS)])
    graph = StreetGraph(nodes, edges, np.full(BLOCKS, 80.0), (), ORIGIN)
    names = tuple(f"C{at}" for at in SEEN)
    view = InView(names, np.arange(3), np.array(SEEN), np.full(3, 0.1), np.full(3, 0.4))
    return cut_streets(graph, view)


def streets(cells: StreetCells) -> Streets:
    """Lane 2c is walked in direction 0 past camera c, lane 2c + 1 the other way."""
    state = np.concatenate([2 * cells.seen_cell, 2 * cells.seen_cell + 1])
    lane = np.concatenate([2 * cells.seen_camera, 2 * cells.seen_camera + 1])
    order = np.argsort(state)
    return Streets(cells, cells.graph.length_m, state[order], lane[order])


def at_block(cells: StreetCells, block: int) -> np.ndarray:
    """Somebody is in a cell of this block."""
    return np.where(cells.edge == block, 1.0, 0.0)


def journeys(arrived: int | None = None) -> Journeys:
    """From one end of the street to the other, at any time of 300 ticks."""
    cells = street()
    found = Journeys(streets(cells), np.ones(TICKS))
    gap = Gap(10, 310, at_block(cells, 0), at_block(cells, BLOCKS - 1), arrived, None)
    found.plan([gap], [], np.zeros(0, np.int64))
    return found


def test_a_way_passes_its_cameras_one_after_the_other() -> None:
    """In one direction only, and as late as somebody walks there."""
    cells = street()
    ways = draw_ways(streets(cells), at_block(cells, 0), at_block(cells, BLOCKS - 1), np.zeros(0, np.int64), 8)
    for way in range(8):
        mine = ways.way == way
        assert ways.lane[mine].tolist() == [0, 2, 4]
        assert (np.diff(ways.after[mine]) > 0).all()
        assert ways.after[mine][-1] < ways.lasts[way]
    metres = 80 * (SEEN[2] - SEEN[0])
    speed = metres / ((ways.after[ways.lane == 4] - ways.after[ways.lane == 0]) * TICK_S)
    assert 0.8 < np.median(speed) < 1.9


def test_back_they_pass_the_other_lanes() -> None:
    """Who walks the other way is seen from the other side."""
    cells = street()
    ways = draw_ways(streets(cells), at_block(cells, BLOCKS - 1), at_block(cells, 0), np.zeros(0, np.int64), 4)
    assert set(ways.lane.tolist()) == {1, 3, 5}


def test_a_journey_is_as_likely_as_its_chance_and_passes_each_lane_once() -> None:
    """Before anything is seen, what is predicted of a lane over all ticks is the chance of the journey."""
    found = journeys()
    nothing = np.ones((len(found.lanes), TICKS), np.float32)
    assert found.predict(nothing).sum(axis=1) == pytest.approx([DIRECT] * 3, rel=1e-3)


def test_who_was_not_at_one_camera_is_not_at_the_next() -> None:
    """Everybody at the first camera was looked at around one time: journeys of that time are less likely."""
    found = journeys()
    nothing = np.ones((len(found.lanes), TICKS), np.float32)
    seen = nothing.copy()
    seen[0, 90:130] = 0.25
    before, after = found.predict(nothing), found.predict(seen)
    apart = round(80 * (SEEN[2] - SEEN[0]) / 1.3 / TICK_S)
    assert after[2, 110 + apart] < 0.5 * before[2, 110 + apart]
    assert after[2, 250] > before[2, 250]  # it was at some other time, then
    assert after[2].sum() < before[2].sum()  # or not at all


def test_journeys_are_planned_at_the_pace_that_is_known_by_then() -> None:
    """Who walks twice as fast is there in half the time, in plans made since that was learned."""
    found, gap = journeys(), Gap(10, 310, at_block(street(), 0), at_block(street(), BLOCKS - 1), None, None)
    usual = found._all[0].journey.ways
    found.walk_mps = 2.6
    found.plan([gap], [], np.zeros(0, np.int64))
    quick = found._all[0].journey.ways
    assert quick.lane.tolist() == usual.lane.tolist()
    assert quick.lasts == pytest.approx(usual.lasts / 2)
    assert (quick.after[usual.after > 2] < usual.after[usual.after > 2]).all()


def test_what_changed_one_by_one_counts_as_all_of_it_at_once() -> None:
    """Journeys are told only what changed since the last time, up or down; another plan begins anew."""
    rng, found = np.random.default_rng(4), journeys()
    left = np.ones((len(found.lanes), TICKS), np.float32)
    for _ in range(6):
        left[rng.integers(len(left)), rng.integers(TICKS, size=40)] = rng.uniform(0.25, 1.0, 40)
        step_by_step = found.predict(left)
    assert step_by_step == pytest.approx(journeys().predict(left), rel=1e-4, abs=1e-9)
    gap = Gap(10, 310, at_block(street(), 0), at_block(street(), BLOCKS - 1), None, None)
    found.plan([gap], [], np.zeros(0, np.int64))
    assert found.predict(left) == pytest.approx(step_by_step, rel=1e-4, abs=1e-9)
    assert step_by_step != pytest.approx(journeys().predict(np.ones_like(left)), rel=1e-2, abs=1e-9)


def test_who_just_came_stays_a_while() -> None:
    """Setting out again at once is unlikely, in the middle of an errand or after a day of work less so."""
    at_once, errand, afternoon, work = staying(np.array([30.0, 900.0, 4 * 3600.0, 8.5 * 3600.0]))
    assert at_once < errand
    assert afternoon < work
    assert staying(np.arange(1.0, 86_400.0)).sum() == pytest.approx(1.26, abs=0.03)  # some stay as long as they like
    ticks = np.ones((3, TICKS), np.float32)
    early = [journeys(arrived).predict(ticks)[:, :14].sum() for arrived in (None, 10)]
    assert early[1] < early[0]


def test_confirmed_sightings_make_walks_of_two_views_at_least() -> None:
    """In order of time, cut where nothing is known for long; two pieces of one pass are no walk."""
    tick, camera = np.array([30, 10, 20, 300, 301]), np.array([2, 0, 1, 0, 0])
    spot = np.array([[500.0, 0.0], [0.0, 0.0], [200.0, 0.0], [0.0, 0.0], [0.0, 0.0]])
    (leg,) = find_legs(tick, camera, spot, np.array([5, 1, 3, 1, 1]))
    assert (leg.tick.tolist(), leg.lane_back.tolist()) == ([10, 20, 30], [1, 3, 5])
    assert (leg.start_m.tolist(), leg.end_m.tolist()) == ([0.0, 0.0], [500.0, 0.0])


def test_who_went_somewhere_comes_back_the_same_way() -> None:
    """Past the same views from the other side, the last one first, as likely as its ends fit those of the gap."""
    cells = street()
    spots = np.array([[80.0 * (at + 0.5), 0.0] for at in SEEN])
    (leg,) = find_legs(np.array([20, 35, 46]), np.arange(3), spots, np.array([1, 3, 5]))
    first, last, middle = (at_block(cells, at) for at in (SEEN[0], SEEN[-1], 6))

    def predict(start: np.ndarray, end: np.ndarray) -> np.ndarray:
        found = Journeys(streets(cells), np.ones(TICKS))
        gap = Gap(60, 310, start, end, None, None)
        none = np.zeros(0, np.int64)
        found.plan([gap], [], none)
        direct, table = len(found.lanes), np.zeros((TICKS, 6))
        table[:, found.lanes] -= found.predict(np.ones((direct, TICKS), np.float32)).T
        found.plan([gap], [], none, [leg])
        table[:, found.lanes] += found.predict(np.ones((len(found.lanes), TICKS), np.float32)).T
        return table

    back = predict(last, first)
    assert back.sum(axis=0) == pytest.approx([0, BACK, 0, BACK, 0, BACK], abs=1e-3)
    starts = [int(np.flatnonzero(back[:, lane] > 1e-6)[0]) for lane in (5, 3, 1)]
    assert np.diff(starts).tolist() == [11, 15]
    assert predict(last, middle).sum(axis=0) == pytest.approx([0, BACK_HALF] * 3, abs=1e-3)
    assert predict(first, last).sum() == pytest.approx(0, abs=1e-6)


def test_where_there_is_no_way_nothing_is_predicted() -> None:
    """Two places that no street joins: a journey there passes nobody, and nothing breaks."""
    nodes = np.array([[0.0, 0.0], [80.0, 0.0], [900.0, 0.0], [980.0, 0.0]])
    graph = StreetGraph(nodes, np.array([[0, 1], [2, 3]]), np.full(2, 80.0), (), ORIGIN)
    none = np.zeros(0, np.int64)
    cells = cut_streets(graph, InView(("A",), np.array([0]), np.array([0]), np.array([0.1]), np.array([0.4])))
    ways = draw_ways(Streets(cells, graph.length_m, none, none), at_block(cells, 0), at_block(cells, 1), none, 3)
    assert len(ways.lane) == 0
    assert (ways.lasts > 0).all()
