"""Streets in files: GeoJSON lines (RFC 7946) that people walk along, and lines of transport with their times."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.spatial import KDTree

from casetrail.footage.problems import FootageProblem, problem_of
from casetrail.footage.street_network import Line, Network, build_network, count_parts
from casetrail.footage.streets import FARTHEST_M, Ride, StreetGraph, metres_of
from casetrail.footage.tables import read_json
from casetrail.model.arrays import Doubles, frozen
from casetrail.model.errors import BadInputError, CasetrailError
from casetrail.model.geometry import LatLon

STOP_M = 150.0  # a stop is reached from the nearest node of a street within this distance
LONGEST_RIDE_S = 6 * 3600.0
SPREAD = 0.3  # of a ride whose spread is not given
MOST_VERTICES = 5_000_000
_DEGREES = ("crs84", "epsg::4326", "epsg:4326", "wgs84", "wgs 84")


@dataclass(frozen=True)
class StreetListing:
    """What a file gives: the walking graph, features that could not be taken, and remarks."""

    graph: StreetGraph
    problems: tuple[FootageProblem, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Drawn:
    """A feature's lines, each `(n, 2)` degrees latitude and longitude; with `seconds` they are a ride."""

    lines: tuple[Doubles, ...]
    level: int = 0
    seconds: tuple[float, float] | None = None


def read_streets(path: Path) -> StreetListing:
    """The walking graph in a GeoJSON file of LineStrings and MultiLineStrings.

    Streets are joined where they share a vertex, touch, or cross on one level (`layer`, `bridge`, `tunnel` as in
    OpenStreetMap). A line with the property `transport` is a ride from its first point to its last: `seconds` with
    waiting, `spread` their standard deviation. Features that are wrong are listed and never stop the rest. Raises
    MissingError when the file is not there, BadInputError when it holds no streets, or not in degrees.
    """
    drawn, problems = _features(path)
    streets = [one for one in drawn if one.seconds is None]
    if not streets:
        first = f", the first problem is {problems[0].where}: {problems[0].what}" if problems else ""
        raise BadInputError(f"there is no street in it{first}", where=str(path), todo="export streets as GeoJSON lines")
    origin = _middle(streets)
    lines = [Line(_metres(line, origin, path), one.level) for one in streets for line in one.lines]
    network = build_network(lines)
    if not len(network.edges):
        raise BadInputError("its streets have no length", where=str(path), todo="export them in degrees (WGS 84)")
    rides, astray = _rides([one for one in drawn if one.seconds is not None], network, origin)
    nodes, edges, length = frozen(network.nodes_m), frozen(network.edges), frozen(network.length_m)
    graph = StreetGraph(nodes, edges, length, rides, origin)
    return StreetListing(graph, (*problems, *astray), tuple(_notes(network)))


def _features(path: Path) -> tuple[list[_Drawn], list[FootageProblem]]:
    plain = read_json(path)
    features = plain.get("features") if isinstance(plain, dict) else None
    if not isinstance(features, list):
        raise BadInputError("not a GeoJSON FeatureCollection", where=str(path), todo="export streets as GeoJSON")
    _check_degrees(plain, path)
    drawn, problems, vertices = [], [], 0
    for number, feature in enumerate(features, start=1):
        try:
            found = _feature(feature)
        except CasetrailError as error:
            problems.append(problem_of(error, where=f"{path.name} feature {number}"))
            continue
        if found is not None:
            drawn.append(found)
            vertices += sum(map(len, found.lines))
        if vertices > MOST_VERTICES:
            raise BadInputError("more vertices than any city has", where=str(path), todo="cut it to the city")
    _check_order(drawn, problems, path)
    return drawn, problems


