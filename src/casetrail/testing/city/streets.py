"""Streets of a simulated city: a perturbed grid with blocks missing, avenues, places to go, stops and lines."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from casetrail.model.arrays import Doubles, Flags, Integers
from casetrail.testing.city.plan import CityPlan

BLOCK_M = 80.0
AVENUE_EVERY = 6
MISSING = 0.14  # share of side streets that are not there: yards, parks, factories
LINE_EVERY_M = 900.0
STOP_EVERY = 5  # crossings between two stops
PLACES_PER_KM2, MOST_PLACES = 12.0, 640


@dataclass(frozen=True)
class Streets:
    """A street graph on a plane.

    `nodes_m` `(n, 2)` metres east and north; `edges` `(m, 2)`; `length_m` `(m,)`; `avenue` `(m,)`. `places`: nodes
    that people go to, `pull` `(p,)` how many. `lines`: nodes of the stops of each line, in order.
    """

    nodes_m: Doubles
    edges: Integers
    length_m: Doubles
    avenue: Flags
    places: Integers
    pull: Doubles
    lines: tuple[Integers, ...]

    @property
    def stops(self) -> Integers:
        """Every stop once."""
        return np.unique(np.concatenate(self.lines))


def build_streets(plan: CityPlan) -> Streets:
    """The streets of a plan."""
    rng = np.random.default_rng([plan.seed, 1])
    count = max(round(plan.side_m / BLOCK_M) + 1, 5)
    nodes = _crossings(count, plan.side_m, rng)
    edges, avenue = _grid(count)
    kept = avenue | (rng.random(len(edges)) >= MISSING)
    nodes, edges, avenue, row = _connected(nodes, edges[kept], avenue[kept], count)
    straight = np.linalg.norm(nodes[edges[:, 0]] - nodes[edges[:, 1]], axis=1)
    length = straight * rng.uniform(1.0, 1.08, len(edges))
    places, pull = _places(len(nodes), plan, rng)
    return Streets(nodes, edges, length, avenue, places, pull, _lines(row, count))


def _crossings(count: int, side_m: float, rng: np.random.Generator) -> Doubles:
    step = side_m / (count - 1)
    north, east = np.divmod(np.arange(count * count), count)
    return np.stack([east, north], axis=1) * step + rng.normal(0, 0.13 * step, (count * count, 2))


def _grid(count: int) -> tuple[Integers, Flags]:
    """Edges between neighbours, and whether each lies on an avenue."""
    number = np.arange(count * count).reshape(count, count)
    along = np.stack([number[:, :-1].ravel(), number[:, 1:].ravel()], axis=1)
    across = np.stack([number[:-1].ravel(), number[1:].ravel()], axis=1)
    avenue_along = np.repeat(np.arange(count) % AVENUE_EVERY == AVENUE_EVERY // 2, count - 1)
    avenue_across = np.tile(np.arange(count) % AVENUE_EVERY == AVENUE_EVERY // 2, count - 1)
    return np.concatenate([along, across]), np.concatenate([avenue_along, avenue_across])


def _connected(nodes: Doubles, edges: Integers, avenue: Flags, count: int) -> tuple[Doubles, Integers, Flags, Integers]:
    """The largest connected part, numbered anew; the last value is the new number of each crossing, -1 if gone."""
    size = len(nodes)
    graph = csr_array((np.ones(len(edges)), (edges[:, 0], edges[:, 1])), shape=(size, size))
    _, label = connected_components(graph, directed=False)
    inside = label == np.bincount(label).argmax()
    row = np.where(inside, np.cumsum(inside) - 1, -1)
    kept = inside[edges[:, 0]]
    return nodes[inside], row[edges[kept]], avenue[kept], row.reshape(count, count)


def _places(count: int, plan: CityPlan, rng: np.random.Generator) -> tuple[Integers, Doubles]:
    """Where people work, learn, shop and eat: some draw many, most draw few."""
    wanted = int(np.clip(plan.side_m**2 / 1e6 * PLACES_PER_KM2, 12, MOST_PLACES))
    places = rng.choice(count, size=min(wanted, count), replace=False)
    return np.sort(places), rng.pareto(2.0, len(places)) + 0.3


def _lines(row: Integers, count: int) -> tuple[Integers, ...]:
    """Straight lines along avenues, both ways across the city, with a stop every few crossings."""
    step = max(round(LINE_EVERY_M / BLOCK_M / AVENUE_EVERY), 1) * AVENUE_EVERY
    offsets = range(AVENUE_EVERY // 2, count, step)
    lines = [row[at, 1::STOP_EVERY] for at in offsets] + [row[1::STOP_EVERY, at] for at in offsets]
    kept = [line[line >= 0] for line in lines]
    found = tuple(line for line in kept if len(line) > 1)
    return found or (row[AVENUE_EVERY // 2][row[AVENUE_EVERY // 2] >= 0][[0, -1]],)
