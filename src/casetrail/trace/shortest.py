"""Shortest ways through streets that feel longer or shorter each time: only the lengths differ from one to the next."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from casetrail.model.arrays import Doubles, Integers
from casetrail.trace.streets import StreetGraph


@dataclass(frozen=True)
class Arcs:
    """Streets, each walked both ways, in the order that the solver wants. `first` `(n + 1,)`: where the arcs of each
    node begin; `to`, `edge` `(2 m,)`: where each arc leads, and along which edge.
    """

    first: Integers
    to: Integers
    edge: Integers

    def tree(self, length_m: Doubles, root: int, limit_m: float) -> tuple[Doubles, Integers]:
        """How far each node is from a root, inf beyond the limit, and the node before it, negative without one, `(n,)`
        each (Dijkstra 1959). `length_m` `(m,)`.
        """
        count = len(self.first) - 1
        arcs: csr_array[np.float64] = csr_array((length_m[self.edge], self.to, self.first), shape=(count, count))
        apart, before = dijkstra(arcs, True, np.array([root]), True, limit=limit_m)
        return np.asarray(apart[0]), before[0].astype(np.int64)


def lay_out(graph: StreetGraph) -> Arcs:
    """The arcs of a street graph."""
    leave = np.concatenate([graph.edges[:, 0], graph.edges[:, 1]])
    reach = np.concatenate([graph.edges[:, 1], graph.edges[:, 0]])
    order = np.lexsort((reach, leave))
    first = np.concatenate([[0], np.cumsum(np.bincount(leave, minlength=len(graph.nodes_m)))])
    return Arcs(first.astype(np.int32), reach[order].astype(np.int32), order % len(graph.edges))
