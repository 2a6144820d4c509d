"""What confirmed sightings teach: clocks, how well cameras see, and how fast somebody walks."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from casetrail.footage.streets import StreetGraph
from casetrail.model.arrays import Doubles
from casetrail.model.errors import BadInputError
from casetrail.model.geometry import LatLon
from casetrail.model.time import SECOND_US
from casetrail.testing.city.build import build_city
from casetrail.testing.city.index import SimulatedIndex
from casetrail.testing.city.map import map_of
from casetrail.testing.city.plan import CityPlan
from casetrail.trace.cells import CityMap, cut_streets
from casetrail.trace.learning import SEEN, WALK_MPS, WALK_STD, Confirmed, know_nothing, learn_from_confirmed
from casetrail.trace.streets import InView, streets_in_view
from casetrail.trace.topology import build_topology

BLOCK_M = 80.0
BLOCKS = 10
CALM_S = 2.0  # what a pass is early or late by chance
NINE_IN_TEN = 1.645


def build_street(clock_s: Doubles, side_street: bool = False) -> CityMap:
    """A straight street with a camera in the middle of every block; with a side street around the fifth block."""
    nodes = [(BLOCK_M * at, 0.0) for at in range(BLOCKS + 1)]
    edges = [(at, at + 1) for at in range(BLOCKS)]
    if side_street:
        nodes += [(BLOCK_M * 4, 10.0), (BLOCK_M * 5, 10.0)]
        edges += [(4, BLOCKS + 1), (BLOCKS + 1, BLOCKS + 2), (BLOCKS + 2, 5)]
    places, ends = np.array(nodes), np.array(edges)
    length = np.linalg.norm(places[ends[:, 0]] - places[ends[:, 1]], axis=1)
    graph = StreetGraph(places, ends, length, (), LatLon(37.5, 126.8))
    names, of = tuple(f"C{at:02d}" for at in range(BLOCKS)), np.arange(BLOCKS)
    view = InView(names, of, of, np.full(BLOCKS, 0.55), np.full(BLOCKS, 0.65))
    return CityMap(names, clock_s, cut_streets(graph, view), np.full((len(names), 2), np.nan))


def walk(cameras: Sequence[int], speed_mps: float, start_s: float, rng: np.random.Generator) -> list[tuple[int, float]]:
    """Cameras along the street and when somebody truly passes them."""
    first = cameras[0]
    return [(at, start_s + abs(at - first) * BLOCK_M / speed_mps + float(rng.normal(0, CALM_S))) for at in cameras]


def walk_up_and_down(seed: int, walks: int = 6, speed_mps: float = 1.3, without: int = -1) -> list[tuple[int, float]]:
    """Walks from end to end, there and back, an hour apart."""
    rng = np.random.default_rng(seed)
    there = [at for at in range(BLOCKS) if at != without]
    ways = [there if number % 2 else there[::-1] for number in range(walks)]
    return [one for number, way in enumerate(ways) for one in walk(way, speed_mps, 3600.0 * number, rng)]


def confirm(passes: Sequence[tuple[int, float]], offset_s: Doubles) -> Confirmed:
    """Sightings of eight seconds around the passes, as the clocks show them, by time."""
    shown = sorted((at_s + offset_s[camera], camera) for camera, at_s in passes)
    start = np.array([round((at_s - 4) * SECOND_US) for at_s, _ in shown], np.int64)
    return Confirmed(np.array([camera for _, camera in shown], np.int64), start, start + 8 * SECOND_US)


def test_nothing_and_one_sighting_teach_nothing() -> None:
    """Without a hop, everything stays as it was believed."""
    city = build_street(np.full(BLOCKS, 5.0))
    for passes in ([], [(3, 50.0)], [(3, 50.0), (3, 4000.0)]):
        learned = learn_from_confirmed(city, confirm(passes, np.zeros(BLOCKS)))
        assert (learned.offset_s == 0).all()
        assert (learned.clock_s == 5).all()
        assert (learned.seen == SEEN).all()
        assert (learned.speed_mps, learned.speed_std) == (WALK_MPS, WALK_STD)


def test_sightings_hours_apart_teach_nothing() -> None:
    """What lies between them may be anything."""
    city = build_street(np.full(BLOCKS, 5.0))
    learned = learn_from_confirmed(city, confirm([(1, 0.0), (5, 7200.0)], np.zeros(BLOCKS)))
    assert learned.offset_s == pytest.approx(0, abs=1e-9)
    assert learned.clock_s == pytest.approx(5.0)
    assert learned.speed_std == pytest.approx(WALK_STD)


def test_two_clocks_far_off_are_found() -> None:
    """Two cameras 40 s wrong, one each way, whose clocks are known to be bad, are set right to a few seconds."""
    off = np.zeros(BLOCKS)
    off[3], off[6] = 40.0, -40.0
    city = build_street(np.where(off != 0, 40.0, 3.0))
    learned = learn_from_confirmed(city, confirm(walk_up_and_down(1), off))
    assert learned.offset_s[[3, 6]] == pytest.approx([40, -40], abs=6)
    assert np.abs(np.delete(learned.offset_s, [3, 6])).max() < 3
    assert (learned.clock_s[[3, 6]] < 10).all()


def test_clock_that_is_said_to_be_good_is_doubted_in_the_end() -> None:
    """The catalogue may be wrong: many hops outweigh it."""
    off = np.zeros(BLOCKS)
    off[5] = 45.0
    learned = learn_from_confirmed(build_street(np.full(BLOCKS, 3.0)), confirm(walk_up_and_down(2), off))
    assert learned.offset_s[5] == pytest.approx(45, abs=7)
    assert np.abs(np.delete(learned.offset_s, 5)).max() < 3


@pytest.mark.parametrize("ahead_s", [-90.0, 90.0])
def test_clock_that_turns_the_order_round(ahead_s: float) -> None:
    """A camera so far off that its sightings stand before or after those of its neighbours is put back in its place."""
    off = np.zeros(BLOCKS)
    off[4] = ahead_s
    city = build_street(np.where(off != 0, 50.0, 3.0))
    learned = learn_from_confirmed(city, confirm(walk_up_and_down(3), off))
    assert learned.offset_s[4] == pytest.approx(ahead_s, abs=8)


def test_clock_that_runs_away() -> None:
    """Of a clock that gains half a minute over the day, its middle is found."""
    off, passes = np.zeros(BLOCKS), walk_up_and_down(4, walks=8)
    drifting = [(camera, at_s + (30.0 * at_s / 28_800 if camera == 4 else 0)) for camera, at_s in passes]
    learned = learn_from_confirmed(build_street(np.where(np.arange(BLOCKS) == 4, 20.0, 2.0)), confirm(drifting, off))
    assert learned.offset_s[4] == pytest.approx(13, abs=8)


def test_pauses_and_a_wrong_confirmation_hardly_mislead() -> None:
    """A pause of minutes in one walk of three, and a sighting of somebody else, leave clocks and speed as they are."""
    passes = walk_up_and_down(5, walks=9)
    paused = [(camera, at_s + (200.0 if number % 30 >= 24 else 0)) for number, (camera, at_s) in enumerate(passes)]
    learned = learn_from_confirmed(
        build_street(np.full(BLOCKS, 8.0)), confirm([*paused, (8, 3605.0)], np.zeros(BLOCKS))
    )
    assert np.abs(learned.offset_s).max() < 6
    assert learned.speed_mps == pytest.approx(1.3, abs=0.1)


def test_pace_is_learned() -> None:
    """Somebody slow is found to be slow."""
    learned = learn_from_confirmed(
        build_street(np.full(BLOCKS, 3.0)), confirm(walk_up_and_down(6, speed_mps=0.95), np.zeros(BLOCKS))
    )
    assert learned.speed_mps == pytest.approx(0.95, abs=0.05)
    assert learned.speed_std < 0.1


def test_identical_times_are_no_trouble() -> None:
    """Everything at once fits no walk, and is taken as such."""
    city = build_street(np.full(BLOCKS, 5.0))
    learned = learn_from_confirmed(city, confirm([(at, 100.0) for at in range(BLOCKS)], np.zeros(BLOCKS)))
    assert np.isfinite(learned.offset_s).all()
    assert 0.4 <= learned.speed_mps <= 2.5


def test_what_says_the_same_twice_counts_once() -> None:
    """Duplicates, and two presences of one pass, change nothing."""
    city, passes = build_street(np.full(BLOCKS, 8.0)), walk_up_and_down(7)
    once = confirm(passes, np.zeros(BLOCKS))
    twice = learn_from_confirmed(city, confirm([*passes, *passes], np.zeros(BLOCKS)))
    middle = (once.start_us + once.end_us) // 2
    halves = Confirmed(
        np.concatenate([once.camera] * 2),
        np.concatenate([once.start_us, middle + SECOND_US // 2]),
        np.concatenate([middle - SECOND_US // 2, once.end_us]),
    )
    alone = learn_from_confirmed(city, once)
    for other in (twice, learn_from_confirmed(city, halves)):
        assert other.offset_s == pytest.approx(alone.offset_s, abs=1e-6)
        assert other.seen == pytest.approx(alone.seen)


def test_known_clock_moves_less_than_an_unknown_one() -> None:
    """What is known before decides whose clock is off."""
    clock = np.full(BLOCKS, 20.0)
    clock[2] = 0.5
    passes = [(2, 0.0), (3, BLOCK_M / 1.3 + 15.0), (4, 2 * BLOCK_M / 1.3)]
    learned = learn_from_confirmed(build_street(clock), confirm(passes, np.zeros(BLOCKS)))
    assert abs(learned.offset_s[2]) < 0.1
    assert learned.offset_s[3] > 3


def test_misses_are_learned_where_there_is_no_other_way() -> None:
    """A camera passed six times and never noticed sees less than one that noticed everybody, and than before."""
    confirmed = confirm(walk_up_and_down(8, without=4), np.zeros(BLOCKS))
    learned = learn_from_confirmed(build_street(np.full(BLOCKS, 3.0)), confirmed)
    assert learned.seen[4] == pytest.approx(SEEN * 20 / 26)
    assert learned.seen[6] == pytest.approx((SEEN * 20 + 6) / 26)
    assert learned.seen[0] == SEEN  # nobody came from beyond it


def test_nothing_is_missed_where_there_is_another_way() -> None:
    """A side street that is hardly longer leads around the camera, so it may not have been passed."""
    confirmed = confirm(walk_up_and_down(8, without=4), np.zeros(BLOCKS))
    learned = learn_from_confirmed(build_street(np.full(BLOCKS, 3.0), side_street=True), confirmed)
    assert learned.seen[4] == SEEN
    assert learned.seen[7] > SEEN


def test_what_one_case_taught_is_the_next_ones_prior() -> None:
    """Clocks and cameras go on from where they were; offsets are told from the true zero again."""
    off = np.zeros(BLOCKS)
    off[3] = 60.0
    city = build_street(np.where(off != 0, 40.0, 3.0))
    first = learn_from_confirmed(city, confirm(walk_up_and_down(9, walks=2), off))
    prior = replace(first, speed_mps=WALK_MPS, speed_std=WALK_STD)
    second = learn_from_confirmed(city, confirm(walk_up_and_down(10, speed_mps=1.5), off), prior)
    assert second.offset_s[3] == pytest.approx(60, abs=7)
    assert second.clock_s[3] < first.clock_s[3]
    assert second.speed_mps == pytest.approx(1.5, abs=0.08)
    assert learn_from_confirmed(city, confirm([], off), first) == first


def test_cameras_without_a_street_teach_nothing() -> None:
    """Where a view lies is not known, so neither is how far it is."""
    city = build_street(np.full(BLOCKS, 5.0))
    facing = np.full((BLOCKS + 1, 2), np.nan)
    city = CityMap((*city.camera_ids, "nowhere"), np.full(BLOCKS + 1, 5.0), city.cells, facing)
    learned = learn_from_confirmed(city, confirm([(BLOCKS, 0.0), (3, 30.0)], np.zeros(BLOCKS + 1)))
    assert (learned.clock_s == 5).all()


def test_what_does_not_fit_the_map_is_turned_down() -> None:
    """Cameras of no map, priors of another, and sightings that end before they start, are errors."""
    city = build_street(np.full(BLOCKS, 5.0))
    some = np.zeros(1, np.int64)
    with pytest.raises(BadInputError):
        learn_from_confirmed(city, Confirmed(np.array([BLOCKS]), some, some))
    with pytest.raises(BadInputError):
        learn_from_confirmed(city, Confirmed(some, some, some), replace(know_nothing(city), seen=np.ones(3)))
    with pytest.raises(BadInputError):
        Confirmed(some, some, some - 1)
    with pytest.raises(BadInputError):
        Confirmed(some, np.zeros(2, np.int64), some)


def test_clocks_of_a_simulated_city() -> None:
    """Of thirty people's true sightings among 300 cameras, each by itself: clocks are better known than before, most of
    all the bad ones, and nine in ten lie about where they are said to lie.
    """
    city = build_city(CityPlan(cameras=300, seed=104))
    topology = build_topology(city.cameras)
    streets = map_of(city.streets).seen_from(topology.origin or LatLon(0, 0))
    cells = cut_streets(streets, streets_in_view(streets, topology))
    known = CityMap(topology.camera_ids, topology.clock_s, cells, np.full((len(topology.camera_ids), 2), np.nan))
    index, rng = SimulatedIndex(city), np.random.default_rng(104)
    people = rng.choice(np.flatnonzero(np.diff(city.rows_first) >= 15), 30, replace=False)
    rows = []
    for person in people:
        spans = index.spans_of(city.rows_of(int(person)))
        order = np.argsort(spans.start_us, kind="stable")
        camera = spans.camera[order].astype(np.int64)
        learned = learn_from_confirmed(known, Confirmed(camera, spans.start_us[order], spans.end_us[order]))
        of = np.unique(camera)
        rows.append(np.stack([city.views.offset_s[of], learned.offset_s[of], learned.clock_s[of], known.clock_s[of]]))
    truth, offset, sigma, believed = np.concatenate(rows, axis=1)
    wrong = np.abs(offset - truth)
    assert wrong.mean() < 0.7 * np.abs(truth).mean()
    bad = believed > 30
    assert wrong[bad].mean() < 0.5 * np.abs(truth[bad]).mean()
    assert 0.8 <= (wrong < NINE_IN_TEN * sigma).mean() <= 0.97
