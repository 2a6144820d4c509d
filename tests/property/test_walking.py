"""Walking distances between views: as a reference finds them, the same both ways, and never beyond the limit."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra, floyd_warshall

from casetrail.model.arrays import Doubles, Integers
from casetrail.model.geometry import LatLon
from casetrail.trace.streets import InView, StreetGraph
from casetrail.trace.walking import cut_around, find_ways

ORIGIN = LatLon(37.5, 126.8)


def in_view(rows: list[tuple[int, int, float, float]]) -> InView:
    """Stretches as rows of camera, edge, from and to share."""
    table = np.array(sorted(rows), np.float64).reshape(-1, 4)
    cameras = tuple(f"C{n}" for n in range(int(table[:, 0].max(initial=-1)) + 1))
    return InView(cameras, table[:, 0].astype(np.int64), table[:, 1].astype(np.int64), table[:, 2], table[:, 3])


def reference(graph: StreetGraph, view: InView) -> Doubles:
    """Shortest metres between any two cameras, by cutting every street at every end of a stretch."""
    cuts = {(int(edge), share) for edge in range(len(graph.edges)) for share in (0.0, 1.0)}
    cuts |= {
        (int(e), float(s)) for e, a, b in zip(view.edge, view.from_share, view.to_share, strict=True) for s in (a, b)
    }
    names: dict[object, int] = {}

    def node(edge: int, share: float) -> int:
        end = {0.0: int(graph.edges[edge, 0]), 1.0: int(graph.edges[edge, 1])}.get(share, (edge, share))
        return names.setdefault(end, len(names))

    arcs = []
    for edge in range(len(graph.edges)):
        shares = sorted(share for one, share in cuts if one == edge)
        for a, b in pairwise(shares):
            arcs.append((node(edge, a), node(edge, b), (b - a) * graph.length_m[edge]))
    table = np.full((len(names), len(names)), np.inf)
    for a, b, metres in arcs:
        table[a, b] = table[b, a] = min(table[a, b], metres)
    apart = floyd_warshall(np.where(table == 0, 1e-12, table))
    count = len(view.camera_ids)
    found = np.full((count, count), np.inf)
    for i, a in enumerate(view.camera):
        for j, b in enumerate(view.camera):
            ends_i = [node(int(view.edge[i]), float(s)) for s in (view.from_share[i], view.to_share[i])]
            ends_j = [node(int(view.edge[j]), float(s)) for s in (view.from_share[j], view.to_share[j])]
            metres = min(0.0 if p == q else apart[p, q] for p in ends_i for q in ends_j)
            if view.edge[i] == view.edge[j]:
                meet = min(view.to_share[i], view.to_share[j]) >= max(view.from_share[i], view.from_share[j])
                metres = 0.0 if meet else metres
            found[a, b] = min(found[a, b], metres)
    return found


@st.composite
def cities(draw: st.DrawFn) -> tuple[StreetGraph, InView]:
    """A few streets between a few nodes, and cameras that see parts of them."""
    count = draw(st.integers(3, 6))
    pairs = draw(st.lists(st.tuples(st.integers(0, count - 1), st.integers(0, count - 1)), min_size=2, max_size=8))
    edges = sorted({(min(pair), max(pair)) for pair in pairs if pair[0] != pair[1]} | {(0, 1)})
    lengths = draw(st.lists(st.floats(5, 200), min_size=len(edges), max_size=len(edges)))
    nodes = np.stack([np.arange(count) * 10.0, np.zeros(count)], axis=1)
    shares = st.sampled_from([0.0, 0.2, 0.35, 0.6, 0.85, 1.0])
    rows = []
    for camera in range(draw(st.integers(2, 5))):
        for edge in draw(st.lists(st.integers(0, len(edges) - 1), min_size=1, max_size=2, unique=True)):
            a, b = sorted((draw(shares), draw(shares)))
            rows.append((camera, edge, a, b))
    return StreetGraph(nodes, np.array(edges), np.array(lengths), (), ORIGIN), in_view(rows)


@settings(max_examples=80, deadline=None)
@given(cities(), st.sampled_from([30.0, 120.0, 1e6]))
def test_as_the_reference(city: tuple[StreetGraph, InView], limit_m: float) -> None:
    """Every pair within the limit is there with its shortest way, both ways, and no other."""
    graph, view = city
    expected, ways = reference(graph, view), find_ways(graph, view, limit_m)
    found = {(int(a), int(b)): m for a, b, m in zip(ways.leave, ways.enter, ways.metres, strict=True)}
    for a in range(len(view.camera_ids)):
        for b in range(len(view.camera_ids)):
            if a != b and expected[a, b] <= limit_m - 0.01:
                assert found[a, b] == pytest.approx(expected[a, b], abs=0.01)
            if a == b or expected[a, b] > limit_m + 0.01:
                assert (a, b) not in found


def test_ways_of_one_camera() -> None:
    """Along one street: from the end of one view to the beginning of the next, sorted by camera."""
    nodes = np.array([[0.0, 0], [100, 0], [100, 100]])
    graph = StreetGraph(nodes, np.array([[0, 1], [1, 2]]), np.array([100.0, 100.0]), (), ORIGIN)
    view = in_view([(0, 0, 0.0, 0.1), (1, 0, 0.5, 0.6), (2, 1, 0.2, 0.4)])
    others, metres = find_ways(graph, view, 500).of(0)
    assert others.tolist() == [1, 2]
    assert metres == pytest.approx([40, 110], abs=0.01)


def test_nothing_in_view() -> None:
    """Without views there are no ways."""
    graph = StreetGraph(np.array([[0.0, 0], [9, 0]]), np.array([[0, 1]]), np.array([9.0]), (), ORIGIN)
    assert len(find_ways(graph, in_view([]), 100).metres) == 0


@st.composite
def spotted(draw: st.DrawFn) -> tuple[StreetGraph, Integers, Doubles]:
    """A few streets, each straight, and cameras with one spot each on some of them; one camera without."""
    graph, _ = draw(cities())
    straight = np.linalg.norm(graph.nodes_m[graph.edges[:, 0]] - graph.nodes_m[graph.edges[:, 1]], axis=1)
    graph = StreetGraph(graph.nodes_m, graph.edges, np.maximum(graph.length_m, straight), (), ORIGIN)
    count = draw(st.integers(2, 6))
    edge = draw(st.lists(st.integers(0, len(graph.edges) - 1), min_size=count, max_size=count))
    share = draw(st.lists(st.sampled_from([0.1, 0.25, 0.5, 0.8]), min_size=count, max_size=count))
    return graph, np.array([*edge, -1]), np.array([*share, 0.0])


@settings(max_examples=60, deadline=None)
@given(spotted(), st.sampled_from([60.0, 1e6]))
def test_ways_between_spots(city: tuple[StreetGraph, Integers, Doubles], limit_m: float) -> None:
    """Cutting the streets at every spot gives the distances that the reference gives for views of no length."""
    graph, edge, share = city
    cameras = np.arange(len(edge) - 1)
    between = cut_around(graph, edge, share, cameras, limit_m).between_m
    expected = reference(graph, in_view([(int(c), int(edge[c]), share[c], share[c]) for c in cameras]))
    near = expected <= limit_m - 0.1
    assert between[near] == pytest.approx(expected[near], abs=0.05)
    assert np.isinf(between[expected > limit_m + 0.1]).all()


@settings(max_examples=80, deadline=None)
@given(spotted(), st.sampled_from([1.0, 1.25, 2.0]))
def test_who_is_surely_passed_is_on_every_way(city: tuple[StreetGraph, Integers, Doubles], factor: float) -> None:
    """With a camera's spot blocked, there is no way as short as that on which it was said to be surely passed."""
    graph, edge, share = city
    cameras = np.arange(len(edge) - 1)
    streets = cut_around(graph, edge, share, cameras, 1e6)
    place = dict(zip(streets.camera.tolist(), streets.at.tolist(), strict=True))
    for a, b in ((int(a), int(b)) for a in cameras for b in cameras if np.isfinite(streets.between_m[a, b])):
        most_m = factor * float(streets.between_m[a, b]) + 0.5
        for camera in streets.find_passed(a, b, most_m).tolist():
            open_to = ~(streets.ends == place[camera]).any(axis=1)
            size = streets.from_m.shape[1]
            way = (streets.ends[open_to, 0], streets.ends[open_to, 1])
            blocked = csr_array((np.maximum(streets.metres[open_to], 1e-3), way), shape=(size, size))
            left = dijkstra(blocked.maximum(blocked.T), directed=False, indices=place[a])
            assert left[place[b]] > most_m


def test_the_only_way_leads_past_a_camera() -> None:
    """Along one street all cameras between are passed; around a square of streets, none is."""
    nodes = np.array([[0.0, 0], [100, 0], [100, 100], [0, 100]])
    open_street = StreetGraph(nodes, np.array([[0, 1], [1, 2], [2, 3]]), np.full(3, 100.0), (), ORIGIN)
    square = StreetGraph(nodes, np.array([[0, 1], [1, 2], [2, 3], [0, 3]]), np.full(4, 100.0), (), ORIGIN)
    edge, share = np.array([0, 1, 2, 1]), np.array([0.5, 0.4, 0.5, 0.6])
    for graph, passed in ((open_street, [1, 3]), (square, [])):
        streets = cut_around(graph, edge, share, np.array([0, 2]), 500.0)
        assert streets.between_m[0, 1] == pytest.approx(200, abs=0.1)
        assert streets.find_passed(0, 1, 250.0).tolist() == passed
