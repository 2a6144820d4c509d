"""Frame by frame: which detection belongs to whom. Sure detections first, then doubtful ones.

The two stages follow Zhang et al., "ByteTrack: Multi-Object Tracking by Associating Every Detection Box"
(2022): a doubtful detection may continue a chain but never start one. What a pair costs takes in how much is known
of the person: who was just met may be anywhere near, whom one follows for long may not.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from casetrail.model.arrays import Array, Doubles, Flags, Floats, Integers
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
    """Chains that may still grow, the beliefs that they lead to, and when each was last seen, `(n,)` seconds."""

    motion: Motion
    seen_s: Doubles
    chains: list[Chain]

    def keep(self, stay: Flags) -> list[Chain]:
        """Let go of all others, and return their chains."""
        gone = [chain for chain, stays in zip(self.chains, stay, strict=True) if not stays]
        self.chains = [chain for chain, stays in zip(self.chains, stay, strict=True) if stays]
        self.motion, self.seen_s = self.motion.pick(stay), self.seen_s[stay]
        return gone

    def take(self, pairs: Sequence[tuple[int, int]], values: Doubles, confidence: Floats, frame: int) -> None:
        """Let chains grow by detections of a frame, pairs of positions of both."""
        if not pairs:
            return
        rows, taken = (np.array(side, np.int64) for side in zip(*pairs, strict=True))
        trust = np.clip(confidence[taken].astype(np.float64), 0.1, 1.0)
        self.motion = self.motion.put(rows, self.motion.pick(rows).seen(values[taken], trust))
        self.seen_s[rows] = self.motion.time_s[rows]
        for row, index in pairs:
            self.chains[row].append((frame, index))

    def begin(self, starts: Integers, values: Doubles, frame: int, now: float) -> None:
        """New chains of one detection each."""
        self.motion = self.motion.joined(start_motion(values[starts], now))
        self.seen_s = np.append(self.seen_s, np.full(len(starts), now))
        self.chains = self.chains + [[(frame, int(index))] for index in starts]


def associate(
    detections: Sequence[Detections], times_s: Doubles, rules: AssociationRules = AssociationRules()
) -> list[Chain]:
    """Chains of the detections in frames at `times_s` `(n,)` seconds, each closed after `waits_s` unseen."""
    opened = _Open(start_motion(np.zeros((0, 4)), 0.0), np.zeros(0), [])
    closed: list[Chain] = []
    for frame, (found, now) in enumerate(zip(detections, times_s.tolist(), strict=True)):
        closed += opened.keep(now - opened.seen_s <= rules.waits_s)
        _step(opened, found, frame, now, rules)
    return closed + opened.chains


def _step(opened: _Open, found: Detections, frame: int, now: float, rules: AssociationRules) -> None:
    opened.motion = opened.motion.at(now)
    values = foot_height_width(found.xyxy).astype(np.float64)
    cost = _Cost(opened.motion, found.xyxy, values, rules.farthest)
    free = np.ones(len(opened.chains), bool)
    unused = found.confidence >= rules.sure
    pairs = _match(cost, free, unused, rules.least_overlap)
    starts = np.flatnonzero(unused & (found.confidence >= rules.first))
    unused = (found.confidence >= rules.doubtful) & (found.confidence < rules.sure)
    pairs += _match(cost, free, unused, rules.doubtful_overlap)
    opened.take(pairs, values, found.confidence, frame)
    opened.begin(starts, values, frame, now)


def _match(cost: "_Cost", free: Flags, unused: Flags, least_overlap: float) -> list[tuple[int, int]]:
    """Free chains and unused detections, paired at least cost; marks both as taken."""
    left, right = np.flatnonzero(free), np.flatnonzero(unused)
    here = cost.between(left, right, least_overlap)
    rows, columns = linear_sum_assignment(here)
    good = here[rows, columns] < FORBIDDEN
    left, right = left[rows[good]], right[columns[good]]
    free[left] = unused[right] = False
    return list(zip(left.tolist(), right.tolist(), strict=True))


class _Cost:
    """What each pair costs: surprise, and how little is known, beside how little the boxes overlap."""

    def __init__(self, beliefs: Motion, xyxy: Floats, values: Doubles, farthest: float) -> None:
        expected: Array = beliefs.values
        self._overlap = box_overlap(to_xyxy(expected), xyxy)
        distance = surprise(beliefs, values)
        self._far = distance > farthest
        self._cost = (1 - self._overlap) + (distance + uncertainty(beliefs)[:, None]) / farthest

    def between(self, left: Integers, right: Integers, least_overlap: float) -> Doubles:
        """Of some chains and some detections; FORBIDDEN where they are too far apart."""
        some = np.ix_(left, right)
        return np.where(self._far[some] | (self._overlap[some] < least_overlap), FORBIDDEN, self._cost[some])
