"""Journeys between places that the evidence names: when the index case may have set out, and past which cameras.

Whoever was at one place and is later known at another walked there, by one of a few near-shortest ways. Of each way
and each moment of setting out it is known past which cameras it leads and when; who was looked at there and is somebody
else tells which journeys are still possible. How many passed says nothing: it only draws journeys to crowds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from casetrail.model.arrays import Doubles, Floats, Integers
from casetrail.trace.cells import StreetCells
from casetrail.trace.motion import TICK_S
from casetrail.trace.news import LEAST_TICKS, Gap, spot_of
from casetrail.trace.shortest import Arcs, lay_out

WALK_MPS, PACES = 1.3, 0.15  # walking speed, and how much people differ: of its logarithm
TASTE = 0.15  # of the logarithm of a street's length, as people feel it
LIKED = 0.7  # a street that the index case was seen in feels so much shorter, in every other way
DETOUR, BEYOND_M = 1.3, 500.0
WAYS_EACH = 24
APART_M = 120.0  # nobody needs a journey between places that are nearer
DIRECT, AROUND = 0.4, 0.15  # chance of a journey from place to place in a gap, and by way of another named place
LONG_GAP_TICKS = 540
BACK, BACK_HALF = 0.5, 0.3  # chance of the way back of a confirmed walk: between its ends, or from or to one of them
SAME_PLACE_M = 300.0
SHORT, SHORT_S, SHORT_SPREAD = 0.3, 1500.0, 1.1  # stays: some are short, log-normal,
HALF, HALF_S, HALF_SPREAD_S = 0.25, 15_000.0, 6000.0  # some last half a day,
LONG, LONG_S, LONG_SPREAD_S = 0.45, 30_000.0, 7200.0  # others a working day,
ANY_STAY = 3e-6  # and a few last as long as they like; per second


@dataclass(frozen=True)
class Streets:
    """Streets with the lanes in them. `felt_m` `(edges,)`: how long each feels. `state` `(v,)` sorted, `lane` `(v,)`:
    which walking state (of all cells) passes which lane.
    """

    cells: StreetCells
    felt_m: Doubles
    state: Integers
    lane: Integers

    @cached_property
    def arcs(self) -> Arcs:
        """The streets as the solver of shortest ways wants them."""
        return lay_out(self.cells.graph)

    @cached_property
    def cells_of(self) -> tuple[Integers, Integers]:
        """The first cell of each edge and the one after its last, `(edges,)` each."""
        count = np.bincount(self.cells.edge, minlength=len(self.cells.graph.edges))
        return np.cumsum(count) - count, np.cumsum(count)

    @cached_property
    def edge_of(self) -> dict[tuple[int, ...], int]:
        """The edge between two nodes, the lower one first."""
        pairs = np.sort(self.cells.graph.edges, axis=1).tolist()
        return {tuple(pair): number for number, pair in enumerate(pairs)}


@dataclass(frozen=True)
class DrawnWays:
    """`k` ways from one place to another. `way`, `lane`, `after` `(n,)`: which way passes which lane how many ticks
    after setting out. `lasts` `(k,)`: ticks.
    """

    way: Integers
    lane: Integers
    after: Integers
    lasts: Doubles


@dataclass(frozen=True)
class Journey:
    """A journey that may have been made in a gap with this `chance`. `prior` `(k, ticks of the gap)`: by which way and
    when, sums to 1.
    """

    chance: float
    gap: Gap
    ways: DrawnWays
    prior: Doubles


@dataclass(frozen=True)
class Told:
    """A journey with its passes, rows (way, row of the lane, first tick, the one after the last), and what those looked
    at there leave of it by each way and at each moment, `(k, ticks of the gap)`, natural log, changed in place.
    """

    journey: Journey
    passes: list[tuple[int, int, int, int]]
    left: Floats


@dataclass(frozen=True)
class Leg:
    """A confirmed walk. `lane_back`, `tick` `(k,)`: the lane that leads back through each view, and when the person was
    seen there; `start_m`, `end_m` `(2,)`: where it begins and ends.
    """

    lane_back: Integers
    tick: Integers
    start_m: Doubles
    end_m: Doubles


class Journeys:
    """The journeys that a person may have made between what is known. `traffic` `(t,)`: how busy the streets are."""

    def __init__(self, streets: Streets, traffic: Doubles) -> None:
        self._streets, self._traffic = streets, traffic
        self.walk_mps = WALK_MPS  # how fast the person is taken to walk in what is planned from now on
        self._found: dict[tuple[object, ...], DrawnWays] = {}
        self._all: list[Told] = []
        self._left = np.ones((0, 0), np.float32)
        self.lanes = np.zeros(0, np.int64)

    def plan(self, gaps: Sequence[Gap], places: Sequence[Doubles], liked: Integers, legs: Sequence[Leg] = ()) -> None:
        """Think of journeys in these gaps, also by way of named places, shares of cells `(c,)` each, and back along the
        legs that were confirmed; `liked`: edges in which the person was seen.
        """
        journeys = [each for gap in gaps for each in self._in_gap(gap, places, liked)]
        journeys += [each for gap in gaps for leg in legs for each in self._back(gap, leg)]
        self.lanes = np.unique(np.concatenate([self.lanes[:0], *(each.ways.lane for each in journeys)]))
        self._all = [Told(each, self._passes(each), np.zeros(each.prior.shape, np.float32)) for each in journeys]
        self._left = np.ones((len(self.lanes), len(self._traffic)), np.float32)

    def predict(self, left: Floats) -> Floats:
        """How likely the person walks into each lane at each tick, before anybody is looked at there: `(lanes, t)`.

        `left`: how likely they may still have passed each lane at each tick, by who was looked at there; at most 1.
        """
        self._tell(left)
        result = np.zeros(left.shape, np.float32)
        for told in self._all:
            odds = told.journey.prior * np.exp(told.left)
            whole = told.journey.chance * float(odds.sum())
            odds *= whole / (1 - told.journey.chance + whole) / max(float(odds.sum()), 1e-30)
            odds = odds.astype(np.float32)
            for way, lane, first, last in told.passes:
                result[lane, first:last] += odds[way, : last - first]
        return np.asarray(result / left, np.float32)

    def _tell(self, left: Floats) -> None:
        """Tell the journeys what changed since the last time, in the few lanes where anything did."""
        changed = (left != self._left).any(axis=1)
        step = dict(zip(np.flatnonzero(changed).tolist(), np.log(left[changed] / self._left[changed]), strict=True))
        self._left[changed] = left[changed]
        for told in self._all:
            for way, lane, first, last in told.passes:
                if lane in step:
                    told.left[way, : last - first] += step[lane][first:last]

    def _in_gap(self, gap: Gap, places: Sequence[Doubles], liked: Integers) -> list[Journey]:
        middle = self._streets.cells.middle_m
        start, end = spot_of(gap.start, middle), spot_of(gap.end, middle)
        found = []
        if np.linalg.norm(start - end) > APART_M:
            found.append(self._journey(DIRECT, gap, gap.start, gap.end, liked, (gap.arrived, gap.left)))
        chance = AROUND * min(1.0, (gap.last - gap.first) / LONG_GAP_TICKS)
        for place in places:
            spot = spot_of(place, middle)
            if min(np.linalg.norm(start - spot), np.linalg.norm(end - spot)) > APART_M:
                found.append(self._journey(chance, gap, gap.start, place, liked, (gap.arrived, None)))
                found.append(self._journey(chance, gap, place, gap.end, liked, (None, gap.left)))
        return found

    def _back(self, gap: Gap, leg: Leg) -> list[Journey]:
        """The way back along a leg, in a gap that begins where it ended, or ends where it began."""
        middle = self._streets.cells.middle_m
        from_end = bool(np.linalg.norm(spot_of(gap.start, middle) - leg.end_m) < SAME_PLACE_M)
        to_start = bool(np.linalg.norm(spot_of(gap.end, middle) - leg.start_m) < SAME_PLACE_M)
        if not (from_end or to_start):
            return []
        after = leg.tick.max() - leg.tick
        ways = DrawnWays(np.zeros(len(after), np.int64), leg.lane_back, after, np.array([float(after.max())]))
        known = gap.arrived if from_end else None, gap.left if to_start else None
        return [Journey(BACK if from_end and to_start else BACK_HALF, gap, ways, self._prior(gap, ways, *known))]

    def _journey(
        self,
        chance: float,
        gap: Gap,
        start: Doubles,
        end: Doubles,
        liked: Integers,
        known: tuple[int | None, int | None],
    ) -> Journey:
        middle = self._streets.cells.middle_m
        ends = np.rint(np.concatenate([spot_of(start, middle), spot_of(end, middle)]) / 20).astype(np.int64)
        key = (*ends.tolist(), len(liked) // 8, self.walk_mps)
        if key not in self._found:
            self._found[key] = draw_ways(self._streets, start, end, liked, WAYS_EACH, self.walk_mps)
        ways = self._found[key]
        return Journey(chance, gap, ways, self._prior(gap, ways, *known))

    def _prior(self, gap: Gap, ways: DrawnWays, arrived: int | None, left: int | None) -> Doubles:
        """Who stays somewhere does so for a usual while, and people set out when others do."""
        tick = np.arange(gap.first, gap.last)
        there: Doubles = tick[None] + ways.lasts[:, None]
        prior: Doubles = np.repeat(self._traffic[None, gap.first : gap.last], len(ways.lasts), axis=0)
        if arrived is not None:
            prior = prior * staying(TICK_S * np.asarray(tick - arrived, np.float64))
        if left is not None:
            prior = prior * staying(TICK_S * np.asarray(left - there, np.float64))
        prior[there > gap.last] = 0
        return np.asarray(prior / max(float(prior.sum()), 1e-30))

    def _passes(self, journey: Journey) -> list[tuple[int, int, int, int]]:
        ways, gap, ticks = journey.ways, journey.gap, len(self._traffic)
        column = np.searchsorted(self.lanes, ways.lane)
        first, last = np.minimum(gap.first + ways.after, ticks), np.minimum(gap.last + ways.after, ticks)
        return list(zip(ways.way.tolist(), column.tolist(), first.tolist(), last.tolist(), strict=True))


def find_legs(tick: Integers, camera: Integers, spot_m: Doubles, lane_back: Integers) -> list[Leg]:
    """The walks that confirmed sightings `(n,)` make: those past two cameras at least, without a gap between."""
    order = np.argsort(tick, kind="stable")
    parts = np.split(order, np.flatnonzero(np.diff(tick[order]) > LEAST_TICKS) + 1)
    walks = [part for part in parts if len(np.unique(camera[part])) > 1]
    return [Leg(lane_back[part], tick[part], spot_m[part[0]], spot_m[part[-1]]) for part in walks]


def staying(seconds: Doubles) -> Doubles:
    """Density of how long people stay somewhere, per second: guesses from travel surveys' orders of magnitude."""
    seconds = np.maximum(seconds, 1.0)
    short = np.exp(-((np.log(seconds / SHORT_S) / SHORT_SPREAD) ** 2) / 2) / (seconds * SHORT_SPREAD)
    long = np.exp(-(((seconds - LONG_S) / LONG_SPREAD_S) ** 2) / 2) / LONG_SPREAD_S
    half = np.exp(-(((seconds - HALF_S) / HALF_SPREAD_S) ** 2) / 2) / HALF_SPREAD_S
    return np.asarray((SHORT * short + HALF * half + LONG * long) / np.sqrt(2 * np.pi) + ANY_STAY)


