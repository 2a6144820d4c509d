"""Ten cases of a simulated city traced at once on one machine, one of them with far more to do, as JSON.

usage: python benchmarks/ten_at_once.py [--cameras 1000] [--cases 10] [--budget 5000] [--heavy 20000] [--view-ms 17]

The engine's own time is measured. Describing is not done but reckoned: what the simulated city took for it is taken
off the clock, and `--view-ms` for every view put on. One step at a time, so nothing overlaps. Only what is opened
before the first question is measured: reviewers take longer than machines.
"""

import argparse
import json
import resource
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from casetrail.app.evaluate.metering import Meter
from casetrail.app.evaluate.world import Start, World, WorldCase, WorldSpec
from casetrail.app.paced_case import PacedCase
from casetrail.app.run_cases import Priority, RunState, run_cases
from casetrail.app.settings import Settings
from casetrail.bootstrap import open_world
from casetrail.testing.city.office import ACTOR, stage_world_case

DAYS = 1


@dataclass(frozen=True)
class Clock:
    """Seconds that have passed, with describing reckoned at so many milliseconds a view."""

    meters: Sequence[Meter]
    view_ms: float

    def __call__(self) -> float:
        """Now."""
        reckoned_s = sum(meter.views for meter in self.meters) * self.view_ms / 1000
        return time.perf_counter() + reckoned_s - sum(meter.seconds for meter in self.meters)


def main() -> None:
    """Print what was measured as JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--cameras", type=int, default=1000)
    parser.add_argument("--cases", type=int, default=10)
    parser.add_argument("--budget", type=int, default=5000)
    parser.add_argument("--heavy", type=int, default=20_000, help="views of the first case")
    parser.add_argument("--view-ms", type=float, default=17.0)
    parser.add_argument("--seed", type=int, default=100)
    options = parser.parse_args()
    world = open_world(WorldSpec(options.cameras, DAYS, options.seed), Settings())
    cases = world.cases(options.cases, options.seed, DAYS, Start.RECORDS)
    print(json.dumps(measure(world, cases, options), indent=1))


def measure(world: World, cases: Sequence[WorldCase], options: argparse.Namespace) -> dict[str, Any]:
    """How long each case took at once with the others, and how long the light ones take without the heavy one."""
    together, views = _run(world, cases, [options.heavy, *[options.budget] * (len(cases) - 1)], options.view_ms)
    without, _ = _run(world, cases[1:], [options.budget] * (len(cases) - 1), options.view_ms)
    return {
        "cameras": options.cameras,
        "view_ms": options.view_ms,
        "cases": [{**told, "views": spent} for told, spent in zip(together, views, strict=True)],
        "all_ended_s": max(told["ended_s"] for told in together),
        "light_ended_s": max(told["ended_s"] for told in together[1:]),
        "light_without_heavy_s": max(told["ended_s"] for told in without),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def _run(
    world: World, cases: Sequence[WorldCase], budgets: Sequence[int], view_ms: float
) -> tuple[list[dict[str, Any]], list[int]]:
    meters = [Meter(case.describe, budget) for case, budget in zip(cases, budgets, strict=True)]
    works = [
        PacedCase(case.case_id, Priority.NORMAL, lambda c=case, m=meter: stage_world_case(world, c, m), ACTOR)
        for case, meter in zip(cases, meters, strict=True)
    ]
    told = run_cases(works, now_s=Clock(meters, view_ms))
    if any(each.state is not RunState.DONE for each in told):
        raise SystemExit("; ".join(each.failure for each in told if each.failure))
    rows = [{"steps": each.steps, "worked_s": each.worked_s, "ended_s": each.ended_s} for each in told]
    return rows, [meter.views for meter in meters]


if __name__ == "__main__":
    main()
