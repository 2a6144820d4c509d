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
from casetrail.presence.motion import MEASURED, PUSHED, WALKING, Motion, start_motion
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
    """Beliefs about `n` people at one end of their fragments: `mean` `(n, 4, 2)`, `cov` `(n, 4, 2, 2)`."""

    mean: Doubles
    cov: Doubles
    time_s: Doubles
    height: Doubles
    at_border: Doubles

    def pick(self, rows: Integers) -> "_Ends":
        """Some of them, in the order asked for."""
        return _Ends(self.mean[rows], self.cov[rows], self.time_s[rows], self.height[rows], self.at_border[rows])


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
    ends = _ends([_belief(item, times_s, backwards=False) for item in tracklets], image_wh)
    starts = _ends([_belief(item, times_s, backwards=True) for item in tracklets], image_wh)
    gap_s = starts.time_s[None, :] - ends.time_s[:, None]
    rows, columns = np.nonzero((gap_s > 0) & (gap_s <= longest_s))
    evidence = np.full(gap_s.shape, -np.inf)
    if len(rows):
        before, after = ends.pick(rows), starts.pick(columns)
        borders = before.at_border + after.at_border
        unseen = (after.time_s - before.time_s) / rules.unseen_s
        evidence[rows, columns] = _weigh(before, after, image_wh) - unseen - rules.at_border * borders
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


def _ends(beliefs: list[Motion], image_wh: tuple[int, int]) -> _Ends:
    return _Ends(
        np.stack([belief.mean for belief in beliefs]),
        np.stack([belief.cov for belief in beliefs]),
        np.array([belief.time_s for belief in beliefs]),
        np.array([belief.height for belief in beliefs]),
        np.array([_nearness(belief, image_wh) for belief in beliefs]),
    )


def _nearness(motion: Motion, image_wh: tuple[int, int]) -> float:
    """1 at the picture's edge, where people come and go, falling to 0 at half a height from it."""
    x, foot, height, width = motion.mean[:, 0]
    away = min(x - width / 2, image_wh[0] - x - width / 2, foot - height, image_wh[1] - foot)
    return float(np.clip(1 - away / (0.5 * motion.height), 0, 1))


def _weigh(before: _Ends, after: _Ends, image_wh: tuple[int, int]) -> Doubles:
    """Logarithm of how much likelier each of `after` is the same person than a newcomer, `(n,)`."""
    height = (before.height + after.height) / 2
    mean, cov = _moved(before, after.time_s)
    difference, spread = after.mean - mean, cov + after.cov
    same = _log_normal(difference[:, 0], spread[:, 0]) + _log_normal(difference[:, 1], spread[:, 1])
    velocity = after.cov[:, :2, 1, 1] + (WALKING[:2] * height[:, None]) ** 2
    speed = after.mean[:, :2, 1]
    newcomer = -np.log(image_wh[0] * image_wh[1]) - 0.5 * (speed**2 / velocity + np.log(2 * np.pi * velocity)).sum(1)
    grown = 2 * (MEASURED[2] * height) ** 2 + cov[:, 2, 0, 0]
    return np.asarray(same - newcomer - 0.5 * difference[:, 2, 0] ** 2 / grown)


def _moved(ends: _Ends, time_s: Doubles) -> tuple[Doubles, Doubles]:
    """Mean and covariance at later moments `(n,)`: the motion of `Motion.at`, for all at once."""
    step = time_s - ends.time_s
    move = np.tile(np.eye(2), (len(step), 1, 1))
    move[:, 0, 1] = step
    spread = np.stack([np.stack([step**3 / 3, step**2 / 2], -1), np.stack([step**2 / 2, step], -1)], -2)
    noise = (PUSHED * ends.height[:, None]) ** 2
    cov = move[:, None] @ ends.cov @ move[:, None].swapaxes(-1, -2) + noise[:, :, None, None] * spread[:, None]
    return ends.mean @ move.swapaxes(-1, -2), cov


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
