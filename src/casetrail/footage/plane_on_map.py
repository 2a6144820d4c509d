"""Laying a camera's ground plane on the map, so that pixels become places on a plan.

A calibration counts metres in axes of its own. Where the camera stands in them follows from the homography (a
camera's pose from a plane: Zhang, A flexible new technique for camera calibration, 2000); the camera's recorded
place and heading then say where and how the axes lie on the map.
"""

import math
from dataclasses import dataclass

import numpy as np

from casetrail.footage.cameras import Camera
from casetrail.model.arrays import Doubles
from casetrail.model.ground_plane import GroundPlane, locate
from casetrail.model.lens import LensModel

LEAST_SPREAD_PX = 1e-9
ROWS = 24  # heights in the picture at which the ground is looked for
FINE_ROWS = 1200  # for the far edge of a view, where a pixel is worth much ground


@dataclass(frozen=True)
class PlaneOnMap:
    """A ground plane and the rigid motion that takes its metres to metres east and north: `turn` `(2, 2)`, `shift`."""

    plane: GroundPlane
    turn: Doubles
    shift: Doubles

    def place(self, points_px: Doubles) -> Doubles:
        """Raw pixels `(n, 2)` as metres east and north `(n, 2)`; NaN where a pixel sees no ground."""
        placed: Doubles = _ground(self.plane, points_px) @ self.turn.T + self.shift
        return placed


def lay_on_map(camera: Camera, at_m: Doubles, picture_wh: tuple[int, int]) -> PlaneOnMap | None:
    """The camera's ground plane on the map; `at_m` is where the camera stands, metres east and north `(2,)`.

    None when the camera has no plane or no heading, or when its pose cannot be told from the plane: then nothing
    is drawn in metres, rather than somewhere wrong.
    """
    if camera.ground is None or camera.heading_deg is None:
        return None
    own = _stands_at(camera.ground, picture_wh)
    if own is None:
        return None
    centre, right = _seen_from(camera.ground, picture_wh)
    ahead = centre - own
    if not np.isfinite([*ahead, *right]).all() or np.hypot(*ahead) < 1e-6:
        return None
    sign = 1.0 if ahead[0] * right[1] - ahead[1] * right[0] < 0 else -1.0
    turn = _turned(ahead * (sign, 1.0), camera.heading_deg) @ np.diag([sign, 1.0])
    return PlaneOnMap(camera.ground, turn, at_m - turn @ own)


def view_outline(laid: PlaneOnMap, at_m: Doubles, picture_wh: tuple[int, int], reach_m: float) -> Doubles:
    """What the picture shows of the ground: a polygon `(n, 2)` in metres, no farther than `reach_m` from the camera."""
    width, height = picture_wh
    near, far = [], []
    for x in np.linspace(0, width, 9):
        column = np.column_stack([np.full(FINE_ROWS, x), np.linspace(height, 0, FINE_ROWS)])
        places = laid.place(column)
        places = places[np.isfinite(places).all(axis=1) & (np.linalg.norm(places - at_m, axis=1) <= reach_m)]
        if len(places):
            near.append(places[0])
            far.append(places[-1])
    return np.array([*near, *reversed(far)], np.float64).reshape(-1, 2)


def _ground(plane: GroundPlane, points_px: Doubles) -> Doubles:
    return locate(plane, points_px, np.zeros((len(points_px), 2, 2))).xy_m


def _stands_at(plane: GroundPlane, picture_wh: tuple[int, int]) -> Doubles | None:
    """The point below the camera in the plane's own metres."""
    to_picture = _without_lens(plane, picture_wh) @ np.linalg.inv(plane.homography)
    first, second, moved = to_picture.T
    focal2 = _focal2(plane, first, second)
    if focal2 is None:
        return None
    scale = np.diag([focal2**-0.5, focal2**-0.5, 1.0])
    length = np.linalg.norm(scale @ first)
    axes = np.stack([scale @ first, scale @ second]) / length
    own: Doubles = -axes @ (scale @ moved) / length
    return own


def _without_lens(plane: GroundPlane, picture_wh: tuple[int, int]) -> Doubles:
    """Takes undistorted pixels to ones counted from the lens's axis, as wide as they are high."""
    aspect, cx, cy = 1.0, picture_wh[0] / 2, picture_wh[1] / 2
    if plane.lens.model is LensModel.TSAI:
        cx, cy, dpx, dpy, sx, _ = plane.lens.params
        aspect = sx * dpy / dpx
    elif plane.lens.model is LensModel.OPENCV:
        fx, fy, cx, cy = plane.lens.params[:4]
        aspect = fx / fy
    return np.array([[1 / aspect, 0, -cx / aspect], [0, 1, -cy], [0, 0, 1.0]])


def _focal2(plane: GroundPlane, first: Doubles, second: Doubles) -> float | None:
    """The square of the focal length in pixels, known or from the axes being square and as long; None if neither."""
    if plane.lens.model is LensModel.OPENCV:
        return float(plane.lens.params[1]) ** 2
    across = np.array([first[:2] @ second[:2], first[:2] @ first[:2] - second[:2] @ second[:2]])
    along = np.array([first[2] * second[2], first[2] ** 2 - second[2] ** 2])
    if across @ across < LEAST_SPREAD_PX or along @ across >= 0:
        return None
    return float(-(across @ across) / (along @ across))


def _seen_from(plane: GroundPlane, picture_wh: tuple[int, int]) -> tuple[Doubles, Doubles]:
    """Ground in the middle of the picture, or as high above its lower edge as ground is seen, and what lies right."""
    width, height = picture_wh
    rows = np.linspace(height / 2, height, ROWS)
    middle = _ground(plane, np.column_stack([np.full(ROWS, width / 2), rows]))
    right = _ground(plane, np.column_stack([np.full(ROWS, width / 2 + 1), rows]))
    seen = np.flatnonzero(np.isfinite(middle).all(axis=1) & np.isfinite(right).all(axis=1))
    row = seen[0] if len(seen) else 0
    return middle[row], right[row] - middle[row]


def _turned(ahead: Doubles, heading_deg: float) -> Doubles:
    """The rotation that takes a direction to a heading, degrees clockwise from north."""
    angle = math.pi / 2 - math.radians(heading_deg) - math.atan2(ahead[1], ahead[0])
    return np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
