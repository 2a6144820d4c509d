"""Lens distortion: raw pixels to the pixels that a lens without distortion would give, and back."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from casetrail.model.arrays import Doubles
from casetrail.model.errors import BadInputError

STEP_PX = 0.25  # of the central difference that gives the derivative
ROUNDS = 20  # of Newton's method; three to five suffice for a lens of 90 degrees


class LensModel(StrEnum):
    """How a raw pixel becomes an undistorted one."""

    NONE = "none"
    TSAI = "tsai"  # params: cx, cy, dpx, dpy, sx, kappa1 (per mm^2)
    OPENCV = "opencv"  # params: fx, fy, cx, cy, k1, k2, p1, p2, k3


_PARAMS = {LensModel.NONE: 0, LensModel.TSAI: 6, LensModel.OPENCV: 9}


@dataclass(frozen=True)
class Lens:
    """A lens distortion: its model and that model's parameters in the order the model names them.

    Raises BadInputError when their number does not fit the model.
    """

    model: LensModel = LensModel.NONE
    params: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if len(self.params) != _PARAMS[self.model] or not np.isfinite(self.params).all():
            raise BadInputError(f"a {self.model} lens needs {_PARAMS[self.model]} finite parameters")


def undistort(lens: Lens, points_px: Doubles) -> tuple[Doubles, Doubles]:
    """Undistorted pixels `(n, 2)` of raw ones `(n, 2)`, and the derivative `(n, 2, 2)`.

    Tsai: R. Tsai, A versatile camera calibration technique, 1987. OpenCV: the Brown-Conrady model of its
    calibration module, which is written from undistorted to raw and inverted here.
    """
    if lens.model is LensModel.NONE:
        return points_px, np.broadcast_to(np.eye(2), (len(points_px), 2, 2))
    if lens.model is LensModel.TSAI:
        return _tsai(lens, points_px), _derivative(lambda at: _tsai(lens, at), points_px)
    flat = _solved(lambda at: _opencv(lens, at), points_px)
    return flat, _inverted(_derivative(lambda at: _opencv(lens, at), flat))


def distort(lens: Lens, points_px: Doubles) -> Doubles:
    """Raw pixels `(n, 2)` of undistorted ones `(n, 2)`."""
    if lens.model is LensModel.NONE:
        return points_px
    if lens.model is LensModel.TSAI:
        return _solved(lambda at: _tsai(lens, at), points_px)
    return _opencv(lens, points_px)


def shift_lens(lens: Lens, x0_px: float, y0_px: float) -> Lens:
    """The same lens, seen through a window of the picture whose corner lies at `(x0, y0)`."""
    place = {LensModel.NONE: None, LensModel.TSAI: 0, LensModel.OPENCV: 2}[lens.model]
    if place is None:
        return lens
    params = list(lens.params)
    params[place] -= x0_px
    params[place + 1] -= y0_px
    return Lens(lens.model, tuple(params))


def _tsai(lens: Lens, raw_px: Doubles) -> Doubles:
    """Raw to undistorted: the sensor's millimetres times `1 + kappa1 r^2`."""
    cx, cy, dpx, dpy, sx, kappa1 = lens.params
    offset = raw_px - (cx, cy)
    radius2 = (offset[:, 0] * dpx / sx) ** 2 + (offset[:, 1] * dpy) ** 2
    flat: Doubles = offset * (1 + kappa1 * radius2)[:, None] + (cx, cy)
    return flat


def _opencv(lens: Lens, flat_px: Doubles) -> Doubles:
    """Undistorted to raw."""
    fx, fy, cx, cy, k1, k2, p1, p2, k3 = lens.params
    x, y = (flat_px[:, 0] - cx) / fx, (flat_px[:, 1] - cy) / fy
    r2 = x * x + y * y
    radial = 1 + r2 * (k1 + r2 * (k2 + r2 * k3))
    raw_x = x * radial + 2 * p1 * x * y + p2 * (r2 + 2 * x * x)
    raw_y = y * radial + p1 * (r2 + 2 * y * y) + 2 * p2 * x * y
    return np.column_stack([raw_x * fx + cx, raw_y * fy + cy])


def _solved(forward: Callable[[Doubles], Doubles], wanted_px: Doubles) -> Doubles:
    """The points that `forward` sends to `wanted_px`, by Newton's method; NaN where it finds none."""
    at = wanted_px.copy()
    for _ in range(ROUNDS):
        miss = wanted_px - forward(at)
        if not np.nanmax(np.abs(miss), initial=0.0) > 1e-9:
            return at
        step = np.einsum("nij,nj->ni", _inverted(_derivative(forward, at)), miss)
        at = at + np.clip(step, -100, 100)
    lost = ~(np.abs(wanted_px - forward(at)).max(axis=1) < 1e-3)
    return np.where(lost[:, None], np.nan, at)


def _derivative(function: Callable[[Doubles], Doubles], at: Doubles) -> Doubles:
    sides = [(function(at + step) - function(at - step)) / (2 * STEP_PX) for step in STEP_PX * np.eye(2)]
    return np.stack(sides, axis=2)


def _inverted(matrices: Doubles) -> Doubles:
    """The inverse of each matrix `(n, 2, 2)`, NaN where there is none."""
    a, b, c, d = matrices[:, 0, 0], matrices[:, 0, 1], matrices[:, 1, 0], matrices[:, 1, 1]
    determinant = a * d - b * c
    safe = np.where(np.abs(determinant) > 1e-12, determinant, np.nan)
    inverse = np.stack([np.stack([d, -b], axis=1), np.stack([-c, a], axis=1)], axis=1)
    return inverse / safe[:, None, None]
