"""The simulated city is held to what it says of itself, and to what was measured on real pairs."""

from dataclasses import replace

import numpy as np
import pytest

from casetrail.app.evaluate.world import Start, WorldSpec
from casetrail.model.time import SECOND_US
from casetrail.presence.directions import find_towards
from casetrail.presence.index import Reach
from casetrail.testing.city.build import build_city
from casetrail.testing.city.cameras import coverage
from casetrail.testing.city.clothing import Clothing, Rows
from casetrail.testing.city.plan import DAY_S, MODELS, START_US, CityPlan, Likeness
from casetrail.testing.city.records import stays_of, write_records
from casetrail.testing.city.world import SimulatedWorld, WorldOptions, open_world
from casetrail.trace.anchors import AnchorKind

CAMERAS = 200


@pytest.fixture(scope="module")
def city():
    """A city of a few square kilometres."""
    return build_city(CityPlan(cameras=CAMERAS, seed=100))


@pytest.fixture(scope="module")
def world(city):
    """The same city behind its ports."""
    return SimulatedWorld(city, open_world(WorldSpec(20, 1, 100)).calibration)


def rows_for(person, camera, quality=0.66, views=1):
    """Rows to describe, everything else alike."""
    count = len(person)
    zeros = np.zeros(count, np.int64)
    return Rows(
        np.arange(count), person, camera, zeros, zeros, np.full(count, quality), np.full(count, views, np.int64)
    )


def pairs(likeness, views=1, seed=3):
    """Cosines across cameras of the same people and of strangers, and the same ones by person."""
    person, camera = (part.ravel() for part in np.meshgrid(np.arange(250), np.arange(5), indexing="ij"))
    clothing = Clothing(replace(likeness, look_alikes=0.0, uniformed=0.0), seed, -1)
    vectors = clothing.describe(rows_for(person, camera, views=views))
    cosines = np.asarray(vectors @ vectors.T, np.float64)
    across, same = camera[:, None] < camera[None], person[:, None] == person[None]
    by_person = [cosines[across & same & (person == one)[:, None]] for one in range(250)]
    return cosines[across & same], cosines[across & ~same], np.array(by_person)


def test_cameras_see_at_most_three_tenths_of_the_streets(city):
    """The share of street length in view, overlaps counted once."""
    assert 0.2 < coverage(city.streets, city.views) <= 0.30


def test_a_pass_becomes_a_tracklet_with_at_most_the_chance_that_is_set(city):
    """Tracklets of people, fragments of one pass counted once, over passes."""
    people = (np.asarray(city.tracklets.person) >= 0).sum()
    fragments = 1 + city.plan.split
    assert 0.5 < people / fragments / city.passes_of.sum() <= city.plan.detected


def test_there_are_about_thirty_tracklets_for_each_camera_hour(city):
    """As in the pilot's city: 7.8 million a day at 10,820 cameras."""
    assert 24 < len(city.tracklets) / CAMERAS / 24 < 36


def test_some_tracklets_are_nobody(city):
    """Three to five of a hundred."""
    assert 0.03 < (np.asarray(city.tracklets.person) < 0).mean() < 0.05


def test_clocks_are_wrong_by_seconds_to_a_minute_and_more(city):
    """Some are good, some are off by half a minute and more, and the catalogue claims every offset to be nought."""
    offset = np.abs(city.views.offset_s)
    assert np.quantile(offset, 0.3) < 3
    assert 20 < np.quantile(offset, 0.97) < 110
    assert {camera.clock.offset_s for camera in city.cameras} == {0.0}


def test_the_catalogue_does_not_know_every_bad_clock(city):
    """Somewhere the true error is many times what the record says."""
    sigma = np.array([camera.clock.sigma_s for camera in city.cameras])
    assert (np.abs(city.views.offset_s) > 3 * sigma).any()
    assert (np.abs(city.views.offset_s) < 2 * sigma).mean() > 0.85


def test_dead_cameras_see_nobody(city):
    """Neither people nor anything false."""
    dead = np.flatnonzero(~city.views.recorded.any(axis=1))
    count = np.diff(city.tracklets.first)
    assert len(dead) > 0
    assert count[dead].sum() <= 0.02 * count.sum()


def test_the_same_plan_gives_the_same_city_and_another_seed_another():
    """Everything follows from the seed."""
    first, again, other = (build_city(CityPlan(cameras=40, seed=seed)) for seed in (100, 100, 101))
    assert np.array_equal(first.tracklets.start_ms, again.tracklets.start_ms)
    assert not np.array_equal(first.tracklets.start_ms[:50], other.tracklets.start_ms[:50])


def test_a_city_kept_in_files_is_the_city_that_was_built(tmp_path):
    """Reading it back changes nothing."""
    plan = CityPlan(cameras=40, seed=100)
    built, read = build_city(plan), [build_city(plan, tmp_path) for _ in range(2)][1]
    for name in ("first", "start_ms", "length_ms", "views", "towards", "person"):
        assert np.array_equal(getattr(built.tracklets, name), getattr(read.tracklets, name))


