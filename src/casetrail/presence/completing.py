"""Boxes as large as the person: what a picture's edge, somebody nearer or a thing cuts off is added again.

A detector boxes what it sees. Of somebody who walks behind a wall or another person that is the upper half, so the
feet seem to jump, and motion, linking and distances go wrong with them. How high people are in this picture (the
`Perspective`), and how much taller or shorter than most this one is where seen whole, tell where the box ends.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from casetrail.model.arrays import Doubles, Flags, Floats
from casetrail.presence.best_views import cut_by_edge
from casetrail.presence.detector import Detections
from casetrail.presence.perspective import SOMEBODY, UNCOVERED, Perspective, foot_cover
from casetrail.presence.tracklets import Tracklet

HIDDEN = 0.3  # share of the foot strip behind somebody nearer
SHORT = 0.9  # of the height that is expected, where something is known to cut the box
VERY_SHORT = 0.85  # where nothing is
USUAL = 0.12  # deviation of somebody seen whole
SEEN = 0.4  # least confidence of a box that tells how tall somebody is
NEAR_S = 1.5  # how long a whole box speaks for those before and after it
OFF = 0.08  # of the height: an end of the box that is so far from the line is cut
SHORTEST, TALLEST = 0.75, 1.3  # people beside most people
LIKE_MOST = 10  # whole boxes that weigh as much as that nearly everybody is about as tall


def complete(
    fragments: Sequence[Tracklet],
    detections: Sequence[Detections],
    perspective: Perspective,
    times_s: Doubles,
    image_wh: tuple[int, int],
) -> list[Tracklet]:
    """The fragments with whole boxes; they may reach beyond the picture. Rows whose feet are not where the detector
    saw the box end say so (`Tracklet.foot_seen`).

    `detections`: of each frame, `times_s` `(n,)`: their seconds, `image_wh`: picture size in pixels.
    """
    covers = _measure_cover(fragments, detections)
    return [
        _complete(item, _see(item, cover, times_s, image_wh), perspective)
        for item, cover in zip(fragments, covers, strict=True)
    ]


@dataclass(frozen=True)
class _Seen:
    """Rows of a fragment, `(n,)` each: moment, middle, head, foot and height; by what each box is cut; and `plain`,
    where nothing cuts a surely seen one.
    """

    time_s: Doubles
    x: Doubles
    head: Doubles
    foot: Doubles
    height: Doubles
    above: Flags
    below: Flags
    hidden: Flags
    plain: Flags


def _measure_cover(fragments: Sequence[Tracklet], detections: Sequence[Detections]) -> list[Floats]:
    """Of each row of each fragment, how much of the feet somebody nearer in the same frame hides."""
    if not fragments:
        return []
    frame = np.concatenate([item.frame for item in fragments])
    xyxy = np.concatenate([item.xyxy for item in fragments])
    cover = np.zeros(len(frame), np.float32)
    order = np.argsort(frame, kind="stable")
    starts = np.flatnonzero(np.diff(frame[order], prepend=-1))
    for rows in np.split(order, starts[1:]):
        found = detections[frame[rows[0]]]
        cover[rows] = foot_cover(xyxy[rows], found.xyxy[found.confidence >= SOMEBODY])
    return np.split(cover, np.cumsum([len(item) for item in fragments])[:-1])


def _see(item: Tracklet, cover: Floats, times_s: Doubles, image_wh: tuple[int, int]) -> _Seen:
    x1, head, x2, foot = item.xyxy.T.astype(np.float64)
    edge = cut_by_edge(item.xyxy, image_wh)
    above, below = edge[:, 1], edge[:, 3]
    plain = (cover < UNCOVERED) & ~above & ~below & (item.confidence > SEEN)
    return _Seen(times_s[item.frame], (x1 + x2) / 2, head, foot, foot - head, above, below, cover > HIDDEN, plain)


def _complete(item: Tracklet, seen: _Seen, perspective: Perspective) -> Tracklet:
    share = _tallness(seen, perspective)
    expected = share * perspective.height_at(seen.x, seen.foot)
    usual = seen.plain
    if perspective.tells_feet:
        usual = usual & (np.abs(seen.height / expected - 1) < USUAL)
    near = _near(seen.time_s, usual)
    if perspective.tells_feet:
        whole, known = perspective.height_below(seen.x, seen.head, share), np.ones(len(item), bool)
    else:
        whole, known = _line(seen.time_s, usual, seen.height), near
    low = (seen.hidden | seen.below) & ~seen.above & known & (seen.height < SHORT * whole)
    high = seen.above & ~seen.below & (seen.height < SHORT * expected)
    odd = near & ~(low | high | seen.above | seen.below) & (seen.height < VERY_SHORT * expected)
    head_off, foot_off = (np.abs(end - _line(seen.time_s, usual, end)) for end in (seen.head, seen.foot))
    sunk = odd & (foot_off > head_off) & (foot_off > OFF * seen.height)
    topped = odd & (head_off > foot_off) & (head_off > OFF * seen.height)
    hanging = whole if perspective.tells_feet else _line(seen.time_s, usual, seen.foot) - seen.head
    foot = np.where(low, seen.head + whole, np.where(sunk, np.maximum(seen.foot, seen.head + hanging), seen.foot))
    head = np.where(high | topped, seen.foot - expected, seen.head)
    return item.with_ends(head, foot, item.foot_seen & ~(low | sunk))


def _tallness(seen: _Seen, perspective: Perspective) -> float:
    """How tall this person is beside most, where seen whole; nearer to most where that is seldom."""
    rows = int(seen.plain.sum())
    if not rows:
        return 1.0
    shares = seen.height[seen.plain] / perspective.height_at(seen.x[seen.plain], seen.foot[seen.plain])
    believed = (rows * float(np.median(shares)) + LIKE_MOST) / (rows + LIKE_MOST)
    return float(np.clip(believed, SHORTEST, TALLEST))


def _near(time_s: Doubles, usual: Flags) -> Flags:
    """Whether somebody was seen whole shortly before or after, with two such rows in all."""
    there = time_s[usual]
    if len(there) < 2:
        return np.zeros(len(time_s), bool)
    after = np.searchsorted(there, time_s)
    last, following = there[np.clip(after - 1, 0, None)], there[np.clip(after, None, len(there) - 1)]
    return np.asarray(np.minimum(np.abs(time_s - last), np.abs(time_s - following)) < NEAR_S)


def _line(time_s: Doubles, usual: Flags, values: Doubles) -> Doubles:
    """The values on straight lines between the rows that are seen whole."""
    return np.interp(time_s, time_s[usual], values[usual]) if usual.any() else values
