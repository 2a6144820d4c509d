"""When exactly a confirmed sighting was, as far as its camera's clock leaves that open: by who was seen around it.

A clock that is said to be good may be forgotten, and a poor one says little. Whoever walked past the cameras around it
did so before or after; the offset that fits them best is where a sighting is settled (docs/adr/0028).
"""

import numpy as np

from casetrail.model.arrays import Doubles
from casetrail.trace.motion import TICK_S
from casetrail.trace.trails import AGAINST, FARTHEST_M, LONGEST_S, Candidates, fit_hop

MOST_OFF = 6  # ticks either way
FORGOTTEN, FORGOTTEN_S = 0.07, 40.0  # share of clocks that are worse than is said, and by how much
VIEW_S = 10.0  # from walking into a cell to the middle of a presence there, standard deviation
KNOWN = 0.95  # how surely another confirmed sighting is the same walker's
BY_CHANCE = 20.0  # strangers nearby for one presence of the same walker
BACKWARDS = 0.1  # how often somebody is seen walking against the way they came or went

OFFSETS = np.arange(-MOST_OFF, MOST_OFF + 1)


def clock_prior(clock_s: Doubles) -> Doubles:
    """Natural log of how probable each offset is by what is said of clocks, `(n, offsets)`."""
    total = np.zeros((len(clock_s), len(OFFSETS)))
    for part, spread_s in ((1 - FORGOTTEN, clock_s), (FORGOTTEN, np.maximum(clock_s, FORGOTTEN_S))):
        sigma = np.hypot(spread_s, VIEW_S)[:, None] / TICK_S
        each = np.exp(-((OFFSETS / sigma) ** 2) / 2)
        total += part * each / each.sum(axis=1, keepdims=True)
    return np.asarray(np.log(total))


def fit_moments(candidates: Candidates, late_s: Doubles, clothes: Doubles) -> Doubles:
    """How well each offset from the time by its clock fits whoever was seen around a known candidate.

    `late_s` `(n,)`: how much later than that the known ones are settled so far; `clothes` `(n,)`: evidence of clothing,
    natural log. Returns natural logs `(n, offsets)`, nought for those that are not known.
    """
    odds = np.exp(clothes) / BY_CHANCE
    same = np.where(candidates.known, KNOWN, odds / (1 + odds))
    result = np.zeros((len(same), len(OFFSETS)))
    for at in np.flatnonzero(candidates.known).tolist():
        result[at] = _fit(candidates, candidates.time_s + late_s, same, at)
    return result


def _fit(candidates: Candidates, settled_s: Doubles, same: Doubles, at: int) -> Doubles:
    onward = candidates.spot_m - candidates.spot_m[at]
    apart_m = np.linalg.norm(onward, axis=1)
    apart_s = settled_s - candidates.time_s[at]
    near = (np.abs(apart_s) < LONGEST_S + MOST_OFF * TICK_S) & (apart_m < FARTHEST_M) & (apart_m > 1.0)
    onward = onward[near] / apart_m[near, None]
    leads = onward @ candidates.heading[at] + (onward * candidates.heading[near]).sum(axis=1)
    since_s = apart_s[near][:, None] - OFFSETS * TICK_S
    clock_s = np.where(candidates.known[near], 0.0, candidates.clock_s[near])  # known ones are settled
    fit = fit_hop(np.abs(since_s), apart_m[near][:, None], clock_s[:, None])
    against = np.sign(since_s) * leads[:, None] < AGAINST
    likely = np.exp(-(fit**2) / 2) * np.where(against, BACKWARDS, 1.0)
    return np.asarray(np.log(1 - same[near][:, None] * (1 - likely)).sum(axis=0))
