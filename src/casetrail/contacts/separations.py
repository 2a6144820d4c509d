"""Separations: how far apart two people's feet were, moment by moment, as a 90 % interval."""

from dataclasses import dataclass

import numpy as np

from casetrail.contacts.foot_paths import FootPath
from casetrail.model.arrays import Doubles, Flags, Integers
from casetrail.model.ground_plane import GroundPlane, GroundPoints, separate
from casetrail.model.time import SECOND_US

LONGEST_STEP_US = SECOND_US  # further apart than this, two frames do not tell what lay between them
SPREAD_POINTS = 256


@dataclass(frozen=True)
class Separation:
    """Two people over the `n` moments when both were in the picture.

    `utc_us` int64 `(n,)`; `step_s` `(n,)` how much time each moment stands for; `median_m`, `low_m`, `high_m`
    `(n,)` metres between feet and the ends of the 90 % interval, NaN where no distance is claimed.
    """

    utc_us: Integers
    step_s: Doubles
    median_m: Doubles
    low_m: Doubles
    high_m: Doubles

    @property
    def hidden(self) -> Flags:
        """Where nothing is claimed."""
        unknown: Flags = np.isnan(self.median_m)
        return unknown


def measure_separation(plane: GroundPlane, a: FootPath, b: FootPath) -> Separation | None:
    """The separation of two foot paths of one camera, or None when they share no moment.

    Moments are the frames of `a`; `b` is taken between its own frames on the common UTC timeline. Nothing is
    claimed where a foot is hidden, where `b` has no frames within a second, or at the horizon.
    """
    inside = (a.utc_us >= b.utc_us[0]) & (a.utc_us <= b.utc_us[-1])
    if not inside.any():
        return None
    utc_us = a.utc_us[inside]
    here, there = _at(a, utc_us), _at(b, utc_us)
    apart = separate(
        plane, here.foot_px, there.foot_px, (here.own_px2, there.own_px2), (here.shared_px, there.shared_px)
    )
    low, median, high = distance_interval(apart)
    known = ~(here.hidden | there.hidden)
    return Separation(utc_us, _steps_s(utc_us), *(np.where(known, part, np.nan) for part in (median, low, high)))


def distance_interval(apart: GroundPoints) -> tuple[Doubles, Doubles, Doubles]:
    """The 5 %, 50 % and 95 % quantiles, each `(n,)`, of the length of vectors with these covariances.

    Taken over a fixed set of normal points, so that near zero, where a length is not normal (Rice 1945), the
    interval folds as it should and the same input always gives the same numbers.
    """
    values, vectors = np.linalg.eigh(np.nan_to_num(apart.covariance_m2, nan=0.0))
    root = vectors * np.sqrt(np.maximum(values, 0))[:, None, :]
    spread = apart.xy_m[:, None, :] + _normal_points() @ root.transpose(0, 2, 1)
    low, median, high = np.quantile(np.linalg.norm(spread, axis=2), [0.05, 0.5, 0.95], axis=1)
    return low, median, high


def _normal_points() -> Doubles:
    """Points of a plane normal distribution on a sunflower spiral: even, and the same every time."""
    rank = (np.arange(SPREAD_POINTS) + 0.5) / SPREAD_POINTS
    radius = np.sqrt(-2 * np.log(1 - rank))
    angle = np.arange(SPREAD_POINTS) * np.pi * (3 - np.sqrt(5))
    return np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])


def _at(path: FootPath, utc_us: Integers) -> FootPath:
    """The path at other moments: a straight line between its neighbouring frames, their larger error."""
    after = np.clip(np.searchsorted(path.utc_us, utc_us), 0, len(path.utc_us) - 1)
    before = np.where(path.utc_us[after] == utc_us, after, np.maximum(after - 1, 0))
    gap = path.utc_us[after] - path.utc_us[before]
    share = np.divide(utc_us - path.utc_us[before], gap, out=np.zeros(len(utc_us)), where=gap > 0)[:, None]
    return FootPath(
        utc_us,
        path.foot_px[before] * (1 - share) + path.foot_px[after] * share,
        np.maximum(path.own_px2[before], path.own_px2[after]),
        np.maximum(path.shared_px[before], path.shared_px[after]),
        path.hidden[before] | path.hidden[after] | (gap > LONGEST_STEP_US),
    )


def _steps_s(utc_us: Integers) -> Doubles:
    """Half the time to each neighbour, at most half a second to either side; a lone moment stands for none."""
    gaps = np.minimum(np.diff(utc_us) / SECOND_US, LONGEST_STEP_US / SECOND_US)
    steps: Doubles = np.append(gaps, gaps[-1:].sum()) / 2 + np.append(gaps[:1].sum(), gaps) / 2
    return steps
