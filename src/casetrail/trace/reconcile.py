"""Reconciling other evidence: what the confirmed case trace supports, contradicts, or could not see.

Probabilities are of the footage alone: how far a record is to be trusted otherwise is for the reader to weigh.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from casetrail.model.arrays import Doubles, Flags, Integers
from casetrail.model.geometry import LatLon
from casetrail.model.time import SECOND_US, UtcInterval
from casetrail.presence.spans import merge_intervals
from casetrail.trace.anchors import Anchor
from casetrail.trace.case_trace import TraceStep
from casetrail.trace.places import ANCHOR_CLOCK_S, SEEN
from casetrail.trace.topology import FARTHEST_M, KNOWN_REACH_M, Topology
from casetrail.trace.transit import transit_of_gaps, view_slack_s

SURE = 0.9
MOMENT_S, MOST_MOMENTS = 15.0, 400  # an interval is looked at so often, long ones less
CLOCKS = 2.0  # standard deviations of a camera's clock within which a sighting may have been in an interval
LEAST_CLOCK_S = 2.0
LOOKED_S = 300.0  # a view counts as searched when somebody who was there so close to the interval was opened
BETWEEN_FILES_S = 1.0  # recordings that follow each other so closely are one
RINGS = ((0.0, 1), (0.5, 6), (1.0, 12))  # spots of a place: shares of its radius, and how many
DIRECTIONS = 36  # a view is cut out by so many half-planes


class Status(StrEnum):
    """What the footage says about a statement or record."""

    SUPPORTED = "supported"
    CONTRADICTED = "contradicted"
    NOT_OBSERVABLE = "not observable"


@dataclass(frozen=True)
class Finding:
    """One anchor against the confirmed case trace. `probability` that it holds or fails, as `status` says; None when
    nothing can be said. `presence_ids` that decide it.
    """

    anchor: Anchor
    status: Status
    probability: float | None
    why: str
    presence_ids: tuple[str, ...] = ()


def reconcile_anchors(
    anchors: Sequence[Anchor],
    confirmed: Sequence[TraceStep],
    cameras: Topology,
    recorded: Sequence[tuple[str, UtcInterval]] = (),
    opened: Sequence[tuple[str, UtcInterval]] = (),
) -> tuple[Finding, ...]:
    """A finding per anchor. `confirmed`: reviewed steps. `recorded`: footage there is, by camera. `opened`: presences
    that were opened: only where some were was anything searched, and silence may say something.
    """
    known = set(cameras.camera_ids)
    steps = sorted((s for s in confirmed if s.camera_id in known), key=lambda step: step.interval.start_us)
    footage = _Footage(recorded, opened)
    return tuple(_reconcile(anchor, steps, cameras, footage) for anchor in anchors)


@dataclass(frozen=True)
class _Footage:
    recorded: Sequence[tuple[str, UtcInterval]]
    opened: Sequence[tuple[str, UtcInterval]]

    def searched(self, camera_ids: Sequence[str], part: UtcInterval) -> list[str]:
        """Those cameras that recorded all of an interval, and of which something close to it was opened."""
        close = part.widened(LOOKED_S)
        opened = {camera for camera, interval in self.opened if interval.overlaps(close)}
        wanted = opened & set(camera_ids)
        by_camera: dict[str, list[UtcInterval]] = {camera: [] for camera in wanted}
        for camera, interval in self.recorded:
            if camera in wanted and interval.overlaps(part):
                by_camera[camera].append(interval.widened(BETWEEN_FILES_S))
        return sorted(camera for camera, intervals in by_camera.items() if _cover(intervals, part))


def _reconcile(anchor: Anchor, steps: Sequence[TraceStep], cameras: Topology, footage: _Footage) -> Finding:
    if anchor.place is None:
        return Finding(anchor, Status.NOT_OBSERVABLE, None, "it names no place")
    near = _views_at(anchor, anchor.place, cameras)
    fitting = _fitting(anchor, steps, cameras, near)
    if fitting:
        best = max(fitting, key=lambda step: step.probability)
        why = f"confirmed at camera {best.camera_id} then"
        return Finding(anchor, Status.SUPPORTED, best.probability, why, (best.presence_id,))
    possible, deciding = _possible(anchor, steps, cameras)
    if possible <= 1 - SURE:
        why = f"confirmed at {' and '.join(f'camera {s.camera_id}' for s in deciding)}, too far to have been there"
        return Finding(anchor, Status.CONTRADICTED, 1 - possible, why, tuple(s.presence_id for s in deciding))
    return _unseen(anchor, steps, cameras.only(near), footage)


def _views_at(anchor: Anchor, place: LatLon, cameras: Topology) -> list[str]:
    """Cameras that look at the place or at a part of it."""
    near = cameras.gaps_to_place_m(place, anchor.radius_m) <= 0
    close = np.flatnonzero(cameras.gaps_to_place_m(place, anchor.radius_m + FARTHEST_M) <= 0)
    seen = _sees(cameras.only([cameras.camera_ids[int(row)] for row in close]), _spots(anchor, place, cameras))
    near[close] |= seen.any(axis=1)
    return [cameras.camera_ids[int(row)] for row in np.flatnonzero(near)]


def _fitting(anchor: Anchor, steps: Sequence[TraceStep], cameras: Topology, near: Sequence[str]) -> list[TraceStep]:
    """Sightings at the place and within the interval, as far as the cameras' clocks tell."""
    there = [step for step in steps if step.camera_id in near]
    clock_s = cameras.clock_s[cameras.indices([step.camera_id for step in there])]
    slack_s = np.maximum(CLOCKS * np.hypot(clock_s, ANCHOR_CLOCK_S), LEAST_CLOCK_S).tolist()
    return [
        step
        for step, slack in zip(there, slack_s, strict=True)
        if step.interval.overlaps(anchor.interval.widened(slack))
    ]


