"""The ground plane of a camera: pixels to metres, with what is not known about it.

A camera's calibration is reduced to a homography from undistorted pixels to metres on flat ground, a lens
distortion, and a covariance, whatever format it came in (`footage/calibration.py` reads the formats).
"""

from dataclasses import dataclass, field

import numpy as np

from casetrail.model.arrays import Doubles, Floats
from casetrail.model.errors import BadInputError
from casetrail.model.lens import Lens, LensModel, distort, undistort

__all__ = ["GroundPlane", "GroundPoints", "Lens", "LensModel", "locate", "project", "separate"]

CALIBRATION_REACH_PX = 200.0  # calibration error at two pixels this far apart correlates by 1/e


@dataclass(frozen=True)
class GroundPoints:
    """Places on the ground: `xy_m` `(n, 2)` metres in the plane's own axes, `covariance_m2` `(n, 2, 2)`.

    A pixel at or above the horizon sees no ground: its row is NaN.
    """

    xy_m: Doubles
    covariance_m2: Doubles


@dataclass(frozen=True)
class GroundPlane:
    """A calibrated ground plane.

    `homography`: `(3, 3)`, undistorted pixels to metres, scaled so that its last entry is 1 or -1 and its third
    row gives a positive number for every pixel that sees the ground. `covariance`: `(9, 9)` of its entries (row
    order; zero for a published calibration whose error is in `sigma_px`). `sigma_px`: further calibration error
    as pixel standard deviation at the image. `source`: which format it was read from.
    Raises BadInputError when an entry is not finite or the homography cannot be inverted.
    """

    homography: Doubles
    lens: Lens = field(default_factory=Lens)
    covariance: Doubles = field(default_factory=lambda: np.zeros((9, 9)))
    sigma_px: float = 1.0
    source: str = ""

    def __post_init__(self) -> None:
        if self.homography.shape != (3, 3) or not np.isfinite(self.homography).all():
            raise BadInputError("a ground plane needs a finite 3 by 3 homography", where=self.source)
        if abs(np.linalg.det(self.homography)) < 1e-15:
            raise BadInputError("the homography of the ground plane cannot be inverted", where=self.source)


def locate(plane: GroundPlane, points_px: Doubles | Floats, covariance_px: Doubles | Floats) -> GroundPoints:
    """Where on the ground pixels are: `points_px` `(n, 2)` raw pixels, `covariance_px` `(n, 2, 2)`.

    First-order propagation (JCGM 100:2008, 5.2) of the pixel covariance, of the plane's `sigma_px` and of the
    covariance of its homography. NaN where a pixel does not see the ground.
    """
    points = np.asarray(points_px, dtype=np.float64).reshape(-1, 2)
    xy, by_pixel, by_entry = _linearised(plane, points)
    pixel = np.asarray(covariance_px, dtype=np.float64).reshape(-1, 2, 2) + plane.sigma_px**2 * np.eye(2)
    return GroundPoints(xy, _carried(by_pixel, pixel) + _carried(by_entry, plane.covariance))


def project(plane: GroundPlane, xy_m: Doubles | Floats) -> Doubles:
    """The raw pixels `(n, 2)` at which places on the ground `(n, 2)` metres are seen; NaN behind the camera."""
    places = np.asarray(xy_m, dtype=np.float64).reshape(-1, 2)
    image = _with_ones(places) @ np.linalg.inv(plane.homography).T
    image[image[:, 2] <= 0] = np.nan
    return distort(plane.lens, image[:, :2] / image[:, 2:])


def separate(
    plane: GroundPlane,
    a_px: Doubles,
    b_px: Doubles,
    own_px2: tuple[Doubles, Doubles],
    shared_px: tuple[Doubles, Doubles],
) -> GroundPoints:
    """The vectors on the ground from `a` to `b`, with what both have in common cancelled.

    `a_px`, `b_px`: raw pixels `(n, 2)`. `own_px2`: covariances `(n, 2, 2)` of the errors that each has alone.
    `shared_px`: what one standard deviation of a common error (a detector's habit) moves each by, `(n, 2)`.
    The homography's error is common to both; `sigma_px` is common to neighbours and fades with their distance.
    """
    a_xy, a_pixel, a_entry = _linearised(plane, a_px)
    b_xy, b_pixel, b_entry = _linearised(plane, b_px)
    covariance = _carried(a_pixel, own_px2[0]) + _carried(b_pixel, own_px2[1])
    covariance += _carried(b_entry - a_entry, plane.covariance)
    covariance += plane.sigma_px**2 * _common_share(a_pixel, b_pixel, np.linalg.norm(a_px - b_px, axis=1))
    shift = np.einsum("nij,nj->ni", b_pixel, shared_px[1]) - np.einsum("nij,nj->ni", a_pixel, shared_px[0])
    return GroundPoints(b_xy - a_xy, covariance + shift[:, :, None] * shift[:, None, :])


def _linearised(plane: GroundPlane, points_px: Doubles) -> tuple[Doubles, Doubles, Doubles]:
    """Places `(n, 2)`, their derivative by pixel `(n, 2, 2)` and by entry of the homography `(n, 2, 9)`."""
    flat, by_raw = undistort(plane.lens, points_px)
    rays = _with_ones(flat)
    ground = rays @ plane.homography.T
    depth = np.where(ground[:, 2] > 0, ground[:, 2], np.nan)[:, None]
    xy = ground[:, :2] / depth
    by_flat = (plane.homography[None, :2, :2] - xy[:, :, None] * plane.homography[None, 2:, :2]) / depth[:, :, None]
    by_entry = np.zeros((len(rays), 2, 9))
    by_entry[:, 0, 0:3] = by_entry[:, 1, 3:6] = rays / depth
    by_entry[:, :, 6:9] = -xy[:, :, None] * (rays / depth)[:, None, :]
    return xy, by_flat @ by_raw, by_entry


def _carried(jacobian: Doubles, covariance: Doubles) -> Doubles:
    carried: Doubles = jacobian @ covariance @ jacobian.transpose(0, 2, 1)
    return carried


def _common_share(a_pixel: Doubles, b_pixel: Doubles, apart_px: Doubles) -> Doubles:
    eye = np.eye(2)
    common = np.exp(-apart_px / CALIBRATION_REACH_PX)[:, None, None]
    alone = (1 - common) * (_carried(a_pixel, eye) + _carried(b_pixel, eye))
    share: Doubles = alone + common * _carried(b_pixel - a_pixel, eye)
    return share


def _with_ones(points: Doubles) -> Doubles:
    return np.column_stack([points, np.ones(len(points))])
