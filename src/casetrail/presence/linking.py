"""Looking both ways: joining fragments of tracklets over gaps, because a recording can be read to its end.

Each possible join is weighed as evidence: how well the motion before the gap explains place and velocity
after it (the same Kalman model as inside a tracklet), against somebody new appearing there by chance. The
joins are then chosen together (Kuhn, "The Hungarian Method for the Assignment Problem", 1955), and a join
with a rival that is nearly as good is not made: a cut costs a fragment, a wrong join costs an identity.
A fragment that the same chosen chain passes through is no rival.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from casetrail.model.arrays import Doubles, Integers
from casetrail.presence.motion import MEASURED, WALKING, Motion, start_motion
from casetrail.presence.tracklets import Tracklet, foot_height_width, join_tracklets

REMEMBERED_S = 2.0
STAGES = (0.05, 0.25, 1.0)  # of the longest gap: near joins first, because they tell more about the far ones


@dataclass(frozen=True)
class LinkRules:
    """When two fragments are one person. Evidence is a natural logarithm of a ratio; times in seconds."""

    longest_s: float = 6.0
    unseen_s: float = 2.5
    least_evidence: float = 2.0
    doubt: float = 0.7
    at_border: float = 2.0


@dataclass(frozen=True)
class _Ends:
    """Beliefs about `n` people at one end of their fragments, and how near the picture's edge that is, `(n,)`."""

    motion: Motion
    at_border: Doubles

    def pick(self, rows: Integers) -> "_Ends":
        """Some of them, in the order asked for."""
        return _Ends(self.motion.pick(rows), self.at_border[rows])


def link(
    tracklets: Sequence[Tracklet], times_s: Doubles, image_wh: tuple[int, int], rules: LinkRules = LinkRules()
) -> list[Tracklet]:
    """The tracklets with the fragments of one person joined; gaps stay gaps. `times_s` `(n,)` of all frames."""
    joined = list(tracklets)
    for share in STAGES:
        if len(joined) > 1:
            evidence = _weigh_all(joined, times_s, image_wh, rules, share * rules.longest_s)
            joined = _join(joined, _choose(evidence, rules))
    return joined


def _weigh_all(
    tracklets: list[Tracklet], times_s: Doubles, image_wh: tuple[int, int], rules: LinkRules, longest_s: float
) -> Doubles:
    """Evidence `(n, n)` that the column follows the row; minus infinity where it cannot."""
    ends = _ends(_beliefs(tracklets, times_s, backwards=False), image_wh)
    starts = _ends(_beliefs(tracklets, times_s, backwards=True), image_wh)
    gap_s = starts.motion.time_s[None, :] - ends.motion.time_s[:, None]
    rows, columns = np.nonzero((gap_s > 0) & (gap_s <= longest_s))
    evidence = np.full(gap_s.shape, -np.inf)
    if len(rows):
        before, after = ends.pick(rows), starts.pick(columns)
        borders = before.at_border + after.at_border
        unseen = (after.motion.time_s - before.motion.time_s) / rules.unseen_s
        evidence[rows, columns] = _weigh(before.motion, after.motion, image_wh) - unseen - rules.at_border * borders
    return evidence


def _beliefs(tracklets: Sequence[Tracklet], times_s: Doubles, *, backwards: bool) -> Motion:
    """Motion at the last row (or, backwards, at the first) from the rows of the nearest two seconds."""
    rows = [_nearest_rows(item, times_s, backwards=backwards) for item in tracklets]
    most = max(len(each) for each in rows)
    told = np.full((len(rows), most, 6), np.nan)  # moment, confidence, then middle x, foot y, height and width
    for number, (item, near) in enumerate(zip(tracklets, rows, strict=True)):
        told[number, : len(near), 0] = times_s[item.frame[near]]
        told[number, : len(near), 1] = np.maximum(item.confidence[near], 0.1)
        told[number, : len(near), 2:] = foot_height_width(item.xyxy[near])
    motion = start_motion(told[:, 0, 2:], told[:, 0, 0])
    for row in range(1, most):
        there = np.flatnonzero(np.isfinite(told[:, row, 0]))
        here = told[there, row]
        motion = motion.put(there, motion.pick(there).at(here[:, 0]).seen(here[:, 2:], here[:, 1]))
    return motion


