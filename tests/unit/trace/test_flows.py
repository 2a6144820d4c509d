"""Which way people turn, counted on near-shortest ways."""

import numpy as np
import pytest

from casetrail.model.geometry import LatLon
from casetrail.trace.flows import busy_streets, count_turns
from casetrail.trace.streets import StreetGraph

SIDE = 6


def grid_city() -> StreetGraph:
    """A square grid of blocks of 80 m."""
    nodes = np.array([[80.0 * x, 80.0 * y] for y in range(SIDE) for x in range(SIDE)])
    across = [(y * SIDE + x, y * SIDE + x + 1) for y in range(SIDE) for x in range(SIDE - 1)]
    up = [(y * SIDE + x, (y + 1) * SIDE + x) for y in range(SIDE - 1) for x in range(SIDE)]
    edges = np.array(across + up)
    return StreetGraph(nodes, edges, np.full(len(edges), 80.0), (), LatLon(37.5, 126.8))


def turns_at(graph: StreetGraph, busy: np.ndarray) -> tuple[float, float, float]:
    """Ways that come from the left to the middle crossing and go straight on, up, and back."""
    turns = count_turns(graph, np.arange(len(graph.nodes_m)), busy)
    node = 2 * SIDE + 2
    edge_of = {tuple(sorted(pair)): at for at, pair in enumerate(graph.edges.tolist())}
    came = edge_of[node - 1, node]
    leave = [edge_of[node, node + 1], edge_of[node, node + SIDE], came]
    found = turns.along(np.full(3, came), np.full(3, node), np.array(leave))
    return float(found[0]), float(found[1]), float(found[2])


def test_more_go_on_than_turn_and_nobody_turns_back() -> None:
    """Near-shortest ways on a grid lead straight on more often than round a corner."""
    graph = grid_city()
    straight, corner, back = turns_at(graph, np.ones(len(graph.edges)))
    assert straight > corner > 0
    assert back == 0


def test_busy_streets_draw_ways() -> None:
    """With many people in the street round the corner, more turn into it."""
    graph = grid_city()
    busy = np.ones(len(graph.edges))
    column = graph.nodes_m[graph.edges][:, :, 0]
    busy[(column[:, 0] == 160.0) & (column[:, 1] == 160.0)] = 50.0
    usual, drawn = turns_at(graph, np.ones(len(graph.edges))), turns_at(graph, busy)
    assert drawn[1] / drawn[0] > 1.3 * usual[1] / usual[0]


def test_the_same_seed_counts_the_same() -> None:
    """Counting is deterministic."""
    graph = grid_city()
    one, two = (count_turns(graph, np.arange(10), np.ones(len(graph.edges))) for _ in range(2))
    assert np.array_equal(one.key, two.key)
    assert np.array_equal(one.ways, two.ways)


def test_streets_without_cameras_are_as_busy_as_those_around() -> None:
    """Usual is 1; what no camera counts lies between its neighbours; without any camera all are usual."""
    graph = grid_city()
    busy = busy_streets(graph, np.array([0, 1, 4]), np.array([100.0, 100.0, 900.0]))
    assert busy[0] == pytest.approx(1.0, abs=0.06)
    assert 0.9 < busy[2] < busy[4]
    assert np.allclose(busy_streets(graph, np.zeros(0, np.int64), np.zeros(0)), 1.0)
