"""The field of whereabouts: cells, motion, evidence, and what an answer changes."""

from dataclasses import replace

import numpy as np
import pytest

from casetrail.footage.streets import Ride, StreetGraph
from casetrail.model.geometry import LatLon
from casetrail.model.time import SECOND_US, UtcInterval
from casetrail.trace.anchors import Anchor, AnchorKind
from casetrail.trace.cells import StreetCells, cut_streets
from casetrail.trace.field import Field, StateSpace
from casetrail.trace.grid import Grid, lanes_of
from casetrail.trace.kept import Kept
from casetrail.trace.moments import OFFSETS
from casetrail.trace.motion import TICK_S, Pace, build_motion, spread_evenly
from casetrail.trace.sayings import IN_PASSING, LONG_ERRAND, read_sayings
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


def space_of(cells: StreetCells) -> StateSpace:
    """What a field over all cells runs on."""
    motion = build_motion(cells)
    state = np.concatenate([2 * cells.seen_cell, 2 * cells.seen_cell + 1])
    start = spread_evenly(cells)
    end = np.full(len(start), 1 / len(start), np.float32)
    camera, surely = np.tile(cells.seen_camera, 2), np.ones(len(state), np.float32)
    return StateSpace(motion.onward, motion.enters, start, end, state, camera, surely, 2 * len(cells))


def field_of(space: StateSpace, seen: np.ndarray) -> Field:
    """A field with this evidence."""
    field = Field(space, seen, {}, np.ones(len(seen), np.float32))
    field.run()
    return field


def grid_of(ticks: list[int], count: int, clock_s: float = 1.0, towards: list[int] | None = None) -> Grid:
    """A table of one camera's presences; with `towards` its directions are told."""
    way = np.zeros(len(ticks), np.int64) if towards is None else np.array(towards)
    told = np.array([towards is not None])
    lanes = lanes_of(np.zeros(len(ticks), np.int64), way, told, np.array([clock_s]))
    return Grid(np.array(ticks, np.int32), lanes, count)


def _tables(field: Field) -> tuple[np.ndarray, np.ndarray]:
    """Walking into each view at each of 80 ticks: by all that is known, and by what is known up to then."""
    every = np.arange(80)
    return field.in_view(every), field.arrives(every[:, None], np.arange(field.seen.shape[1])[None])


def weigh(grid: Grid, rows: np.ndarray, ratio: np.ndarray, fits: np.ndarray | None = None) -> None:
    """What these say, with nothing known of where the person may be; `fits`: of each offset with others nearby."""
    fits = np.zeros((len(rows), len(OFFSETS))) if fits is None else fits
    grid.weigh(rows, ratio, Kept((grid.ticks, 2)).at, fits)


def test_every_state_goes_somewhere_with_probability_one() -> None:
    """Shares of what happens next add up to 1, with rides and without."""
    for rides in ((), (Ride(0, 4, 300.0, 60.0),)):
        onward = build_motion(cut(street(rides))).onward
        assert np.allclose(np.asarray(onward.sum(axis=1)).ravel(), 1.0, atol=1e-5)
        assert onward.data.min() >= 0


def test_nobody_changes_where_a_ride_goes_on_directly() -> None:
    """From one ride to the next only where no single ride leads; whoever may not change gets off."""
    there, on, all_the_way = Ride(0, 2, 300.0, 60.0), Ride(2, 4, 300.0, 60.0), Ride(0, 4, 600.0, 60.0)
    cells = cut(street((there, on)))
    changing = build_motion(cells).onward[4 * len(cells) :, 4 * len(cells) : -1]
    assert changing[0, 1] > 0
    direct = build_motion(cut(street((there, on, all_the_way)))).onward[4 * len(cells) :, 4 * len(cells) : -1]
    assert direct[0, 1] == 0
    assert direct[0, 0] == pytest.approx(changing[0, 0], rel=1e-6)  # a ride lasts as long either way