@pytest.mark.parametrize("name", ["fast", "default", "accurate", "first study"])
def test_similarities_follow_what_was_measured(name):
    """Means, deviations and the person's own part, of single views across cameras."""
    likeness = MODELS[name]
    same, different, by_person = pairs(likeness)
    within = by_person.var(axis=1, ddof=1).mean()
    own = np.sqrt(by_person.mean(axis=1).var(ddof=1) - within / by_person.shape[1])
    assert same.mean() == pytest.approx(likeness.same_mean, abs=0.03)
    assert same.std() == pytest.approx(likeness.same_std, abs=0.025)
    assert own == pytest.approx(likeness.person_std, abs=0.025)
    assert different.mean() == pytest.approx(likeness.different_mean, abs=0.015)
    assert different.std() == pytest.approx(likeness.different_std, abs=0.012)


def test_several_views_help_less_than_independent_ones_would():
    """What views of one presence share does not average away."""
    one, three = (pairs(Likeness(), views)[0].mean() for views in (1, 3))
    alone = pairs(replace(Likeness(), views_share=0.0), 3)[0].mean()
    assert one + 0.05 < three < alone - 0.03


def test_one_in_a_hundred_looks_like_the_index_case():
    """Look-alikes are as many as set, and their mean similarity is at least 0.40."""
    clothing = Clothing(Likeness(uniformed=0.0), 3, 7)
    people = np.arange(20_000)
    alike = people[clothing.look_alike(people)]
    assert len(alike) / len(people) == pytest.approx(0.01, abs=0.003)
    case, others = np.full(len(alike), 7), np.arange(len(alike))
    vectors = clothing.describe(rows_for(np.concatenate([case, alike]), np.arange(2 * len(alike))))
    cosines = vectors[: len(alike)] @ vectors[len(alike) :].T
    assert cosines[others[:, None] != others[None]].mean() >= 0.40


def test_clothes_change_overnight():
    """The same person on the next day is a stranger by clothing."""
    clothing = Clothing(Likeness(uniformed=0.0), 3, -1)
    rows = rows_for(np.repeat(np.arange(300), 2), np.arange(600))
    vectors = clothing.describe(replace(rows, day=np.tile([0, 1], 300)))
    assert np.abs((vectors[::2] * vectors[1::2]).sum(axis=1).mean()) < 0.08


def test_a_presence_looks_the_same_whenever_it_is_opened(world):
    """Alone, or among others; only more views change it."""
    case = world.cases(1, 100, 1, Start.RECORDS)[0]
    spans = world.index.read_spans([Reach(world.cameras[5].camera_id, case.window)]).take(np.arange(20))
    presences = list(world.index.read_chosen(spans))
    together, alone = case.describe(presences, 1), case.describe(presences[3:4], 1)
    assert np.allclose(together[3].embedding, alone[0].embedding)


def test_the_ports_tell_nothing_of_who_anybody_is(world):
    """Presences of one person have nothing in common in what the index hands out."""
    case = world.cases(1, 100, 1, Start.RECORDS)[0]
    spans = world.index.read_spans([Reach(camera.camera_id, case.window) for camera in world.cameras])
    assert case.truth <= set(spans.ids())
    prefixes = {name[:6] for name in case.truth}
    assert len(prefixes) == len(case.truth)


def test_reading_part_of_the_city_gives_what_overlaps(world):
    """Exactly the rows of the cameras and times that were asked for, each once and in order."""
    case = world.cases(1, 100, 1, Start.RECORDS)[0]
    camera = world.cameras[5].camera_id
    whole = world.index.read_spans([Reach(camera, case.window)])
    noon = case.window.start_us + 12 * 3600 * SECOND_US
    part = world.index.read_spans([Reach(camera, replace(case.window, start_us=noon))] * 2)
    assert part.ids() == [name for name, end in zip(whole.ids(), whole.end_us, strict=True) if end > noon]
    assert [each.presence_id for each in world.index.read_chosen(part)] == part.ids()


def test_records_are_true(world):
    """Whoever paid somewhere was within reach of a camera there about then, if any camera there saw them."""
    for case in world.cases(5, 100, 1, Start.RECORDS):
        assert 2 <= len(case.anchors) <= 6
        assert all(anchor.interval.overlaps(case.window) for anchor in case.anchors)


