"""Reconciling other evidence: what the confirmed case trace supports, contradicts, or could not see."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from casetrail.model.arrays import Doubles
from casetrail.model.time import SECOND_US, UtcInterval
from casetrail.trace.anchors import Anchor
from casetrail.trace.case_trace import TraceStep
from casetrail.trace.places import SEEN, build_places, count_moments
from casetrail.trace.topology import Topology

SURE = 0.9


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
) -> tuple[Finding, ...]:
    """A finding per anchor. `confirmed`: reviewed steps in time order. `recorded`: footage that was searched."""
    steps = sorted(confirmed, key=lambda step: step.interval.start_us)
    return tuple(_reconcile(anchor, steps, cameras, recorded) for anchor in anchors)


def _reconcile(
    anchor: Anchor, steps: Sequence[TraceStep], cameras: Topology, recorded: Sequence[tuple[str, UtcInterval]]
) -> Finding:
    if anchor.place is None:
        return Finding(anchor, Status.NOT_OBSERVABLE, None, "it names no place")
    near = _views_at(anchor, cameras)
    fitting = [s for s in steps if s.camera_id in near and s.interval.overlaps(_with_clock(anchor.interval))]
    if fitting:
        best = max(fitting, key=lambda step: step.probability)
        return Finding(
            anchor,
            Status.SUPPORTED,
            best.probability,
            f"confirmed at camera {best.camera_id} then",
            (best.presence_id,),
        )
    possible, deciding = _possible(anchor, steps, cameras)
    if possible <= 1 - SURE:
        why = f"confirmed at {' and '.join(f'camera {s.camera_id}' for s in deciding)}, too far to have been there"
        return Finding(anchor, Status.CONTRADICTED, 1 - possible, why, tuple(s.presence_id for s in deciding))
    return _unseen(anchor, near, steps, recorded)


def _unseen(
    anchor: Anchor, near: Sequence[str], steps: Sequence[TraceStep], recorded: Sequence[tuple[str, UtcInterval]]
) -> Finding:
    """No sighting either way: a place in view of several cameras that all recorded, without the person, says much."""
    if not near:
        return Finding(anchor, Status.NOT_OBSERVABLE, None, "no camera looks at the place")
    watched = {camera for camera, interval in recorded if camera in near and _covers(interval, anchor.interval)}
    if not watched:
        return Finding(anchor, Status.NOT_OBSERVABLE, None, "no footage of that place and time was searched")
    missed = (1 - SEEN) ** len(watched)
    if steps and 1 - missed >= SURE:
        why = f"{len(watched)} cameras look at the place and recorded, and the person was not confirmed there"
        return Finding(anchor, Status.CONTRADICTED, 1 - missed, why)
    return Finding(anchor, Status.NOT_OBSERVABLE, None, "not confirmed there; one camera alone may miss a person")


def _views_at(anchor: Anchor, cameras: Topology) -> list[str]:
    gap_m = cameras.gaps_to_place_m(anchor.place, anchor.radius_m)
    return [camera_id for camera_id, gap in zip(cameras.camera_ids, gap_m, strict=True) if gap <= 0]


def _with_clock(interval: UtcInterval) -> UtcInterval:
    return interval.widened(2.0)


def _covers(whole: UtcInterval, part: UtcInterval) -> bool:
    return whole.start_us <= part.start_us and part.end_us <= whole.end_us


def _possible(anchor: Anchor, steps: Sequence[TraceStep], cameras: Topology) -> tuple[float, tuple[TraceStep, ...]]:
    """Probability that somebody seen just before and after could have been at the place at its best moment."""
    moments = _moments_us(anchor)
    before = [max((s for s in steps if s.interval.start_us <= m), key=_start, default=None) for m in moments]
    after = [min((s for s in steps if s.interval.start_us > m), key=_start, default=None) for m in moments]
    best = -1.0
    deciding: tuple[TraceStep, ...] = ()
    for moment, last, following in zip(moments, before, after, strict=True):
        chance = _chance(anchor, cameras, moment, last, following)
        if chance > best:
            best, deciding = chance, tuple(s for s in (last, following) if s is not None)
    return best, deciding


def _start(step: TraceStep) -> int:
    return step.interval.start_us


def _moments_us(anchor: Anchor) -> Doubles:
    count = 4 * count_moments(anchor.interval.duration_s)
    return np.linspace(anchor.interval.start_us, anchor.interval.end_us, count)


def _chance(
    anchor: Anchor, cameras: Topology, moment: float, last: TraceStep | None, following: TraceStep | None
) -> float:
    near = [step.camera_id for step in (last, following) if step is not None]
    if not near:
        return 1.0
    places = build_places(cameras.only(sorted(set(near))), [anchor])
    here = np.array([len(places.cameras.camera_ids)])
    chance = 1.0
    if last is not None:
        seconds = np.array([max(moment - last.interval.end_us, 0) / SECOND_US])
        chance *= float(places.transit.arrived(places.cameras.indices([last.camera_id]), here, seconds)[0])
    if following is not None:
        seconds = np.array([max(following.interval.start_us - moment, 0) / SECOND_US])
        chance *= float(places.transit.arrived(here, places.cameras.indices([following.camera_id]), seconds)[0])
    return chance