def draw_ways(
    streets: Streets, start: Doubles, end: Doubles, liked: Integers, count: int, walk_mps: float = WALK_MPS
) -> DrawnWays:
    """Ways drawn between two places, given as shares of cells `(c,)`, each by somebody's taste and pace, which is
    around `walk_mps`.
    """
    rng = np.random.default_rng(1)
    cells, graph = streets.cells, streets.cells.graph
    edges = graph.edges
    leave = edges[cells.edge[rng.choice(len(start), count, p=start / start.sum())], rng.integers(2, size=count)]
    reach = edges[cells.edge[rng.choice(len(end), count, p=end / end.sum())], rng.integers(2, size=count)]
    way, lane, after, lasts = [], [], [], []
    for number, (one, other) in enumerate(zip(leave.tolist(), reach.tolist(), strict=True)):
        felt = streets.felt_m * rng.lognormal(0, TASTE, len(edges))
        felt[liked[: len(liked) * (number % 2)]] *= LIKED
        pace = walk_mps * TICK_S * float(rng.lognormal(0, PACES))
        apart = float(np.linalg.norm(graph.nodes_m[one] - graph.nodes_m[other]))
        path = _path(streets.arcs.tree(felt, one, 2 * DETOUR * apart + BEYOND_M)[1], one, other)
        street = np.array([streets.edge_of[min(pair), max(pair)] for pair in pairwise(path)], np.int64)
        state, at_m, whole = _walk(streets, street, np.array(path[:-1], np.int64))
        first, last = (np.searchsorted(streets.state, state, side=side) for side in ("left", "right"))
        for passed, metres in zip(np.flatnonzero(last > first).tolist(), at_m[last > first].tolist(), strict=True):
            seen = streets.lane[first[passed] : last[passed]]
            way += [number] * len(seen)
            lane += seen.tolist()
            after += [round(metres / pace)] * len(seen)
        lasts.append((whole if len(street) else DETOUR * apart) / pace)
    return DrawnWays(np.array(way, np.int64), np.array(lane, np.int64), np.array(after, np.int64), np.array(lasts))


def _path(before: Integers, one: int, other: int) -> list[int]:
    """Nodes of the shortest way by the node `before` each; only the first where there is none."""
    path = [other]
    while path[-1] != one and before[path[-1]] >= 0:
        path.append(int(before[path[-1]]))
    return path[::-1] if path[-1] == one else [one]


def _walk(streets: Streets, street: Integers, leaves: Integers) -> tuple[Integers, Doubles, float]:
    """Walking states along these edges from these nodes, the metres at which each begins, and those of all."""
    cells, (first, end) = streets.cells, streets.cells_of
    states, total = [np.zeros(0, np.int64)], 0.0
    metres = [np.zeros(0)]
    for edge, node in zip(street.tolist(), leaves.tolist(), strict=True):
        onward = bool(cells.graph.edges[edge, 0] == node)
        some = np.arange(first[edge], end[edge])[:: 1 if onward else -1]
        states.append(2 * some + (not onward))
        metres.append(total + np.cumsum(cells.length_m[some]) - cells.length_m[some])
        total += float(cells.length_m[some].sum())
    return np.concatenate(states), np.concatenate(metres), total
