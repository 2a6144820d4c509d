"""Journeys between places that the evidence names: when the index case may have set out, and past which cameras.

Whoever is known to have been at one place and later at another walked between them, by one of a few near-shortest
ways. Which presences lie on such a way at fitting times, and who of them was looked at already, tells when.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from casetrail.model.arrays import Doubles, Floats, Integers
from casetrail.trace.cells import StreetCells
from casetrail.trace.motion import TICK_S

WALK_MPS, PACES = 1.3, 0.15  # walking speed, and how much people differ: of its logarithm
TASTE = 0.15  # of the logarithm of a street's length, as people feel it
USUAL = 0.7  # a street that the index case was seen in feels so much shorter, in half of the ways
DETOUR = 1.3


@dataclass(frozen=True)
class Ways:
    """Ways from one place to another, one behind the other: `way` `(n,)`, `lane` `(n,)` passed, `after_s` `(n,)` since
    setting out. `lasts_s` `(ways,)`.
    """

    way: Integers
    lane: Integers
    after_s: Doubles
    lasts_s: Doubles


@dataclass(frozen=True)
class Streets:
    """Streets with the lanes in them. `felt_m` `(edges,)`: how long each feels. `state` `(v,)` sorted, `lane` `(v,)`:
    which walking state of all cells passes which lane.
    """

    cells: StreetCells
    felt_m: Doubles
    state: Integers
    lane: Integers


def find_ways(streets: Streets, start: Doubles, end: Doubles, liked: Integers, count: int, seed: int) -> Ways:
    """`count` likely ways between places given as shares of cells `(c,)`; `liked`: edges that the person is known to use."""
    rng = np.random.default_rng(seed)
    graph = streets.cells.graph
    edges, nodes = graph.edges, len(graph.nodes_m)
    low, high = np.minimum(edges[:, 0], edges[:, 1]), np.maximum(edges[:, 0], edges[:, 1])
    key = low * nodes + high
    order = np.argsort(key, kind="stable")
    first = np.searchsorted(key[order], key[order])
    from_cells = rng.choice(len(start), count, p=start / start.sum())
    to_cells = rng.choice(len(end), count, p=end / end.sum())
    way, lane, after, lasts = [], [], [], []
    for number in range(count):
        felt = streets.felt_m * rng.lognormal(0, TASTE, len(edges))
        if number % 2:
            felt[liked] *= USUAL
        one = int(edges[streets.cells.edge[from_cells[number]], rng.integers(2)])
        other = int(edges[streets.cells.edge[to_cells[number]], rng.integers(2)])
        apart = float(np.linalg.norm(graph.nodes_m[one] - graph.nodes_m[other]))
        csr = csr_array((felt, (edges[:, 0], edges[:, 1])), shape=(nodes, nodes))
        _, before = dijkstra(csr, False, one, True, limit=2 * apart * DETOUR + 500)
        path = [other]
        while path[-1] != one and before[path[-1]] >= 0:
            path.append(int(before[path[-1]]))
        pace = WALK_MPS * float(rng.lognormal(0, PACES))
        if path[-1] != one:
            lasts.append(apart * DETOUR / pace)
            continue
        path = np.array(path[::-1])
        state, at_m, whole = _states(streets.cells, path, key[order], order)
        lo = np.searchsorted(streets.state, state, side="left")
        hi = np.searchsorted(streets.state, state, side="right")
        for j in np.flatnonzero(hi > lo).tolist():
            for at in range(int(lo[j]), int(hi[j])):
                way.append(number)
                lane.append(int(streets.lane[at]))
                after.append(at_m[j] / pace)
        lasts.append(whole / pace)
    return Ways(np.array(way, np.int64), np.array(lane, np.int64), np.array(after), np.array(lasts))


def _states(cells: StreetCells, path: Integers, keys: Integers, order: Integers) -> tuple[Integers, Doubles, float]:
    """Walking states along a path of nodes, the metres at which each begins, and the whole length."""
    nodes, graph = len(cells.graph.nodes_m), cells.graph
    if len(path) < 2:
        return np.zeros(0, np.int64), np.zeros(0), 0.0
    low, high = np.minimum(path[:-1], path[1:]), np.maximum(path[:-1], path[1:])
    edge = order[np.searchsorted(keys, low * nodes + high)]
    onward = graph.edges[edge, 0] == path[:-1]
    count = np.bincount(cells.edge, minlength=len(graph.edges))
    first = np.cumsum(count) - count
    states, metres, total = [], [], 0.0
    for one, ahead in zip(edge.tolist(), onward.tolist(), strict=True):
        some = np.arange(first[one], first[one] + count[one])
        some = some if ahead else some[::-1]
        states.append(2 * some + (0 if ahead else 1))
        length = cells.length_m[some]
        metres.append(total + np.cumsum(length) - length)
        total += float(length.sum())
    return np.concatenate(states), np.concatenate(metres), total


APART_M = 120.0
WAYS_EACH = 24
import os
DIRECT, AROUND = float(os.environ.get('DIRECT', '0.4')), float(os.environ.get('AROUND', '0.15'))
GAIN = float(os.environ.get('GAIN', '1.7'))
OFF = float(os.environ.get('OFF', '0.7'))
DWELL = int(os.environ.get('DWELL', '1'))
COUNTS = 0.3
SHORT, SHORT_S, SHORT_SPREAD = 0.6, 1500.0, 1.1
LONG_S, LONG_SPREAD_S = 30_000.0, 7200.0
LEAST_GAP = 30  # ticks


@dataclass(frozen=True)
class Gap:
    """A while without news: ticks `first` to `last`; where the person was at its start and end, shares of cells."""

    first: int
    last: int
    start: Doubles
    end: Doubles
    arrived: int | None
    left: int | None


@dataclass
class _Plan:
    weight: float
    first: int
    last: int
    ways: Ways
    prior: Doubles


def dwell(seconds: Doubles) -> Doubles:
    """Density of how long people stay."""
    seconds = np.maximum(seconds, 1.0)
    short = np.exp(-((np.log(seconds / SHORT_S) / SHORT_SPREAD) ** 2) / 2) / (seconds * SHORT_SPREAD * 2.5066)
    long = np.exp(-(((seconds - LONG_S) / LONG_SPREAD_S) ** 2) / 2) / (LONG_SPREAD_S * 2.5066)
    return SHORT * short + (1 - SHORT) * long + 3e-6 if DWELL else np.ones_like(seconds)


class Journeys:
    """The journeys that a person may have made in the gaps of what is known."""

    def __init__(self, streets: Streets, traffic: Doubles, lanes: int) -> None:
        self._streets, self._traffic = streets, traffic
        self.ticks = len(traffic)
        self.lanes = np.zeros(0, np.int64)
        self._plans: list[_Plan] = []
        self._kept: dict[tuple, Ways] = {}
        self.places: list[Doubles] = []

    def plan(self, gaps: Sequence[Gap], places: Sequence[Doubles], liked: Integers, evidence) -> None:
        middle = self._streets.cells.middle_m
        def spot(share):
            return (share[:, None] * middle).sum(axis=0) / share.sum()
        plans = []
        named = [(spot(one), one) for one in places]
        for gap in gaps:
            if gap.last - gap.first < LEAST_GAP:
                continue
            a, b = spot(gap.start), spot(gap.end)
            pairs = []
            if np.linalg.norm(a - b) > APART_M:
                pairs.append((DIRECT, a, gap.start, b, gap.end, gap.arrived, gap.left))
            small = AROUND * min(1.0, (gap.last - gap.first) / 540)
            for c, place in named:
                if min(np.linalg.norm(a - c), np.linalg.norm(b - c)) > APART_M:
                    pairs.append((small, a, gap.start, c, place, gap.arrived, None))
                    pairs.append((small, c, place, b, gap.end, None, gap.left))
            for weight, one, start, other, end, arrived, left in pairs:
                key = (tuple((one / 20).round().astype(int)), tuple((other / 20).round().astype(int)), len(liked) // 8)
                if key not in self._kept:
                    self._kept[key] = find_ways(self._streets, start, end, liked, WAYS_EACH, 1)
                ways = self._kept[key]
                plans.append(_Plan(weight, gap.first, gap.last, ways, self._prior(gap, ways, arrived, left)))
        self._plans = plans
        self.lanes = np.unique(np.concatenate([np.zeros(0, np.int64), *[one.ways.lane for one in plans]]))

    def count_along(self, trail, tick, own, other):
        """How many of each trail go along one of the ways at the right times, `(trails,)`, and which comes first.

        Candidates `(c,)` sorted by trail and tick.
        """
        starts = np.flatnonzero(np.concatenate([[True], trail[1:] != trail[:-1]]))
        best = np.zeros(len(starts), np.int64)
        first = starts.copy()
        place = np.concatenate([[0], np.cumsum(trail[1:] != trail[:-1])])
        index = np.arange(len(trail))
        for plan in self._plans:
            ways = plan.ways
            if not len(ways.way):
                continue
            inside = (tick >= plan.first) & (tick <= plan.last + 3)
            if not inside.any():
                continue
            delay = np.full((len(ways.lasts_s), len(self.lanes) + 1), np.nan)
            delay[ways.way, np.searchsorted(self.lanes, ways.lane)] = ways.after_s / TICK_S
            def of(lane):
                at = np.minimum(np.searchsorted(self.lanes, lane), len(self.lanes) - 1)
                return np.where(self.lanes[at] == lane, at, len(self.lanes))
            late = delay[:, of(own)]
            late = np.where(np.isnan(late), delay[:, of(other)], late) if False else late
            late[:, ~inside] = np.nan
            left = tick[None] - late
            on = np.isfinite(left)
            lead = np.minimum.reduceat(np.where(on, index, len(trail)), starts, axis=1)
            known = np.concatenate([left, np.full((len(left), 1), np.nan)], axis=1)
            ref = np.take_along_axis(known, lead, axis=1)[:, place]
            since = np.take_along_axis(np.concatenate([late, np.full((len(late), 1), np.nan)], axis=1), lead, axis=1)[:, place]
            fits = on & (np.abs(left - ref) <= 4 + 0.25 * np.abs(late - since))
            count = np.add.reduceat(fits, starts, axis=1)
            way = count.argmax(axis=0)
            most = count[way, np.arange(len(starts))]
            better = most > best
            best[better] = most[better]
            first[better] = lead[way, np.arange(len(starts))][better]
        return starts, best, first

    def _prior(self, gap, ways, arrived, left):
        tick = np.arange(gap.first, gap.last)
        prior = np.repeat(self._traffic[None, gap.first : gap.last], len(ways.lasts_s), axis=0)
        if arrived is not None:
            prior = prior * dwell((tick - arrived) * TICK_S)
        there = tick[None] + ways.lasts_s[:, None] / TICK_S
        if left is not None:
            prior = prior * dwell((left - there) * TICK_S)
        prior[there > gap.last] = 0
        return prior / max(prior.sum(), 1e-30)

    def predict(self, evidence: Floats, first: Floats) -> Floats:
        """`evidence` `(t, lanes)`. Probability of walking into each lane, without what is seen there."""
        log, log0 = np.log(evidence), np.log(first)
        result = np.zeros_like(evidence)
        for one in self._plans:
            ways = one.ways
            at = np.searchsorted(self.lanes, ways.lane)
            delay = np.rint(ways.after_s / TICK_S).astype(np.int64)
            span = one.last - one.first
            total = np.zeros((len(ways.lasts_s), span))
            before = np.zeros((len(ways.lasts_s), span))
            for way, lane, late in zip(ways.way.tolist(), at.tolist(), delay.tolist(), strict=True):
                here = log[one.first + late : one.last + late, lane]
                total[way, : len(here)] += here
                here = log0[one.first + late : one.last + late, lane]
                before[way, : len(here)] += here
            odds = one.prior * np.exp(total)
            whole = odds.sum() / max((one.prior * np.exp(before)).sum(), 1e-12)
            chance = one.weight * whole / (1 - one.weight + one.weight * whole)
            odds *= chance / max(odds.sum(), 1e-30)
            for way, lane, late in zip(ways.way.tolist(), at.tolist(), delay.tolist(), strict=True):
                last = min(one.last + late, self.ticks)
                result[one.first + late : last, lane] += odds[way, : max(last - one.first - late, 0)]
        return result / evidence
