"""Contenders on the same ports as the engine: same cases, records, budget of views and reviewer.

`one-hop` is built as ReXCam (Jain et al. 2020) and Spatula (Jain et al. 2020) describe: shares and arrival windows of
every pair of cameras, learnt from true hops of other people of the same city, which no installation has; search of
correlated cameras from the last confirmed sighting, and replay with both relaxed on a miss; backwards as well.
`nearest`: whoever looks most alike anywhere, in order of time. `exhaustive`: everything that the records leave
reachable is described, whatever it costs, then asked about by similarity.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from casetrail.app.evaluate.hop_model import HopModel, build_hop_model
from casetrail.app.evaluate.metering import Meter
from casetrail.app.evaluate.reviewers import CaseReviewer
from casetrail.app.evaluate.scouting import Scout
from casetrail.app.evaluate.tracing import Outcome, Tracer
from casetrail.app.evaluate.world import World, WorldCase
from casetrail.model.time import SECOND_US, UtcInterval
from casetrail.presence.index import PresenceSpans, Reach
from casetrail.sightings.sightings import Sighting

LEVELS = ((0.05, 0.95, 300), (0.003, 0.99, 800))  # least share of a pair, share of arrivals in its window, presences
CLOCKS_S = 45.0
ASKS_PER_SEARCH = 4
LIKELY = 0.2  # similarity below which nobody is asked about
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
        return Outcome(frozenset(scout.confirmed), given_lead=True)

    def _step(self, scout: Scout, here: Sighting, forward: bool) -> Sighting | None:
        """The next sighting, None after a miss at every level."""
        hops = self.model.hops_from(here.camera_id, forward)
        for least_share, arrived, most in LEVELS:
            parts = [
                (share, scout.world.index.read_spans([reach]))
                for camera_id, share, window in hops.windows(least_share, arrived)
                if (reach := _reach(scout, camera_id, here, window, forward)) is not None
            ]
            found = [each for spans in _likeliest(parts, most) for each in scout.look_at(spans, 1)]
            yes = scout.ask_likeliest(found, ASKS_PER_SEARCH, LIKELY)
            if yes is not None:
                return yes
        return None


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
    return Outcome(frozenset(scout.confirmed), given_lead=True)


def trace_exhaustively(world: World, case: WorldCase, meter: Meter, reviewer: CaseReviewer) -> Outcome:
    """Describe everything that the records leave reachable, whatever it costs; ask about the most alike."""
    meter.budget = 10**12
    scout = Scout(world, case, meter, reviewer)
    reaches = [Reach(camera.camera_id, case.window) for camera in world.cameras]
    next(iter(scout.seeds()), None)
    found = scout.look_at(scout.within_prisms(world.index.read_spans(reaches)), 1)
    ranking = scout.rank(found)
    vain = 0
    for sighting in ranking:
        vain = 0 if scout.ask(sighting) else vain + 1
        if vain >= IN_VAIN:
            break
    return Outcome(frozenset(scout.confirmed), given_lead=True)


def open_contender(name: Contender, world: World, seed: int) -> Tracer:
    """A contender, ready to trace. Raises UsageError where the world cannot teach it."""
    if name is Contender.ONE_HOP:
        return OneHop(build_hop_model(world, seed))
    return trace_nearest if name is Contender.NEAREST else trace_exhaustively


def _reach(scout: Scout, camera_id: str, here: Sighting, window: tuple[float, float], forward: bool) -> Reach | None:
    low, high = round((window[0] - CLOCKS_S) * SECOND_US), round((window[1] + CLOCKS_S) * SECOND_US)
    start, end = here.interval.end_us + low, here.interval.end_us + high
    if not forward:
        start, end = here.interval.start_us - high, here.interval.start_us - low
    part = UtcInterval(start, end).intersection(scout.case.window)
    return None if part is None else Reach(camera_id, part)


def _likeliest(parts: Sequence[tuple[float, PresenceSpans]], most: int) -> list[PresenceSpans]:
    """Of the presences in each camera's window the likeliest: its share, over how many there are."""
    odds = np.concatenate([np.full(len(spans), share / max(len(spans), 1)) for share, spans in parts] or [np.zeros(0)])
    least = np.sort(odds)[::-1][:most].min(initial=np.inf)
    return [spans for share, spans in parts if len(spans) and share / len(spans) >= least]
