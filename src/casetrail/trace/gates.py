"""Gates: the cameras and times that a person could have reached, given what is known.

Between two fixes it is the space-time prism of time geography (Haegerstrand 1970), after the last and before the
first a cone that grows with time. Every fix that may be false also has a branch in which it is ignored.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from casetrail.governance.cases import Scope
from casetrail.model.arrays import Doubles
from casetrail.model.time import SECOND_US, UtcInterval
from casetrail.presence.index import Reach
from casetrail.trace.anchors import Anchor
from casetrail.trace.topology import Topology
from casetrail.trace.transit import view_slack_s

FIRM = 0.9  # below this reliability a fix may be ignored
CONE_S = 7200.0  # how far beyond the first and last fix a cone is followed before a new fix moves it
RUN_MPS = 3.0
ON_FOOT_M = 150.0
RIDE_MPS = 10.0


@dataclass(frozen=True)
class Fix:
    """Something known: the person left this place at `leave_us` at the earliest and reached it by `reach_us` at the
    latest. `gap_m` `(n,)`: walking metres to each camera. `seen`: the interval of a confirmed sighting.
    """

    leave_us: int
    reach_us: int
    gap_m: Doubles
    reliability: float
    seen: UtcInterval | None = None


@dataclass(frozen=True)
class Branch:
    """A gate under one belief about the unreliable fixes, and how likely that belief is."""

    weight: float
    reaches: tuple[Reach, ...]


@dataclass(frozen=True)
class Gate:
    """What may be opened: `reaches` of all branches joined, by camera and time, none overlapping another."""

    reaches: tuple[Reach, ...]
    branches: tuple[Branch, ...] = field(repr=False)

    @property
    def camera_hours(self) -> float:
        """How much footage the gate covers."""
        return sum(reach.interval.duration_s for reach in self.reaches) / 3600

    @property
    def camera_ids(self) -> tuple[str, ...]:
        """Cameras that the gate reaches."""
        return tuple(sorted({reach.camera_id for reach in self.reaches}))

    def open_s(self) -> dict[str, float]:
        """Seconds that the gate covers, by camera."""
        seconds = dict.fromkeys(self.camera_ids, 0.0)
        for reach in self.reaches:
            seconds[reach.camera_id] += reach.interval.duration_s
        return seconds


def fix_of_anchor(anchor: Anchor, topology: Topology) -> Fix:
    """An anchor as a fix: at some moment of its interval the person was there."""
    gap_m = topology.gaps_to_place_m(anchor.place, anchor.radius_m)
    return Fix(anchor.interval.start_us, anchor.interval.end_us, gap_m, anchor.reliability)


def fix_of_sighting(camera_id: str, interval: UtcInterval, topology: Topology, reliability: float) -> Fix:
    """A confirmed sighting as a fix: the person was in that view all the while."""
    (index,) = topology.indices([camera_id])
    here = Topology(
        (camera_id,), topology.points_m[[index]], topology.reach_m[[index]], topology.clock_s[[index]], topology.origin
    )
    return Fix(interval.end_us, interval.start_us, _gaps_from(here, topology), reliability, interval)


def build_gate(fixes: Sequence[Fix], topology: Topology, scope: Scope) -> Gate:
    """The gate that these fixes and the order's scope leave, every doubtful fix also ignored."""
    branches = [
        Branch(weight, _join(_reaches(_spans(kept, topology, scope), topology, scope)))
        for kept, weight in _beliefs(fixes)
    ]
    joined = _join(reach for branch in branches for reach in branch.reaches)
    return Gate(joined, tuple(branches))


def least_s(gap_m: Doubles) -> Doubles:
    """The least time in which anybody covers a distance: running at first, riding beyond; 0 where unknown."""
    known = np.nan_to_num(gap_m)
    return np.asarray(np.minimum(known, ON_FOOT_M) / RUN_MPS + np.maximum(known - ON_FOOT_M, 0) / RIDE_MPS)


def _gaps_from(here: Topology, topology: Topology) -> Doubles:
    straight = np.linalg.norm(topology.points_m[:, :, None] - here.points_m[0][None, None], axis=3)
    between = straight.reshape(len(topology.camera_ids), -1).min(axis=1) - topology.reach_m - here.reach_m[0]
    return np.asarray(np.where(np.isnan(between), np.nan, np.maximum(between, 0)))


