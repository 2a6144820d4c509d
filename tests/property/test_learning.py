"""Learning from confirmed hops on simulated walks: nearer to the truth, and blind to what does not matter."""

from itertools import pairwise

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from casetrail.footage.streets import StreetGraph
from casetrail.model.arrays import Doubles, Integers
from casetrail.model.geometry import LatLon
from casetrail.model.time import SECOND_US
from casetrail.trace.cells import CityMap, cut_streets
from casetrail.trace.learning import Confirmed, Learned, learn_from_confirmed
from casetrail.trace.streets import InView

SEEDS = st.integers(0, 2**32 - 1)
SIDE, BLOCK_M = 9, 80.0
CLOCK_CLASSES_S = np.array([3.0, 15.0, 40.0])
DAY_S = 43_200
EVERYBODY = 12


def build_town(rng: np.random.Generator) -> tuple[CityMap, Doubles]:
    """Crossings in a square grid, a camera in most streets, clocks good, fair and bad; and what they truly show."""
    number = np.arange(SIDE * SIDE).reshape(SIDE, SIDE)
    edges = np.concatenate(
        [
            np.stack([number[:, :-1].ravel(), number[:, 1:].ravel()], axis=1),
            np.stack([number[:-1].ravel(), number[1:].ravel()], axis=1),
        ]
    )
    north, east = np.divmod(np.arange(SIDE * SIDE), SIDE)
    nodes = np.stack([east, north], axis=1) * BLOCK_M
    graph = StreetGraph(nodes, edges, np.full(len(edges), BLOCK_M), (), LatLon(37.5, 126.8))
    chosen = np.flatnonzero(rng.random(len(edges)) < 0.7)
    from_share = rng.uniform(0.05, 0.6, len(chosen))
    names = tuple(f"C{at:03d}" for at in range(len(chosen)))
    view = InView(names, np.arange(len(chosen)), chosen, from_share, from_share + 0.3)
    clock_s = rng.choice(CLOCK_CLASSES_S, len(chosen), p=[0.5, 0.3, 0.2])
    facing = np.full((len(names), 2), np.nan)
    return CityMap(names, clock_s, cut_streets(graph, view), facing), rng.normal(0, 1, len(chosen)) * clock_s


def walk_about(city: CityMap, speed_mps: float, rng: np.random.Generator, walks: int = 10) -> tuple[Integers, Doubles]:
    """Cameras passed on a few walks between corners, some with a pause, and when; four in five passes are noticed."""
    seen = city.cells.seen_cell
    cameras, times = [], []
    for start_s in rng.uniform(0, DAY_S, walks):
        nodes = _way(int(rng.integers(SIDE * SIDE)), int(rng.integers(SIDE * SIDE)), rng)
        pause_at, pause_s = rng.uniform(0, len(nodes)), rng.exponential(90) if rng.random() < 0.25 else 0.0
        for block, (a, b) in enumerate(pairwise(nodes)):
            edge = int(np.flatnonzero((city.cells.graph.edges == sorted((a, b))).all(axis=1))[0])
            for camera in np.flatnonzero(city.cells.edge[seen] == edge):
                share = (seen[camera] - city.cells.first[seen[camera]] + 0.5) / 2
                metres = BLOCK_M * (block + (share if a < b else 1 - share))
                late_s = pause_s if metres / BLOCK_M > pause_at else 0.0
                if rng.random() < 0.8:
                    cameras.append(int(city.cells.seen_camera[camera]))
                    times.append(start_s + metres / speed_mps + late_s + rng.normal(0, 4))
    return np.array(cameras, np.int64), np.array(times)


def _way(start: int, end: int, rng: np.random.Generator) -> list[int]:
    """A shortest way of crossings, turning anywhere."""
    nodes = [start]
    while nodes[-1] != end:
        (north, east), (to_north, to_east) = divmod(nodes[-1], SIDE), divmod(end, SIDE)
        steps = [SIDE * int(np.sign(to_north - north)), int(np.sign(to_east - east))]
        nodes.append(nodes[-1] + int(rng.choice([step for step in steps if step])))
    return nodes


def confirm(camera: Integers, times: Doubles) -> Confirmed:
    """Sightings of six seconds around these times, by time."""
    order = np.argsort(times, kind="stable")
    start = np.round((times[order] - 3) * SECOND_US).astype(np.int64)
    return Confirmed(camera[order], start, start + 6 * SECOND_US)


