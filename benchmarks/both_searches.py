"""The exact search and that of a city on the same simulated cases, as JSON: which is worth it for how many cameras.

usage: python benchmarks/both_searches.py [--cameras 20] [--tracklets 1] [--budget 500] [--seed 102] [--cases 4]
       [--start records] [--no-map] [--only exact|city]

`casetrail evaluate city` lets the scope decide (docs/adr/0034, 0035); here either search gets every case.
"""

import argparse
import json
from typing import Any

from casetrail.app.city_session import CitySession
from casetrail.app.evaluate.city import CityRun, evaluate_city
from casetrail.app.evaluate.engine_tracer import OpenSession, trace_with
from casetrail.app.evaluate.reviewers import Reviewer
from casetrail.app.evaluate.world import Start, WorldSpec
from casetrail.app.settings import Settings
from casetrail.app.trace_session import SmallSession
from casetrail.bootstrap import measure_describing, open_world
from casetrail.surfaces.cli.output import to_plain
from casetrail.testing.city.office import ACTOR, stage_world_case

SEARCHES: dict[str, OpenSession] = {
    "exact": lambda world, case, meter: SmallSession(stage_world_case(world, case, meter), case.case_id, ACTOR),
    "city": lambda world, case, meter: CitySession(stage_world_case(world, case, meter), case.case_id, ACTOR),
}
TOLD = (
    "route_recall",
    "route_precision",
    "questions_per_sighting",
    "views_described",
    "engine_seconds_p95",
    "first_trace_seconds_p95",
    "answer_seconds_p95",
)


def main() -> None:
    """Print what was measured as JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--cameras", type=int, default=20)
    parser.add_argument("--tracklets", type=float, default=1.0, help="of a camera in an hour")
    parser.add_argument("--budget", type=int, default=500)
    parser.add_argument("--seed", type=int, default=102)
    parser.add_argument("--cases", type=int, default=4)
    parser.add_argument("--start", type=Start, choices=list(Start), default=Start.RECORDS)
    parser.add_argument("--no-map", action="store_true")
    parser.add_argument("--only", choices=sorted(SEARCHES))
    options = parser.parse_args()
    wanted = [options.only] if options.only else sorted(SEARCHES)
    print(json.dumps({name: measure(name, options) for name in wanted}, indent=1))


def measure(name: str, options: argparse.Namespace) -> dict[str, Any]:
    """What one search reaches."""
    settings = Settings()
    changed = {"tracklets_per_hour": str(options.tracklets), "map": str(int(not options.no_map))}
    world = open_world(WorldSpec(options.cameras, 1, options.seed, "", changed), settings)
    run = CityRun(options.cases, 1, options.seed, options.budget, options.start, Reviewer.ERRING)
    found = to_plain(evaluate_city(world, run, trace_with(SEARCHES[name]), measure_describing(settings)))
    return {key: found[key] for key in TOLD}


if __name__ == "__main__":
    main()
