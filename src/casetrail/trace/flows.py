"""Which way people turn where streets meet: counted on near-shortest ways between places all over the map.

Nobody roams: people walk somewhere. Of those who come to a crossing by one street, as many go on by another as there
are near-shortest ways that do, where ways along streets that many people are seen in are a little shorter.
"""

from dataclasses import dataclass

import numpy as np

from casetrail.model.arrays import Doubles, Integers
from casetrail.trace.shortest import Arcs, lay_out
from casetrail.trace.streets import StreetGraph

ROOTS = 400
FARTHEST_M = 2000.0
USUAL_M = 700.0  # ways are as often this much longer as they are e times rarer
TASTE = 0.15  # of the logarithm of a street's length, as people feel it
BUSY = 0.2  # a street with ten times as many people feels 1.6 times shorter
SMOOTHING = 10


@dataclass(frozen=True)
class Turns:
    """How many ways go from one edge over a node to another: sorted `key` `(k,)`, `ways` `(k,)`."""

    key: Integers
    ways: Doubles
    nodes: int
    edges: int

    def along(self, edge_in: Integers, node: Integers, edge_out: Integers) -> Doubles:
        """Ways that turn so, 0 where none does."""
        wanted = self._keys(edge_in, node, edge_out)
        if not len(self.key):
            return np.zeros(len(wanted))
        at = np.minimum(np.searchsorted(self.key, wanted), len(self.key) - 1)
        return np.asarray(np.where(self.key[at] == wanted, self.ways[at], 0.0))

    def _keys(self, edge_in: Integers, node: Integers, edge_out: Integers) -> Integers:
        return np.asarray((edge_in * self.nodes + node) * self.edges + edge_out)


def count_turns(graph: StreetGraph, near: Integers, busy: Doubles, seed: int = 1) -> Turns:
    """Turns of ways to and from nodes among `near`; `busy` `(edges,)`: how many people each street has, 1 is usual."""
    rng = np.random.default_rng(seed)
    nodes, edges = len(graph.nodes_m), graph.edges
    pairs = np.sort(edges, axis=1)
    key = pairs[:, 0] * nodes + pairs[:, 1]
    order = np.argsort(key, kind="stable")
    felt = graph.length_m / busy**BUSY
    arcs, found, ways = lay_out(graph), [], []
    for root in rng.choice(near, min(ROOTS, len(near)), replace=False):
        length = felt * rng.lognormal(0, TASTE, len(edges))
        turn, flow = _turns_of(_tree(arcs, length, int(root)), key[order], order)
        found.append(turn)
        ways.append(flow)
    rows, flow = np.concatenate(found), np.concatenate(ways)
    return _counted(np.concatenate([rows, rows[:, ::-1]]), np.concatenate([flow, flow]), nodes, len(edges))


def busy_streets(graph: StreetGraph, edge: Integers, people: Doubles) -> Doubles:
    """How many people each street has `(edges,)`, 1 is usual. `edge`, `people` `(c,)`: what cameras counted where.

    Streets without a camera have what their neighbours have.
    """
    count = len(graph.edges)
    cameras = np.bincount(edge, minlength=count)
    known = cameras > 0
    if not known.any():
        return np.ones(count)
    mean = np.bincount(edge, people, minlength=count) / np.maximum(cameras, 1)
    usual = float(np.median(mean[known])) or float(mean[known].mean()) or 1.0
    value = np.where(known, mean, usual)
    degree = np.maximum(np.bincount(graph.edges.ravel(), minlength=len(graph.nodes_m)), 1)
    for _ in range(SMOOTHING):
        around = np.bincount(graph.edges.ravel(), np.repeat(value, 2), minlength=len(degree)) / degree
        value = np.where(known, mean, around[graph.edges].mean(axis=1))
    return np.asarray((value + 0.05 * usual + 1e-9) / (1.05 * usual + 1e-9))


Tree = tuple[Integers, Integers, Doubles]


def _tree(arcs: Arcs, length: Doubles, root: int) -> Tree:
    """Nodes within reach by falling distance, the node before each on its way from the root, and distances."""
    apart, before = arcs.tree(length, root, FARTHEST_M)
    reached = np.flatnonzero(before >= 0)
    order = reached[np.argsort(-apart[reached], kind="stable")]
    return order, before, apart


def _turns_of(tree: Tree, key: Integers, edge: Integers) -> tuple[Integers, Doubles]:
    """Rows (edge, node, edge) of the ways of a tree, and how many of them turn so."""
    order, before, apart = tree
    flow = np.zeros(len(before))
    flow[order] = np.exp(-apart[order] / USUAL_M)
    total = flow.tolist()
    ahead = before.tolist()
    for node in order.tolist():
        total[ahead[node]] += total[node]
    inner = order[before[before[order]] >= 0]
    low, high = np.minimum(np.arange(len(before)), before), np.maximum(np.arange(len(before)), before)
    street = np.full(len(before), -1)
    street[order] = edge[np.searchsorted(key, low[order] * len(before) + high[order])]
    rows = np.stack([street[inner], before[inner], street[before[inner]]], axis=1)
    return rows, np.array(total)[inner]


def _counted(rows: Integers, flow: Doubles, nodes: int, edges: int) -> Turns:
    keys = (rows[:, 0] * nodes + rows[:, 1]) * edges + rows[:, 2]
    key, place = np.unique(keys, return_inverse=True)
    return Turns(key, np.bincount(place, flow).astype(np.float64), nodes, edges)
