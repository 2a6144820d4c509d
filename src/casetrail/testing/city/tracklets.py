"""From passes to tracklets: what a camera and a tracker make of the people who truly passed."""

from dataclasses import dataclass

import numpy as np

from casetrail.model.arrays import Array, Doubles, Flags
from casetrail.testing.city.cameras import Views
from casetrail.testing.city.passes import Passes
from casetrail.testing.city.plan import DAY_S, CityPlan

CROWD_S = 300.0
UNCROWDED = 4.0  # passes in that time that hide nobody
HIDDEN_EACH = 0.007
FAR_M, FAR_FACTOR = 40.0, 0.93
VIEW_EVERY_S = 4.0
MOST_VIEWS = 5
SHORT_S = 3.0  # nobody's direction is told of less
NOBODY = -1


@dataclass(frozen=True)
class Tracklets:
    """`n` tracklets by camera and time. `first` `(cameras + 1,)`: where each camera's rows begin.

    `start_ms`, `length_ms` int32 by the camera's clock since the first midnight; `views` uint8; `quality` float16;
    `towards` int8: which way somebody seems to walk, as in `PresenceSpans`.
    Truth beside it: `person` int32, below 0 for nobody.
    """

    first: Array
    start_ms: Array
    length_ms: Array
    views: Array
    quality: Array
    towards: Array
    person: Array

    def __len__(self) -> int:
        return len(self.person)


def detection_chance(passes: Passes, views: Views, plan: CityPlan) -> Doubles:
    """Chance that each pass becomes a tracklet: less at weak cameras, far away and in a crowd; 0 when not recorded."""
    bins = int(plan.days * DAY_S / CROWD_S) + 1
    cell = passes.camera.astype(np.int64) * bins + np.minimum((passes.enter_s / CROWD_S).astype(np.int64), bins - 1)
    crowd = np.bincount(cell, minlength=len(views.edge) * bins)[cell]
    hidden = np.exp(-HIDDEN_EACH * plan.crowding * np.maximum(crowd - UNCROWDED, 0))
    far = np.where(views.depth_m[passes.camera] > FAR_M, FAR_FACTOR, 1.0)
    return np.asarray(plan.detected * views.acuity[passes.camera] * far * hidden * _recorded(passes, views, plan))


def find_tracklets(passes: Passes, views: Views, plan: CityPlan) -> Tracklets:
    """What the presence index of the city holds."""
    rng = np.random.default_rng([plan.seed, 6])
    seen = rng.random(len(passes)) < detection_chance(passes, views, plan)
    person, camera = passes.person[seen], passes.camera[seen]
    start, end, towards = passes.enter_s[seen], passes.leave_s[seen], passes.towards[seen]
    start, end = _cut(start, end, rng.random(len(start)) < plan.cut, rng)
    which = rng.random(len(start)) < plan.split
    towards = np.concatenate([towards, towards[which]])
    person, camera, start, end = _split(person, camera, start, end, which, rng)
    person, camera, start, end = _with_false(person, camera, start, end, plan, rng)
    towards = _tell(towards, end - start, plan)
    start, end = _by_clock(camera, start, end, views)
    return _table(person, camera, start, end, towards, views, plan, rng)


def _recorded(passes: Passes, views: Views, plan: CityPlan) -> Flags:
    hour = np.clip((passes.enter_s / 3600).astype(np.int64), 0, plan.hours - 1)
    return np.asarray(views.recorded[passes.camera, hour] & (passes.enter_s < plan.hours * 3600))


def _cut(start: Array, end: Array, which: Flags, rng: np.random.Generator) -> tuple[Array, Array]:
    """A piece of up to two thirds is missing at one end."""
    lost = np.where(which, rng.uniform(0.1, 0.66, len(start)) * (end - start), 0.0)
    early = rng.random(len(start)) < 0.5
    return start + np.where(early, lost, 0), end - np.where(early, 0, lost)


def _split(
    person: Array, camera: Array, start: Array, end: Array, which: Flags, rng: np.random.Generator
) -> tuple[Array, ...]:
    """Two tracklets of one pass, with a moment between them."""
    middle = start + rng.uniform(0.3, 0.7, len(start)) * (end - start)
    first_end = np.where(which, middle - 0.5, end)
    return (
        np.concatenate([person, person[which]]),
        np.concatenate([camera, camera[which]]),
        np.concatenate([start, middle[which] + 0.5]),
        np.concatenate([first_end, end[which]]),
    )


def _with_false(
    person: Array, camera: Array, start: Array, end: Array, plan: CityPlan, rng: np.random.Generator
) -> tuple[Array, ...]:
    """Tracklets of nobody, where and when there is traffic; each thing that deceives has a number below 0."""
    count = round(len(person) * plan.false_share / (1 - plan.false_share))
    like = rng.integers(0, max(len(person), 1), count) if len(person) else np.zeros(0, np.int64)
    began = start[like] + rng.uniform(-1800, 1800, count)
    return (
        np.concatenate([person, (NOBODY - np.arange(count)).astype(np.int32)]),
        np.concatenate([camera, camera[like]]),
        np.concatenate([start, began]),
        np.concatenate([end, began + rng.gamma(2, 8, count) + 1]),
    )


def _tell(towards: Array, length_s: Array, plan: CityPlan) -> Array:
    """Which way each seems to walk: of something false (beyond the end of `towards`) any, of short ones none."""
    rng = np.random.default_rng([plan.seed, 8])  # of its own: nothing else of the city depends on what is told
    false = rng.choice(np.array([-1, 1], np.int8), len(length_s) - len(towards))
    kind = rng.random(len(length_s))
    told = np.concatenate([towards, false])
    told = np.where(kind < plan.direction_unclear + plan.direction_wrong, -told, told)
    return np.where((kind < plan.direction_unclear) | (length_s < SHORT_S), 0, told).astype(np.int8)


def _by_clock(camera: Array, start: Array, end: Array, views: Views) -> tuple[Array, Array]:
    """What the camera's clock shows."""
    wrong = views.offset_s[camera] + views.drift_s[camera] * start / DAY_S
    return start + wrong, end + wrong


def _table(
    person: Array,
    camera: Array,
    start: Array,
    end: Array,
    towards: Array,
    views: Views,
    plan: CityPlan,
    rng: np.random.Generator,
) -> Tracklets:
    start_ms = np.clip(np.round(start * 1000), 0, plan.days * DAY_S * 1000 - 1000).astype(np.int32)
    order = np.argsort(camera.astype(np.int64) * (plan.days * DAY_S * 1000) + start_ms, kind="stable")
    length_ms = np.maximum(np.round((end - start) * 1000), 400).astype(np.int32)[order]
    camera, start_ms = camera[order], start_ms[order]
    count = np.clip(length_ms // int(VIEW_EVERY_S * 1000) + 1, 1, MOST_VIEWS).astype(np.uint8)
    return Tracklets(
        np.searchsorted(camera, np.arange(len(views.edge) + 1)),
        start_ms,
        length_ms,
        count,
        _quality(camera, start_ms, views, rng).astype(np.float16),
        towards[order],
        person[order].astype(np.int32),
    )


def _quality(camera: Array, start_ms: Array, views: Views, rng: np.random.Generator) -> Doubles:
    """Of the best view: worse far away and at night."""
    hour = start_ms // 3_600_000 % 24
    mean = 0.68 - 0.004 * (views.depth_m[camera] - 25) - np.where((hour < 6) | (hour >= 20), 0.08, 0.0)
    return np.clip(mean + rng.normal(0, 0.14, len(camera)), 0.1, 0.98)