def _nearest_rows(tracklet: Tracklet, times_s: Doubles, *, backwards: bool) -> Integers:
    """The rows of the two seconds before the last (or, backwards, after the first), the farthest first."""
    moments = times_s[tracklet.frame]
    edge = moments[0] if backwards else moments[-1]
    near = np.flatnonzero(np.abs(moments - edge) <= REMEMBERED_S)
    return near[::-1] if backwards else near


def _ends(motion: Motion, image_wh: tuple[int, int]) -> _Ends:
    """The beliefs, and 1 at the picture's edge, where people come and go, falling to 0 at half a height from it."""
    x, foot, height, width = motion.values.T
    sides = [x - width / 2, image_wh[0] - x - width / 2, foot - height, image_wh[1] - foot]
    return _Ends(motion, np.clip(1 - np.minimum.reduce(sides) / (0.5 * motion.height), 0, 1))


def _weigh(before: Motion, after: Motion, image_wh: tuple[int, int]) -> Doubles:
    """Logarithm of how much likelier each of `after` is the same person than a newcomer, `(n,)`."""
    height = (before.height + after.height) / 2
    expected = before.at(after.time_s)
    difference, spread = after.mean - expected.mean, expected.cov + after.cov
    same = _log_normal(difference[:, 0], spread[:, 0]) + _log_normal(difference[:, 1], spread[:, 1])
    velocity = after.cov[:, :2, 1, 1] + (WALKING[:2] * height[:, None]) ** 2
    speed = after.mean[:, :2, 1]
    newcomer = -np.log(image_wh[0] * image_wh[1]) - 0.5 * (speed**2 / velocity + np.log(2 * np.pi * velocity)).sum(1)
    grown = 2 * (MEASURED[2] * height) ** 2 + expected.cov[:, 2, 0, 0]
    return np.asarray(same - newcomer - 0.5 * difference[:, 2, 0] ** 2 / grown)


def _log_normal(difference: Doubles, spread: Doubles) -> Doubles:
    """Logarithm of the normal density of each difference `(n, 2)` with covariance `(n, 2, 2)`."""
    exponent = (difference * np.linalg.solve(spread, difference[:, :, None])[:, :, 0]).sum(axis=1)
    return np.asarray(-0.5 * (exponent + np.log(np.linalg.det(spread))) - np.log(2 * np.pi))


def _choose(evidence: Doubles, rules: LinkRules) -> dict[int, int]:
    """The joins of greatest total evidence, without those that have a rival nearly as good in another chain."""
    gain = np.where(evidence >= rules.least_evidence, evidence, 0.0)
    rows, columns = linear_sum_assignment(-gain)
    good = evidence[rows, columns] >= rules.least_evidence
    follower = dict(zip(rows[good].tolist(), columns[good].tolist(), strict=True))
    chain = np.zeros(len(evidence), np.int64)
    for number, members in enumerate(_follow(len(evidence), follower)):
        chain[members] = number
    other = np.where(chain[:, None] == chain[None, :], -np.inf, evidence)
    rival = np.maximum(other.max(axis=1)[:, None], other.max(axis=0)[None, :])
    return {
        row: column for row, column in follower.items() if evidence[row, column] - rival[row, column] >= rules.doubt
    }


def _follow(count: int, follower: dict[int, int]) -> list[list[int]]:
    """Who follows whom, as chains of all of `count`."""
    chains = []
    for first in sorted(set(range(count)) - set(follower.values())):
        chain = [first]
        while chain[-1] in follower:
            chain.append(follower[chain[-1]])
        chains.append(chain)
    return chains


def _join(tracklets: list[Tracklet], follower: dict[int, int]) -> list[Tracklet]:
    return [join_tracklets([tracklets[part] for part in chain]) for chain in _follow(len(tracklets), follower)]
