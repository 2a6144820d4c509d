"""Streets: neighbours from geometry alone, and what lies inside a camera's view."""

import numpy as np
import pytest

from casetrail.footage.cameras import Camera
from casetrail.footage.streets import StreetGraph
from casetrail.model.errors import BadInputError
from casetrail.model.geometry import LatLon
from casetrail.trace.streets import streets_in_view, streets_of_cameras
from casetrail.trace.topology import DETOUR, build_topology

ORIGIN = LatLon(37.5, 126.8)


def camera(name: str, east_m: float, north_m: float, heading_deg: float | None = None) -> Camera:
    """A camera at a place; it looks over 60 degrees when it has a heading."""
    hfov = None if heading_deg is None else 60.0
    return Camera(name, place=ORIGIN.moved(east_m, north_m), heading_deg=heading_deg, hfov_deg=hfov)


def street(*corners: tuple[float, float]) -> StreetGraph:
    """One street through these corners."""
    nodes = np.array(corners, np.float64)
    edges = np.column_stack([np.arange(len(nodes) - 1), np.arange(1, len(nodes))])
    return StreetGraph(nodes, edges, np.linalg.norm(np.diff(nodes, axis=0), axis=1), (), ORIGIN)


def test_neighbours_on_a_grid() -> None:
    """Cameras on a square grid are joined along its sides and not across."""
    cameras = [camera(f"C{x}{y}", 100.0 * x, 100.0 * y) for x in range(3) for y in range(3)]
    graph = streets_of_cameras(build_topology(cameras))
    assert len(graph.nodes_m) == 9
    sides = [tuple(sorted(np.abs(np.diff(graph.nodes_m[edge], axis=0)[0]).round().tolist())) for edge in graph.edges]
    assert sides.count((0.0, 100.0)) == 12
    assert graph.length_m.min() == pytest.approx(100 * DETOUR, rel=1e-3)


@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_cameras_on_a_line(count: int) -> None:
    """Cameras along one street, or a single one, give a chain."""
    graph = streets_of_cameras(build_topology([camera(f"C{x}", 50.0 * x, 0.0) for x in range(count)]))
    assert len(graph.edges) == count - 1


def test_cameras_of_one_pole_share_a_node() -> None:
    """Cameras at one place are one node, and a camera without a place is none."""
    cameras = [camera("C1", 0, 0), camera("C2", 0, 0), camera("C3", 80, 0), Camera("C4")]
    graph = streets_of_cameras(build_topology(cameras))
    assert (len(graph.nodes_m), len(graph.edges)) == (2, 1)


def test_no_camera_has_a_place() -> None:
    """Without any place there is nothing to walk along, and the error says so."""
    with pytest.raises(BadInputError, match="place"):
        streets_of_cameras(build_topology([Camera("C1")]))


def test_stretch_in_front_of_a_camera() -> None:
    """A camera that looks east along a street sees it from its own place on, and not behind itself."""
    view = streets_in_view(street((-100, 0), (100, 0)), build_topology([camera("C1", 0, 0, 90.0)]))
    assert view.camera.tolist() == view.edge.tolist() == [0]
    assert -2.0 <= view.from_share[0] * 200 - 100 <= 4.0
    assert 20.0 <= view.to_share[0] * 200 - 100 <= 25.0


def test_street_behind_a_camera_is_not_seen() -> None:
    """Of two streets only the one in front is in view."""
    graph = StreetGraph(
        np.array([[-50.0, 10], [50, 10], [-50, -10], [50, -10]]),
        np.array([[0, 1], [2, 3]]),
        np.array([100.0, 100.0]),
        (),
        ORIGIN,
    )
    assert streets_in_view(graph, build_topology([camera("C1", 0, 0, 0.0)])).edge.tolist() == [0]


def test_camera_off_the_street_watches_the_nearest_point() -> None:
    """A camera that sees no street is put at the nearest point of one, unless all are far away."""
    cameras = [camera("C1", 0, 0), camera("C2", 10, 40), camera("C3", 0, 400), Camera("C4")]
    view = streets_in_view(street((-100, 0), (100, 0)), build_topology(cameras))
    assert [view.camera_ids[one] for one in view.camera] == ["C1", "C2"]
    assert view.from_share[1] == view.to_share[1] == pytest.approx(0.55, abs=1e-6)


def test_streets_from_another_origin() -> None:
    """A graph that was drawn around another origin is seen at the same place."""
    graph = street((-100, 0), (100, 0))
    moved = graph.seen_from(ORIGIN.moved(3000, -2000))
    here, there = (streets_in_view(one, build_topology([camera("C1", 0, 0)])) for one in (graph, moved))
    assert here.from_share == pytest.approx(there.from_share, abs=1e-3)


@pytest.mark.parametrize("edge", [(0, 0), (0, 7), (-1, 0)])
def test_impossible_streets(edge: tuple[int, int]) -> None:
    """Loops and edges to nowhere are turned down."""
    with pytest.raises(BadInputError):
        StreetGraph(np.zeros((2, 2)), np.array([edge]), np.array([1.0]), (), ORIGIN)