def test_two_payments_at_one_place_are_one_visit() -> None:
    """That few come for a long stay counts once for each visit, and elsewhere or much later is another visit."""

    def paid(at_s: float, place: LatLon) -> Anchor:
        return Anchor(
            AnchorKind.CARD, UtcInterval(int(at_s * SECOND_US), int((at_s + 60) * SECOND_US)), place, 30, 0.98
        )

    other = LatLon(ORIGIN.lat + 0.002, ORIGIN.lon)
    cards = [paid(0, ORIGIN), paid(1800, ORIGIN), paid(3600, other), paid(40_000, ORIGIN)]
    said = read_sayings(cards, cut(street()), UtcInterval(0, 86_400 * SECOND_US), 4320)
    assert [moment[2] for moment in said.moments] == [IN_PASSING] * 4
    assert [moment[3] for moment in said.moments] == [LONG_ERRAND, 1.0, LONG_ERRAND, LONG_ERRAND]


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
    in_view = field_of(space_of(cut(street())), seen).in_view(np.arange(40))
    assert in_view[10, 0] > 0.9
    assert in_view[11:16, 1].sum() > 10 * in_view[11:12, 2].sum()


def test_passing_on_a_change_gives_what_a_whole_run_gives() -> None:
    """Incremental and whole inference agree."""
    rng = np.random.default_rng(3)
    seen = np.exp(rng.normal(0, 0.5, (60, 3))).astype(np.float32)
    field = field_of(space_of(cut(street())), seen.copy())
    changed = np.zeros(60, bool)
    changed[[20, 41]] = True
    field.seen[20, 1], field.seen[41, 2] = 50.0, 0.3
    field.update(changed, 60)
    seen[20, 1], seen[41, 2] = 50.0, 0.3
    whole = field_of(space_of(cut(street())), seen)
    assert np.allclose(field.in_view(np.arange(60)), whole.in_view(np.arange(60)), atol=2e-3)


def test_a_view_with_nobody_alike_speaks_against_it_at_most_as_far_as_people_are_noticed() -> None:
    """Everybody opened and nobody alike: less likely, never impossible."""
    grid = grid_of([10, 10, 10, 10], 30)
    weigh(grid, np.arange(4), np.full(4, 1e-6))
    seen = grid.seen()
    assert 0.2 < seen[10, 0] < 0.7
    assert seen[25, 0] == pytest.approx(1.0)


def test_unopened_presences_say_nothing() -> None:
    """Counts alone lead after nobody, on no journey either; who was looked at and is somebody else does."""
    grid, lanes = grid_of([3, 3, 3, 9], 20), np.arange(2)
    around = grid.around(lanes)
    assert np.allclose(grid.seen(), 1.0)
    assert np.allclose(grid.left(lanes, around), 1.0)
    weigh(grid, np.array([3]), np.array([0.01]))
    assert grid.left(lanes, around)[0, 9] < 0.9
    assert grid.left(lanes, around).max() == 1.0


def test_what_is_sure_counts_on_one_tick_only() -> None:
    """A confirmed presence is no reward for walking through its view twice."""
    grid = grid_of([10], 30)
    weigh(grid, np.array([0]), np.array([1e6]))
    assert (grid.seen()[:, 0] > 1.0).sum() == 1


def test_who_is_sure_moves_to_where_others_nearby_say() -> None:
    """A poor clock leaves the tick open until somebody was seen around it; then everything moves there, and stays."""
    grid = grid_of([10], 30, clock_s=48.0)
    one, sure, fits = np.array([0]), np.array([1e6]), np.full((1, len(OFFSETS)), -9.0)
    weigh(grid, one, sure)
    assert np.flatnonzero(grid.seen()[:, 0] > 1.0).tolist() == [10]
    fits[0, OFFSETS == -4] = 0.0
    weigh(grid, one, sure, fits)
    assert np.flatnonzero(grid.seen()[:, 0] > 1.0).tolist() == [6]
    assert grid.settled_s(one) == pytest.approx(-4 * TICK_S)
    weigh(grid, one, sure)
    assert np.flatnonzero(grid.seen()[:, 0] > 1.0).tolist() == [6]


def test_a_good_clock_moves_only_for_much() -> None:
    """A little better fit elsewhere is no reason to believe that a clock was forgotten."""
    for doubt, tick in ((-1.0, 10), (-30.0, 8)):
        grid = grid_of([10], 30, clock_s=2.0)
        fits = np.full((1, len(OFFSETS)), doubt)
        fits[0, OFFSETS == -2] = 0.0
        weigh(grid, np.array([0]), np.array([1e6]), fits)
        assert np.flatnonzero(grid.seen()[:, 0] > 1.0).tolist() == [tick]


