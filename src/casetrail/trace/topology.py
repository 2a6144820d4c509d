"""Camera topology: how far a person walks from one field of view to the next.

A field of view is a few points on the ground: what a calibrated camera sees of it, else a sector when heading and
angle are known, else the camera's place. Distances are straight lines with a detour factor; a camera without a place
can be reached at any time.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from casetrail.footage.cameras import Camera
from casetrail.model.arrays import Doubles, Flags, Integers
from casetrail.model.errors import BadInputError
from casetrail.model.geometry import LatLon

DETOUR = 1.3  # mean ratio of walked to straight distance in street networks, as usual in transport geography
VIEW_WIDTHS_M = (4.0, 10.0, 20.0)  # a view is looked at where it is this wide: narrow lenses look farther
NEAREST_M, FAR_M, FARTHEST_M = 3.0, 20.0, 60.0
KNOWN_REACH_M = 2.0  # what such points leave out around them
UNKNOWN_REACH_M = 8.0  # how far around its place a camera sees when nobody recorded where it looks
BYPASS_MARGIN_M = 5.0


@dataclass(frozen=True)
class Topology:
    """Cameras on a tangent plane, in the order of `camera_ids`.

    `points_m` `(n, p, 2)`: ground points of each view, metres east and north, nan without a place. `reach_m` `(n,)`:
    how far the view extends around each point. `clock_s` `(n,)`: standard deviation of the camera's clock.
    """

    camera_ids: tuple[str, ...]
    points_m: Doubles
    reach_m: Doubles
    clock_s: Doubles
    origin: LatLon | None

    @cached_property
    def place_of(self) -> Mapping[str, int]:
        """The position of each camera."""
        return {camera_id: index for index, camera_id in enumerate(self.camera_ids)}

    @property
    def looks_anywhere(self) -> Flags:
        """Cameras `(n,)` of which is known where they stand, but not where they look."""
        return np.asarray((self.points_m == self.points_m[:, :1]).all(axis=(1, 2)))

    def indices(self, camera_ids: Sequence[str]) -> Integers:
        """Positions of these cameras. Raises BadInputError when one is not in the topology."""
        place = self.place_of
        missing = next((camera_id for camera_id in camera_ids if camera_id not in place), None)
        if missing is not None:
            raise BadInputError(
                "this camera is not in the catalogue", where=f"camera {missing}", todo="import it first"
            )
        return np.array([place[camera_id] for camera_id in camera_ids], np.int64)

    def only(self, camera_ids: Sequence[str]) -> "Topology":
        """The same plane with these cameras only, in this order."""
        kept = self.indices(camera_ids)
        return Topology(tuple(camera_ids), self.points_m[kept], self.reach_m[kept], self.clock_s[kept], self.origin)

    def gaps_m(self) -> Doubles:
        """Walking metres between every two fields of view, `(n, n)`: 0 where they meet, nan where unknown."""
        straight = np.stack([_nearest(points, self.points_m) for points in self.points_m])
        between = straight - self.reach_m[:, None] - self.reach_m[None]
        return np.asarray(np.where(np.isnan(between), np.nan, np.maximum(between, 0) * DETOUR))

    def gaps_to_place_m(self, place: LatLon | None, radius_m: float) -> Doubles:
        """Walking metres from anywhere within `radius_m` of a place to each field of view `(n,)`; nan where unknown."""
        if place is None or self.origin is None:
            return np.full(len(self.camera_ids), np.nan)
        spot = np.array([place.offset_m(self.origin)])
        between = _nearest(spot, self.points_m) - self.reach_m - radius_m
        return np.asarray(np.where(np.isnan(between), np.nan, np.maximum(between, 0) * DETOUR))


def build_topology(cameras: Sequence[Camera], outlines: Mapping[str, Doubles] | None = None) -> Topology:
    """The topology of these cameras, by id.

    `outlines`: of calibrated cameras what they see of the ground, corners `(n, 2)` in metres east and north of the
    camera, the near side first and then back along the far side (`footage.plane_on_map.view_outline`).
    """
    ordered = sorted(cameras, key=lambda camera: camera.camera_id)
    origin = next((camera.place for camera in ordered if camera.place is not None), None)
    count = 3 * len(VIEW_WIDTHS_M)
    seen = {name: corners for name, corners in (outlines or {}).items() if len(corners) >= 4}
    points = [_view_points(camera, origin, count, seen.get(camera.camera_id)) for camera in ordered]
    known = [camera.camera_id in seen or not _direction_unknown(camera) for camera in ordered]
    reach = [KNOWN_REACH_M if one else UNKNOWN_REACH_M for one in known]
    return Topology(
        tuple(camera.camera_id for camera in ordered),
        np.array(points, np.float64).reshape(len(ordered), count, 2),
        np.array(reach, np.float64),
        np.array([camera.clock.sigma_s for camera in ordered], np.float64),
        origin,
    )


def count_passed(gaps_m: Doubles) -> Doubles:
    """How many other fields of view lie on the way between every two, `(n, n)`, from walking metres `(n, n)`."""
    apart = np.nan_to_num(gaps_m, nan=np.inf)
    passed = np.zeros_like(apart)
    for row in range(len(apart)):  # one row at a time keeps memory at n * n
        way = apart[row][:, None] + apart
        between = (way <= 1.1 * apart[row][None, :] + BYPASS_MARGIN_M) & (apart > 0) & (apart[row][:, None] > 0)
        between[row] = False
        np.fill_diagonal(between, False)
        passed[row] = between.sum(axis=0)
    return np.asarray(np.where((apart > 0) & np.isfinite(apart), passed, 0.0))


def _direction_unknown(camera: Camera) -> bool:
    return camera.heading_deg is None or camera.hfov_deg is None


def _view_points(camera: Camera, origin: LatLon | None, count: int, outline: Doubles | None) -> Doubles:
    if camera.place is None or origin is None:
        return np.full((count, 2), np.nan)
    place = np.array(camera.place.offset_m(origin))
    if outline is not None:
        return place + _across(outline)
    if camera.heading_deg is None or camera.hfov_deg is None:
        return np.tile(place, (count, 1))
    angles = math.radians(camera.heading_deg) + math.radians(camera.hfov_deg) * np.array([-0.5, 0.0, 0.5])
    toward = np.stack([np.sin(angles), np.cos(angles)], axis=1)
    return np.concatenate([place + depth * toward for depth in _depths_m(camera.hfov_deg)])


def _across(outline: Doubles) -> Doubles:
    """Points over a view `(9, 2)`: left, middle and right, each near, halfway and far."""
    near, far = outline[: len(outline) // 2], outline[len(outline) // 2 :][::-1]
    columns = np.linspace(0, len(near) - 1, 3).round().astype(np.int64)
    return np.concatenate([near[columns] + share * (far[columns] - near[columns]) for share in (0.0, 0.5, 1.0)])


def _depths_m(hfov_deg: float) -> list[float]:
    """How far away a view is as wide as people are usually watched at; every camera sees `FAR_M` far."""
    half = math.tan(math.radians(min(max(hfov_deg, 1.0), 170.0)) / 2)
    depths = [min(max(width / 2 / half, NEAREST_M), FARTHEST_M) for width in VIEW_WIDTHS_M]
    return [*depths[:-1], max(depths[-1], FAR_M)]


def _nearest(points_m: Doubles, views_m: Doubles) -> Doubles:
    """Shortest straight line from a set of points `(q, 2)` to each view `(n, p, 2)`, `(n,)`."""
    apart = np.linalg.norm(views_m[:, :, None, :] - points_m[None, None, :, :], axis=3)
    return np.asarray(apart.reshape(len(views_m), -1).min(axis=1))
