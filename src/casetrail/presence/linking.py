"""Looking both ways: joining fragments of tracklets over gaps, because a recording can be read to its end.

Each possible join is weighed as evidence: how well the motion before the gap explains place and velocity
after it (the same Kalman model as inside a tracklet), against somebody new appearing there by chance. The
joins are then chosen together (Kuhn, "The Hungarian Method for the Assignment Problem", 1955), and a join
with a rival that is nearly as good is not made: a cut costs a fragment, a wrong join costs an identity.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from casetrail.model.arrays import Doubles
from casetrail.presence.motion import MEASURED, WALKING, Motion, start_motion
from casetrail.presence.tracklets import Tracklet, foot_height_width, join_tracklets

REMEMBERED_S = 2.0
FORBIDDEN = 1e6


@dataclass(frozen=True)
class LinkRules:
    """When two fragments are one person. Evidence is a natural logarithm of a ratio; times in seconds."""

    longest_s: float = 6.0
    unseen_s: float = 2.5
    least_evidence: float = 2.0
    doubt: float = 0.7
    at_border: float = 2.0


def link(
    tracklets: Sequence[Tracklet], times_s: Doubles, image_wh: tuple[int, int], rules: LinkRules = LinkRules()
) -> list[Tracklet]:
    """The tracklets with the fragments of one person joined; gaps stay gaps. `times_s` `(n,)` of all frames."""
    joined = list(tracklets)
    for longest_s in (rules.longest_s / 4, rules.longest_s):
        joined = _link_once(joined, times_s, image_wh, rules, longest_s)
    return joined


def _link_once(
    tracklets: list[Tracklet], times_s: Doubles, image_wh: tuple[int, int], rules: LinkRules, longest_s: float
) -> list[Tracklet]:
    if len(tracklets) < 2:
        return tracklets
    evidence = _weigh_all(tracklets, times_s, image_wh, rules, longest_s)
    follower = _choose(evidence, rules)
    return _chains(tracklets, follower)


def _weigh_all(
    tracklets: list[Tracklet], times_s: Doubles, image_wh: tuple[int, int], rules: LinkRules, longest_s: float
) -> Doubles:
    """Evidence `(n, n)` that the column follows the row; minus infinity where it cannot."""
    ends = [_belief(item, times_s, backwards=False) for item in tracklets]
    starts = [_belief(item, times_s, backwards=True) for item in tracklets]
    evidence = np.full((len(tracklets), len(tracklets)), -np.inf)
    for row, end in enumerate(ends):
        for column, start in enumerate(starts):
            gap_s = start.time_s - end.time_s
            if 0 < gap_s <= longest_s:
                borders = _nearness(end, image_wh) + _nearness(start, image_wh)
                evidence[row, column] = (
                    _weigh(end, start, image_wh) - gap_s / rules.unseen_s - rules.at_border * borders
                )
    return evidence


def _belief(tracklet: Tracklet, times_s: Doubles, *, backwards: bool) -> Motion:
    """Motion at the last row (or, backwards, at the first) from the rows of the nearest two seconds."""
    step = -1 if backwards else 1
    moments = times_s[tracklet.frame]
    edge = moments[0] if backwards else moments[-1]
    near = np.flatnonzero(np.abs(moments - edge) <= REMEMBERED_S)[::step]
    values = foot_height_width(tracklet.xyxy).astype(np.float64)
    motion = start_motion(values[near[0]], float(moments[near[0]]))
    for row in near[1:]:
        motion = motion.at(float(moments[row])).seen(values[row], max(float(tracklet.confidence[row]), 0.1))
    return motion


def _weigh(end: Motion, start: Motion, image_wh: tuple[int, int]) -> float:
    """Logarithm of how much likelier `start` is as the same person than as a newcomer."""
    height = (end.height + start.height) / 2
    expected = end.at(start.time_s)
    difference = start.mean - expected.mean
    spread = expected.cov + start.cov
    same = sum(_log_normal(difference[axis], spread[axis]) for axis in (0, 1))
    newcomer = -np.log(image_wh[0] * image_wh[1])
    velocity = start.cov[:2, 1, 1] + (WALKING[:2] * height) ** 2
    newcomer += float(-0.5 * (start.mean[:2, 1] ** 2 / velocity + np.log(2 * np.pi * velocity)).sum())
    grown = 2 * (MEASURED[2] * height) ** 2 + expected.cov[2, 0, 0]
    size = -0.5 * difference[2, 0] ** 2 / grown
    return float(same - newcomer + size)


def _nearness(motion: Motion, image_wh: tuple[int, int]) -> float:
    """1 at the picture's edge, where people come and go, falling to 0 at half a height from it."""
    x, foot, height, width = motion.mean[:, 0]
    away = min(x - width / 2, image_wh[0] - x - width / 2, foot - height, image_wh[1] - foot)
    return float(np.clip(1 - away / (0.5 * motion.height), 0, 1))


def _log_normal(difference: Doubles, spread: Doubles) -> float:
    exponent = difference @ np.linalg.solve(spread, difference)
    return float(-0.5 * (exponent + np.log(np.linalg.det(spread))) - np.log(2 * np.pi))


def _choose(evidence: Doubles, rules: LinkRules) -> dict[int, int]:
    """The joins of greatest total evidence, without those that have a rival nearly as good."""
    gain = np.where(evidence >= rules.least_evidence, evidence, 0.0)
    rows, columns = linear_sum_assignment(-gain)
    chosen: dict[int, int] = {}
    for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
        if evidence[row, column] < rules.least_evidence:
            continue
        rivals = np.concatenate([np.delete(evidence[row], column), np.delete(evidence[:, column], row)])
        if evidence[row, column] - rivals.max() >= rules.doubt:
            chosen[row] = column
    return chosen


def _chains(tracklets: list[Tracklet], follower: dict[int, int]) -> list[Tracklet]:
    followers = set(follower.values())
    chains = []
    for index in range(len(tracklets)):
        if index in followers:
            continue
        chain = [index]
        while chain[-1] in follower:
            chain.append(follower[chain[-1]])
        chains.append(join_tracklets([tracklets[part] for part in chain]))
    return chains
