"""Transit times: how long a person takes from leaving one field of view to entering another.

A mixture: walking (log-normal around the walking distance at 1.3 m/s), lingering on the way (heavy tail), riding
where it is far, and a thin floor for all that was not thought of. Both cameras' clocks and the extent of their views
are folded in by shifting and widening, so that times near zero, and views that overlap, stay possible.
Walking speed: Bohannon 1997 (comfortable gait of adults, 1.3 m/s). Pairs learn from confirmed hops by conjugate counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import log_ndtr, ndtri

from casetrail.model.arrays import Doubles, Integers
from casetrail.trace.topology import KNOWN_REACH_M, Topology

WALK_MPS = 1.3
RIDE_MPS = 6.0
WALK_SPREAD = 0.35  # of the walking time: people differ, and so do ways
VIEW_SLACK_S = 1.5  # people leave and enter a view anywhere along its border
UNKNOWN_VIEW_SLACK_S = 4.0
RIDE_FROM_M = 300.0
SHARES = {"walk": 0.65, "linger": 0.29, "ride": 0.06}
FLOOR_PER_S = 1e-4 / 172_800  # one in ten thousand, spread over two days
REAPPEAR_S = 4.0
SAME_VIEW_SLACK_S = 1.0
LINGER_S = 60.0
PRIOR_HOPS = 4.0
_UNKNOWN_S = 600.0


@dataclass(frozen=True)
class Hop:
    """A confirmed hop: camera positions in the topology, and seconds from leaving the one to entering the other."""

    from_index: int
    to_index: int
    seconds: float


@dataclass(frozen=True)
class Transit:
    """Transit densities of every pair of places, `(n, n)` each; rows leave, columns enter.

    `gap_m`: walking metres, nan unknown. `log_mean`, `log_sigma`: of the shifted walking time. `shift_s`: that shift.
    `linger_from_s`: where the tail starts. `linger_s`: its scale. `same`: whether row and column are one view.
    """

    gap_m: Doubles
    log_mean: Doubles
    log_sigma: Doubles
    shift_s: Doubles
    linger_from_s: Doubles
    linger_s: Doubles
    ride_log_mean: Doubles
    same: Doubles

    def log_density(self, leave: Integers, enter: Integers, seconds: Doubles) -> Doubles:
        """Natural log of the density per second of each transit; arrays of one shape."""
        at = (leave, enter)
        walk = _log_normal(seconds + self.shift_s[at], self.log_mean[at], self.log_sigma[at])
        linger = _tail(seconds - self.linger_from_s[at], self.linger_s[at])
        ride = _log_normal(seconds, self.ride_log_mean[at], np.full(seconds.shape, 0.6))
        far = np.nan_to_num(self.gap_m[at]) > RIDE_FROM_M
        moving = np.where(far, SHARES["walk"] * walk + SHARES["ride"] * ride, (SHARES["walk"] + SHARES["ride"]) * walk)
        apart = moving + SHARES["linger"] * linger
        again = 0.6 * _exponential(seconds + SAME_VIEW_SLACK_S) + 0.4 * linger
        density = np.where(self.same[at] > 0, again, np.where(np.isnan(self.gap_m[at]), linger, apart))
        return np.asarray(np.log(density + FLOOR_PER_S))

    def arrived(self, leave: Integers, enter: Integers, seconds: Doubles) -> Doubles:
        """Probability that each transit takes at most so many seconds (cumulative distribution, floor left out)."""
        at = (leave, enter)
        walk = _normal_below(seconds + self.shift_s[at], self.log_mean[at], self.log_sigma[at])
        linger = _tail_below(seconds - self.linger_from_s[at], self.linger_s[at])
        ride = _normal_below(seconds, self.ride_log_mean[at], np.full(seconds.shape, 0.6))
        far = np.nan_to_num(self.gap_m[at]) > RIDE_FROM_M
        moving = np.where(far, SHARES["walk"] * walk + SHARES["ride"] * ride, (SHARES["walk"] + SHARES["ride"]) * walk)
        again = 0.6 * -np.expm1(-np.maximum(seconds + SAME_VIEW_SLACK_S, 0) / REAPPEAR_S) + 0.4 * linger
        apart = moving + SHARES["linger"] * linger
        return np.asarray(np.where(self.same[at] > 0, again, np.where(np.isnan(self.gap_m[at]), linger, apart)))

    def walking_s(self, leave: int, enter: int) -> tuple[float, float, float] | None:
        """Low, median and high walking time (5, 50, 95 %) in seconds, None where the distance is unknown."""
        if np.isnan(self.gap_m[leave, enter]) or self.same[leave, enter]:
            return None
        spread = self.log_sigma[leave, enter] * ndtri(np.array([0.05, 0.5, 0.95]))
        low, median, high = np.maximum(np.exp(self.log_mean[leave, enter] + spread) - self.shift_s[leave, enter], 0)
        return float(low), float(median), float(high)

    def learned(self, hops: Sequence[Hop]) -> "Transit":
        """The same with each pair's walking time moved by its confirmed hops (normal on the log, conjugate counts)."""
        log_mean, log_sigma = self.log_mean.copy(), self.log_sigma.copy()
        for pair in sorted({(hop.from_index, hop.to_index) for hop in hops}):
            seen = np.array([hop.seconds for hop in hops if (hop.from_index, hop.to_index) == pair])
            shifted = seen + self.shift_s[pair]
            walked = shifted[(shifted > 0) & (seen < _longest_walk(self, pair))]  # a linger says nothing of the walk
            if len(walked):
                log_mean[pair], log_sigma[pair] = _conjugate(np.log(walked), self.log_mean[pair], self.log_sigma[pair])
        return replace(self, log_mean=log_mean, log_sigma=log_sigma)


