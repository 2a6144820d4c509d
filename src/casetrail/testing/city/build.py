"""Building a whole city from its plan, or taking it from files where it was built before."""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from casetrail.footage.cameras import Camera
from casetrail.model.arrays import Array, Integers
from casetrail.model.ids import stable_id
from casetrail.testing.city.cameras import Views, build_views
from casetrail.testing.city.passes import Passes, find_passes, join_passes
from casetrail.testing.city.people import Stays, build_people, walk_day
from casetrail.testing.city.plan import CityPlan, Likeness
from casetrail.testing.city.streets import Streets, build_streets
from casetrail.testing.city.tracklets import Tracklets, detection_chance, find_tracklets
from casetrail.testing.city.ways import Lookouts, Ways, build_lookouts, build_ways

CHUNK = 25_000  # people whose walks are found at once
PILOT = 2_000
FORM = 4  # of the files; another number builds anew
Tell = Callable[[str, int, int], None]


@dataclass(frozen=True)
class City:
    """A simulated city with its truth.

    `passes_of` `(people,)`: how often each truly passed a view. `rows`, `rows_first`: rows of the tracklets of each
    person, those of person `p` being `rows[rows_first[p]:rows_first[p + 1]]`, in order of row.
    """

    plan: CityPlan
    streets: Streets
    views: Views
    cameras: tuple[Camera, ...]
    tracklets: Tracklets
    stays: Stays
    passes_of: Array
    rows: Array
    rows_first: Array

    @property
    def people(self) -> int:
        """How many live here."""
        return len(self.passes_of)

    def rows_of(self, person: int) -> Integers:
        """Rows of a person's tracklets."""
        return np.sort(self.rows[self.rows_first[person] : self.rows_first[person + 1]]).astype(np.int64)


def build_city(plan: CityPlan, cache: Path | None = None, tell: Tell | None = None) -> City:
    """The city of a plan; with `cache`, kept in files of that folder and mapped into memory from there."""
    streets = build_streets(plan)
    views, cameras = build_views(streets, plan)
    held = None if cache is None else cache / _name(plan)
    if held is None or not (held / "done.json").is_file():
        columns = _simulate(plan, streets, views, tell)
        if held is None:
            return _assemble(plan, streets, views, cameras, columns)
        _write(held, plan, columns)
    found = {file.stem: np.load(file, mmap_mode="r") for file in held.glob("*.npy")}
    return _assemble(plan, streets, views, cameras, found)


def _name(plan: CityPlan) -> str:
    """How the folder of a plan is called; what people wear is not in the files."""
    walked = replace(plan, likeness=Likeness())
    return f"city-{plan.cameras}-{plan.days}-{plan.seed}-{stable_id(FORM, sorted(asdict(walked).items()))[:8]}"


def _simulate(plan: CityPlan, streets: Streets, views: Views, tell: Tell | None) -> dict[str, Array]:
    ways, lookouts = build_ways(streets, plan), build_lookouts(streets, views)
    count = _how_many(plan, streets, ways, lookouts, views)
    parts: list[Passes] = []
    stays: list[Stays] = []
    for first in range(0, count, CHUNK):
        if tell is not None:
            tell("people", first, count)
        some = min(CHUNK, count - first)
        passes, stayed = _walk_people(first, some, plan, streets, ways, lookouts, views)
        parts.append(passes)
        stays.append(stayed)
    passes = join_passes(parts)
    del parts
    tracklets = find_tracklets(passes, views, plan)
    return _columns(passes, tracklets, stays, count)


def _walk_people(
    first: int, count: int, plan: CityPlan, streets: Streets, ways: Ways, lookouts: Lookouts, views: Views
) -> tuple[Passes, Stays]:
    rng = np.random.default_rng([plan.seed, 4, first])
    people = build_people(first, count, streets, ways, rng)
    walked = [
        walk_day(people, day, streets, ways, np.random.default_rng([plan.seed, 5, day, first]))
        for day in range(plan.days)
    ]
    passes = join_passes([find_passes(walks, streets, ways, lookouts, views) for walks, _ in walked])
    stays = [stays for _, stays in walked]
    return passes, Stays(*(np.concatenate([getattr(each, name) for each in stays]) for name in _STAYS))


_STAYS = ("person", "node", "arrive_s", "leave_s", "at_home")


def _how_many(plan: CityPlan, streets: Streets, ways: Ways, lookouts: Lookouts, views: Views) -> int:
    """As many people as give the tracklets that are aimed at, judged by a few of them."""
    passes, _ = _walk_people(0, PILOT, replace(plan, days=1), streets, ways, lookouts, views)
    alone = replace(plan, days=1, crowding=0.0)
    noticed = detection_chance(passes, views, alone).sum() * 0.95  # a crowd hides about one in twenty
    each = float(noticed) * (1 + plan.split) / (1 - plan.false_share) / PILOT
    return max(round(plan.tracklets_per_hour * 24 * plan.cameras / each), 50)


def _columns(passes: Passes, tracklets: Tracklets, stays: list[Stays], count: int) -> dict[str, Array]:
    rows = np.argsort(tracklets.person, kind="stable").astype(np.int32)
    first = np.searchsorted(tracklets.person[rows], np.arange(count + 1))
    columns = {f"tracklet_{name}": getattr(tracklets, name) for name in _TRACKLETS}
    columns |= {f"stay_{name}": np.concatenate([getattr(each, name) for each in stays]) for name in _STAYS}
    by_person = np.argsort(columns["stay_person"], kind="stable")
    columns |= {f"stay_{name}": columns[f"stay_{name}"][by_person] for name in _STAYS}
    passes_of = np.bincount(passes.person, minlength=count).astype(np.int32)
    return columns | {"passes_of": passes_of, "rows": rows, "rows_first": first}


_TRACKLETS = ("first", "start_ms", "length_ms", "views", "quality", "towards", "person")


def _assemble(
    plan: CityPlan, streets: Streets, views: Views, cameras: tuple[Camera, ...], columns: Mapping[str, Array]
) -> City:
    tracklets = Tracklets(*(columns[f"tracklet_{name}"] for name in _TRACKLETS))
    stays = Stays(*(columns[f"stay_{name}"] for name in _STAYS))
    return City(
        plan, streets, views, cameras, tracklets, stays, columns["passes_of"], columns["rows"], columns["rows_first"]
    )


def _write(folder: Path, plan: CityPlan, columns: Mapping[str, Array]) -> None:
    """The last file says that the others are whole."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, column in columns.items():
        beside = folder / f"{name}.{os.getpid()}"
        with beside.open("wb") as file:
            np.save(file, column)
        beside.replace(folder / f"{name}.npy")
    (folder / "done.json").write_text(json.dumps(asdict(plan)), encoding="utf-8")
