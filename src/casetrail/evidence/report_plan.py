"""The plan of a report: cameras, what they look at, where the index case walked and what statements name, in metres."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from casetrail.contacts.foot_paths import build_foot_path
from casetrail.footage.cameras import Camera
from casetrail.footage.plane_on_map import PlaneOnMap, lay_on_map, view_outline
from casetrail.model.arrays import Doubles
from casetrail.model.geometry import LatLon
from casetrail.presence.presences import Presence

Place = tuple[float, float]  # metres east and north of the plan's origin

LEAST_REACH_M, MOST_REACH_M = 25.0, 60.0  # how far fields of view are drawn: beyond the farthest foot path by
BEYOND = 1.35  # this factor, and not to where people are too small to be told apart
SECTOR_M = 20.0  # how far a field of view is drawn when no ground plane says so
MOST_POINTS = 60  # of a foot path


@dataclass(frozen=True)
class PlanCamera:
    """A camera on the plan. `outline`: its field of view on the ground; `measured` when a ground plane says so.

    An empty outline means that nobody recorded where it looks. `passed`: the index case is proposed or confirmed here.
    """

    camera_id: str
    name: str
    at: Place
    outline: tuple[Place, ...]
    measured: bool
    passed: bool


@dataclass(frozen=True)
class PlanWalk:
    """Where one step of the case trace went: `points` on the ground when `measured`, else one in the field of view."""

    number: int
    points: tuple[Place, ...]
    measured: bool


@dataclass(frozen=True)
class PlanStatement:
    """A place that other evidence names; `number` counts the findings of the report from 1."""

    number: int
    at: Place
    radius_m: float


@dataclass(frozen=True)
class Plan:
    """Everything drawn on the plan. `unplaced`: cameras of the case trace whose place nobody recorded."""

    cameras: tuple[PlanCamera, ...] = ()
    walks: tuple[PlanWalk, ...] = ()
    statements: tuple[PlanStatement, ...] = ()
    unplaced: tuple[str, ...] = ()


@dataclass(frozen=True)
class Walked:
    """A numbered step of the case trace; `presence` is None when the presence index no longer holds it."""

    number: int
    camera_id: str
    presence: Presence | None


def build_plan(
    cameras: Sequence[Camera],
    pictures_wh: Mapping[str, tuple[int, int]],
    walked: Sequence[Walked],
    statements: Sequence[tuple[int, LatLon, float]],
) -> Plan:
    """The plan of these cameras. `pictures_wh`: size of each camera's pictures; `statements`: number, place, radius."""
    origin = next((camera.place for camera in cameras if camera.place is not None), None)
    if origin is None:
        return Plan(unplaced=tuple(sorted({step.camera_id for step in walked})))
    placed = {c.camera_id: np.array(c.place.offset_m(origin)) for c in cameras if c.place is not None}
    laid = _laid(cameras, placed, pictures_wh)
    passed = {step.camera_id for step in walked}
    feet = {s.number: _feet(s.presence, laid[s.camera_id]) for s in walked if s.presence and s.camera_id in laid}
    reach_m = _reach_m([feet[s.number] - placed[s.camera_id] for s in walked if s.number in feet])
    drawn = {
        camera.camera_id: PlanCamera(
            camera.camera_id,
            camera.name,
            _place(placed[camera.camera_id]),
            _places(_outline(camera, placed[camera.camera_id], laid, pictures_wh, reach_m)),
            camera.camera_id in laid,
            camera.camera_id in passed,
        )
        for camera in cameras
        if camera.camera_id in placed
    }
    return Plan(
        tuple(drawn.values()),
        tuple(_walk(step, drawn[step.camera_id], feet) for step in walked if step.camera_id in drawn),
        tuple(PlanStatement(number, place.offset_m(origin), radius_m) for number, place, radius_m in statements),
        tuple(sorted(passed - drawn.keys())),
    )


def _laid(
    cameras: Sequence[Camera], placed: Mapping[str, Doubles], pictures_wh: Mapping[str, tuple[int, int]]
) -> dict[str, PlaneOnMap]:
    known = [camera for camera in cameras if camera.camera_id in placed and camera.camera_id in pictures_wh]
    tried = {c.camera_id: lay_on_map(c, placed[c.camera_id], pictures_wh[c.camera_id]) for c in known}
    return {camera_id: laid for camera_id, laid in tried.items() if laid is not None}


def _reach_m(away: Sequence[Doubles]) -> float:
    """How far views are drawn, from the foot paths as seen from their cameras `(n, 2)`."""
    farthest = max((float(np.linalg.norm(points, axis=1).max()) for points in away if len(points)), default=0.0)
    return min(max(BEYOND * farthest, LEAST_REACH_M), MOST_REACH_M)


def _outline(
    camera: Camera,
    at_m: Doubles,
    laid: Mapping[str, PlaneOnMap],
    pictures_wh: Mapping[str, tuple[int, int]],
    reach_m: float,
) -> Doubles:
    plane = laid.get(camera.camera_id)
    if plane is None:
        return _sector(camera, at_m)
    return view_outline(plane, at_m, pictures_wh[camera.camera_id], reach_m)


def _sector(camera: Camera, at_m: Doubles) -> Doubles:
    if camera.heading_deg is None or camera.hfov_deg is None:
        return np.empty((0, 2))
    angles = np.radians(camera.heading_deg + camera.hfov_deg * np.linspace(-0.5, 0.5, 13))
    arc = at_m + SECTOR_M * np.column_stack([np.sin(angles), np.cos(angles)])
    return np.vstack([at_m, arc])


def _walk(step: Walked, camera: PlanCamera, feet: Mapping[int, Doubles]) -> PlanWalk:
    points = feet.get(step.number, np.empty((0, 2)))
    if len(points):
        return PlanWalk(step.number, _places(points), True)
    middle = np.mean(camera.outline, axis=0) if camera.outline else np.array(camera.at)
    return PlanWalk(step.number, (_place(middle),), False)


def _feet(presence: Presence, plane: PlaneOnMap) -> Doubles:
    """Where the feet were seen, thinned; hidden ones and those at the horizon are left out."""
    path = build_foot_path(presence)
    points = plane.place(path.foot_px)
    points = points[np.isfinite(points).all(axis=1) & ~path.hidden]
    kept = np.unique(np.linspace(0, len(points) - 1, min(MOST_POINTS, len(points))).round().astype(int))
    return np.asarray(points[kept])


def _place(point: Doubles) -> Place:
    return round(float(point[0]), 2), round(float(point[1]), 2)


def _places(points: Doubles) -> tuple[Place, ...]:
    return tuple(_place(point) for point in points if math.isfinite(point[0]))
