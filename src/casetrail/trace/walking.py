"""How far people walk along streets from one field of view to another, for the pairs that are near: never all pairs."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import KDTree

from casetrail.model.arrays import Doubles, Integers, frozen
from casetrail.trace.streets import InView, StreetGraph

AT_ONCE = 128  # views whose distances are held at a time
LEAST_M = 1e-3  # a way of no length is no way to the solver
NEARLY_M = 0.1


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


@dataclass(frozen=True)
class CutStreets:
    """Streets in `p` pieces between crossings and spots, `v` places in all, with ways from `k` chosen cameras.

    `ends` `(p, 2)`: places; `metres` `(p,)`. `camera` `(s,)`: positions of cameras with a spot here, at the places
    `at` `(s,)`. `chosen_at` `(k,)`; `from_m` `(k, v)`: walking metres from each, inf beyond the limit.
    """

    ends: Integers
    metres: Doubles
    camera: Integers
    at: Integers
    chosen_at: Integers
    from_m: Doubles

    @cached_property
    def between_m(self) -> Doubles:
        """Walking metres between the chosen cameras, `(k, k)`."""
        return np.asarray(self.from_m[:, self.chosen_at])

    def find_passed(self, a: int, b: int, most_m: float) -> Integers:
        """Cameras whose spot lies on every way of at most `most_m` from chosen camera `a` to `b`.

        A way passes every distance from `a` up to that of `b`; where only one piece of street lies at the distance just
        before a spot, and is on a way that is short enough, there is no other way.
        """
        ahead, behind = self.from_m[a], self.from_m[b]
        p, q = self.ends.T
        through = np.minimum(ahead[p] + behind[q], ahead[q] + behind[p]) + self.metres
        short = np.flatnonzero(through <= most_m)
        low = np.minimum(ahead[p[short]], ahead[q[short]])
        high = (ahead[p[short]] + ahead[q[short]] + self.metres[short]) / 2
        total_m = ahead[self.chosen_at[b]]
        far = ahead[self.at]
        on_way = (far + behind[self.at] < total_m + NEARLY_M) & (far > NEARLY_M) & (far < total_m - NEARLY_M)
        before = far[on_way][:, None] - NEARLY_M / math.e  # no crossing lies at just such a distance
        pieces = ((low[None] < before) & (high[None] > before)).sum(axis=1)
        return np.asarray(self.camera[on_way][pieces == 1])


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


def cut_around(graph: StreetGraph, edge: Integers, share: Doubles, chosen: Integers, limit_m: float) -> CutStreets:
    """Streets around some cameras, cut at a spot of every camera, with the ways of at most `limit_m` between those.

    `edge`, `share` `(cameras,)`: where each camera's spot is, edge -1 for none; `chosen` `(k,)`: cameras with a spot.
    """
    edges = _edges_near(graph, _points(graph, edge[chosen], share[chosen]), limit_m / 2)
    here = np.flatnonzero(np.isin(edge, edges))
    ends, metres = _cut(graph, edges, here, edge[here], share[here])
    used, place = np.unique(ends, return_inverse=True)
    ends = place.reshape(-1, 2)
    node_of = np.full(len(edge), -1, np.int64)
    node_of[here] = np.searchsorted(used, len(graph.nodes_m) + np.arange(len(here)))
    arcs = _least(np.concatenate([_arcs(ends[:, 0], ends[:, 1], metres), _arcs(ends[:, 1], ends[:, 0], metres)]))
    at = (arcs[:, 0].astype(np.int64), arcs[:, 1].astype(np.int64))
    joined = csr_array((np.maximum(arcs[:, 2], LEAST_M), at), shape=(len(used), len(used)))
    from_m = np.asarray(dijkstra(joined, indices=node_of[chosen], limit=limit_m), np.float64)
    return CutStreets(ends, metres, here, node_of[here], node_of[chosen], from_m)


def _edges_near(graph: StreetGraph, spots_m: Doubles, within_m: float) -> Integers:
    """Edges with an end so near to a spot; ways of at most twice as far between two spots use no other."""
    apart, _ = KDTree(spots_m).query(graph.nodes_m, distance_upper_bound=within_m)
    return np.flatnonzero(np.isfinite(apart)[graph.edges].any(axis=1))


def _points(graph: StreetGraph, edge: Integers, share: Doubles) -> Doubles:
    a, b = graph.nodes_m[graph.edges[edge, 0]], graph.nodes_m[graph.edges[edge, 1]]
    return np.asarray(a + share[:, None] * (b - a))


def _cut(
    graph: StreetGraph, edges: Integers, here: Integers, edge: Integers, share: Doubles
) -> tuple[Integers, Doubles]:
    """Pieces of these edges: their ends `(p, 2)`, spots numbered after all nodes, and metres `(p,)`."""
    of_edge = np.concatenate([edges, edge])
    at = np.concatenate([np.zeros(len(edges)), share])
    node = np.concatenate([graph.edges[edges, 0], len(graph.nodes_m) + np.arange(len(here))])
    is_spot = np.arange(len(node)) >= len(edges)
    order = np.lexsort((at, is_spot, of_edge))
    of_edge, at, node = of_edge[order], at[order], node[order]
    goes_on = np.append(of_edge[1:] == of_edge[:-1], False)
    until = np.where(goes_on, np.roll(node, -1), graph.edges[of_edge, 1])
    share_until = np.where(goes_on, np.roll(at, -1), 1.0)
    return np.column_stack([node, until]), (share_until - at) * graph.length_m[of_edge]


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
