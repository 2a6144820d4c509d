"""Where a person's feet were in the picture, smoothed, and how wrong that may be.

A detector's box jitters with the gait and sits a little off the soles. Shares below are of the box height and
were measured once, on 4,061 detections against hand-drawn boxes of one outdoor recording (which have an error of
their own, so the shares are rather too large than too small): quick jitter that goes away when neighbouring
frames are averaged, slow error that stays for about a second, and a habit of the detector that all boxes share.
"""

from dataclasses import dataclass

import numpy as np

from casetrail.model.arrays import Doubles, Flags, Integers
from casetrail.model.time import SECOND_US
from casetrail.presence.presences import Presence

QUICK_SHARE = np.array([0.020, 0.022])  # along u and v
SLOW_SHARE = np.array([0.038, 0.032])
SHARED_SHARE = np.array([0.0, 0.020])
MEASURED_DETECTOR = "person-detection-retail-0013"
OTHER_DETECTOR_FACTOR = 1.6  # as measured for the carried detector in the same way; others are taken to be like it
INTERPOLATED_FACTOR = 2.5  # nobody was detected there: the frames around it stand in
SMOOTHING_S = 0.6  # half width of the kernel
USUAL_WIDTH = 0.38  # of a box, as a share of its height; a narrower one at the picture's side is cut
MINIMUM_PX = 0.5


@dataclass(frozen=True)
class FootPath:
    """Feet of one presence over its `n` frames.

    `utc_us` int64 `(n,)`; `foot_px` `(n, 2)` smoothed raw pixels; `own_px2` `(n, 2, 2)` covariance of the error
    that this person has alone; `shared_px` `(n, 2)` one standard deviation of the error that everybody in the
    picture shares; `hidden` bool `(n,)` where nothing is claimed.
    """

    utc_us: Integers
    foot_px: Doubles
    own_px2: Doubles
    shared_px: Doubles
    hidden: Flags


def build_foot_path(presence: Presence, picture_wh: tuple[int, int] | None = None) -> FootPath:
    """The smoothed foot path of a presence; `picture_wh` lets boxes cut by the right-hand side be known.

    Smoothing is a local straight line in time (Cleveland, Robust locally weighted regression, 1979, with one
    robust pass) over 0.6 s to either side, in which interpolated frames count a tenth and hidden ones nothing.
    """
    raw = presence.foot_px.astype(np.float64)
    height = np.maximum((presence.xyxy[:, 3] - presence.xyxy[:, 1]).astype(np.float64), 1.0)
    seconds = (presence.utc_us - presence.utc_us[0]) / SECOND_US
    trust = np.where(presence.foot_hidden, 0.0, np.where(presence.confidence > 0, 1.0, 0.1))
    smooth, frames = _smoothed(seconds, raw, trust, scale=0.05 * height)
    height *= 1.0 if presence.models.startswith(MEASURED_DETECTOR) else OTHER_DETECTOR_FACTOR
    sigma = _sigma_px(height, frames, presence.confidence <= 0)
    sigma[:, 0] += _cut_px(presence, picture_wh)
    return FootPath(
        presence.utc_us,
        smooth,
        sigma[:, :, None] ** 2 * np.eye(2),
        height[:, None] * SHARED_SHARE,
        presence.foot_hidden | ~np.isfinite(smooth).all(axis=1),
    )


def _sigma_px(height: Doubles, frames: Doubles, interpolated: Flags) -> Doubles:
    share = np.sqrt(SLOW_SHARE**2 + QUICK_SHARE**2 / np.maximum(frames, 1.0)[:, None])
    factor = np.where(interpolated, INTERPOLATED_FACTOR, 1.0)
    sigma: Doubles = np.hypot(share * (height * factor)[:, None], MINIMUM_PX)
    return sigma


def _cut_px(presence: Presence, picture_wh: tuple[int, int] | None) -> Doubles:
    """Half of what a box lacks in width where it ends at the left or right of the picture: its middle is off by it."""
    height = presence.xyxy[:, 3] - presence.xyxy[:, 1]
    right_px = np.inf if picture_wh is None else picture_wh[0] - 2.0
    cut = (presence.xyxy[:, 0] <= 1) | (presence.xyxy[:, 2] >= right_px)
    lacking = np.maximum(USUAL_WIDTH * height - (presence.xyxy[:, 2] - presence.xyxy[:, 0]), 0) / 2
    amount: Doubles = np.where(cut, lacking, 0.0)
    return amount


def _smoothed(seconds: Doubles, raw: Doubles, trust: Doubles, scale: Doubles) -> tuple[Doubles, Doubles]:
    """The local line's value at every frame, and how many independent frames stand behind it."""
    smooth, _ = _local_line(seconds, raw, trust)
    miss = np.linalg.norm(raw - smooth, axis=1) / (3 * scale)
    robust = trust * np.where(np.isfinite(miss), np.clip(1 - np.minimum(miss, 1) ** 2, 0.01, 1) ** 2, 1.0)
    return _local_line(seconds, raw, robust)


def _local_line(seconds: Doubles, raw: Doubles, trust: Doubles) -> tuple[Doubles, Doubles]:
    """Weighted straight lines through the neighbours in time of each frame, summed offset by offset."""
    first = np.searchsorted(seconds, seconds - SMOOTHING_S)
    reach = int((np.arange(len(seconds)) - first).max(initial=0))
    sums = np.zeros((len(seconds), 4))  # w, w t, w t^2, w^2
    values = np.zeros((len(seconds), 2, 2))  # w x, w t x
    for offset in range(-reach, reach + 1):
        here = slice(max(0, -offset), len(seconds) - max(0, offset))
        there = slice(max(0, offset), len(seconds) - max(0, -offset))
        apart = seconds[there] - seconds[here]
        weight = np.clip(1 - (np.abs(apart) / SMOOTHING_S) ** 3, 0, None) ** 3 * trust[there]
        sums[here] += np.column_stack([weight, weight * apart, weight * apart**2, weight**2])
        values[here] += np.stack([weight, weight * apart], axis=1)[:, :, None] * raw[there, None, :]
    return _line_at_zero(sums, values)


def _line_at_zero(sums: Doubles, values: Doubles) -> tuple[Doubles, Doubles]:
    w, wt, wtt, ww = sums.T
    spread = w * wtt - wt**2
    steep = spread > 1e-6 * np.maximum(w, 1e-9) ** 2
    with np.errstate(invalid="ignore", divide="ignore"):
        line = (wtt[:, None] * values[:, 0] - wt[:, None] * values[:, 1]) / spread[:, None]
        mean = values[:, 0] / w[:, None]
        frames = w**2 / ww
    return np.where(steep[:, None], line, mean), np.nan_to_num(frames, nan=1.0)