def same(a: Learned, b: Learned) -> bool:
    """Whether two have learnt the same."""
    arrays = [(a.offset_s, b.offset_s), (a.clock_s, b.clock_s), (a.seen, b.seen)]
    numbers = [(a.speed_mps, b.speed_mps), (a.speed_std, b.speed_std)]
    return all(np.allclose(one, other, atol=1e-3) for one, other in [*arrays, *numbers])


@settings(max_examples=6, deadline=None)
@example(606)
@given(SEEDS)
def test_on_average_clocks_are_better_known_than_before(seed: int) -> None:
    """Over a dozen people, offsets come nearer to the truth, bad clocks above all; speeds too, and honestly."""
    rng = np.random.default_rng(seed)
    clocks, speeds = [], []
    for _ in range(EVERYBODY):
        city, offset = build_town(rng)
        speed = float(np.clip(rng.normal(1.3, 0.2), 0.8, 1.9))
        camera, times = walk_about(city, speed, rng)
        learned = learn_from_confirmed(city, confirm(camera, times + offset[camera]))
        of = np.unique(camera)
        clocks.append(np.stack([offset[of], learned.offset_s[of], learned.clock_s[of], city.clock_s[of]]))
        speeds.append((speed, learned.speed_mps, learned.speed_std))
    truth, found, sigma, believed = np.concatenate(clocks, axis=1)
    wrong, bad = np.abs(found - truth), believed > 30
    assert wrong.mean() < 0.8 * np.abs(truth).mean()
    assert wrong[bad].mean() < 0.75 * np.abs(truth[bad]).mean()
    assert 0.82 <= (wrong < 1.645 * sigma).mean() <= 0.99
    real, mean, std = np.array(speeds).T
    assert np.median(np.abs(mean - real)) < 0.1  # somebody who stood still somewhere may pass for a slow walker
    assert (np.abs(mean - real) < 2 * std).mean() >= 0.6


@settings(max_examples=15, deadline=None)
@given(SEEDS, st.integers(-10_000_000, 10_000_000))
def test_when_it_was_and_in_which_order_it_is_told_does_not_matter(seed: int, shift_s: int) -> None:
    """All times shifted, the rows shuffled, each told twice: the same is learnt."""
    rng = np.random.default_rng(seed)
    city, offset = build_town(rng)
    camera, times = walk_about(city, 1.3, rng, walks=4)
    told = confirm(camera, times + offset[camera])
    rows = rng.permutation(np.repeat(np.arange(len(told)), 2))
    shift = shift_s * SECOND_US
    other = Confirmed(told.camera[rows], told.start_us[rows] + shift, told.end_us[rows] + shift)
    assert same(learn_from_confirmed(city, told), learn_from_confirmed(city, other))


@settings(max_examples=15, deadline=None)
@given(SEEDS)
def test_what_was_learnt_stays_where_it_was_learnt(seed: int) -> None:
    """Cameras that nobody was confirmed at keep their clocks, whatever is learnt elsewhere."""
    rng = np.random.default_rng(seed)
    city, offset = build_town(rng)
    camera, times = walk_about(city, 1.3, rng, walks=2)
    learned = learn_from_confirmed(city, confirm(camera, times + offset[camera]))
    others = np.setdiff1d(np.arange(len(city.camera_ids)), camera)
    assert (learned.offset_s[others] == 0).all()
    assert (learned.clock_s[others] == city.clock_s[others]).all()


@settings(max_examples=40, deadline=None)
@given(SEEDS, st.integers(0, 40), st.sampled_from([0.0, 30.0, 600.0, 1e5, 1e9]))
def test_whatever_is_confirmed_gives_something_usable(seed: int, count: int, within_s: float) -> None:
    """Sightings that fit no walk at all, at one moment or over years: finite numbers within bounds."""
    rng = np.random.default_rng(seed)
    city, _ = build_town(rng)
    camera = rng.integers(0, len(city.camera_ids), count)
    learned = learn_from_confirmed(city, confirm(camera, rng.uniform(0, within_s, count)))
    assert np.isfinite(learned.offset_s).all()
    assert (learned.clock_s > 0).all()
    assert ((learned.seen > 0) & (learned.seen < 1)).all()
    assert 0.4 <= learned.speed_mps <= 2.5
    assert 0 < learned.speed_std <= 0.25
