"""Streets for a trace: which stretches the cameras see, and how far people walk from view to view.

Where nobody gave the streets, cameras that are neighbours are joined by straight ways with a detour factor.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy.spatial import Delaunay, KDTree, QhullError

from casetrail.footage.streets import Ride, StreetGraph
from casetrail.model.arrays import Doubles, Integers, frozen
from casetrail.model.errors import BadInputError
from casetrail.trace.topology import DETOUR, Topology

__all__ = ["InView", "Ride", "StreetGraph", "streets_in_view", "streets_of_cameras"]

SAME_PLACE_M = 1.0  # cameras of one pole stand at one node
SNAP_M = 50.0  # a camera that sees no street watches the nearest one within this distance
DIRECTIONS = 36  # a view is cut out by so many half-planes
PIECE_M = 20.0  # streets are looked up by points at most so far apart


@dataclass(frozen=True)
class InView:
    """Stretches of streets that cameras see, `k` rows by camera and edge; arrays read-only.

    `camera_ids`: in the topology's order. `camera`, `edge`: int64 `(k,)`, positions there and in the street graph.
    `from_share`, `to_share`: float64 `(k,)`, shares 0..1 of the edge from its first node, the former not the larger.
    """

    camera_ids: tuple[str, ...]
    camera: Integers
    edge: Integers
    from_share: Doubles
    to_share: Doubles


def streets_of_cameras(cameras: Topology) -> StreetGraph:
    """Ways between neighbouring cameras, from geometry alone: no camera lies in the circle over a way (Gabriel and
    Sokal 1969). Their lengths carry the detour factor. Raises BadInputError when no camera has a place.
    """
    if cameras.origin is None:
        raise BadInputError("no camera has a place, so nothing tells how people walk", todo="import cameras' places")
    places = np.nanmean(cameras.points_m[np.isfinite(cameras.points_m).all(axis=(1, 2))], axis=1)
    nodes = _apart(places)
    edges = _gabriel(nodes)
    length = np.linalg.norm(nodes[edges[:, 0]] - nodes[edges[:, 1]], axis=1) * DETOUR
    return StreetGraph(frozen(nodes), frozen(edges), frozen(length), (), cameras.origin)


def streets_in_view(graph: StreetGraph, cameras: Topology) -> InView:
    """The stretches that lie inside the cameras' views; of a camera that sees none, the nearest point of a street.

    A camera without a place, or farther than `SNAP_M` from every street, has no row. Houses between a camera and a
    street are not known, so what lies within a view's reach counts as seen.
    """
    placed = np.flatnonzero(np.isfinite(cameras.points_m).all(axis=(1, 2)))
    graph = graph if cameras.origin is None else graph.seen_from(cameras.origin)
    if not len(placed) or not len(graph.edges):
        return _in_view(cameras, np.zeros((0, 2), np.int64), np.zeros((0, 2)))
    pairs = _pairs_near(graph, cameras, placed)
    shares = _clip(graph, cameras, pairs)
    seen = shares[:, 0] < shares[:, 1]
    blind = np.setdiff1d(placed, pairs[seen, 0])
    snapped, at = _snap(graph, cameras, blind)
    return _in_view(cameras, np.concatenate([pairs[seen], snapped]), np.concatenate([shares[seen], at]))


def _in_view(cameras: Topology, pairs: Integers, shares: Doubles) -> InView:
    order = np.lexsort((pairs[:, 1], pairs[:, 0]))
    columns = (pairs[order, 0], pairs[order, 1], shares[order, 0], shares[order, 1])
    return InView(cameras.camera_ids, *map(frozen, map(np.ascontiguousarray, columns)))


def _pairs_near(graph: StreetGraph, cameras: Topology, placed: Integers) -> Integers:
    """Cameras and the edges that may cross their views, `(p, 2)`, each pair once."""
    spots, edge_of = _pieces(graph)
    points = cameras.points_m[placed]
    middle = points.mean(axis=1)
    reach = np.linalg.norm(points - middle[:, None], axis=2).max(axis=1) + cameras.reach_m[placed]
    found = KDTree(spots).query_ball_point(middle, reach * 1.1 + PIECE_M / 2)
    camera = np.repeat(placed, [len(one) for one in found])
    edge = edge_of[np.array([spot for one in found for spot in one], np.int64)]
    return np.unique(np.column_stack([camera, edge]), axis=0)


def _pieces(graph: StreetGraph) -> tuple[Doubles, Integers]:
    """Points along every edge `(s, 2)`, at most `PIECE_M` apart, and the edge of each `(s,)`."""
    a, b = graph.nodes_m[graph.edges[:, 0]], graph.nodes_m[graph.edges[:, 1]]
    count = np.maximum(np.ceil(np.linalg.norm(b - a, axis=1) / PIECE_M), 1).astype(np.int64)
    edge = np.repeat(np.arange(len(graph.edges)), count)
    step = np.arange(len(edge)) - np.repeat(np.cumsum(count) - count, count)
    share = ((step + 0.5) / count[edge])[:, None]
    return a[edge] + share * (b - a)[edge], edge


def _clip(graph: StreetGraph, cameras: Topology, pairs: Integers) -> Doubles:
    """From and to share `(p, 2)` of the part of each pair's edge inside its camera's view; reversed where none is.

    A view is what lies within reach of the hull of its points, cut out by half-planes (clipping of Cyrus and Beck).
    """
    angles = 2 * math.pi * np.arange(DIRECTIONS) / DIRECTIONS
    outward = np.stack([np.cos(angles), np.sin(angles)])
    used, row = np.unique(pairs[:, 0], return_inverse=True)
    far = (cameras.points_m[used] @ outward).max(axis=1) + cameras.reach_m[used][:, None]
    ends = graph.nodes_m[graph.edges[pairs[:, 1]]]
    room = far[row] - ends[:, 0] @ outward
    slope = (ends[:, 1] - ends[:, 0]) @ outward
    with np.errstate(divide="ignore", invalid="ignore"):
        cut = room / slope
    leaves = np.where(slope > 0, cut, np.inf).min(axis=1)
    enters = np.where(slope < 0, cut, -np.inf).max(axis=1)
    outside = ((slope == 0) & (room < 0)).any(axis=1)
    shares = np.column_stack([np.maximum(enters, 0.0), np.minimum(leaves, 1.0)])
    shares[outside] = (1.0, 0.0)
    return shares


def _snap(graph: StreetGraph, cameras: Topology, blind: Integers) -> tuple[Integers, Doubles]:
    """For cameras that see no street the nearest point of one: pairs `(q, 2)` and shares `(q, 2)`, both ends alike."""
    spots, edge_of = _pieces(graph)
    middle = cameras.points_m[blind].mean(axis=1).reshape(-1, 2)
    apart, spot = KDTree(spots).query(middle, distance_upper_bound=SNAP_M + PIECE_M)
    near = np.flatnonzero(np.isfinite(apart))
    edge = edge_of[np.asarray(spot)[near]]
    ends = graph.nodes_m[graph.edges[edge]]
    along = ends[:, 1] - ends[:, 0]
    share = ((middle[near] - ends[:, 0]) * along).sum(axis=1) / np.maximum((along**2).sum(axis=1), 1e-9)
    share = np.clip(share, 0.0, 1.0)
    away = np.linalg.norm(ends[:, 0] + share[:, None] * along - middle[near], axis=1)
    kept = away <= SNAP_M
    return np.column_stack([blind[near], edge])[kept], np.column_stack([share, share])[kept]


def _apart(places: Doubles) -> Doubles:
    """The places without those that are nearly another's."""
    _, first = np.unique(np.round(places / SAME_PLACE_M), axis=0, return_index=True)
    return np.asarray(places[np.sort(first)])


def _gabriel(nodes: Doubles) -> Integers:
    """Pairs `(m, 2)` of neighbours: those with no third node in the circle over the line between them."""
    pairs = _neighbours(nodes)
    a, b = nodes[pairs[:, 0]], nodes[pairs[:, 1]]
    if not len(pairs):
        return pairs
    nearest, _ = KDTree(nodes).query((a + b) / 2)
    return np.asarray(pairs[nearest >= np.linalg.norm(a - b, axis=1) / 2 * (1 - 1e-9)])


def _neighbours(nodes: Doubles) -> Integers:
    """Pairs that share a side of the Delaunay triangulation; along the line where all nodes lie on one."""
    try:
        corners = Delaunay(nodes).simplices if len(nodes) > 2 else None
    except QhullError:
        corners = None
    if corners is None:
        order = np.lexsort((nodes[:, 1], nodes[:, 0]))
        sides = np.column_stack([order[:-1], order[1:]])
    else:
        sides = np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [2, 0]]])
    return np.unique(np.sort(sides, axis=1), axis=0).astype(np.int64)
