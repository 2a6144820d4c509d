"""How a walking person's box moves: a Kalman filter of constant velocity, in units of the person's own height.

Kalman, "A New Approach to Linear Filtering and Prediction Problems" (1960). Time comes from pts, so a
recording of 2 or 30 frames a second, or one with gaps, needs no other numbers. Middle x, foot y, height and
width are four independent filters; noise is a share of the box height, so distance to the camera needs none. All
people are reckoned with at once.
"""

from dataclasses import dataclass

import numpy as np

from casetrail.model.arrays import Doubles, Flags, Integers

# Per coordinate (middle x, foot y, height, width), as shares of the box height.
MEASURED = np.array([0.065, 0.085, 0.10, 0.085])  # standard deviation of one detection
PUSHED = np.array([0.40, 0.33, 0.08, 0.15])  # accelerations, per s^1.5: people turn and stop, but do not grow
WALKING = np.array([0.9, 0.6, 0.12, 0.25])  # velocity before anything is known, per s


@dataclass(frozen=True)
class Motion:
    """Beliefs about `n` people: `mean` `(n, 4, 2)` value and velocity, `cov` `(n, 4, 2, 2)`, at `time_s` `(n,)`."""

    mean: Doubles
    cov: Doubles
    time_s: Doubles

    def __len__(self) -> int:
        return len(self.time_s)

    @property
    def values(self) -> Doubles:
        """Believed middle x, foot y, height and width, `(n, 4)` pixels."""
        return self.mean[:, :, 0]

    @property
    def height(self) -> Doubles:
        """Believed height of each box in pixels, never below 4, `(n,)`."""
        return np.maximum(self.mean[:, 2, 0], 4.0)

    def at(self, time_s: Doubles | float) -> "Motion":
        """The beliefs at other moments `(n,)`, later or (for a filter run backwards) earlier."""
        signed = np.broadcast_to(np.asarray(time_s, np.float64), self.time_s.shape) - self.time_s
        step, noise = np.abs(signed)[:, None], (PUSHED * self.height[:, None]) ** 2
        move = signed[:, None]
        mean, cov = self.mean.copy(), np.empty_like(self.cov)
        mean[:, :, 0] += move * mean[:, :, 1]
        place, both, pace = self.cov[..., 0, 0], self.cov[..., 0, 1], self.cov[..., 1, 1]
        cov[..., 0, 0] = place + 2 * move * both + move**2 * pace + noise * step**3 / 3
        cov[..., 0, 1] = cov[..., 1, 0] = both + move * pace + noise * np.sign(move) * step**2 / 2
        cov[..., 1, 1] = pace + noise * step
        return Motion(mean, cov, self.time_s + signed)

    def seen(self, values: Doubles, trust: Doubles) -> "Motion":
        """The beliefs after a detection of each with middle x, foot y, height, width `(n, 4)`; `trust` `(n,)` divides
        its noise.
        """
        noise = (MEASURED * self.height[:, None]) ** 2 / trust[:, None]
        gain = self.cov[..., 0] / (self.cov[..., 0, 0] + noise)[..., None]
        mean = self.mean + gain * (values - self.values)[..., None]
        cov = self.cov - gain[..., :, None] * self.cov[..., None, 0, :]
        return Motion(mean, cov, self.time_s)

    def pick(self, rows: Integers | Flags) -> "Motion":
        """Some of the beliefs, in the order asked for."""
        return Motion(self.mean[rows], self.cov[rows], self.time_s[rows])

    def put(self, rows: Integers, others: "Motion") -> "Motion":
        """The beliefs with `others` in these rows."""
        mean, cov, time_s = self.mean.copy(), self.cov.copy(), self.time_s.copy()
        mean[rows], cov[rows], time_s[rows] = others.mean, others.cov, others.time_s
        return Motion(mean, cov, time_s)

    def joined(self, others: "Motion") -> "Motion":
        """These beliefs, then those of others."""
        pairs = ((self.mean, others.mean), (self.cov, others.cov), (self.time_s, others.time_s))
        return Motion(*(np.concatenate(pair) for pair in pairs))


def start_motion(values: Doubles, time_s: Doubles | float) -> Motion:
    """Beliefs after first detections `(n, 4)`: standing or walking either way."""
    height = np.maximum(values[:, 2], 4.0)[:, None]
    cov = np.zeros((len(values), 4, 2, 2))
    cov[..., 0, 0], cov[..., 1, 1] = (MEASURED * height) ** 2, (WALKING * height) ** 2
    mean = np.stack([values, np.zeros_like(values)], axis=-1).astype(np.float64)
    return Motion(mean, cov, np.broadcast_to(np.asarray(time_s, np.float64), (len(values),)).copy())


def surprise(beliefs: Motion, values: Doubles) -> Doubles:
    """Squared Mahalanobis distance of middle x, foot y and height of each value `(m, 4)` from each belief, `(n, m)`."""
    away = values[None, :, :3] - beliefs.values[:, None, :3]
    squared: Doubles = (away**2 / _spread(beliefs)[:, None]).sum(axis=2)
    return squared


def uncertainty(beliefs: Motion) -> Doubles:
    """Logarithm of the variance within which a detection of each person may lie, `(n,)`, in heights of the person."""
    return np.asarray(np.log(_spread(beliefs) / beliefs.height[:, None] ** 2).sum(axis=1))


def _spread(beliefs: Motion) -> Doubles:
    """Variance of middle x, foot y and height of the next detection, `(n, 3)` square pixels."""
    return np.asarray(beliefs.cov[:, :3, 0, 0] + (MEASURED[:3] * beliefs.height[:, None]) ** 2)
