"""The field of whereabouts: cells, motion, evidence, and what an answer changes."""

import numpy as np
import pytest

from casetrail.footage.streets import Ride, StreetGraph
from casetrail.model.geometry import LatLon
from casetrail.trace.cells import StreetCells, cut_streets
from casetrail.trace.field import Field, Ways
from casetrail.trace.grid import Grid, lanes_of
from casetrail.trace.motion import build_motion, spread_evenly
from casetrail.trace.streets import InView

ORIGIN = LatLon(37.5, 126.8)
CAMERAS = ("A", "B", "C")


def street(rides: tuple[Ride, ...] = ()) -> StreetGraph:
    """One straight street of five crossings, 80 m apart."""
    nodes = np.array([[80.0 * at, 0.0] for at in range(5)])
    edges = np.array([[at, at + 1] for at in range(4)])
    return StreetGraph(nodes, edges, np.full(4, 80.0), rides, ORIGIN)


def cut(graph: StreetGraph) -> StreetCells:
    """Its cells; cameras A, B and C see the first, second and last block."""
    view = InView(CAMERAS, np.array([0, 1, 2]), np.array([0, 1, 3]), np.full(3, 0.1), np.full(3, 0.4))
    return cut_streets(graph, view)


def field_of(cells: StreetCells, seen: np.ndarray) -> Field:
    """A field over all cells with this evidence."""
    motion = build_motion(cells)
    state = np.concatenate([2 * cells.seen_cell, 2 * cells.seen_cell + 1])
    camera = np.concatenate([cells.seen_camera] * 2)
    start = spread_evenly(cells)
    end = np.full(len(start), 1 / len(start), np.float32)
    ways = Ways(motion.onward, motion.enters, start, end, state, camera, 2 * len(cells))
    field = Field(ways, seen, {}, np.ones(len(seen), np.float32))
    field.run()
    return field


def grid_of(ticks: list[int], count: int, clock_s: float = 1.0, towards: list[int] | None = None) -> Grid:
    """A table of one camera's presences; with `towards` its directions are told."""
    way = np.zeros(len(ticks), np.int64) if towards is None else np.array(towards)
    told = np.array([towards is not None])
    lanes = lanes_of(np.zeros(len(ticks), np.int64), way, told, np.array([clock_s]))
    return Grid(np.array(ticks, np.int32), lanes, count)


def test_every_state_goes_somewhere_with_probability_one() -> None:
    """Shares of what happens next add up to 1, with rides and without."""
    for rides in ((), (Ride(0, 4, 300.0, 60.0),)):
        onward = build_motion(cut(street(rides))).onward
        assert np.allclose(np.asarray(onward.sum(axis=1)).ravel(), 1.0, atol=1e-5)
        assert onward.data.min() >= 0


def test_leaving_the_gate_is_going_away() -> None:
    """Within some cells only, what walked out is away, and shares still add up to 1."""
    motion, kept = build_motion(cut(street())).within(np.array([0, 1, 2]))
    assert len(motion) == len(kept)
    assert np.allclose(np.asarray(motion.onward.sum(axis=1)).ravel(), 1.0, atol=1e-5)
    assert motion.onward[2 * 2, len(motion) - 1] > 0.1


def test_a_walker_goes_on_in_the_same_direction() -> None:
    """From the middle of a street nearly all steps lead ahead and hardly any back."""
    cells = cut(street())
    source, target, share = cells.onward()
    middle = 2 * 3
    assert share[(source == middle) & (target == middle + 2)].sum() == pytest.approx(1.0, abs=0.05)


def test_evidence_in_one_view_makes_the_next_view_likelier_a_little_later() -> None:
    """Somebody seen at A is at B soon after rather than at C at once."""
    seen = np.ones((40, 3), np.float32)
    seen[10, 0] = 1e6
    in_view, _ = field_of(cut(street()), seen).in_view(np.arange(40))
    assert in_view[10, 0] > 0.9
    assert in_view[11:16, 1].sum() > 10 * in_view[11:12, 2].sum()


