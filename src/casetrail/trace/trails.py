"""Trails: opened presences that one walker may have made, whoever that is.

Whoever looks like the index case looks so at every camera on their way. Sightings that fit one walk are therefore one
piece of evidence and not several, and they are the index case's all together or not at all.
"""

from dataclasses import dataclass

import numpy as np

from casetrail.model.arrays import Array, Doubles, Flags, Integers

LONGEST_S, FARTHEST_M = 200.0, 350.0  # of one hop
DETOUR, WALK_MPS, WALK_SPREAD = 1.2, 1.3, 0.2
VIEW_S, PAUSE_S = 12.0, 45.0
FITS = 2.5  # standard deviations
SPLIT_S = 40.0  # two pieces of one pass at one camera


@dataclass(frozen=True)
class Trails:
    """Which trail each candidate is in, `of` `(n,)`, and the candidates at its ends, `head` and `tail` `(k,)`."""

    of: Integers
    head: Integers
    tail: Integers


def link_trails(time_s: Doubles, spot_m: Doubles, clock_s: Doubles, known: Flags) -> Trails:
    """Link candidates `(n,)` to walks: each has at most one before and one after it, the best fitting first.

    `time_s`: when; `spot_m` `(n, 2)`: where; `clock_s`: how far the camera's clock may be off, standard deviation.
    `known` `(n,)`: those that are the index case; no trail goes on past one of them.
    """
    order = np.argsort(time_s, kind="stable")
    first, second, cost = _hops(time_s[order], spot_m[order], clock_s[order], known[order])
    before = np.full(len(order), -1)
    taken = np.zeros(len(order), bool)
    for hop in np.argsort(cost, kind="stable").tolist():
        leave, enter = int(first[hop]), int(second[hop])
        if before[enter] < 0 and not taken[leave]:
            before[enter], taken[leave] = leave, True
    return _gathered(before, order)


def fit_hop(apart_s: Array, apart_m: Array, clock_s: Array) -> Doubles:
    """How well somebody who walks explains such a hop: standard deviations from the usual, a pause costs little."""
    usual = apart_m * DETOUR / WALK_MPS
    spread = np.sqrt(VIEW_S**2 + (WALK_SPREAD * usual) ** 2 + clock_s**2)
    late = apart_s - usual
    return np.asarray(np.where(late > 0, np.maximum(late - PAUSE_S, 0) / spread + 0.3 * late / PAUSE_S, -late / spread))


def _hops(time_s: Doubles, spot_m: Doubles, clock_s: Doubles, known: Flags) -> tuple[Integers, Integers, Doubles]:
    count = len(time_s)
    last = np.searchsorted(time_s, time_s + LONGEST_S, side="right")
    ahead = last - np.arange(count) - 1
    first = np.repeat(np.arange(count), ahead)
    second = np.arange(len(first)) - np.repeat(np.cumsum(ahead) - ahead, ahead) + first + 1
    apart_s = time_s[second] - time_s[first]
    apart_m = np.linalg.norm(spot_m[second] - spot_m[first], axis=1)
    cost = fit_hop(apart_s, apart_m, np.hypot(clock_s[first], clock_s[second]))
    fits = (cost < FITS) & (apart_m < FARTHEST_M) & ((apart_m > 1.0) | (apart_s < SPLIT_S))
    so_far = np.cumsum(known)  # nobody walks past a time at which the index case is known elsewhere
    fits &= (so_far[first] == so_far[second]) & ~known[first]
    return first[fits], second[fits], cost[fits] + apart_s[fits] / LONGEST_S


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
