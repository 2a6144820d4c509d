"""From lines on a plane to a walking graph: joined where they share a vertex, touch or cross on one level."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import KDTree

from casetrail.model.arrays import Doubles, Flags, Integers
from casetrail.model.errors import BadInputError

SAME_M = 0.01  # vertices so near are one: files round
SNAP_M = 1.0  # the end of a line so near another line touches it
PIECE_M = 40.0
STRAIGHT_M = 1.0  # a bend that leaves the straight line by less is not kept
LONGEST_M = 200.0  # no edge is made longer than this by leaving out bends
LEAST_M = 1e-6
MOST_M = 2e8  # of streets in all: several times what the largest cities have
MOST_PAIRS = 2e8


@dataclass(frozen=True)
class Line:
    """A street as drawn: `points_m` `(n, 2)` metres, and the level it runs on (0: the ground; bridges above)."""

    points_m: Doubles
    level: int = 0


@dataclass(frozen=True)
class Network:
    """Nodes `(n, 2)` metres, edges `(m, 2)` positions of nodes, each pair once, and walking metres `(m,)`."""

    nodes_m: Doubles
    edges: Integers
    length_m: Doubles


def build_network(lines: Sequence[Line]) -> Network:
    """The network of these lines; ends that nearly touch are joined, and bends that hardly bend are left out.

    Raises BadInputError when there is more of it than any city has.
    """
    nodes, segments, level = _segments(lines)
    if np.linalg.norm(nodes[segments[:, 0]] - nodes[segments[:, 1]], axis=1).sum() > MOST_M:
        raise BadInputError("more streets than any city has", todo="cut it to the city")
    nodes, segments = _join_ends(nodes, segments)
    nodes, edges = _split(nodes, segments, level)
    return _simplify(_unique(nodes, edges))


def count_parts(network: Network) -> int:
    """How many parts of the network nobody can walk between."""
    size = len(network.nodes_m)
    joined = coo_array((np.ones(len(network.edges)), (network.edges[:, 0], network.edges[:, 1])), shape=(size, size))
    parts, _ = connected_components(joined, directed=False)
    return int(parts)


def _segments(lines: Sequence[Line]) -> tuple[Doubles, Integers, Integers]:
    """Distinct vertices `(n, 2)`, segments between them `(s, 2)`, and the level of each `(s,)`."""
    points = np.concatenate([line.points_m for line in lines])
    count = np.array([len(line.points_m) for line in lines])
    _, first, vertex = np.unique(np.round(points / SAME_M), axis=0, return_index=True, return_inverse=True)
    vertex = vertex.ravel()
    line_of = np.repeat(np.arange(len(lines)), count)
    inside = np.flatnonzero(line_of[:-1] == line_of[1:])
    segments = np.column_stack([vertex[inside], vertex[inside + 1]])
    level = np.array([line.level for line in lines])[line_of[inside]]
    real = segments[:, 0] != segments[:, 1]
    return points[first], segments[real], level[real]


def _join_ends(nodes: Doubles, segments: Integers) -> tuple[Doubles, Integers]:
    """Dead ends that nearly meet another vertex take its place."""
    degree = np.bincount(segments.ravel(), minlength=len(nodes))
    ends = np.flatnonzero(degree == 1)
    place = np.arange(len(nodes))
    if len(ends) and len(nodes) > 1:
        apart, nearest = KDTree(nodes).query(nodes[ends], k=2)
        near = np.asarray(apart)[:, 1] <= SNAP_M
        pairs = np.column_stack([ends[near], np.asarray(nearest)[near, 1]])
        joined = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(len(nodes), len(nodes)))
        _, group = connected_components(joined, directed=False)
        _, first = np.unique(group, return_index=True)
        place = first[group]
    moved = place[segments]
    return nodes, moved


def _split(nodes: Doubles, segments: Integers, level: Integers) -> tuple[Doubles, Integers]:
    """The segments cut where they cross on one level, or where the end of one touches another."""
    kept = segments[:, 0] != segments[:, 1]
    segments, level = segments[kept], level[kept]
    first, second = _candidates(nodes, segments, level)
    made, cuts = _crossings(nodes, segments, first, second, len(nodes))
    cuts = np.concatenate([cuts, _touching(nodes, segments, first, second), _touching(nodes, segments, second, first)])
    nodes = np.concatenate([nodes, made])
    own = np.concatenate([np.column_stack([np.arange(len(segments)), segments[:, side]]) for side in (0, 1)])
    stops = np.concatenate([own, cuts.astype(np.int64)])
    start, end = nodes[segments[stops[:, 0], 0]], nodes[segments[stops[:, 0], 1]]
    along = ((nodes[stops[:, 1]] - start) * (end - start)).sum(axis=1)
    order = np.lexsort((along, stops[:, 0]))
    stops = stops[order]
    inside = np.flatnonzero(stops[:-1, 0] == stops[1:, 0])
    return nodes, np.column_stack([stops[inside, 1], stops[inside + 1, 1]])


def _candidates(nodes: Doubles, segments: Integers, level: Integers) -> tuple[Integers, Integers]:
    """Pairs of segments on one level that come near each other, each pair once."""
    a, b = nodes[segments[:, 0]], nodes[segments[:, 1]]
    count = np.maximum(np.ceil(np.linalg.norm(b - a, axis=1) / PIECE_M), 1).astype(np.int64)
    segment = np.repeat(np.arange(len(segments)), count)
    step = np.arange(len(segment)) - np.repeat(np.cumsum(count) - count, count)
    middle = a[segment] + ((step + 0.5) / count[segment])[:, None] * (b - a)[segment]
    tree = KDTree(middle)
    if tree.count_neighbors(tree, PIECE_M + SNAP_M) > MOST_PAIRS:
        raise BadInputError("its streets lie over each other, more than any city's do", todo="remove doubled lines")
    near = tree.query_pairs(PIECE_M + SNAP_M, output_type="ndarray")
    pairs = np.sort(segment[near], axis=1)
    pairs = pairs[(pairs[:, 0] != pairs[:, 1]) & (level[pairs[:, 0]] == level[pairs[:, 1]])]
    pairs = np.unique(pairs, axis=0)
    return pairs[:, 0], pairs[:, 1]


def _crossings(
    nodes: Doubles, segments: Integers, first: Integers, second: Integers, count: int
) -> tuple[Doubles, Doubles]:
    """New nodes where two segments cross inside both, and rows `(segment, node)` for either; nodes count from there."""
    p, r = nodes[segments[first, 0]], nodes[segments[first, 1]] - nodes[segments[first, 0]]
    q, s = nodes[segments[second, 0]], nodes[segments[second, 1]] - nodes[segments[second, 0]]
    across = _cross(r, s)
    with np.errstate(divide="ignore", invalid="ignore"):
        t, u = _cross(q - p, s) / across, _cross(q - p, r) / across
        away_r, away_s = SNAP_M / np.linalg.norm(r, axis=1), SNAP_M / np.linalg.norm(s, axis=1)
    inside = (t > away_r) & (t < 1 - away_r) & (u > away_s) & (u < 1 - away_s)
    at = np.flatnonzero(inside & ~_share_node(segments, first, second))
    number = count + np.arange(len(at))
    rows = np.concatenate([np.column_stack([first[at], number]), np.column_stack([second[at], number])])
    return p[at] + t[at, None] * r[at], rows


def _touching(nodes: Doubles, segments: Integers, whole: Integers, other: Integers) -> Doubles:
    """Rows `(segment, node)`: ends of the other segments that lie on the whole ones, between their ends."""
    rows = []
    a, along = nodes[segments[whole, 0]], nodes[segments[whole, 1]] - nodes[segments[whole, 0]]
    length = np.linalg.norm(along, axis=1)
    for side in (0, 1):
        node = segments[other, side]
        share = ((nodes[node] - a) * along).sum(axis=1) / np.maximum(length**2, LEAST_M)
        away = np.linalg.norm(a + share[:, None] * along - nodes[node], axis=1)
        on = (share * length > LEAST_M) & ((1 - share) * length > LEAST_M) & (away <= SNAP_M)
        on &= (node != segments[whole, 0]) & (node != segments[whole, 1])
        rows.append(np.column_stack([whole[on], node[on]]))
    return np.unique(np.concatenate(rows), axis=0)


def _cross(a: Doubles, b: Doubles) -> Doubles:
    return np.asarray(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0])


def _share_node(segments: Integers, first: Integers, second: Integers) -> Flags:
    a, b = segments[first], segments[second]
    return np.asarray((a[:, :, None] == b[:, None, :]).any(axis=(1, 2)))


def _unique(nodes: Doubles, edges: Integers) -> Network:
    """Each pair of nodes once, without loops, and without nodes that no edge reaches."""
    edges = np.unique(np.sort(edges[edges[:, 0] != edges[:, 1]], axis=1), axis=0)
    used, place = np.unique(edges, return_inverse=True)
    edges = place.reshape(-1, 2)
    nodes = nodes[used]
    return Network(nodes, edges, np.linalg.norm(nodes[edges[:, 0]] - nodes[edges[:, 1]], axis=1))


def _simplify(network: Network) -> Network:
    """Leave out nodes of two edges that lie nearly on the line between their neighbours; lengths stay as walked."""
    around: list[dict[int, tuple[float, list[int]]]] = [{} for _ in network.nodes_m]
    for (a, b), length in zip(network.edges.tolist(), network.length_m.tolist(), strict=True):
        around[a][b] = around[b][a] = (length, [])
    for node in _bends(around):
        (a, (to_a, left_a)), (b, (to_b, left_b)) = around[node].items()
        left = [*left_a, node, *left_b]
        if b not in around[a] and to_a + to_b <= LONGEST_M and _is_straight(network.nodes_m, a, b, left):
            for end, other in ((a, b), (b, a)):
                del around[end][node]
                around[end][other] = (to_a + to_b, left)
            around[node] = {}
    rows = [(a, b, length) for a, ends in enumerate(around) for b, (length, _) in ends.items() if a < b]
    table = np.array(rows, np.float64).reshape(-1, 3)
    used, place = np.unique(table[:, :2].astype(np.int64), return_inverse=True)
    return Network(network.nodes_m[used], place.reshape(-1, 2).astype(np.int64), table[:, 2])


def _bends(around: Sequence[dict[int, tuple[float, list[int]]]]) -> Iterator[int]:
    for node in range(len(around)):
        if len(around[node]) == 2:
            yield node


def _is_straight(nodes: Doubles, a: int, b: int, left: list[int]) -> bool:
    along = nodes[b] - nodes[a]
    length = float(np.hypot(*along))
    if length < LEAST_M:
        return False
    away = np.abs((nodes[left] - nodes[a]) @ np.array([-along[1], along[0]])) / length
    return bool(away.max() <= STRAIGHT_M)
