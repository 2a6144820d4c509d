"""A simulated city as a world to trace people in (`casetrail.app.evaluate.world`)."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from casetrail.app.evaluate.world import Start, TrueHops, WorldCase, WorldSpec
from casetrail.footage.cameras import Camera
from casetrail.footage.streets import StreetGraph
from casetrail.model.arrays import Integers
from casetrail.model.errors import UsageError
from casetrail.model.time import SECOND_US, UtcInterval
from casetrail.presence.presences import MOST_VIEWS, Presence
from casetrail.presence.spans import PresenceSpans
from casetrail.sightings.describers import SimilarityCalibration
from casetrail.sightings.sightings import MaskReading, Sighting
from casetrail.testing.city.build import City, Tell, build_city
from casetrail.testing.city.calibration import calibrate
from casetrail.testing.city.clothing import Clothing, Rows, day_of_ms
from casetrail.testing.city.faces import Faces
from casetrail.testing.city.index import SimulatedIndex
from casetrail.testing.city.map import map_of
from casetrail.testing.city.plan import DAY_S, MODELS, START_US, CityPlan, Likeness
from casetrail.testing.city.records import find_outfits, lie, write_records
from casetrail.trace.anchors import Anchor

TAUGHT = 3  # one person in so many teaches contenders and is never an index case
LEAST_SEEN = 10  # tracklets a day: who is hardly ever filmed is nobody to trace


@dataclass(frozen=True)
class WorldOptions:
    """What a case has beside the city. `map`: streets and lines are known; `face`: consented faces may be compared;
    `false_statement`: somebody says, wrongly, where the person was; `most_views`: pointers of a presence at most.
    """

    map: int = 1
    face: int = 0
    false_statement: int = 0
    most_views: int = MOST_VIEWS


class SimulatedWorld:
    """The city behind the ports. Only `cases` and `city` know the truth."""

    def __init__(self, city: City, calibration: SimilarityCalibration, options: WorldOptions | None = None) -> None:
        self.city, self.calibration, self.options = city, calibration, options or WorldOptions()
        self.index = SimulatedIndex(city, self.options.most_views)

    @property
    def cameras(self) -> Sequence[Camera]:
        """Every camera."""
        return self.city.cameras

    @cached_property
    def streets(self) -> StreetGraph | None:
        """The map, unless this world has none."""
        return map_of(self.city.streets) if self.options.map else None

    @property
    def facts(self) -> Mapping[str, object]:
        """The plan and what came of it."""
        counted = {"people": self.city.people, "tracklets": len(self.city.tracklets)}
        return asdict(self.city.plan) | asdict(self.options) | counted

    def cases(self, count: int, seed: int, days: int, start: Start) -> Sequence[WorldCase]:
        """People who were filmed a few times at least, drawn at random."""
        if days > self.city.plan.days:
            raise UsageError(f"this city has {self.city.plan.days} days", where="--days")
        rng = np.random.default_rng([self.city.plan.seed, seed, 7])
        seen = np.diff(self.city.rows_first)
        able = np.flatnonzero((seen >= LEAST_SEEN * days) & (np.arange(len(seen)) % TAUGHT != 0))
        chosen = rng.choice(able, min(count, len(able)), replace=False)
        return [self._case(number, int(person), days, start, rng) for number, person in enumerate(chosen)]

    def hops(self, _seed: int) -> TrueHops:
        """Hops of a third of the people, index cases of no seed among them: those are drawn from the rest."""
        found = self.city.tracklets
        rows = np.asarray(self.city.rows[int(self.city.rows_first[0]) :], np.int64)
        person = found.person[rows]
        rows = rows[person % TAUGHT == 0]
        rows = rows[np.lexsort((found.start_ms[rows], found.person[rows]))]
        camera = np.searchsorted(found.first, rows, side="right") - 1
        end_ms = found.start_ms[rows] + found.length_ms[rows]
        same = found.person[rows][1:] == found.person[rows][:-1]
        seconds = (found.start_ms[rows][1:] - end_ms[:-1]) / 1000
        return TrueHops(camera[:-1][same], camera[1:][same], seconds[same])

    def _case(self, number: int, person: int, days: int, start: Start, rng: np.random.Generator) -> WorldCase:
        rows = self.city.rows_of(person)
        rows = rows[self.city.tracklets.start_ms[rows] < days * DAY_S * 1000]
        spans = self.index.spans_of(rows)
        records = write_records(self.city, person, days, rng)
        said = lie(self.city, person, days, rng) if self.options.false_statement else ()
        first = next(iter(self.index.read_chosen(spans.take(np.array([_closest(spans, records)])))))
        return WorldCase(
            f"C-{number:03d}",
            UtcInterval(START_US, START_US + days * DAY_S * SECOND_US),
            said if start is Start.SIGHTING else (*said, *records),
            None if start is Start.RECORDS_ALONE else first,
            _Describer(self.city, self.index, person, self.options),
            frozenset(spans.ids()),
            int(self.city.passes_of[person]),
            first,
        )


def _closest(spans: PresenceSpans, records: Sequence[Anchor]) -> int:
    """The sighting closest in time to the middle of the most exact record away from home."""
    away = [record for record in records if record.reference != "home"]
    record = min(away, key=lambda each: each.interval.duration_s)
    middle = (record.interval.start_us + record.interval.end_us) // 2
    return int(np.abs((spans.start_us + spans.end_us) // 2 - middle).argmin())


class _Describer:
    """Describes presences as they look beside one index case."""

    def __init__(self, city: City, index: SimulatedIndex, person: int, options: WorldOptions) -> None:
        self._city, self._index, self._most_views = city, index, options.most_views
        self._faces = Faces(city.plan.seed, person) if options.face else None
        self._clothing = Clothing(city.plan.likeness, city.plan.seed, person)

    def __call__(self, presences: Sequence[Presence], views: int) -> Sequence[Sighting]:
        """Sightings of the presences, in their order."""
        if not presences:
            return []
        names = np.array([presence.presence_id.encode() for presence in presences], "S16")
        rows = self._rows(names, views)
        vectors = self._clothing.describe(rows)
        compared = [(None, None)] * len(presences) if self._faces is None else self._faces.compare(rows)
        return [
            Sighting(
                presence.presence_id,
                presence.camera_id,
                presence.interval,
                vector,
                float(np.mean([view.quality for view in presence.views[: int(count)]])),
                int(count),
                MaskReading(),
                *face,
            )
            for presence, vector, count, face in zip(presences, vectors, rows.views, compared, strict=True)
        ]

    def _rows(self, names: Any, views: int) -> Rows:
        found = self._city.tracklets
        row: Integers = self._index.rows_named(names)
        person = found.person[row].astype(np.int64)
        start_ms = found.start_ms[row].astype(np.int64)
        return Rows(
            row=row,
            person=person,
            camera=np.searchsorted(found.first, row, side="right") - 1,
            day=day_of_ms(start_ms),
            outfit=find_outfits(self._city, person, start_ms),
            quality=found.quality[row].astype(np.float64),
            views=np.minimum(found.views[row].astype(np.int64), min(views, self._most_views)),
        )


def open_world(spec: WorldSpec, cache: Path | None = None, tell: Tell | None = None) -> SimulatedWorld:
    """The simulated world of a specification; its options are fields of `CityPlan`, `Likeness` and
    `WorldOptions`, and `model`, which chooses a whole `Likeness` by name.
    """
    beside = {name: text for name, text in spec.options.items() if name in _names(WorldOptions)}
    plan = plan_of(spec, {name: text for name, text in spec.options.items() if name not in beside})
    world_options: WorldOptions = _filled(WorldOptions(), beside)
    return SimulatedWorld(build_city(plan, cache, tell), calibrate(plan.likeness, plan.seed), world_options)


def plan_of(spec: WorldSpec, options: Mapping[str, str]) -> CityPlan:
    """The plan that options ask for. Raises UsageError when one is not known or not a number."""
    options = dict(options)
    model = options.pop("model", "default")
    if model not in MODELS:
        raise UsageError(f"no such model: {model!r}", where="--world-option", todo=f"one of {', '.join(MODELS)}")
    likeness = _filled(MODELS[model], {k: v for k, v in options.items() if k in _names(Likeness)})
    others = {k: v for k, v in options.items() if k not in _names(Likeness)}
    plan = CityPlan(cameras=spec.cameras, days=spec.days, seed=spec.seed, likeness=likeness)
    filled: CityPlan = _filled(plan, others)
    return filled


def _filled(value: Any, options: Mapping[str, str]) -> Any:
    unknown = next((name for name in options if name not in _names(type(value)) or name == "likeness"), None)
    if unknown is not None:
        raise UsageError(f"a simulated city has no option {unknown!r}", where="--world-option")
    try:
        return replace(value, **{name: type(getattr(value, name))(text) for name, text in options.items()})
    except ValueError as error:
        raise UsageError(f"not a number: {error}", where="--world-option") from error


def _names(kind: type) -> set[str]:
    return {field.name for field in fields(kind)}