def _beliefs(fixes: Sequence[Fix]) -> Iterable[tuple[list[Fix], float]]:
    """All fixes, each doubtful one left out, and all doubtful ones left out, with what each belief weighs."""
    ordered = sorted(fixes, key=lambda fix: fix.leave_us + fix.reach_us)
    doubtful = [fix for fix in ordered if fix.reliability < FIRM]
    left_out: list[list[Fix]] = [[], *[[fix] for fix in doubtful]]
    if len(doubtful) > 1:
        left_out.append(doubtful)
    weights = [_weight(doubtful, out) for out in left_out]
    for out, weight in zip(left_out, weights, strict=True):
        yield [fix for fix in ordered if not any(fix is other for other in out)], weight / sum(weights)


def _weight(doubtful: Sequence[Fix], out: Sequence[Fix]) -> float:
    parts = [1 - fix.reliability if any(fix is other for other in out) else fix.reliability for fix in doubtful]
    return float(np.prod(parts)) if parts else 1.0


def _spans(fixes: Sequence[Fix], topology: Topology, scope: Scope) -> list[tuple[Doubles, Doubles]]:
    """Start and end of each stretch at each camera, `(n,)` seconds since the start of the scope; empty if reversed."""
    zero, count = scope.interval.start_us, len(topology.camera_ids)
    if not fixes:
        return [(np.zeros(count), np.full(count, scope.interval.duration_s))]
    noise = 3.0 * (topology.clock_s + view_slack_s(topology.reach_m))
    leave = [(fix.leave_us - zero) / SECOND_US + least_s(fix.gap_m) - noise for fix in fixes]
    reach = [(fix.reach_us - zero) / SECOND_US - least_s(fix.gap_m) + noise for fix in fixes]
    earliest = (min(fixes[0].leave_us, fixes[0].reach_us) - zero) / SECOND_US - CONE_S
    latest = (max(fixes[-1].leave_us, fixes[-1].reach_us) - zero) / SECOND_US + CONE_S
    cones = [(np.full(count, earliest), reach[0]), (leave[-1], np.full(count, latest))]
    seen = [_overlapping(fix.gap_m, fix.seen, zero) for fix in fixes if fix.seen is not None]
    return cones + list(zip(leave[:-1], reach[1:], strict=True)) + seen


def _overlapping(gap_m: Doubles, seen: UtcInterval, zero: int) -> tuple[Doubles, Doubles]:
    """While somebody is in one view, they may also be in the views that it meets."""
    meets = np.nan_to_num(gap_m) <= 0
    start, end = (seen.start_us - zero) / SECOND_US, (seen.end_us - zero) / SECOND_US
    return np.where(meets, start, 1.0), np.where(meets, end, 0.0)


def _reaches(spans: Sequence[tuple[Doubles, Doubles]], topology: Topology, scope: Scope) -> Iterable[Reach]:
    for index, camera_id in enumerate(topology.camera_ids):
        if not scope.allows_camera(camera_id):
            continue
        for start_s, end_s in spans:
            start_us = scope.interval.start_us + round(float(start_s[index]) * SECOND_US)
            end_us = scope.interval.start_us + round(float(end_s[index]) * SECOND_US)
            if start_us < end_us and (part := UtcInterval(start_us, end_us).intersection(scope.interval)):
                yield Reach(camera_id, part)


def _join(reaches: Iterable[Reach]) -> tuple[Reach, ...]:
    """The same moments with no overlap, by camera and time."""
    joined: list[Reach] = []
    for reach in sorted(reaches, key=lambda r: (r.camera_id, r.interval)):
        last = joined[-1] if joined else None
        if last and last.camera_id == reach.camera_id and reach.interval.start_us <= last.interval.end_us:
            end_us = max(last.interval.end_us, reach.interval.end_us)
            joined[-1] = Reach(reach.camera_id, UtcInterval(last.interval.start_us, end_us))
        else:
            joined.append(reach)
    return tuple(joined)
