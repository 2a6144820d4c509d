"""Shortest ways between anywhere and the places people go to, and which views lie on them."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from casetrail.model.arrays import Array, Doubles, Integers
from casetrail.testing.city.cameras import Views
from casetrail.testing.city.plan import CityPlan
from casetrail.testing.city.streets import Streets

TASTES = 3  # people prefer different ways: so many sets of weights
NEAREST_LINES_M = 800.0


@dataclass(frozen=True)
class Ways:
    """Trees of shortest ways. A tree is (taste, root); `towards`, `by`, `length_m` are `(trees, nodes)`.

    `towards`: the next node, `by`: the street taken to it, `length_m`: metres to the root. `root_of` `(nodes,)`: which
    root a node is, -1 for none; `roots` their nodes. `boarding` `(lines, nodes)`: nearest stop of each line, and
    `boarding_m` how far it is.
    """

    towards: Array
    by: Array
    length_m: Array
    roots: Integers
    root_of: Integers
    boarding: Array
    boarding_m: Array

    def tree(self, taste: Integers, node: Integers) -> Integers:
        """Which tree leads to these roots."""
        return np.asarray(taste * len(self.roots) + self.root_of[node])


@dataclass(frozen=True)
class Lookouts:
    """Views by street: those of street `e` are `first[e]:first[e + 1]` of `camera`, `near_m`, `far_m`.

    Metres count from the first node of the street.
    """

    first: Integers
    camera: Integers
    near_m: Doubles
    far_m: Doubles


def build_ways(streets: Streets, plan: CityPlan) -> Ways:
    """Every tree that anybody walks along."""
    rng = np.random.default_rng([plan.seed, 3])
    roots = np.union1d(streets.places, streets.stops)
    root_of = np.full(len(streets.nodes_m), -1)
    root_of[roots] = np.arange(len(roots))
    parts = [_trees(streets, roots, rng) for _ in range(TASTES)]
    towards, by, length = (np.concatenate([part[column] for part in parts]) for column in range(3))
    stop_m = [length[root_of[line]] for line in streets.lines]
    boarding = np.array([line[each.argmin(axis=0)] for line, each in zip(streets.lines, stop_m, strict=True)])
    boarding_m = np.array([each.min(axis=0) for each in stop_m], np.float32)
    return Ways(towards, by, length, roots, root_of, boarding, boarding_m)


def build_lookouts(streets: Streets, views: Views) -> Lookouts:
    """Views sorted by street."""
    order = np.argsort(views.edge, kind="stable")
    edge = views.edge[order]
    length = streets.length_m[edge]
    first = np.searchsorted(edge, np.arange(len(streets.edges) + 1))
    return Lookouts(first, order, views.near[order] * length, views.far[order] * length)


def _trees(streets: Streets, roots: Integers, rng: np.random.Generator) -> tuple[Array, Array, Array]:
    count = len(streets.nodes_m)
    liked = streets.length_m * np.where(streets.avenue, 0.92, 1.0) * rng.lognormal(0, 0.25, len(streets.edges))
    a, b = streets.edges.T
    graph = csr_array((liked, (a, b)), shape=(count, count))
    _, towards = dijkstra(graph, directed=False, indices=roots, return_predecessors=True)
    by = _streets_taken(streets, towards)
    step = np.where(towards >= 0, streets.length_m[by], 0.0).astype(np.float32)
    return towards.astype(np.int32), by, _summed(towards, step)


def _streets_taken(streets: Streets, towards: Array) -> Array:
    """The street from each node to the next on its way, by the few streets that each node has."""
    count = len(streets.nodes_m)
    ends = np.concatenate([streets.edges, streets.edges[:, ::-1]])
    number = np.tile(np.arange(len(streets.edges)), 2)
    order = np.argsort(ends[:, 0], kind="stable")
    ends, number = ends[order], number[order]
    first = np.searchsorted(ends[:, 0], np.arange(count + 1))
    most = int(np.diff(first).max())
    slot = np.minimum(first[:-1, None] + np.arange(most), first[1:, None] - 1)
    by = np.empty(towards.shape, np.int32)
    for row, line in enumerate(towards):
        which = (ends[slot, 1] == line[:, None]).argmax(axis=1)
        by[row] = number[slot[np.arange(count), which]]
    return by


def _summed(towards: Array, step: Array) -> Array:
    """Metres to the root along each tree, by doubling the reach of each look."""
    here = np.arange(towards.shape[1])
    total, ahead = step.copy(), np.where(towards >= 0, towards, here)
    while (total != (more := total + np.take_along_axis(total, ahead, axis=1))).any():
        total, ahead = more, np.take_along_axis(ahead, ahead, axis=1)
    return total
