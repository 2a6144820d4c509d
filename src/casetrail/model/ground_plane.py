"""The ground plane of a camera: pixels to metres, with what is not known about it.

A camera's calibration is reduced to a homography from undistorted pixels to metres on flat ground, a lens
distortion, and a covariance, whatever format it came in (`footage/calibration.py` reads the formats).
"""

from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from casetrail.model.arrays import Doubles
from casetrail.model.errors import BadInputError


class LensModel(StrEnum):
    """How a raw pixel becomes an undistorted one."""

    NONE = "none"
    TSAI = "tsai"  # params: cx, cy, dpx, dpy, sx, kappa1 (per mm^2)
    OPENCV = "opencv"  # params: fx, fy, cx, cy, k1, k2, p1, p2, k3


@dataclass(frozen=True)
class Lens:
    """A lens distortion: its model and that model's parameters in the order the model names them."""

    model: LensModel = LensModel.NONE
    params: tuple[float, ...] = ()


@dataclass(frozen=True)
class GroundPoints:
    """Places on the ground: `xy_m` `(n, 2)` metres in the plane's own axes, `covariance_m2` `(n, 2, 2)`."""

    xy_m: Doubles
    covariance_m2: Doubles


@dataclass(frozen=True)
class GroundPlane:
    """A calibrated ground plane.

    `homography`: `(3, 3)`, undistorted pixels to metres, last entry 1. `covariance`: `(9, 9)` of its
    entries (row order; zero for a published calibration whose error is in `sigma_px`). `sigma_px`: further
    calibration error as pixel standard deviation at the image. `source`: which format it was read from.
    Raises BadInputError when an entry is not finite or the homography cannot be inverted.
    """

    homography: Doubles
    lens: Lens = Lens()
    covariance: Doubles = field(default_factory=lambda: np.zeros((9, 9)))
    sigma_px: float = 1.0
    source: str = ""

    def __post_init__(self) -> None:
        if self.homography.shape != (3, 3) or not np.isfinite(self.homography).all():
            raise BadInputError("a ground plane needs a finite 3 by 3 homography", where=self.source)
        if abs(np.linalg.det(self.homography)) < 1e-15:
            raise BadInputError("the homography of the ground plane cannot be inverted", where=self.source)
