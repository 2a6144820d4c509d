"""The lattice of paths: nodes in time order, weighted, with places that other evidence says must be visited or denied.

A path is any set of nodes taken in order. Its weight is the product of its nodes, of the edges between them, of a
start and an end, and, for every anchor in order of its end, either of one of its moments or of being denied. Anchors
are layers: a state is (node, how many anchors are settled), so every combination of believed and denied anchors is
summed exactly in one pass, and a false statement never blinds the search.
Viterbi 1967; Rabiner 1989 for the forward-backward recursions, here in log space.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from casetrail.model.arrays import Doubles, Integers

NEVER = -np.inf


@dataclass(frozen=True)
class Lattice:
    """Natural logs of weights, nodes in time order.

    `node` `(n,)`; `edge` `(n, n)`, read above the diagonal only; `start`, `end` `(n,)`; `empty`: of the path without
    nodes; `anchor` `(n,)`: which anchor a node is a moment of, -1 for a sighting; `settled` `(n,)`: how many anchors
    have ended when the node starts; `denied` `(k,)`: weight of denying each anchor.
    """

    node: Doubles
    edge: Doubles
    start: Doubles
    end: Doubles
    empty: float
    anchor: Integers
    settled: Integers
    denied: Doubles

    @property
    def layers(self) -> int:
        """How many states of the anchors there are."""
        return len(self.denied) + 1

    @cached_property
    def moves(self) -> tuple[Integers, Doubles]:
        """For each node and layer, the layer it is entered into and the weight of anchors denied on the way."""
        before = np.arange(self.layers)[None, :]
        least = np.where(self.anchor >= 0, self.anchor, self.settled)[:, None]
        reached = np.maximum(before, least)
        denied = np.concatenate([[0.0], np.cumsum(self.denied)])
        weight = denied[reached] - denied[before]
        is_moment = (self.anchor >= 0)[:, None]
        weight = np.where(is_moment & (before > least), NEVER, weight)
        return np.minimum(reached + is_moment, self.layers - 1), weight

    @cached_property
    def closing(self) -> Doubles:
        """Weight of denying every anchor that a finished path has not settled, `(layers,)`."""
        total = np.concatenate([[0.0], np.cumsum(self.denied)])
        return np.asarray(total[-1] - total)


@dataclass(frozen=True)
class Marginals:
    """`probability` `(n,)` of each node; `log_total`: of the weights of all paths; `empty`: probability of no node."""

    probability: Doubles
    log_total: float
    empty: float


def sum_paths(lattice: Lattice) -> Marginals:
    """Forward-backward over all paths."""
    ahead, behind = _forward(lattice), _backward(lattice)
    empty = lattice.empty + lattice.closing[0]
    total = _log_sum(np.append(_log_sum(ahead + lattice.end[:, None] + lattice.closing, (0, 1)), empty), 0)
    through = _log_sum(ahead + behind, 1)
    return Marginals(np.exp(np.minimum(through - total, 0)), float(total), float(np.exp(empty - total)))


def find_best_path(lattice: Lattice) -> tuple[tuple[int, ...], float]:
    """The path of the largest weight, as nodes in order, and the log of that weight."""
    best, _, back = _forward_best(lattice)
    finish = best + lattice.end[:, None] + lattice.closing
    empty = lattice.empty + lattice.closing[0]
    if not finish.size or finish.max() <= empty:
        return (), float(empty)
    last = np.unravel_index(int(finish.argmax()), finish.shape)
    return tuple(_walk_back(back, int(last[0]), int(last[1]))), float(finish.max())


def find_best_through(lattice: Lattice, best_first: int) -> list[tuple[tuple[int, ...], float]]:
    """For the `best_first` nodes through which the weightiest paths lead, that path and its log weight, best first."""
    ahead, _, back = _forward_best(lattice)
    behind, onward = _backward_best(lattice)
    through = ahead + behind
    if not through.size:
        return []
    layer = through.argmax(axis=1)
    weight = through.max(axis=1)
    order = [int(node) for node in np.argsort(-weight, kind="stable")[:best_first] if np.isfinite(weight[node])]
    paths = [_walk_back(back, node, int(layer[node])) + _walk_on(onward, node, int(layer[node])) for node in order]
    return [(tuple(path), float(weight[node])) for path, node in zip(paths, order, strict=True)]


def _forward(lattice: Lattice) -> Doubles:
    """Log weight of all partial paths that end in each node, by layer after it."""
    dest, denied = lattice.moves
    ahead = np.full((len(lattice.node), lattice.layers), NEVER)
    for j in range(len(ahead)):
        arriving = _log_sum(ahead[:j] + lattice.edge[:j, j, None], 0) if j else np.full(lattice.layers, NEVER)
        arriving[0] = np.logaddexp(arriving[0], lattice.start[j])
        np.logaddexp.at(ahead[j], dest[j], arriving + denied[j] + lattice.node[j])
    return ahead


def _backward(lattice: Lattice) -> Doubles:
    """Log weight of all ways to go on from each node and layer to the end."""
    dest, denied = lattice.moves
    count = len(lattice.node)
    behind = np.full((count, lattice.layers), NEVER)
    entered = np.full((count, lattice.layers), NEVER)
    for i in range(count - 1, -1, -1):
        behind[i] = lattice.end[i] + lattice.closing
        if i + 1 < count:
            behind[i] = np.logaddexp(behind[i], _log_sum(entered[i + 1 :] + lattice.edge[i, i + 1 :, None], 0))
        entered[i] = lattice.node[i] + denied[i] + behind[i, dest[i]]
    return behind


def _forward_best(lattice: Lattice) -> tuple[Doubles, Integers, Integers]:
    """As `_forward` with the largest instead of the sum, and the (node, layer) each state came from."""
    dest, denied = lattice.moves
    count, layers = len(lattice.node), lattice.layers
    best = np.full((count, layers), NEVER)
    back = np.full((count, layers, 2), -1, np.int64)
    for j in range(count):
        arriving, source = np.full(layers, NEVER), np.full(layers, -1, np.int64)
        if j:
            options = best[:j] + lattice.edge[:j, j, None]
            source, arriving = options.argmax(axis=0), options.max(axis=0)
        if lattice.start[j] > arriving[0]:
            arriving[0], source[0] = lattice.start[j], -1
        weight = arriving + denied[j] + lattice.node[j]
        for layer in np.flatnonzero(np.isfinite(weight)):
            if weight[layer] > best[j, dest[j, layer]]:
                best[j, dest[j, layer]] = weight[layer]
                back[j, dest[j, layer]] = source[layer], layer
    return best, dest, back


def _backward_best(lattice: Lattice) -> tuple[Doubles, Integers]:
    """As `_backward` with the largest instead of the sum, and the (node, layer) that each state goes on to."""
    dest, denied = lattice.moves
    count, layers = len(lattice.node), lattice.layers
    behind = np.full((count, layers), NEVER)
    entered = np.full((count, layers), NEVER)
    onward = np.full((count, layers, 2), -1, np.int64)
    for i in range(count - 1, -1, -1):
        behind[i] = lattice.end[i] + lattice.closing
        if i + 1 < count:
            options = entered[i + 1 :] + lattice.edge[i, i + 1 :, None]
            better = options.max(axis=0) > behind[i]
            following = options.argmax(axis=0) + i + 1
            behind[i] = np.where(better, options.max(axis=0), behind[i])
            onward[i, better, 0] = following[better]
            onward[i, better, 1] = dest[following, np.arange(layers)][better]
        entered[i] = lattice.node[i] + denied[i] + behind[i, dest[i]]
    return behind, onward


def _walk_back(back: Integers, node: int, layer: int) -> list[int]:
    path = []
    while node >= 0:
        path.append(node)
        node, layer = int(back[node, layer, 0]), int(back[node, layer, 1])
    return path[::-1]


def _walk_on(onward: Integers, node: int, layer: int) -> list[int]:
    path = []
    node, layer = int(onward[node, layer, 0]), int(onward[node, layer, 1])
    while node >= 0:
        path.append(node)
        node, layer = int(onward[node, layer, 0]), int(onward[node, layer, 1])
    return path


def _log_sum(logs: Doubles, axis: int | tuple[int, ...]) -> Doubles:
    if not logs.size:
        shape = np.sum(logs, axis=axis).shape
        return np.full(shape, NEVER)
    top = np.max(logs, axis=axis, keepdims=True)
    top = np.where(np.isfinite(top), top, 0.0)
    with np.errstate(divide="ignore"):
        total = np.log(np.exp(logs - top).sum(axis=axis, keepdims=True)) + top
    return np.asarray(np.squeeze(total, axis=axis))
