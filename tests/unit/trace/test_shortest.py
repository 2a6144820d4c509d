"""Shortest ways through streets laid out once."""

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from casetrail.footage.streets import StreetGraph
from casetrail.model.geometry import LatLon
from casetrail.trace.shortest import lay_out


def test_streets_are_walked_both_ways_as_far_as_the_limit_allows() -> None:
    """On a random network, as another layout of the same solver says."""
    rng = np.random.default_rng(3)
    nodes = rng.uniform(0, 1000, (60, 2))
    pairs = np.array([(a, b) for a in range(60) for b in range(a) if rng.random() < 0.06])
    graph = StreetGraph(nodes, pairs, np.ones(len(pairs)), (), LatLon(37.5, 126.8))
    length = rng.uniform(10, 200, len(pairs))
    apart, before = lay_out(graph).tree(length, 5, 400.0)
    matrix = csr_array((length, (pairs[:, 0], pairs[:, 1])), shape=(60, 60))
    expected, tree = dijkstra(matrix, directed=False, indices=5, return_predecessors=True, limit=400.0)
    assert np.array_equal(apart, expected)
    assert np.array_equal(before < 0, tree < 0)
    assert np.array_equal(before[before >= 0], tree[before >= 0])
    assert np.isinf(apart).any()
    assert (apart[np.isfinite(apart)] <= 400).all()


def test_of_two_streets_between_two_nodes_the_shorter_counts() -> None:
    """Wherever each of them is listed, and in whichever direction it was drawn."""
    graph = StreetGraph(np.eye(3, 2), np.array([[0, 1], [1, 0], [1, 2]]), np.ones(3), (), LatLon(37.5, 126.8))
    apart, before = lay_out(graph).tree(np.array([9.0, 4.0, 2.0]), 0, 100.0)
    assert apart.tolist() == [0.0, 4.0, 6.0]
    assert before[1:].tolist() == [0, 1]
