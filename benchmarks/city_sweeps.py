"""How tracing bears a larger city, poorer descriptions, more misses, crowds, wrong clocks and false statements.

usage: python benchmarks/city_sweeps.py run [--only NAME...] [--cases 5] [--cameras 1000] [--seed 101] [--out FILE]
       python benchmarks/city_sweeps.py draw [--source build/city.json] [--into docs/reference/city]

`run` measures every point with `casetrail evaluate city`'s own code, one after the other, and writes after each, so
that it may be stopped and goes on. `draw` makes the pictures and prints the tables of docs/reference/city.md.
"""

import argparse
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from casetrail import bootstrap
from casetrail.app.evaluate.city import CityRun, evaluate_city
from casetrail.app.evaluate.contenders import Contender, open_contender
from casetrail.app.evaluate.reviewers import Reviewer
from casetrail.app.evaluate.world import Start, WorldSpec
from casetrail.app.settings import Settings
from casetrail.surfaces.cli.output import to_plain

ROOT = Path(__file__).parents[1]
USUAL_CAMERAS, USUAL_BUDGET = 1000, 2000
MILLISECONDS = {"fast": 2.9, "default": 12.9, "accurate": 21.0}  # one thread, docs/reference/models; for the drawing


@dataclass(frozen=True)
class Point:
    """One measurement of a sweep: its place on the horizontal axis, and what differs from the usual."""

    sweep: str
    at: str
    cameras: int = USUAL_CAMERAS
    budget: int = USUAL_BUDGET
    days: int = 1
    options: dict[str, str] = field(default_factory=dict)
    start: Start = Start.RECORDS
    reviewer: Reviewer = Reviewer.ERRING
    contender: Contender | None = None
    most_cases: int = 100

    @property
    def name(self) -> str:
        """How it is kept."""
        return f"{self.sweep}/{self.at}"


def plan_points() -> Iterator[Point]:
    """Every measurement, those that are waited for most first."""
    for budget in (500, 2000, 5000):
        yield Point("usual", str(budget), budget=budget, contender=Contender.ONE_HOP)
    for name in ("poor", "near twins", "fast", "accurate", "first study"):
        yield Point("likeness", name, options={"model": name})
    for share in ("0.60", "0.70"):
        yield Point("detection", share, options={"detected": share})
    yield Point("statement", "false first", options={"false_statement": "1"})
    yield Point("reviewer", "oracle", reviewer=Reviewer.ORACLE)
    yield Point("start", "one sighting", start=Start.SIGHTING)
    yield Point("start", "records alone", start=Start.RECORDS_ALONE)
    for factor in ("0", "2"):
        yield Point("clocks", factor, options={"clocks": factor})
    for share in ("0.10", "0.20"):
        yield Point("false tracklets", share, options={"false_share": share})
    yield Point("crowding", "4", options={"crowding": "4"})
    for views in ("1", "2", "3"):
        yield Point("views", views, options={"most_views": views})
    yield Point("map", "none", options={"map": "0"})
    for face in ("0", "1"):
        yield Point("three days", f"face {face}", days=3, budget=3 * USUAL_BUDGET, options={"face": face})
    for cameras in (101, 10_820):  # with 100 at most, a case may be searched exactly
        for budget in (500, 2000, 5000, 20_000):
            yield Point("size", f"{cameras}/{budget}", cameras=cameras, budget=budget, most_cases=4)
    yield Point("contender", "nearest", contender=Contender.NEAREST)
    yield Point("contender", "exhaustive", contender=Contender.EXHAUSTIVE, most_cases=2)


def main() -> None:
    """Run or draw."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("what", choices=("run", "draw"))
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--cases", type=int, default=5)
    parser.add_argument("--seed", type=int, default=101)
    parser.add_argument("--cameras", type=int, default=USUAL_CAMERAS, help="of the points that are not about size")
    parser.add_argument("--out", "--source", dest="file", type=Path, default=ROOT / "build/city.json")
    parser.add_argument("--into", type=Path, default=ROOT / "docs/reference/city")
    options = parser.parse_args()
    if options.what == "run":
        run_points(options.file, set(options.only), options.cases, options.seed, options.cameras)
    else:
        from city_pictures import draw

        draw(json.loads(options.file.read_text(encoding="utf-8")), options.into)


def run_points(file: Path, only: set[str], cases: int, seed: int, cameras: int) -> None:
    """Measure what is not in the file yet, and keep it at once."""
    held = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    file.parent.mkdir(parents=True, exist_ok=True)
    for point in plan_points():
        if point.name in held or (only and not only & {point.sweep, point.name}):
            continue
        began = time.perf_counter()
        there = replace(point, cameras=cameras) if point.cameras == USUAL_CAMERAS else point
        held[point.name] = measure(there, min(cases, point.most_cases), seed) | {
            "took_s": round(time.perf_counter() - began, 1)
        }
        file.write_text(json.dumps(held, indent=1), encoding="utf-8")
        print(point.name, held[point.name]["route_recall"], held[point.name]["took_s"], flush=True)


def measure(point: Point, cases: int, seed: int) -> dict[str, Any]:
    """One point, as the command measures it."""
    settings = Settings()
    spec = WorldSpec(point.cameras, point.days, seed, "", point.options)
    world = bootstrap.open_world(spec, settings)
    run = CityRun(cases, point.days, seed, point.budget, point.start, point.reviewer)
    contender = None if point.contender is None else open_contender(point.contender, world, seed)
    other = None if contender is None or point.contender is None else (point.contender.value, contender)
    cost = bootstrap.measure_describing(settings)
    found: dict[str, Any] = to_plain(evaluate_city(world, run, bootstrap.open_city_tracer(), cost, other))
    return found


if __name__ == "__main__":
    main()
