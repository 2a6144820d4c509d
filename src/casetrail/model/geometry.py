"""Boxes in pixels and places on the ground."""

import math
from dataclasses import dataclass

import numpy as np

from casetrail.model.arrays import Floats
from casetrail.model.errors import BadInputError

EARTH_RADIUS_M = 6_371_008.8  # mean radius, IUGG 1980


def box_overlap(a_xyxy: Floats, b_xyxy: Floats) -> Floats:
    """Intersection over union of every box in `a` `(n, 4)` with every box in `b` `(m, 4)`, as `(n, m)`."""
    return _ratio(_shared_area(a_xyxy, b_xyxy), box_area(a_xyxy)[:, None] + box_area(b_xyxy)[None], subtract=True)


def box_cover(a_xyxy: Floats, b_xyxy: Floats) -> Floats:
    """Share of every box in `a` `(n, 4)` that each box in `b` `(m, 4)` covers, as `(n, m)` in 0..1."""
    return _ratio(_shared_area(a_xyxy, b_xyxy), np.broadcast_to(box_area(a_xyxy)[:, None], (len(a_xyxy), len(b_xyxy))))


def box_area(xyxy: Floats) -> Floats:
    """Area in square pixels of each box `(n, 4)`; a reversed box has none."""
    area: Floats = np.clip(xyxy[:, 2] - xyxy[:, 0], 0, None) * np.clip(xyxy[:, 3] - xyxy[:, 1], 0, None)
    return area


def _shared_area(a: Floats, b: Floats) -> Floats:
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:], b[None, :, 2:])
    area: Floats = np.clip(high - low, 0, None).prod(axis=2)
    return area


def _ratio(shared: Floats, whole: Floats, *, subtract: bool = False) -> Floats:
    below = whole - shared if subtract else whole
    result: Floats = np.divide(shared, below, out=np.zeros_like(shared), where=below > 0)
    return result


@dataclass(frozen=True)
class LatLon:
    """A place in WGS 84 degrees. Raises BadInputError when it is not on Earth."""

    lat: float
    lon: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.lat) and math.isfinite(self.lon) and abs(self.lat) <= 90 and abs(self.lon) <= 180):
            raise BadInputError(f"not a latitude and longitude in degrees: {self.lat}, {self.lon}")

    def offset_m(self, origin: "LatLon") -> tuple[float, float]:
        """Metres east and north of `origin` on the tangent plane; good to 0.1 % within 20 km."""
        north = math.radians(self.lat - origin.lat) * EARTH_RADIUS_M
        east = math.radians(self.lon - origin.lon) * EARTH_RADIUS_M * math.cos(math.radians(origin.lat))
        return east, north

    def moved(self, east_m: float, north_m: float) -> "LatLon":
        """The place so many metres east and north of here."""
        lat = self.lat + math.degrees(north_m / EARTH_RADIUS_M)
        lon = self.lon + math.degrees(east_m / (EARTH_RADIUS_M * math.cos(math.radians(self.lat))))
        return LatLon(lat, lon)

    def distance_m(self, other: "LatLon") -> float:
        """Metres to `other` on the tangent plane."""
        return math.hypot(*self.offset_m(other))