def test_a_camera_that_may_look_either_way_moves_nobody_to_one_of_them() -> None:
    """Somebody confirmed in a view that may show either of two streets is in one of them, each as likely as before."""
    space, seen = space_of(cut(street())), np.ones((60, 3), np.float32)
    before = field_of(space, seen.copy()).in_view(np.array([30]))[0]
    camera = np.concatenate([space.camera, [2, 2]])  # the last camera may see what the first one sees
    share = np.where(camera == 2, 0.5, 1.0).astype(np.float32)
    state = np.concatenate([space.state, space.state[space.camera == 0]])
    seen[30, 2] = 1e5
    after = field_of(replace(space, state=state, camera=camera, share=share), seen).in_view(np.array([30]))[0]
    assert after[2] == pytest.approx(1.0, abs=0.01)
    assert after[0] == pytest.approx(before[0] / (before[0] + before[2]), abs=0.02)


def test_a_camera_that_nobody_knows_the_direction_of_may_see_all_streets_around_it() -> None:
    """Of a camera that looks somewhere known, its longest stretch alone; of another one all of them, each as likely."""
    view = InView(
        ("A", "B"), np.array([0, 0, 1, 1]), np.array([0, 1, 1, 2]), np.zeros(4), np.array([0.4, 0.2, 0.4, 0.2])
    )
    known, unsure = (cut_streets(street(), view, unsure=np.array([False, one])) for one in (False, True))
    assert known.sights.camera.tolist() == [0, 1]
    assert unsure.seen_cell.tolist() == known.seen_cell.tolist()
    assert unsure.sights.camera.tolist() == [0, 1, 1]
    assert unsure.sights.share.tolist() == [1.0, 0.5, 0.5]
    inside = np.array([int(unsure.sights.cell[2])])
    near = unsure.sights.among(np.array([1]), inside)
    assert (near.camera.tolist(), near.cell.tolist(), near.main.tolist()) == ([0], [0], [False])


def test_taking_evidence_back_leaves_nothing_behind() -> None:
    """Weighing with 1 again restores the table."""
    grid = grid_of([10, 12], 30, clock_s=20.0)
    for ratio in (40.0, 1e5, 1.0):
        weigh(grid, np.arange(2), np.full(2, ratio))
    assert np.allclose(grid.seen(), 1.0, atol=1e-2)


def test_who_comes_says_little_of_somebody_who_goes() -> None:
    """A view has a lane for each direction; one whose direction cannot be told is in both by halves."""
    grid = grid_of([10, 10, 20], 30, towards=[1, -1, 0])
    weigh(grid, np.array([0, 2]), np.full(2, 50.0))
    seen = grid.seen()
    assert seen[10, 0] > 10 * (seen[10, 1] - 1)
    assert seen[20, 0] == pytest.approx(seen[20, 1])
    in_view = Kept((30, 2))
    in_view[10] = np.array([0.5, 0.0], np.float32)
    share = grid.shares_of(np.array([0, 1]), in_view.at, np.ones((30, 2), np.float32))
    assert share[0] > 20 * share[1]


def test_what_lies_beyond_reach_waits() -> None:
    """A change is passed on no farther than asked; a whole run catches up."""
    seen = np.ones((80, 3), np.float32)
    field = field_of(space_of(cut(street())), seen.copy())
    before = field.in_view(np.arange(80))
    changed = np.zeros(80, bool)
    changed[40], field.seen[40, 1] = True, 1e4
    moved = field.update(changed, 5)
    assert moved[36:45].any()
    assert not moved[:34].any()
    assert not moved[47:].any()
    assert np.allclose(field.in_view(np.arange(20)), before[:20])
    field.run()
    assert not np.allclose(field.in_view(np.arange(45, 60)), before[45:60], atol=1e-5)


