"""Places that a path may lead through: the cameras of a gate and the places of anchors, and the ways between."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from casetrail.model.arrays import Doubles
from casetrail.trace.anchors import Anchor
from casetrail.trace.topology import Topology, count_passed
from casetrail.trace.transit import WALK_MPS, Transit, transit_of_gaps, view_slack_s

STAYS = 0.3  # how often the next sighting is at the camera of the last one
NEAR_M = 10.0  # distances below this do not make a place much likelier
SEEN = 0.8  # a person who walks through a field of view becomes a presence this often
ON_THE_WAY = 0.5  # a camera that lies between two others is really passed this often
MOST_PASSED = 6.0
ANCHOR_CLOCK_S = 1.0


@dataclass(frozen=True)
class Places:
    """`n` places, cameras first, then anchors: `transit` between them, `choice` `(n, n)` natural log of how likely the
    next sighting after a row is at a column, `unseen` `(n, n)` natural log of passing the cameras between unseen.
    `covered` `(anchors,)`: how many cameras an anchor's place spans, at least 1.
    """

    cameras: Topology
    transit: Transit
    choice: Doubles
    unseen: Doubles
    covered: Doubles


def build_places(cameras: Topology, anchors: Sequence[Anchor]) -> Places:
    """Places of these cameras and anchors, in that order."""
    count = len(cameras.camera_ids)
    gap_m = _joint_gaps(cameras, anchors)
    clock_s = np.concatenate([cameras.clock_s, np.full(len(anchors), ANCHOR_CLOCK_S)])
    slack_s = np.concatenate([view_slack_s(cameras.reach_m), [_place_slack_s(anchor) for anchor in anchors]])
    same = np.eye(len(gap_m))
    same[count:, count:] = 0
    unseen = np.zeros_like(gap_m)
    unseen[:count, :count] = np.minimum(count_passed(gap_m[:count, :count]), MOST_PASSED) * np.log1p(-ON_THE_WAY * SEEN)
    covered = np.maximum((gap_m[count:, :count] <= 0).sum(axis=1), 1.0)
    return Places(cameras, transit_of_gaps(gap_m, clock_s, slack_s, same), _choice(gap_m, count), unseen, covered)


def _joint_gaps(cameras: Topology, anchors: Sequence[Anchor]) -> Doubles:
    count = len(cameras.camera_ids)
    gaps = np.full((count + len(anchors), count + len(anchors)), np.nan)
    gaps[:count, :count] = cameras.gaps_m()
    for row, anchor in enumerate(anchors):
        gaps[count + row, :count] = gaps[:count, count + row] = cameras.gaps_to_place_m(anchor.place, anchor.radius_m)
        for column, other in enumerate(anchors):
            if anchor.place is not None and other.place is not None:
                apart = anchor.place.distance_m(other.place) - anchor.radius_m - other.radius_m
                gaps[count + row, count + column] = max(apart, 0.0)
    return gaps


def _place_slack_s(anchor: Anchor) -> float:
    return anchor.radius_m / WALK_MPS / 2 + anchor.interval.duration_s / _moments(anchor) / 4


def _moments(anchor: Anchor) -> int:
    return count_moments(anchor.interval.duration_s)


def count_moments(duration_s: float) -> int:
    """Into how many moments an anchor's interval is cut: one every 10 s, at most 12."""
    return int(np.clip(np.ceil(duration_s / 10.0), 1, 12))


def _choice(gap_m: Doubles, cameras: int) -> Doubles:
    """Nearer views are likelier next, by the inverse square, as trips in cities fall off with distance."""
    near = 1.0 / (gap_m + NEAR_M) ** 2
    known = np.nan_to_num(near, nan=np.inf).min(initial=np.inf)
    near = np.nan_to_num(near, nan=known if np.isfinite(known) else 1.0)
    np.fill_diagonal(near, 0.0)
    onward = near[:, :cameras].sum(axis=1, keepdims=True)
    share = near / np.where(onward > 0, onward, 1.0)
    share[:, cameras:] = near[:, cameras:] / (onward + near[:, cameras:])
    chosen = (1 - STAYS) * share
    chosen[np.arange(cameras), np.arange(cameras)] = STAYS
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(chosen))
