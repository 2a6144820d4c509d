"""How far people walk along streets from one field of view to another, for the pairs that are near: never all pairs."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from casetrail.model.arrays import Doubles, Integers, frozen
from casetrail.trace.streets import InView, StreetGraph

AT_ONCE = 128  # views whose distances are held at a time
LEAST_M = 1e-3  # a way of no length is no way to the solver


@dataclass(frozen=True)
class Ways:
    """Ways between views, `k` rows by `leave` and `enter`; arrays read-only.

    `leave`, `enter` `(k,)`: int64 positions of two different cameras. `metres` `(k,)`: walking metres from the edge
    of the one view to the edge of the other, 0 where they meet on a street.
    """

    leave: Integers
    enter: Integers
    metres: Doubles

    def of(self, camera: int) -> tuple[Integers, Doubles]:
        """Where one gets from a camera, and how far each is."""
        rows = slice(*np.searchsorted(self.leave, (camera, camera + 1)))
        return self.enter[rows], self.metres[rows]


def find_ways(graph: StreetGraph, in_view: InView, limit_m: float) -> Ways:
    """The shortest ways on foot of at most `limit_m` metres between any two views (Dijkstra 1959)."""
    here = np.unique(in_view.camera)
    joined, out, into = _with_views(graph, in_view, here)
    parts = [_along_one_edge(graph, in_view, limit_m)]
    for start in range(0, len(here), AT_ONCE):
        rows = np.arange(start, min(start + AT_ONCE, len(here)))
        reached = dijkstra(joined, indices=out[rows], limit=limit_m + 2 * LEAST_M)[:, into]
        row, column = np.nonzero(np.isfinite(reached))
        metres = np.maximum(reached[row, column] - 2 * LEAST_M, 0.0)
        parts.append(np.column_stack([here[rows[row]], here[column], metres]))
    return _shortest(np.concatenate(parts))


def _with_views(graph: StreetGraph, in_view: InView, here: Integers) -> tuple[csr_array, Integers, Integers]:
    """The streets as a matrix, with a place to set out from and one to arrive at for every view."""
    count, place = len(graph.nodes_m), np.searchsorted(here, in_view.camera)
    out, into = count + np.arange(len(here)), count + len(here) + np.arange(len(here))
    ends, length = graph.edges[in_view.edge], graph.length_m[in_view.edge]
    first_m, last_m = in_view.from_share * length, (1 - in_view.to_share) * length
    rows = [
        _arcs(graph.edges[:, 0], graph.edges[:, 1], graph.length_m),
        _arcs(graph.edges[:, 1], graph.edges[:, 0], graph.length_m),
        *(_arcs(out[place], ends[:, side], metres) for side, metres in ((0, first_m), (1, last_m))),
        *(_arcs(ends[:, side], into[place], metres) for side, metres in ((0, first_m), (1, last_m))),
    ]
    arcs = _least(np.concatenate(rows))
    size = count + 2 * len(here)
    at = (arcs[:, 0].astype(np.int64), arcs[:, 1].astype(np.int64))
    return csr_array((np.maximum(arcs[:, 2], LEAST_M), at), shape=(size, size)), out, into


def _arcs(leave: Integers, enter: Integers, metres: Doubles) -> Doubles:
    return np.column_stack([leave, enter, metres])


def _along_one_edge(graph: StreetGraph, in_view: InView, limit_m: float) -> Doubles:
    """Ways between views of one edge, straight along it: rows `(leave, enter, metres)`."""
    order = np.argsort(in_view.edge, kind="stable")
    rows = [row for group in _groups(in_view.edge[order]) for row in _pairs(order[group], graph, in_view)]
    table = np.array(rows, np.float64).reshape(-1, 3)
    return np.asarray(table[table[:, 2] <= limit_m])


def _groups(edges: Integers) -> Iterator[slice]:
    """Slices of equal edges that are longer than one."""
    bounds = np.append(np.flatnonzero(np.diff(edges, prepend=-1)), len(edges)).tolist()
    for first, last in pairwise(bounds):
        if last - first > 1:
            yield slice(first, last)


def _pairs(rows: Integers, graph: StreetGraph, in_view: InView) -> Iterator[tuple[int, int, float]]:
    for a in rows.tolist():
        for b in rows.tolist():
            if in_view.camera[a] != in_view.camera[b]:
                ahead = in_view.from_share[b] - in_view.to_share[a]
                behind = in_view.from_share[a] - in_view.to_share[b]
                share = max(float(ahead), float(behind), 0.0)
                metres = share * float(graph.length_m[in_view.edge[a]])
                yield int(in_view.camera[a]), int(in_view.camera[b]), metres


def _shortest(rows: Doubles) -> Ways:
    table = _least(rows[rows[:, 0] != rows[:, 1]])
    leave, enter = (frozen(table[:, side].astype(np.int64)) for side in (0, 1))
    return Ways(leave, enter, frozen(np.ascontiguousarray(table[:, 2])))


def _least(rows: Doubles) -> Doubles:
    """Of rows `(from, to, metres)` with the same ends the shortest, by from and to."""
    ordered = rows[np.lexsort((rows[:, 2], rows[:, 1], rows[:, 0]))]
    first = np.ones(len(ordered), np.bool_)
    first[1:] = (ordered[1:, :2] != ordered[:-1, :2]).any(axis=1)
    return np.asarray(ordered[first])