def _check_degrees(plain: Mapping[str, Any], path: Path) -> None:
    """Refuse a file that names another coordinate system, as old exports do."""
    crs = plain.get("crs")
    properties = crs.get("properties") if isinstance(crs, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    if isinstance(name, str) and not name.lower().endswith(_DEGREES):
        raise BadInputError(f"it is in {name[:40]}, not in degrees", where=str(path), todo="export it in WGS 84")


def _check_order(drawn: list[_Drawn], problems: list[FootageProblem], path: Path) -> None:
    if problems and not drawn and all(_SWAPPED in problem.what for problem in problems):
        raise BadInputError(_SWAPPED, where=str(path), todo="write the longitude first")
    if problems and not drawn and all(_NOT_DEGREES in problem.what for problem in problems):
        raise BadInputError(_NOT_DEGREES, where=str(path), todo="export it in WGS 84 (EPSG:4326)")


_SWAPPED = "latitude and longitude are swapped: GeoJSON has the longitude first"
_NOT_DEGREES = "its coordinates are not degrees"


def _feature(feature: Any) -> _Drawn | None:
    """A feature that is walked or ridden along; None for points, areas and what has no geometry."""
    parts = feature if isinstance(feature, dict) else {}
    geometry, stated = parts.get("geometry"), parts.get("properties")
    geometry = geometry if isinstance(geometry, dict) else {}
    properties = stated if isinstance(stated, dict) else {}
    kind, coordinates = geometry.get("type"), geometry.get("coordinates")
    if kind not in ("LineString", "MultiLineString"):
        return None
    lines = [coordinates] if kind == "LineString" else coordinates
    if not isinstance(lines, list) or not lines:
        raise BadInputError("a line without coordinates")
    degrees = tuple(_line(line) for line in lines)
    if properties.get("transport"):
        return _Drawn(degrees, seconds=_seconds(properties))
    return _Drawn(degrees, _level(properties))


def _line(points: Any) -> Doubles:
    """Latitudes and longitudes `(n, 2)` of a line's positions."""
    try:
        pairs = np.array([(float(point[0]), float(point[1])) for point in points], np.float64)
    except (TypeError, ValueError, IndexError, KeyError, OverflowError):
        raise BadInputError("a position that is not two numbers") from None
    if len(pairs) < 2:
        raise BadInputError("a line of fewer than two positions")
    if not np.isfinite(pairs).all():
        raise BadInputError("a position that is not finite")
    lon, lat = np.abs(pairs).T
    if (lat > 90).any() or (lon > 180).any():
        swapped = (lon <= 90).all() and (lat <= 180).all()
        raise BadInputError(_SWAPPED if swapped else _NOT_DEGREES)
    return np.asarray(pairs[:, ::-1])


def _seconds(properties: Mapping[str, Any]) -> tuple[float, float]:
    mean = _number(properties.get("seconds"))
    spread = _number(properties["spread"]) if properties.get("spread") is not None else SPREAD * mean
    if not (0 < mean <= LONGEST_RIDE_S and 0 <= spread <= LONGEST_RIDE_S):
        raise BadInputError("a ride needs `seconds` above 0 and at most six hours", todo="give the mean with waiting")
    return mean, spread


def _number(value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    return number if math.isfinite(number) else math.nan


def _level(properties: Mapping[str, Any]) -> int:
    """On which level a street runs: `layer`, else above for a bridge and below for a tunnel."""
    try:
        return int(properties["layer"])
    except (KeyError, TypeError, ValueError, OverflowError):
        over, under = (str(properties.get(name) or "no") != "no" for name in ("bridge", "tunnel"))
        return int(over) - int(under)


def _middle(streets: Sequence[_Drawn]) -> LatLon:
    points = np.concatenate([line for one in streets for line in one.lines])
    lat, lon = np.median(points, axis=0)
    return LatLon(float(lat), float(lon))


def _metres(line: Doubles, origin: LatLon, path: Path) -> Doubles:
    metres = metres_of(line, origin)
    if not (np.abs(metres) <= FARTHEST_M).all():
        todo = "cut it to the city, and check that the longitude comes first"
        raise BadInputError(f"it is wider than {FARTHEST_M / 1000:.0f} km", where=str(path), todo=todo)
    return metres


def _rides(drawn: Sequence[_Drawn], network: Network, origin: LatLon) -> tuple[tuple[Ride, ...], list[FootageProblem]]:
    """Rides between the nearest nodes of their ends."""
    tree, rides, problems = KDTree(network.nodes_m), [], []
    for seconds, line in _ridden(drawn):
        apart, nearest = tree.query(metres_of(line[[0, -1]], origin), distance_upper_bound=STOP_M)
        node = np.asarray(nearest)
        if not np.isfinite(apart).all() or node[0] == node[1]:
            what = "a ride whose ends are not near two places on streets"
            problems.append(FootageProblem("transport", what, "draw it from stop to stop"))
        else:
            rides.append(Ride(int(node[0]), int(node[1]), *seconds))
    return tuple(rides), problems


def _ridden(drawn: Sequence[_Drawn]) -> Iterator[tuple[tuple[float, float], Doubles]]:
    for one in drawn:
        for line in one.lines:
            if one.seconds is not None:
                yield one.seconds, line


def _notes(network: Network) -> Iterator[str]:
    parts = count_parts(network)
    if parts > 1:
        yield f"the streets are {parts} parts that nobody can walk between; gaps of more than 1 m are not closed"
