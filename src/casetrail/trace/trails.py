"""Trails: opened presences that one walker may have made, whoever that is.

Whoever looks like the index case looks so at every camera on their way. Sightings that fit one walk are therefore one
piece of evidence and not several, and they are the index case's all together or not at all.
"""

from dataclasses import dataclass

import numpy as np

from casetrail.model.arrays import Array, Doubles, Flags, Floats, Integers

LONGEST_S, FARTHEST_M = 200.0, 350.0  # of one hop
DETOUR, WALK_MPS, WALK_SPREAD = 1.2, 1.3, 0.2
VIEW_S, PAUSE_S = 12.0, 45.0
FITS = 2.5  # standard deviations
AGAINST, STRAIGHT = -0.6, 0.7  # cosines of walking against the way there; what the way there is worth in fitting
FOLLOWED_M = 500.0  # a trail is followed so far
NEXT_M = 150.0  # whoever passes one view is hardly first seen again so much farther away
AHEAD = 1.2  # how much likelier is next who walks the way that leads there, natural log for each of the two
SPLIT_S = 40.0  # two pieces of one pass at one camera


@dataclass(frozen=True)
class Trails:
    """Which trail each candidate is in, `of` `(n,)`, and the candidates at its ends, `head` and `tail` `(k,)`."""

    of: Integers
    head: Integers
    tail: Integers


@dataclass(frozen=True)
class Candidates:
    """Opened presences that may be on trails, `(n,)`. `time_s`, `spot_m` `(n, 2)`: when and where; `heading` `(n, 2)`:
    which way somebody walked there, of length 1 at most, nought where nobody can tell; `clock_s`: how far the camera's
    clock may be off, standard deviation; `known`: those that are the index case.
    """

    time_s: Doubles
    spot_m: Doubles
    heading: Doubles
    clock_s: Doubles
    known: Flags

    def take(self, order: Integers) -> "Candidates":
        """Those at some positions, in their order."""
        return Candidates(
            self.time_s[order], self.spot_m[order], self.heading[order], self.clock_s[order], self.known[order]
        )


def link_trails(candidates: Candidates) -> Trails:
    """Link candidates to walks: each has at most one before and one after it, the best fitting first. No trail goes on
    past one that is known.
    """
    order = np.argsort(candidates.time_s, kind="stable")
    first, second, cost = _hops(candidates.take(order))
    before = np.full(len(order), -1)
    taken = np.zeros(len(order), bool)
    for hop in np.argsort(cost, kind="stable").tolist():
        leave, enter = int(first[hop]), int(second[hop])
        if before[enter] < 0 and not taken[leave]:
            before[enter], taken[leave] = leave, True
    return _gathered(before, order)


def fit_hop(apart_s: Array, apart_m: Array, clock_s: Array, walk_mps: float = WALK_MPS) -> Doubles:
    """How well somebody who walks explains such a hop: standard deviations from the usual, a pause costs little."""
    usual = apart_m * DETOUR / walk_mps
    spread = np.sqrt(VIEW_S**2 + (WALK_SPREAD * usual) ** 2 + clock_s**2)
    late = apart_s - usual
    return np.asarray(np.where(late > 0, np.maximum(late - PAUSE_S, 0) / spread + 0.3 * late / PAUSE_S, -late / spread))


def rank_next(one: Candidates, others: Candidates, rate: Floats, way: int, walk_mps: float = WALK_MPS) -> Doubles:
    """How likely each of the others `(n,)` is where `one`, a single candidate, was seen next, `way` 1, or just before,
    -1, up to a factor. `rate` `(n,)`: how many people are seen there at the time; `walk_mps`: how fast they walk.
    """
    apart = others.spot_m - one.spot_m
    apart_m = np.linalg.norm(apart, axis=1)
    onward = way * apart / np.maximum(apart_m, 1.0)[:, None]
    ahead = onward @ one.heading[0] + (onward * others.heading).sum(axis=1)
    fit = fit_hop(np.abs(others.time_s - one.time_s), apart_m, np.hypot(others.clock_s, one.clock_s), walk_mps)
    likely = np.exp(-(fit**2) / 2 - apart_m / NEXT_M + AHEAD * ahead) / rate
    return np.asarray(np.where((apart_m < FOLLOWED_M) & (apart_m > 1.0), likely, 0.0))


def _hops(ordered: Candidates) -> tuple[Integers, Integers, Doubles]:
    """Pairs that one walker may have made, the earlier and the later one, and how badly each fits."""
    time_s = ordered.time_s
    following = np.searchsorted(time_s, time_s + LONGEST_S, side="right") - np.arange(len(time_s)) - 1
    first = np.repeat(np.arange(len(time_s)), following)
    since = np.repeat(np.cumsum(following) - following, following)
    second = np.arange(len(first)) - since + first + 1
    apart_s = time_s[second] - time_s[first]
    onward = ordered.spot_m[second] - ordered.spot_m[first]
    apart_m = np.linalg.norm(onward, axis=1)
    onward = onward / np.maximum(apart_m, 1.0)[:, None]
    leaves, comes = ((ordered.heading[one] * onward).sum(axis=1) for one in (first, second))
    cost = fit_hop(apart_s, apart_m, np.hypot(ordered.clock_s[first], ordered.clock_s[second]))
    fits = (cost < FITS) & (apart_m < FARTHEST_M) & ((apart_m > 1.0) | (apart_s < SPLIT_S))
    fits &= (leaves > AGAINST) & (comes > AGAINST)
    so_far = np.cumsum(ordered.known)  # nobody walks past a time at which the index case is known elsewhere
    fits &= (so_far[first] == so_far[second]) & ~ordered.known[first]
    cost += apart_s / LONGEST_S - STRAIGHT * (leaves + comes)
    return first[fits], second[fits], cost[fits]


def _gathered(before: Integers, order: Integers) -> Trails:
    of = np.full(len(before), -1)
    head: list[int] = []
    tail: list[int] = []
    for at, previous in enumerate(before.tolist()):
        if previous < 0:
            of[at] = len(head)
            head.append(int(order[at]))
            tail.append(int(order[at]))
        else:
            of[at] = of[previous]
            tail[of[at]] = int(order[at])
    result = np.empty_like(of)
    result[order] = of
    return Trails(result, np.array(head, np.int64), np.array(tail, np.int64))
