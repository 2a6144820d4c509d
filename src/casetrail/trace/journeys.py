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
DIRECT, AROUND = 0.5, 0.12
TEMPER = 0.7
LEAST_GAP = 30  # ticks


@dataclass(frozen=True)
class Gap:
    """A while without news: ticks `first` to `last`; where the person was at its start and end, shares of cells."""

    first: int
    last: int
    start: Doubles
    end: Doubles


@dataclass
class _Plan:
    weight: float
    first: int
    last: int
    ways: Ways
    usual: float = 0.0


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
                pairs.append((DIRECT, a, gap.start, b, gap.end))
            for c, place in named:
                if min(np.linalg.norm(a - c), np.linalg.norm(b - c)) > APART_M:
                    pairs.append((AROUND * min(1.0, (gap.last - gap.first) / 540), a, gap.start, c, place))
                    pairs.append((AROUND * min(1.0, (gap.last - gap.first) / 540), c, place, b, gap.end))
            for weight, one, start, other, end in pairs:
                key = (tuple((one / 20).round().astype(int)), tuple((other / 20).round().astype(int)), len(liked) // 8)
                if key not in self._kept:
                    self._kept[key] = find_ways(self._streets, start, end, liked, WAYS_EACH, 1)
                plans.append(_Plan(weight, gap.first, gap.last, self._kept[key]))
        self._plans = plans
        self.lanes = np.unique(np.concatenate([np.zeros(0, np.int64), *[one.ways.lane for one in plans]]))

    def predict(self, evidence: Floats, first: Floats) -> Floats:
        """`evidence`, `first` `(t, lanes)`: now and before anything was opened. Probability of walking into each lane, without what is seen there."""
        log = TEMPER * np.log(evidence)
        log0 = TEMPER * np.log(first)
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
            prior = self._traffic[one.first : one.last] / self._traffic[one.first : one.last].sum()
            prior = np.repeat(prior[None], len(ways.lasts_s), axis=0)
            ends = one.last - np.rint(ways.lasts_s / TICK_S).astype(np.int64)
            prior[np.arange(span)[None] + one.first > ends[:, None]] = 0
            prior /= max(prior.sum(), 1e-12)
            odds = prior * np.exp(total)
            whole = odds.sum() / max((prior * np.exp(before)).sum(), 1e-12)
            chance = one.weight * whole / (1 - one.weight + one.weight * whole)
            odds *= chance / max(odds.sum(), 1e-30)
            for way, lane, late in zip(ways.way.tolist(), at.tolist(), delay.tolist(), strict=True):
                last = min(one.last + late, self.ticks)
                result[one.first + late : last, lane] += odds[way, : max(last - one.first - late, 0)]
        return result / np.exp(log)