def test_who_is_still_out_at_midnight_paid_before(city):
    """Records end with the window, whoever's they are; no payment is put where somebody had not come yet."""
    late = (np.asarray(city.stays.leave_s) > DAY_S) & ~np.asarray(city.stays.at_home)
    late &= np.asarray(city.stays.arrive_s) < DAY_S
    people = np.unique(np.asarray(city.stays.person)[late])[:30]
    assert len(people)
    for person in people.tolist():
        stays = stays_of(city, person, 1)
        for record in write_records(city, person, 1, np.random.default_rng(person)):
            assert record.interval.end_us <= START_US + DAY_S * SECOND_US
            if record.kind is AnchorKind.CARD:
                middle_s = ((record.interval.start_us + record.interval.end_us) / 2 - START_US) / SECOND_US
                assert (~stays.at_home & (stays.arrive_s - 90 <= middle_s) & (middle_s <= stays.leave_s + 90)).any()


def test_the_same_case_starts_with_more_or_less(world):
    """One sighting of the person, the records, or both; nothing else differs."""
    both, alone, records = (world.cases(3, 100, 1, start) for start in Start)
    for with_both, with_sighting, with_records in zip(both, alone, records, strict=True):
        assert with_both.start.presence_id == with_sighting.start.presence_id
        assert with_both.start.presence_id in with_both.truth
        assert with_records.start is None
        assert with_both.anchors == with_records.anchors
        assert not with_sighting.anchors


def test_nobody_is_described_from_more_views_than_are_kept(city, world):
    """An index that keeps two views of a presence gives two, however many are asked for."""
    few = SimulatedWorld(city, world.calibration, WorldOptions(most_views=2))
    case = few.cases(1, 100, 1, Start.SIGHTING)[0]
    (sighting,) = case.describe([case.start], 4)
    assert sighting.views_described == min(len(case.start.views), 2)


def test_index_cases_are_drawn_from_the_seed(world):
    """The same arguments give the same cases, others give others."""
    first, again, other = (world.cases(5, seed, 1, Start.SIGHTING) for seed in (100, 100, 102))
    assert [case.truth for case in first] == [case.truth for case in again]
    assert [case.truth for case in first] != [case.truth for case in other]
    assert all(case.start.presence_id in case.truth and not case.anchors for case in first)


def test_which_way_people_walk_is_told_as_often_as_set(city):
    """Of tracklets long enough; of shorter ones nothing is told."""
    found = city.tracklets
    told, short = np.asarray(found.towards), np.asarray(found.length_ms) < 2990
    assert not told[short].any()
    assert (told[~short & (np.asarray(found.length_ms) > 3010)] == 0).mean() == pytest.approx(0.10, abs=0.01)


def test_which_way_people_walk_is_wrong_as_often_as_set():
    """Without and with mistakes the same city: as many of what is told differ as set, whatever is unclear."""
    plan = CityPlan(cameras=40, seed=100)
    told, true = (np.asarray(build_city(each).tracklets.towards) for each in (plan, replace(plan, direction_wrong=0.0)))
    assert ((told == 0) == (true == 0)).all()
    assert (told != true).mean() == pytest.approx(0.03, abs=0.01)


def test_people_go_to_and_fro(city):
    """About as many walk towards cameras as away from them: whoever goes out comes home."""
    told = np.asarray(city.tracklets.towards)
    assert (told > 0).sum() / (told != 0).sum() == pytest.approx(0.5, abs=0.02)


def test_who_walks_away_is_next_seen_farther_on(city):
    """Next seen within two minutes, at another camera: where this camera looks for who walks away, behind it else."""
    found, views, streets = city.tracklets, city.views, city.streets
    camera = np.searchsorted(found.first, np.arange(len(found)), side="right") - 1
    rows = np.lexsort((found.start_ms, found.person))
    here, there = rows[:-1], rows[1:]
    soon = (found.person[here] >= 0) & (found.person[here] == found.person[there]) & (found.towards[here] != 0)
    soon &= (found.start_ms[there] - found.start_ms[here] < 120_000) & (camera[here] != camera[there])
    here, there = here[soon], there[soon]
    ends = streets.nodes_m[streets.edges[views.edge]]
    middle = ends[:, 0] + (ends[:, 1] - ends[:, 0]) * ((views.near + views.far) / 2)[:, None]
    looks = np.where(views.forward[:, None], ends[:, 1] - ends[:, 0], ends[:, 0] - ends[:, 1])
    ahead = ((middle[camera[there]] - middle[camera[here]]) * looks[camera[here]]).sum(axis=1)
    clear = np.abs(ahead) > 20 * np.linalg.norm(looks[camera[here]], axis=1)
    assert clear.sum() > 1000
    assert (np.sign(ahead) == -found.towards[here])[clear].mean() > 0.85


def test_paths_show_what_the_table_says(world):
    """The box of a presence grows where the table has it come towards the camera."""
    case = world.cases(1, 100, 1, Start.RECORDS)[0]
    spans = world.index.read_spans([Reach(world.cameras[5].camera_id, case.window)]).take(np.arange(60))
    told = [find_towards(presence) for presence in world.index.read_chosen(spans)]
    assert set(told) == {-1, 0, 1}
    assert told == spans.towards.tolist()