def test_a_later_run_is_as_a_first_one() -> None:
    """What did not change is not passed on again, and what comes out is the same to the last bit."""
    rng = np.random.default_rng(3)
    seen = np.ones((80, 3), np.float32)
    field = field_of(space_of(cut(street())), seen)
    for tick in (60, 20, 45):
        changed = np.zeros(80, bool)
        changed[tick], field.seen[tick, int(rng.integers(3))] = True, 5.0
        field.update(changed, 4)
        field.run()
        anew = field_of(space_of(cut(street())), field.seen.copy())
        for known, again in zip(_tables(field), _tables(anew), strict=True):
            assert (known == again).all()


def test_a_field_that_walks_otherwise_is_as_one_that_always_did() -> None:
    """Another pace holds from the next run on, though no evidence changed."""
    seen = np.random.default_rng(4).choice(np.array([0.3, 1.0, 30.0], np.float32), (80, 3))
    cells = cut(street())
    quick = build_motion(cells, pace=Pace(walk_mps=1.7))
    field = field_of(space_of(cells), seen)
    before = field.in_view(np.arange(80))
    field.walk(quick.onward, quick.enters)
    field.run()
    anew = field_of(replace(space_of(cells), onward=quick.onward, enters=quick.enters), seen.copy())
    assert (field.in_view(np.arange(80)) == anew.in_view(np.arange(80))).all()
    assert not np.allclose(field.in_view(np.arange(80)), before, atol=1e-3)


def test_what_is_kept_of_a_distribution_is_right_to_a_hundredth() -> None:
    """However small a share is; nought stays nought, and nothing grows."""
    share = np.concatenate([[0.0], 10.0 ** np.random.default_rng(5).uniform(-16, 0, 1000)]).astype(np.float32)
    kept = Kept((1, len(share)))
    kept[0] = share
    held = kept[0]
    assert (kept.at(np.array([0, 0]), np.array([7, 9])) == held[[7, 9]]).all()
    assert kept.apart(0, share) == 0  # what is cut off is not told apart
    assert kept.apart(0, 2 * share) == pytest.approx(held.sum(), rel=0.02)
    assert held[0] == 0
    assert (held <= share).all()
    assert (held[1:] > 0.992 * share[1:]).all()


def test_how_often_distributions_are_scaled_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither what is known in the end nor what is known up to then, at any tick."""
    seen = np.random.default_rng(6).choice(np.array([0.3, 1.0, 30.0], np.float32), (80, 3))
    tables = []
    for each in (1, 4):
        monkeypatch.setattr("casetrail.trace.field.SCALED_EACH", each)
        tables.append(_tables(field_of(space_of(cut(street())), seen)))
    for one, other in zip(*tables, strict=True):
        assert one.max() > 0.1
        assert other == pytest.approx(one, rel=0.04, abs=1e-6)


def test_what_is_known_up_to_then_knows_nothing_later() -> None:
    """Walking into a view by what is known up to a tick is as by all that is known where nothing is known later; a
    camera that may look either way included, and whatever is known later changes nothing.
    """
    space = space_of(cut(street()))
    camera = np.concatenate([space.camera, [2, 2]])
    share = np.where(camera == 2, 0.5, 1.0).astype(np.float32)
    space = replace(
        space, state=np.concatenate([space.state, space.state[space.camera == 0]]), camera=camera, share=share
    )
    seen = np.ones((80, 3), np.float32)
    seen[10, 0] = 30.0
    until = _tables(field_of(space, seen.copy()))
    seen[60, 2] = 30.0
    later = _tables(field_of(space, seen))
    assert until[1][11:50] == pytest.approx(until[0][11:50], rel=0.05, abs=1e-5)
    assert (later[1][:60] == until[1][:60]).all()
    assert not np.allclose(later[0][:60], until[0][:60], rtol=0.2)


def test_very_strong_evidence_at_many_ticks_stays_finite() -> None:
    """Somebody is very surely in a view, tick by tick: numbers neither overflow nor vanish."""
    seen = np.ones((80, 3), np.float32)
    seen[20:24] = 1e20
    field = field_of(space_of(cut(street())), seen)
    with np.errstate(over="raise", invalid="raise"):
        for table in _tables(field):
            assert np.isfinite(table).all()
    assert field.at(30).sum() == pytest.approx(1.0, rel=1e-3)