def build_transit(topology: Topology) -> Transit:
    """Transit densities from geometry alone."""
    return transit_of_gaps(topology.gaps_m(), topology.clock_s, _slack(topology), np.eye(len(topology.camera_ids)))


def transit_of_gaps(gap_m: Doubles, clock_s: Doubles, slack_s: Doubles, same: Doubles) -> Transit:
    """Transit densities of any places: `gap_m` `(n, n)` walking metres, `clock_s`, `slack_s` and `same` as in Transit.

    `slack_s` `(n,)`: how long it takes to cross a view whose border is not known, as a standard deviation.
    """
    walk_s = (np.nan_to_num(gap_m) + 2.0) / WALK_MPS
    noise_s = np.sqrt(_both(clock_s) + _both(slack_s))
    shift_s = 4.0 * noise_s
    mean = walk_s + shift_s
    log_sigma = np.sqrt(np.log1p(((WALK_SPREAD * walk_s) ** 2 + noise_s**2) / mean**2))
    return Transit(
        gap_m=gap_m,
        log_mean=np.log(mean) - log_sigma**2 / 2,
        log_sigma=log_sigma,
        shift_s=shift_s,
        linger_from_s=np.where(same > 0, 0.0, 0.5 * walk_s) - noise_s,
        linger_s=np.where(np.isnan(gap_m), _UNKNOWN_S, LINGER_S + walk_s),
        ride_log_mean=np.log(np.nan_to_num(gap_m) / RIDE_MPS + 120.0),
        same=same,
    )


def view_slack_s(reach_m: Doubles) -> Doubles:
    """Standard deviation in seconds of when a person crosses the border of a view, by how well the view is known."""
    return np.asarray(np.where(reach_m > KNOWN_REACH_M, UNKNOWN_VIEW_SLACK_S, VIEW_SLACK_S))


def _slack(topology: Topology) -> Doubles:
    return view_slack_s(topology.reach_m)


def _both(sigma: Doubles) -> Doubles:
    return np.asarray(sigma[:, None] ** 2 + sigma[None] ** 2)


def _log_normal(seconds: Doubles, log_mean: Doubles, log_sigma: Doubles) -> Doubles:
    inside = np.maximum(seconds, 1e-9)
    z = (np.log(inside) - log_mean) / log_sigma
    return np.asarray(np.where(seconds > 0, np.exp(-(z**2) / 2) / (inside * log_sigma * np.sqrt(2 * np.pi)), 0.0))


def _normal_below(seconds: Doubles, log_mean: Doubles, log_sigma: Doubles) -> Doubles:
    z = (np.log(np.maximum(seconds, 1e-9)) - log_mean) / log_sigma
    return np.asarray(np.where(seconds > 0, np.exp(log_ndtr(z)), 0.0))


def _tail(seconds: Doubles, scale: Doubles) -> Doubles:
    """Lomax density with shape 1: half linger less than `scale`, and some for hours."""
    inside = np.maximum(seconds, 0)
    return np.asarray(np.where(seconds >= 0, 1 / (scale * (1 + inside / scale) ** 2), 0.0))


def _tail_below(seconds: Doubles, scale: Doubles) -> Doubles:
    return np.asarray(1 - 1 / (1 + np.maximum(seconds, 0) / scale))


def _exponential(seconds: Doubles) -> Doubles:
    return np.asarray(np.where(seconds >= 0, np.exp(-np.maximum(seconds, 0) / REAPPEAR_S) / REAPPEAR_S, 0.0))


def _longest_walk(transit: Transit, pair: tuple[int, int]) -> float:
    return float(np.exp(transit.log_mean[pair] + 3 * transit.log_sigma[pair]) - transit.shift_s[pair])


def _conjugate(logs: Doubles, mean: float, sigma: float) -> tuple[float, float]:
    count = PRIOR_HOPS + len(logs)
    moved = (PRIOR_HOPS * mean + logs.sum()) / count
    spread = PRIOR_HOPS * (sigma**2 + (moved - mean) ** 2) + ((logs - moved) ** 2).sum()
    return float(moved), float(np.sqrt(spread / count))
