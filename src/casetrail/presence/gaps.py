"""Detections that belong in a gap of a joined tracklet: they lie where the person must have been in between."""

from collections.abc import Sequence

import numpy as np
from scipy.optimize import linear_sum_assignment

from casetrail.model.arrays import Doubles, Floats
from casetrail.model.geometry import box_overlap
from casetrail.presence.tracklets import Tracklet, foot_height_width, join_tracklets, to_xyxy

Row = tuple[int, int]  # of which spare fragment, which of its rows


def take_into_gaps(
    tracklets: Sequence[Tracklet], spare: Sequence[Tracklet], times_s: Doubles, least_overlap: float
) -> tuple[list[Tracklet], list[Tracklet]]:
    """The tracklets with rows of the spare fragments in their gaps, and what is left of the fragments.

    A row goes to the tracklet that it overlaps by at least `least_overlap` with the straight line over its gap;
    in each frame rows and tracklets are paired one to one. `times_s` `(n,)`: seconds of all frames.
    """
    known = [set(item.frame.tolist()) for item in tracklets]
    taken: dict[Row, int] = {}
    for frame, rows in sorted(_by_frame(spare).items()):
        gaps = [n for n, item in enumerate(tracklets) if item.first < frame < item.last and frame not in known[n]]
        if not gaps:
            continue
        expected = np.stack([_between(tracklets[n], frame, times_s) for n in gaps])
        overlap = box_overlap(expected, np.stack([spare[part].xyxy[row] for part, row in rows]))
        for left, right in zip(*linear_sum_assignment(-overlap), strict=True):
            if overlap[left, right] >= least_overlap:
                taken[rows[right]] = gaps[left]
    grown = [_with_rows(item, [row for row, n in taken.items() if n == at], spare) for at, item in enumerate(tracklets)]
    return grown, _left_over(spare, taken)


def _by_frame(spare: Sequence[Tracklet]) -> dict[int, list[Row]]:
    rows: dict[int, list[Row]] = {}
    for part, item in enumerate(spare):
        for row, frame in enumerate(item.frame.tolist()):
            rows.setdefault(frame, []).append((part, row))
    return rows


def _between(tracklet: Tracklet, frame: int, times_s: Doubles) -> Floats:
    """Where the person must be in a frame of a gap, on the straight line from before to after it."""
    after = int(np.searchsorted(tracklet.frame, frame))
    start, end = times_s[tracklet.frame[after - 1]], times_s[tracklet.frame[after]]
    share = np.float32((times_s[frame] - start) / (end - start))
    before, behind = foot_height_width(tracklet.xyxy[after - 1 : after + 1])
    return to_xyxy((before * (1 - share) + behind * share)[None]).reshape(4)


def _with_rows(tracklet: Tracklet, rows: list[Row], spare: Sequence[Tracklet]) -> Tracklet:
    if not rows:
        return tracklet
    taken = [spare[part].rows(np.array([row])) for part, row in rows]
    return join_tracklets([tracklet, *taken])


def _left_over(spare: Sequence[Tracklet], taken: dict[Row, int]) -> list[Tracklet]:
    left = []
    for part, item in enumerate(spare):
        keep = np.array([(part, row) not in taken for row in range(len(item))])
        if keep.any():
            left.append(item.rows(np.flatnonzero(keep)))
    return left
