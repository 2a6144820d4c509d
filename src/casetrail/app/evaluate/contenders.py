"""Contenders on the same ports as the engine: same cases, records, budget of views and reviewer.

`one-hop` is built as ReXCam (Jain et al. 2020) and Spatula (Jain et al. 2020) describe: shares and arrival windows of
every pair of cameras, learnt from true hops of other people of the same city, which no installation has; search of
correlated cameras from the last confirmed sighting, and replay with both relaxed on a miss; backwards as well.
`nearest`: whoever looks most alike anywhere, in order of time. `exhaustive`: everything that the records leave
reachable is described, whatever it costs, then asked about by similarity.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from casetrail.app.evaluate.hop_model import HopModel, build_hop_model
from casetrail.app.evaluate.metering import Meter
from casetrail.app.evaluate.reviewers import CaseReviewer
from casetrail.app.evaluate.scouting import Scout
from casetrail.app.evaluate.tracing import Outcome, Tracer
from casetrail.app.evaluate.world import World, WorldCase
from casetrail.model.time import SECOND_US, UtcInterval
from casetrail.presence.index import Reach
from casetrail.sightings.sightings import Sighting

LEVELS = ((0.05, 0.95), (0.005, 0.99))  # least share of a pair, and share of arrivals in the window; then relaxed
CLOCKS_S = 45.0
ASKS_PER_SEARCH = 2
LIKELY = 0.25  # similarity below which nobody is asked about
STEP_S = 60.0
NEAREST_LIKELY = 0.4
IN_VAIN = 12  # questions in a row with no yes after which asking by similarity stops


class Contender(StrEnum):
    """Which one."""

    ONE_HOP = "one-hop"
    NEAREST = "nearest"
    EXHAUSTIVE = "exhaustive"


@dataclass(frozen=True)
class OneHop:
    """Follows the last confirmed sighting to the cameras that people usually come to next, and came from."""

    model: HopModel

    def __call__(self, world: World, case: WorldCase, meter: Meter, reviewer: CaseReviewer) -> Outcome:
        """Trace one case."""
        scout = Scout(world, case, meter, reviewer)
        for seed in scout.seeds():
            for forward in (True, False):
                here: Sighting | None = seed
                while here is not None and meter.views < meter.budget:
                    here = self._step(scout, here, forward)
        return Outcome(frozenset(scout.confirmed))

    def _step(self, scout: Scout, here: Sighting, forward: bool) -> Sighting | None:
        """The next sighting, None after a miss at every level."""
        for share, arrived in LEVELS:
            reaches = self._reaches(scout, here, forward, share, arrived)
            found = scout.look(list(reaches), 1)
            yes = scout.ask_likeliest(found, ASKS_PER_SEARCH, LIKELY)
            if yes is not None:
                return yes
        return None

    def _reaches(self, scout: Scout, here: Sighting, forward: bool, share: float, arrived: float) -> Iterator[Reach]:
        hops = self.model.hops_from(here.camera_id, forward)
        for camera_id, window in hops.windows(share, arrived):
            low, high = (
                round((edge + wide) * SECOND_US) for edge, wide in zip(window, (-CLOCKS_S, CLOCKS_S), strict=True)
            )
            if forward:
                interval = UtcInterval(here.interval.end_us + low, here.interval.end_us + high)
            else:
                interval = UtcInterval(here.interval.start_us - high, here.interval.start_us - low)
            part = interval.intersection(scout.case.window)
            if part is not None:
                yield Reach(camera_id, part)


def trace_nearest(world: World, case: WorldCase, meter: Meter, reviewer: CaseReviewer) -> Outcome:
    """Look at everybody in the city, minute by minute after each confirmed sighting, and ask about the most alike."""
    scout = Scout(world, case, meter, reviewer)
    cameras = [camera.camera_id for camera in world.cameras]
    for seed in scout.seeds():
        at = seed.interval.end_us
        while at < case.window.end_us and meter.views < meter.budget:
            until = min(at + round(STEP_S * SECOND_US), case.window.end_us)
            found = scout.look([Reach(camera_id, UtcInterval(at, until)) for camera_id in cameras], 1)
            yes = scout.ask_likeliest(found, 1, NEAREST_LIKELY)
            at = until if yes is None else max(yes.interval.end_us, at + 1)
    return Outcome(frozenset(scout.confirmed))


def trace_exhaustively(world: World, case: WorldCase, meter: Meter, reviewer: CaseReviewer) -> Outcome:
    """Describe everything that the records leave reachable, whatever it costs; ask about the most alike."""
    meter.budget = 10**12
    scout = Scout(world, case, meter, reviewer)
    reaches = [Reach(camera.camera_id, case.window) for camera in world.cameras]
    next(iter(scout.seeds()), None)
    found = scout.look_at(scout.within_prisms(world.index.read_spans(reaches)), 1)
    vain = 0
    while vain < IN_VAIN:
        before = reviewer.questions
        yes = scout.ask_likeliest(found, 1, LIKELY)
        if reviewer.questions == before:
            break
        vain = vain + 1 if yes is None else 0
    return Outcome(frozenset(scout.confirmed))


def open_contender(name: Contender, world: World, seed: int) -> Tracer:
    """A contender, ready to trace. Raises UsageError where the world cannot teach it."""
    if name is Contender.ONE_HOP:
        return OneHop(build_hop_model(world, seed))
    return trace_nearest if name is Contender.NEAREST else trace_exhaustively
