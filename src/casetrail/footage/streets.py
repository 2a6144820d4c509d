"""The walking graph of a city: streets on a plane, and rides that join distant places."""

from dataclasses import dataclass

import numpy as np

from casetrail.model.arrays import Doubles, Integers, frozen
from casetrail.model.errors import BadInputError
from casetrail.model.geometry import EARTH_RADIUS_M, LatLon

FARTHEST_M = 200_000.0  # no city is wider: farther from the origin, the tangent plane is no map


@dataclass(frozen=True)
class Ride:
    """Transport from one node to another, both ways: how long it takes with waiting, and the standard deviation."""

    from_node: int
    to_node: int
    seconds_mean: float
    seconds_std: float


@dataclass(frozen=True)
class StreetGraph:
    """Streets that people walk along, on the tangent plane of `origin`; arrays are read-only.

    `nodes_m` `(n, 2)`: metres east and north. `edges` `(m, 2)`: int64 positions of nodes; walked both ways, drawn
    straight. `length_m` `(m,)`: walking metres, at least the straight line in a street network. Raises BadInputError
    when an edge or a ride leads to no node, is a loop or is not finite.
    """

    nodes_m: Doubles
    edges: Integers
    length_m: Doubles
    rides: tuple[Ride, ...]
    origin: LatLon

    def __post_init__(self) -> None:
        ends = np.array([(ride.from_node, ride.to_node) for ride in self.rides], np.int64).reshape(-1, 2)
        times = np.array([(ride.seconds_mean, ride.seconds_std) for ride in self.rides], np.float64).reshape(-1, 2)
        joined = np.concatenate([self.edges.reshape(-1, 2), ends])
        if len(joined) and (joined.min() < 0 or joined.max() >= len(self.nodes_m)):
            raise BadInputError("a street leads to a node that is not there")
        if (joined[:, 0] == joined[:, 1]).any():
            raise BadInputError("a street leads from a node to itself")
        if len(self.length_m) != len(self.edges) or not (np.isfinite(self.length_m) & (self.length_m >= 0)).all():
            raise BadInputError("a street has no usable length")
        if not np.isfinite(times).all() or (times < 0).any():
            raise BadInputError("a ride takes no usable time")
        if not (np.abs(self.nodes_m) <= FARTHEST_M).all():
            raise BadInputError("a street lies too far away to be of this city")

    def seen_from(self, origin: LatLon) -> "StreetGraph":
        """The same streets on the tangent plane of another origin."""
        if origin == self.origin:
            return self
        nodes = metres_of(degrees_of(self.nodes_m, self.origin), origin)
        return StreetGraph(frozen(nodes), self.edges, self.length_m, self.rides, origin)


def metres_of(degrees: Doubles, origin: LatLon) -> Doubles:
    """Latitudes and longitudes `(n, 2)` as metres east and north `(n, 2)` of an origin, as `LatLon.offset_m`."""
    away = np.radians(degrees - np.array([origin.lat, origin.lon])) * EARTH_RADIUS_M
    return np.column_stack([away[:, 1] * np.cos(np.radians(origin.lat)), away[:, 0]])


def degrees_of(places_m: Doubles, origin: LatLon) -> Doubles:
    """Metres east and north `(n, 2)` of an origin as latitudes and longitudes `(n, 2)`."""
    north = places_m[:, 1] / EARTH_RADIUS_M
    east = places_m[:, 0] / (EARTH_RADIUS_M * np.cos(np.radians(origin.lat)))
    return np.asarray(np.degrees(np.column_stack([north, east])) + np.array([origin.lat, origin.lon]))
