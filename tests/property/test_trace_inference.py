"""What must hold of path inference whatever the city: clocks, empty cameras, answers, false statements."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, reject, settings
from hypothesis import strategies as st

from casetrail.footage.cameras import Camera
from casetrail.model.geometry import LatLon
from casetrail.model.time import SECOND_US, UtcInterval
from casetrail.testing.small_city import CALIBRATION, CityPlan, build_small_city
from casetrail.trace.anchors import Anchor, AnchorKind
from casetrail.trace.case_trace import Answer
from casetrail.trace.inference import Surroundings, infer_trace
from casetrail.trace.topology import build_topology

seeds = st.integers(0, 10_000)
quickly = settings(deadline=None, max_examples=12)


def a_city(seed):
    """A small crowd on nine cameras for twenty minutes."""
    return build_small_city(CityPlan(side=3, people=8, hours=0.35, seed=seed))


def around(city, cameras=None, shift_us=0):
    """The whole city as surroundings."""
    topology = build_topology(cameras or city.cameras)
    passing = [sum(s.camera_id == c for s in city.descriptions.values()) + 0.5 for c in topology.camera_ids]
    interval = UtcInterval(city.interval.start_us + shift_us, city.interval.end_us + shift_us)
    return Surroundings(topology, np.array(passing) / interval.duration_s, interval)


def start(city):
    """Sightings, one confirmed, and a statement near another."""
    mine = sorted(city.truth, key=lambda p: city.descriptions[p].interval)
    if not mine:  # in one city of some hundreds no camera noticed the person at all
        reject()
    return list(city.descriptions.values()), {mine[0]: Answer.YES}, [city.statement_near(mine[-1])]


@quickly
@given(seeds)
def test_probabilities_are_probabilities(seed):
    """Every marginal lies between 0 and 1, the best case trace in time order."""
    city = a_city(seed)
    found = infer_trace(*start(city), around(city), CALIBRATION)
    assert ((found.probability >= 0) & (found.probability <= 1)).all()
    starts = [city.descriptions[p].interval.start_us for p in found.best]
    assert starts == sorted(starts)


@quickly
@given(seeds, st.integers(-(10**6), 10**6))
def test_shifting_all_clocks_together_changes_nothing(seed, shift_s):
    """Only differences of time matter."""
    city, shift_us = a_city(seed), shift_s * SECOND_US
    sightings, answers, anchors = start(city)
    moved = [replace(s, interval=moved_by(s.interval, shift_us)) for s in sightings]
    moved_anchors = [replace(a, interval=moved_by(a.interval, shift_us)) for a in anchors]
    before = infer_trace(sightings, answers, anchors, around(city), CALIBRATION)
    after = infer_trace(moved, answers, moved_anchors, around(city, shift_us=shift_us), CALIBRATION)
    assert after.probability == pytest.approx(before.probability, abs=1e-9)
    assert after.best == before.best


@quickly
@given(seeds)
def test_a_camera_that_nobody_passes_changes_next_to_nothing(seed):
    """Far away and empty, it leaves the best case trace and the order of candidates alone."""
    city = a_city(seed)
    far = Camera("Z-FAR", place=LatLon(37.9, 126.8))
    before = infer_trace(*start(city), around(city), CALIBRATION)
    after = infer_trace(*start(city), around(city, [*city.cameras, far]), CALIBRATION)
    assert after.best == before.best
    assert after.probability == pytest.approx(before.probability, abs=0.05)


@quickly
@given(seeds)
def test_confirming_the_most_probable_candidate_never_lowers_it(seed):
    """A yes is evidence for what was asked."""
    city = a_city(seed)
    sightings, answers, anchors = start(city)
    before = infer_trace(sightings, answers, anchors, around(city), CALIBRATION).probability_of()
    best = max((p for p in before if p not in answers), key=lambda p: before[p])
    after = infer_trace(sightings, {**answers, best: Answer.YES}, anchors, around(city), CALIBRATION).probability_of()
    assert after[best] >= before[best] - 1e-9


@quickly
@given(seeds)
def test_a_false_statement_does_not_lose_the_person(seed):
    """With two sightings confirmed, a statement far from the truth is disbelieved and the trace stays."""
    city = a_city(seed)
    mine = sorted(city.truth, key=lambda p: city.descriptions[p].interval)
    assume(len(mine) > 1)
    answers = dict.fromkeys(mine[:3], Answer.YES)
    middle = city.descriptions[mine[1]].interval
    false = Anchor(AnchorKind.TESTIMONY, middle, LatLon(37.6, 126.9), 50.0, 0.7)
    found = infer_trace(list(city.descriptions.values()), answers, [false], around(city), CALIBRATION)
    without = infer_trace(list(city.descriptions.values()), answers, [], around(city), CALIBRATION)
    assert set(answers) <= set(found.best)
    assert found.probability == pytest.approx(without.probability, abs=0.05)
    assert found.anchor_probability[0] < 0.05


def test_casts_of_cameras_do_not_lose_the_person():
    """A cast that each camera puts on everybody leaves most of the person's unconfirmed sightings probable."""
    probable = [mean_probability(seed, cast) for seed in range(6) for cast in (0.0, 0.8)]
    assert np.mean(probable[::2]) > 0.85
    assert np.mean(probable[1::2]) > 0.65


def mean_probability(seed, cast):
    """Of the person's sightings that nobody confirmed, in a city whose cameras have casts."""
    city, rng = a_city(seed), np.random.default_rng(seed)
    sightings, answers, anchors = start(city)
    size = len(sightings[0].embedding)
    casts = {camera.camera_id: rng.normal(size=size) * cast / np.sqrt(size) for camera in city.cameras}
    seen = [replace(each, embedding=unit(each.embedding + casts[each.camera_id])) for each in sightings]
    found = infer_trace(seen, answers, anchors, around(city), CALIBRATION).probability_of()
    return np.mean([found[presence_id] for presence_id in sorted(city.truth - set(answers))])


def unit(vector):
    """At length 1."""
    return (vector / np.linalg.norm(vector)).astype(np.float32)


def moved_by(interval, shift_us):
    """The interval so much later."""
    return UtcInterval(interval.start_us + shift_us, interval.end_us + shift_us)
