"""Streets from GeoJSON: joined as people walk, and what is wrong is said in one line."""

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casetrail.footage.street_files import read_streets
from casetrail.footage.street_network import Line, build_network, count_parts
from casetrail.footage.streets import StreetGraph
from casetrail.model.errors import BadInputError, MissingError
from casetrail.model.geometry import LatLon

ORIGIN = LatLon(37.5, 126.8)
Write = Callable[..., Path]


def line(*points: tuple[float, float], **properties: Any) -> dict[str, Any]:
    """A feature through points in metres east and north."""
    places = [ORIGIN.moved(*point) for point in points]
    coordinates = [[place.lon, place.lat] for place in places]
    return {"type": "Feature", "properties": properties, "geometry": {"type": "LineString", "coordinates": coordinates}}


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Puts features into a file."""

    def put(*features: Any, **more: Any) -> Path:
        path = tmp_path / "streets.geojson"
        path.write_text(json.dumps({"type": "FeatureCollection", "features": list(features), **more}))
        return path

    return put


def degrees(graph: StreetGraph) -> list[int]:
    """How many edges meet at each node, sorted."""
    return sorted(np.bincount(graph.edges.ravel(), minlength=len(graph.nodes_m)).tolist())


def test_streets_cross(write: Write) -> None:
    """Two lines that cross without a common vertex are joined where they cross."""
    graph = read_streets(write(line((-100, 0), (100, 0)), line((0, -50), (0, 50)))).graph
    assert degrees(graph) == [1, 1, 1, 1, 4]
    assert sorted(graph.length_m.round().tolist()) == [50, 50, 100, 100]


def test_bridge_is_not_joined(write: Write) -> None:
    """A bridge over a street is another level: nobody steps from one to the other."""
    listing = read_streets(write(line((-100, 0), (100, 0)), line((0, -50), (0, 50), bridge="yes")))
    assert degrees(listing.graph) == [1, 1, 1, 1]
    assert "2 parts" in listing.notes[0]


def test_shared_vertices_and_touching_ends(write: Write) -> None:
    """Lines meet at a shared vertex, at the side of another, and across a gap below a metre."""
    features = [line((0, 0), (100, 0)), line((100, 0), (100, 80)), line((50, 0.4), (50, 60)), line((-90, 0), (-0.6, 0))]
    listing = read_streets(write(*features))
    assert listing.notes == ()
    assert degrees(listing.graph)[-1] == 3


def test_crossing_at_a_vertex_on_both_levels(write: Write) -> None:
    """A vertex that both lines have joins them whatever their level: ramps lead up to bridges."""
    graph = read_streets(write(line((0, 0), (100, 0), layer=1), line((100, 0), (150, 0)))).graph
    assert len(graph.edges) == 1  # straight on, so the vertex between is left out
    assert graph.length_m[0] == pytest.approx(150, abs=0.1)


def test_bends_that_do_not_bend_are_left_out(write: Write) -> None:
    """Vertices on a nearly straight line go; those of a curve stay, and no length is lost."""
    straight = line(*[(10.0 * n, 0.2 * (n % 2)) for n in range(11)])
    curve = line(*[(500 + 60 * math.cos(a / 5), 60 * math.sin(a / 5)) for a in range(16)])
    graph = read_streets(write(straight, curve)).graph
    ends = graph.nodes_m[graph.edges]
    bends = np.linalg.norm(ends[:, 0] - ends[:, 1], axis=1)
    assert len(graph.edges) == 1 + 15
    assert (graph.length_m >= bends - 1e-6).all()
    assert graph.length_m.sum() == pytest.approx(100 + 180, rel=0.01)


def test_rides(write: Write) -> None:
    """A line of transport joins the nearest places on streets with its time; without a spread it gets one."""
    street = line((0, 0), (100, 0), (100, 100), (1500, 100), (1500, 900))
    bus = line((5, 20), (700, 300), (1490, 890), transport="bus", seconds=400, spread=90)
    metro = line((0, 10), (1500, 880), transport="metro", seconds="300")
    graph = read_streets(write(street, bus, metro)).graph
    assert [(ride.seconds_mean, ride.seconds_std) for ride in graph.rides] == [(400, 90), (300, 90)]
    assert graph.nodes_m[graph.rides[0].from_node] == pytest.approx(graph.nodes_m[graph.rides[1].from_node])


def test_ride_to_nowhere_is_listed(write: Write) -> None:
    """Rides without a time, or far from every street, are told and do not stop the rest."""
    street = line((0, 0), (1000, 0))
    listing = read_streets(
        write(street, line((0, 0), (900, 5000), transport="bus", seconds=60), line((0, 0), (900, 0), transport="bus"))
    )
    assert listing.graph.rides == ()
    assert len(listing.problems) == 2


@pytest.mark.parametrize(
    ("geometry", "what"),
    [
        ({"type": "LineString", "coordinates": [[126.8, 37.5]]}, "fewer than two"),
        ({"type": "LineString", "coordinates": [[126.8, math.nan], [126.8, 37.6]]}, "finite"),
        ({"type": "LineString", "coordinates": [["a", "b"], [1, 2]]}, "two numbers"),
        ({"type": "LineString", "coordinates": [[126.8], [1, 2]]}, "two numbers"),
        ({"type": "LineString", "coordinates": None}, "two numbers"),
        ({"type": "MultiLineString", "coordinates": []}, "without coordinates"),
        ({"type": "LineString", "coordinates": [[37.5, 126.8], [37.6, 126.8]]}, "swapped"),
        ({"type": "LineString", "coordinates": [[198000, 551000], [198100, 551000]]}, "not degrees"),
    ],
)
def test_bad_feature_is_listed(write: Write, geometry: Any, what: str) -> None:
    """A line that is none is named with its place in the file; the others are taken."""
    path = write(line((0, 0), (100, 0)), {"type": "Feature", "properties": None, "geometry": geometry})
    listing = read_streets(path)
    assert len(listing.graph.edges) == 1
    assert "feature 2" in listing.problems[0].where
    assert what in listing.problems[0].what


@pytest.mark.parametrize(
    ("coordinates", "what"),
    [
        ([[37.5, 126.8], [37.6, 126.8]], "longitude first"),
        ([[198000, 551000], [198100, 551000]], "WGS 84"),
        ([[0, 0], [90, 45]], "wider than"),
        ([[126.8, 37.5], [126.8, 37.5]], "no length"),
    ],
)
def test_file_that_is_no_city(write: Write, coordinates: Any, what: str) -> None:
    """A file in another system, in the wrong order, or of half the Earth is turned down with what to do."""
    feature = {"type": "Feature", "properties": {}, "geometry": {"type": "LineString", "coordinates": coordinates}}
    with pytest.raises(BadInputError, match=what):
        read_streets(write(feature))


def test_named_system(write: Write) -> None:
    """A file that names another coordinate system is turned down; one that names degrees is read."""
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::5186"}}
    with pytest.raises(BadInputError, match="EPSG::5186"):
        read_streets(write(line((0, 0), (100, 0)), crs=crs))
    crs["properties"] = {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}
    assert len(read_streets(write(line((0, 0), (100, 0)), crs=crs)).graph.edges) == 1


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"features": 3}', '{"features": [null, 3, {}]}', "{"])
def test_no_streets_at_all(tmp_path: Path, text: str) -> None:
    """What is no collection of lines is turned down."""
    path = tmp_path / "streets.geojson"
    path.write_text(text)
    with pytest.raises(BadInputError):
        read_streets(path)


def test_missing_file(tmp_path: Path) -> None:
    """A file that is not there is said to be missing."""
    with pytest.raises(MissingError):
        read_streets(tmp_path / "nothing.geojson")


def test_doubled_streets_are_one() -> None:
    """The same street drawn twice, forwards and backwards, is one street."""
    points = np.array([(0.0, 0.0), (50.0, 30.0), (120.0, 0.0)])
    network = build_network([Line(points), Line(points[::-1])])
    assert len(network.edges) == 2


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 6), st.integers(2, 6), st.floats(0, 3.1), st.booleans())
def test_grid_drawn_any_way(rows: int, columns: int, turn: float, whole: bool) -> None:
    """A turned grid is the same network whether its streets are drawn whole or block by block."""
    rotation = np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    across = [[(x * 80.0, y * 80.0) for x in range(columns)] for y in range(rows)]
    along = [[(x * 80.0, y * 80.0) for y in range(rows)] for x in range(columns)]
    drawn = [[one[0], one[-1]] for one in across + along] if whole else across + along
    network = build_network([Line(np.array(one) @ rotation.T) for one in drawn])
    walked = 80.0 * (rows * (columns - 1) + columns * (rows - 1))
    assert network.length_m.sum() == pytest.approx(walked, rel=1e-3)
    assert count_parts(network) == 1
    assert np.bincount(network.edges.ravel()).max() == (
        4 if min(rows, columns) > 2 else 3 if max(rows, columns) > 2 else 2
    )