def test_passing_on_a_change_gives_what_a_whole_run_gives() -> None:
    """Incremental and whole inference agree."""
    rng = np.random.default_rng(3)
    seen = np.exp(rng.normal(0, 0.5, (60, 3))).astype(np.float32)
    field = field_of(cut(street()), seen.copy())
    changed = np.zeros(60, bool)
    changed[[20, 41]] = True
    field.seen[20, 1], field.seen[41, 2] = 50.0, 0.3
    field.update(changed, 60)
    seen[20, 1], seen[41, 2] = 50.0, 0.3
    whole = field_of(cut(street()), seen)
    assert np.allclose(field.in_view(np.arange(60))[0], whole.in_view(np.arange(60))[0], atol=2e-3)


def test_a_view_with_nobody_alike_speaks_against_it_at_most_as_far_as_people_are_noticed() -> None:
    """Everybody opened and nobody alike: less likely, never impossible."""
    grid = grid_of([10, 10, 10, 10], 30)
    grid.weigh(np.arange(4), np.full(4, 1e-6), np.zeros((30, 2), np.float32))
    seen = grid.seen()
    assert 0.2 < seen[10, 0] < 0.7
    assert seen[25, 0] == pytest.approx(1.0)


def test_unopened_presences_say_nothing() -> None:
    """Counts alone lead after nobody."""
    grid = grid_of([3, 3, 3, 9], 20)
    assert np.allclose(grid.seen(), 1.0)


def test_what_is_sure_counts_on_one_tick_only() -> None:
    """A confirmed presence is no reward for walking through its view twice."""
    grid = grid_of([10], 30)
    grid.weigh(np.array([0]), np.array([1e6]), np.zeros((30, 2), np.float32))
    assert (grid.seen()[:, 0] > 1.0).sum() == 1


def test_taking_evidence_back_leaves_nothing_behind() -> None:
    """Weighing with 1 again restores the table."""
    grid = grid_of([10, 12], 30, clock_s=20.0)
    for ratio in (40.0, 1e5, 1.0):
        grid.weigh(np.arange(2), np.full(2, ratio), np.zeros((30, 2), np.float32))
    assert np.allclose(grid.seen(), 1.0, atol=1e-2)


def test_who_comes_says_little_of_somebody_who_goes() -> None:
    """A view has a lane for each direction; one whose direction cannot be told is in both by halves."""
    grid = grid_of([10, 10, 20], 30, towards=[1, -1, 0])
    grid.weigh(np.array([0, 2]), np.full(2, 50.0), np.zeros((30, 2), np.float32))
    seen = grid.seen()
    assert seen[10, 0] > 10 * (seen[10, 1] - 1)
    assert seen[20, 0] == pytest.approx(seen[20, 1])
    in_view = np.zeros((30, 2), np.float32)
    in_view[10, 0] = 0.5
    share = grid.shares_of(np.array([0, 1]), in_view, np.ones((30, 2), np.float32))
    assert share[0] > 20 * share[1]


def test_what_lies_beyond_reach_waits() -> None:
    """A change is passed on no farther than asked; a whole run catches up."""
    seen = np.ones((80, 3), np.float32)
    field = field_of(cut(street()), seen.copy())
    before = field.in_view(np.arange(80))[0]
    changed = np.zeros(80, bool)
    changed[40], field.seen[40, 1] = True, 1e4
    moved = field.update(changed, 5)
    assert moved[36:45].any()
    assert not moved[:34].any()
    assert not moved[47:].any()
    assert np.allclose(field.in_view(np.arange(20))[0], before[:20])
    field.run()
    assert not np.allclose(field.in_view(np.arange(45, 60))[0], before[45:60], atol=1e-5)


def test_a_later_run_is_as_a_first_one() -> None:
    """What did not change is not passed on again, and what comes out is the same to the last bit."""
    rng = np.random.default_rng(3)
    seen = np.ones((80, 3), np.float32)
    field = field_of(cut(street()), seen)
    for tick in (60, 20, 45):
        changed = np.zeros(80, bool)
        changed[tick], field.seen[tick, int(rng.integers(3))] = True, 5.0
        field.update(changed, 4)
        field.run()
        anew = field_of(cut(street()), field.seen.copy())
        for known, again in zip(field.in_view(np.arange(80)), anew.in_view(np.arange(80)), strict=True):
            assert (known == again).all()