def _unseen(anchor: Anchor, steps: Sequence[TraceStep], there: Topology, footage: _Footage) -> Finding:
    """No sighting either way. Silence says much only where several searched cameras see all of the place: who is near
    a view, or behind a door beside it, is not in it. `there`: the cameras that look at the place.
    """
    if not there.camera_ids or anchor.place is None:
        return Finding(anchor, Status.NOT_OBSERVABLE, None, "no camera looks at the place")
    names = footage.searched(there.camera_ids, anchor.interval)
    if not names:
        return Finding(anchor, Status.NOT_OBSERVABLE, None, "no footage of that place and time was searched")
    seen = _sees(there.only(names), _spots(anchor, anchor.place, there))
    missed = float(((1 - SEEN) ** seen.sum(axis=0)).mean())
    if steps and 1 - missed >= SURE:
        watching = int(seen.any(axis=1).sum())
        why = f"{watching} cameras see the place and were searched, and the person was not confirmed there"
        return Finding(anchor, Status.CONTRADICTED, 1 - missed, why)
    return Finding(anchor, Status.NOT_OBSERVABLE, None, "not confirmed there; the cameras there may miss a person")


def _spots(anchor: Anchor, place: LatLon, cameras: Topology) -> Doubles:
    """Spots all over a place `(q, 2)`, metres on the cameras' plane."""
    away = [
        (share * np.cos(turn), share * np.sin(turn))
        for share, count in RINGS
        for turn in 2 * np.pi * np.arange(count) / count
    ]
    middle = (0.0, 0.0) if cameras.origin is None else place.offset_m(cameras.origin)
    return np.asarray(np.array(middle) + anchor.radius_m * np.array(away))


def _sees(cameras: Topology, spots_m: Doubles) -> Flags:
    """Which cameras see which spots, `(n, q)`; of a camera about which it is not known where it looks, none."""
    angles = 2 * np.pi * np.arange(DIRECTIONS) / DIRECTIONS
    outward = np.stack([np.cos(angles), np.sin(angles)])
    far = (cameras.points_m @ outward).max(axis=1) + cameras.reach_m[:, None]
    inside = ((spots_m @ outward)[None] <= far[:, None]).all(axis=2)
    return np.asarray(inside & (cameras.reach_m <= KNOWN_REACH_M)[:, None])


def _cover(intervals: Sequence[UtcInterval], part: UtcInterval) -> bool:
    """Whether intervals, joined where they meet, cover a part."""
    starts, ends = merge_intervals(intervals)
    return bool(((starts <= part.start_us) & (part.end_us <= ends)).any())


def _possible(anchor: Anchor, steps: Sequence[TraceStep], cameras: Topology) -> tuple[float, tuple[TraceStep, ...]]:
    """Probability that somebody seen just before and after could have been at the place at its best moment."""
    if not steps:
        return 1.0, ()
    moments = _moments_us(anchor)
    start = np.array([step.interval.start_us for step in steps], np.float64)
    following = np.asarray(np.searchsorted(start, moments, side="right"), np.int64)
    chance = _chances(anchor, steps, cameras, moments, following)
    best = int(chance.argmax())
    after = int(following[best])
    return float(chance[best]), tuple(steps[max(after - 1, 0) : after + 1])


def _moments_us(anchor: Anchor) -> Doubles:
    count = int(np.clip(np.ceil(anchor.interval.duration_s / MOMENT_S) + 1, 2, MOST_MOMENTS))
    return np.linspace(anchor.interval.start_us, anchor.interval.end_us, count)


def _chances(
    anchor: Anchor, steps: Sequence[TraceStep], cameras: Topology, moments: Doubles, following: Integers
) -> Doubles:
    """For each moment, whether there was time from the last sighting before it, and to the next; a sighting that is
    not the person's after all forbids nothing.
    """
    here = cameras.only([step.camera_id for step in steps])
    place = len(steps)
    gap_m = np.full((place + 1, place + 1), np.nan)
    gap_m[:place, place] = here.gaps_to_place_m(anchor.place, anchor.radius_m)
    clock_s, slack_s = np.append(here.clock_s, ANCHOR_CLOCK_S), np.append(view_slack_s(here.reach_m), 0.0)
    transit = transit_of_gaps(gap_m, clock_s, slack_s, np.zeros_like(gap_m))
    start, end = (np.array([getattr(s.interval, name) for s in steps], np.float64) for name in ("start_us", "end_us"))
    right = np.array([step.probability for step in steps])
    row, now = np.concatenate([following - 1, following]), np.tile(moments, 2)
    known = np.flatnonzero((row >= 0) & (row < place))
    at = row[known]
    apart_s = np.maximum(np.maximum(now[known] - end[at], start[at] - now[known]), 0) / SECOND_US
    to_place = np.full(len(at), place)
    in_time = np.where(np.isnan(gap_m[at, place]), 1.0, transit.arrived(at, to_place, apart_s))
    chance = np.ones(len(row))
    chance[known] = 1 - right[at] * (1 - in_time)
    return np.asarray(chance.reshape(2, -1).prod(axis=0))
