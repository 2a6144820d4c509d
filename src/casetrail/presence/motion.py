"""How a walking person's box moves: a Kalman filter of constant velocity, in units of the person's own height.

Kalman, "A New Approach to Linear Filtering and Prediction Problems" (1960). Time comes from pts, so a
recording of 2 or 30 frames a second, or one with gaps, needs no other numbers. Middle x, foot y, height and
width are four independent filters; noise is a share of the box height, so distance to the camera needs none.
"""

from dataclasses import dataclass

import numpy as np

from casetrail.model.arrays import Doubles

# Per coordinate (middle x, foot y, height, width), as shares of the box height.
MEASURED = np.array([0.065, 0.085, 0.10, 0.085])  # standard deviation of one detection
PUSHED = np.array([0.40, 0.33, 0.08, 0.15])  # accelerations, per s^1.5: people turn and stop, but do not grow
WALKING = np.array([0.9, 0.6, 0.12, 0.25])  # velocity before anything is known, per s


@dataclass(frozen=True)
class Motion:
    """Belief about one person: `mean` `(4, 2)` value and velocity, `cov` `(4, 2, 2)`, at `time_s`."""

    mean: Doubles
    cov: Doubles
    time_s: float

    @property
    def height(self) -> float:
        """Believed height of the box in pixels, never below 4."""
        return max(float(self.mean[2, 0]), 4.0)

    def at(self, time_s: float) -> "Motion":
        """The belief at another moment, later or (for a filter run backwards) earlier."""
        step = abs(time_s - self.time_s)
        signed = time_s - self.time_s
        move = np.array([[1.0, signed], [0.0, 1.0]])
        cross = np.sign(signed) * step**2 / 2
        spread = np.array([[step**3 / 3, cross], [cross, step]])
        noise = ((PUSHED * self.height) ** 2)[:, None, None] * spread
        return Motion(self.mean @ move.T, move @ self.cov @ move.T + noise, time_s)

    def seen(self, value: Doubles, trust: float = 1.0) -> "Motion":
        """The belief after a detection with middle x, foot y, height, width `value`; `trust` divides its noise."""
        noise = (MEASURED * self.height) ** 2 / trust
        gain = self.cov[:, :, 0] / (self.cov[:, 0, 0] + noise)[:, None]
        mean = self.mean + gain * (value - self.mean[:, 0])[:, None]
        cov = self.cov - gain[:, :, None] * self.cov[:, None, 0, :]
        return Motion(mean, cov, self.time_s)


def start_motion(value: Doubles, time_s: float) -> Motion:
    """Belief after a first detection: standing or walking either way."""
    height = max(float(value[2]), 4.0)
    variance = np.stack([(MEASURED * height) ** 2, (WALKING * height) ** 2], axis=1)
    cov = variance[:, :, None] * np.eye(2)
    return Motion(np.stack([value, np.zeros(4)], axis=1).astype(np.float64), cov, time_s)


def surprise(beliefs: list[Motion], values: Doubles) -> Doubles:
    """Squared Mahalanobis distance of middle x, foot y and height of each value `(m, 4)` from each belief, `(n, m)`."""
    if not beliefs:
        return np.zeros((0, len(values)))
    mean = np.stack([belief.mean[:3, 0] for belief in beliefs])
    squared: Doubles = (((values[None, :, :3] - mean[:, None]) ** 2) / _spread(beliefs)[:, None]).sum(axis=2)
    return squared


def uncertainty(beliefs: list[Motion]) -> Doubles:
    """Logarithm of the variance within which a detection of each person may lie, `(n,)`, in heights of the person."""
    if not beliefs:
        return np.zeros(0)
    height = np.array([belief.height for belief in beliefs])
    return np.asarray(np.log(_spread(beliefs) / height[:, None] ** 2).sum(axis=1))


def _spread(beliefs: list[Motion]) -> Doubles:
    """Variance of middle x, foot y and height of the next detection, `(n, 3)` square pixels."""
    noise = np.stack([(MEASURED[:3] * belief.height) ** 2 for belief in beliefs])
    return np.asarray(np.stack([belief.cov[:3, 0, 0] for belief in beliefs]) + noise)
