"""Camera clocks from people: how far each clock is off, told by confirmed hops and by overlapping views.

A hop from one camera to another takes what walking takes, plus how far the clock of the second runs ahead of the
first's. Offsets are found by least squares that distrusts outliers (Student's t with four degrees of freedom, by
reweighting: Lange, Little and Taylor, JASA 1989), since people linger. What was measured of each clock before is the
prior, so that nothing is told about a clock of which nothing was seen.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from casetrail.model.arrays import Doubles, Integers, frozen
from casetrail.model.errors import BadInputError
from casetrail.model.time import SECOND_US, UtcInterval
from casetrail.trace.topology import Topology
from casetrail.trace.transit import WALK_MPS, WALK_SPREAD, Hop, view_slack_s

FREEDOM = 4.0
ROUNDS = 50
SETTLED_S = 1e-6
LEAST_SIGMA_S = 0.05  # nobody enters a view more sharply than this


@dataclass(frozen=True)
class TimedPair:
    """One person at two cameras (positions in the topology): the seconds between by their clocks, how many were to be
    expected by right clocks, and the standard deviation of that.
    """

    from_index: int
    to_index: int
    seconds: float
    expected_s: float
    sigma_s: float


@dataclass(frozen=True)
class ClockOffsets:
    """How far clocks are off, of `n` cameras; arrays read-only.

    `offset_s` `(n,)`: what each shows minus the truth, beyond what was recorded. `sigma_s` `(n,)`: its standard
    deviation. `pairs` `(n,)`: how many pairs told about it. `told` `(k,)`: the cameras that any told about, and
    `covariance_s2` `(k, k)` of their offsets: two clocks are often known better against each other than each alone.
    """

    offset_s: Doubles
    sigma_s: Doubles
    pairs: Integers
    told: Integers
    covariance_s2: Doubles

    def between(self, a: int, b: int) -> tuple[float, float]:
        """How far the clock of `b` runs ahead of that of `a`, and the standard deviation of that."""
        ahead = float(self.offset_s[b] - self.offset_s[a])
        place = {int(camera): row for row, camera in enumerate(self.told)}
        if a in place and b in place:
            i, j, cov = place[a], place[b], self.covariance_s2
            return ahead, float(np.sqrt(max(cov[i, i] + cov[j, j] - 2 * cov[i, j], 0.0)))
        return ahead, float(np.hypot(self.sigma_s[a], self.sigma_s[b]))

    def corrected(self, index: int, interval: UtcInterval) -> UtcInterval:
        """An interval by a camera's clock as it was in truth."""
        shift_us = round(float(self.offset_s[index]) * SECOND_US)
        return UtcInterval(interval.start_us - shift_us, interval.end_us - shift_us)


def estimate_clocks(pairs: Sequence[TimedPair], prior_sigma_s: Doubles) -> ClockOffsets:
    """Offsets of the clocks from pairs; `prior_sigma_s` `(n,)`: what is known of each clock before, around zero.

    Raises BadInputError when a number is not usable. Pairs within one camera tell nothing.
    """
    used = [pair for pair in pairs if pair.from_index != pair.to_index]
    _check(used, prior_sigma_s)
    ends = np.array([(pair.from_index, pair.to_index) for pair in used], np.int64).reshape(-1, 2)
    late = np.array([pair.seconds - pair.expected_s for pair in used], np.float64)
    sigma = np.array([max(pair.sigma_s, LEAST_SIGMA_S) for pair in used], np.float64)
    told, places = np.unique(ends, return_inverse=True)
    prior = np.maximum(prior_sigma_s, LEAST_SIGMA_S)
    found, covariance = _solve(places.reshape(-1, 2), late, sigma, prior[told])
    offset, spread = np.zeros(len(prior)), prior_sigma_s.astype(np.float64)
    offset[told] = found
    spread[told] = np.minimum(np.sqrt(np.diag(covariance)), prior[told])
    count = np.bincount(ends.ravel(), minlength=len(prior)).astype(np.int64)
    return ClockOffsets(frozen(offset), frozen(spread), frozen(count), frozen(told), frozen(covariance))


def time_hops(hops: Sequence[Hop], topology: Topology) -> list[TimedPair]:
    """Confirmed hops as pairs that tell about clocks: people walk at their own speed, and enter views anywhere.

    Hops between cameras whose distance is not known tell nothing and are left out.
    """
    slack_s = view_slack_s(topology.reach_m)
    pairs = []
    for hop in hops:
        (gap_m,) = topology.only([topology.camera_ids[hop.from_index], topology.camera_ids[hop.to_index]]).gaps_m()[
            0, 1:
        ]
        if np.isfinite(gap_m) and hop.from_index != hop.to_index:
            walk_s = float(gap_m) / WALK_MPS
            sigma_s = float(np.sqrt((WALK_SPREAD * walk_s) ** 2 + (slack_s[[hop.from_index, hop.to_index]] ** 2).sum()))
            pairs.append(TimedPair(hop.from_index, hop.to_index, hop.seconds, walk_s, sigma_s))
    return pairs


def narrow_clocks(topology: Topology, offsets: ClockOffsets) -> Topology:
    """The topology with each clock as uncertain as it is now; times are to be corrected by `offsets.corrected`."""
    return replace(topology, clock_s=offsets.sigma_s)


def _check(pairs: Sequence[TimedPair], prior_sigma_s: Doubles) -> None:
    numbers = np.array([(pair.seconds, pair.expected_s, pair.sigma_s) for pair in pairs]).reshape(-1, 3)
    ends = [end for pair in pairs for end in (pair.from_index, pair.to_index)]
    if not np.isfinite(numbers).all() or not (np.isfinite(prior_sigma_s) & (prior_sigma_s >= 0)).all():
        raise BadInputError("a time or its uncertainty is not usable", todo="leave this hop out")
    if any(not 0 <= end < len(prior_sigma_s) for end in ends):
        raise BadInputError("a hop leads to a camera that is not in the topology", todo="import it first")


def _solve(ends: Integers, late: Doubles, sigma: Doubles, prior: Doubles) -> tuple[Doubles, Doubles]:
    """Offsets `(k,)` and their covariance `(k, k)` by repeated weighting."""
    offset: Doubles = np.zeros(len(prior))
    for _ in range(ROUNDS):
        rest = (late - offset[ends[:, 1]] + offset[ends[:, 0]]) / sigma
        weight = (FREEDOM + 1) / (FREEDOM + rest**2) / sigma**2
        pulled = _pull(ends, weight * late, len(prior))
        moved = np.asarray(np.linalg.solve(_information(ends, weight, prior), pulled), np.float64)
        settled = np.abs(moved - offset).max(initial=0.0) < SETTLED_S
        offset = moved
        if settled:
            break
    # a pair tells less than its weight says, for the weight itself was guessed from it
    told = np.full(len(sigma), (FREEDOM + 1) / (FREEDOM + 3)) * np.minimum(weight * sigma**2, 1.0) / sigma**2
    return offset, np.asarray(np.linalg.inv(_information(ends, told, prior)), np.float64)


def _information(ends: Integers, weight: Doubles, prior: Doubles) -> Doubles:
    table = np.diag(prior**-2.0)
    for row, column, sign in ((0, 0, 1), (1, 1, 1), (0, 1, -1), (1, 0, -1)):
        np.add.at(table, (ends[:, row], ends[:, column]), sign * weight)
    return table


def _pull(ends: Integers, pulled: Doubles, count: int) -> Doubles:
    forward = np.bincount(ends[:, 1], pulled, count)
    return np.asarray(forward - np.bincount(ends[:, 0], pulled, count))
