"""Frame by frame: which detection belongs to whom. Sure detections first, then doubtful ones.

The two stages follow Zhang et al., "ByteTrack: Multi-Object Tracking by Associating Every Detection Box"
(2022): a doubtful detection may continue a chain but never start one. What a pair costs takes in how much is known
of the person: who was just met may be anywhere near, whom one follows for long may not.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import linear_sum_assignment

from casetrail.model.arrays import Doubles, Flags, Floats
from casetrail.model.geometry import box_overlap
from casetrail.presence.detector import Detections
from casetrail.presence.motion import Motion, start_motion, surprise, uncertainty
from casetrail.presence.tracklets import foot_height_width, to_xyxy

FORBIDDEN = 1e6

Chain = list[tuple[int, int]]
"""Detections of one person: position of the frame and of the detection in it, by frame."""


@dataclass(frozen=True)
class AssociationRules:
    """When a detection may continue a chain. Confidences 0..1; times in seconds."""

    sure: float = 0.6
    doubtful: float = 0.2
    first: float = 0.7
    waits_s: float = 1.0
    farthest: float = 16.0
    least_overlap: float = 0.1
    doubtful_overlap: float = 0.45


@dataclass
class _Open:
    """A chain that may still grow, and the belief that it leads to."""

    motion: Motion
    seen_s: float
    chain: Chain = field(default_factory=list)

    def take(self, found: Detections, frame: int, index: int, time_s: float) -> None:
        value = foot_height_width(found.xyxy[index][None])[0]
        self.motion = self.motion.seen(value, trust=min(1.0, max(float(found.confidence[index]), 0.1)))
        self.seen_s = time_s
        self.chain.append((frame, index))


def associate(
    detections: Sequence[Detections], times_s: Doubles, rules: AssociationRules = AssociationRules()
) -> list[Chain]:
    """Chains of the detections in frames at `times_s` `(n,)` seconds, each closed after `waits_s` unseen."""
    opened: list[_Open] = []
    closed: list[_Open] = []
    for frame, (found, now) in enumerate(zip(detections, times_s, strict=True)):
        closed += [item for item in opened if now - item.seen_s > rules.waits_s]
        opened = [item for item in opened if now - item.seen_s <= rules.waits_s]
        opened += _step(opened, found, frame, float(now), rules)
    return [item.chain for item in closed + opened]


def _step(opened: list[_Open], found: Detections, frame: int, now: float, rules: AssociationRules) -> list[_Open]:
    for item in opened:
        item.motion = item.motion.at(now)
    free = np.ones(len(opened), bool)
    unused = found.confidence >= rules.sure
    _match(opened, found, frame, now, free, unused, (rules.least_overlap, rules.farthest))
    starts = [int(index) for index in np.flatnonzero(unused & (found.confidence >= rules.first))]
    unused = (found.confidence >= rules.doubtful) & (found.confidence < rules.sure)
    _match(opened, found, frame, now, free, unused, (rules.doubtful_overlap, rules.farthest))
    return [_start(found, index, frame, now) for index in starts]


def _match(
    opened: list[_Open],
    found: Detections,
    frame: int,
    now: float,
    free: Flags,
    unused: Flags,
    limits: tuple[float, float],
) -> None:
    """Assign free chains to unused detections at least cost; marks both as taken."""
    left, right = np.flatnonzero(free), np.flatnonzero(unused)
    cost = _cost([opened[index].motion for index in left], found.xyxy[right], *limits)
    for row, column in zip(*linear_sum_assignment(cost), strict=True):
        if cost[row, column] >= FORBIDDEN:
            continue
        index, taken = int(left[row]), int(right[column])
        opened[index].take(found, frame, taken, now)
        free[index] = unused[taken] = False


def _cost(beliefs: list[Motion], xyxy: Floats, least_overlap: float, farthest: float) -> Doubles:
    """What each pair costs: surprise, and how little is known, beside how little the boxes overlap."""
    if not beliefs or not len(xyxy):
        return np.zeros((len(beliefs), len(xyxy)))
    expected = to_xyxy(np.stack([belief.mean[:, 0] for belief in beliefs]))
    overlap = box_overlap(expected, xyxy)
    distance = surprise(beliefs, foot_height_width(xyxy).astype(np.float64))
    cost = (1 - overlap) + (distance + uncertainty(beliefs)[:, None]) / farthest
    return np.where((distance > farthest) | (overlap < least_overlap), FORBIDDEN, cost)


def _start(found: Detections, index: int, frame: int, now: float) -> _Open:
    return _Open(start_motion(foot_height_width(found.xyxy[index][None])[0], now), now, [(frame, index)])
