"""Which few pictures of a presence are worth opening, and in which of its frames the feet are hidden.

Both follow from boxes alone: nothing here looks at a person.
"""

from collections.abc import Sequence

import numpy as np

from casetrail.model.arrays import Doubles, Flags, Floats, Integers
from casetrail.model.geometry import box_cover
from casetrail.presence.presences import MOST_VIEWS
from casetrail.presence.tracklets import Tracklet

FULL_HEIGHT_PX = 160.0  # beyond it a larger picture of a person adds little for a 256 by 128 description
EDGE_PX = 2.0
KEYFRAME_MARGIN = 0.85  # a keyframe is preferred down to this share of the best quality near it
WORTH_OPENING = 0.4  # a view below this share of the presence's best view is left out
APART_S = 0.6
FOOT_SHARE = 0.15  # the part of a box, from below, in which the feet are
LOWERED = 0.8  # a box this much shorter than around it has lost its lower end
AROUND_S = 3.0
UNSEEN_FOOT_S = 0.5


def measure_cover(tracklets: Sequence[Tracklet], frames: int) -> list[tuple[Floats, Floats]]:
    """Of each tracklet's rows: the share of the box, and of its foot strip, behind nearer people; 0..1 each.

    Nearer is whose box ends lower in the picture. `frames`: how many were analysed.
    """
    cover = [(np.zeros(len(item), np.float32), np.zeros(len(item), np.float32)) for item in tracklets]
    present: list[list[int]] = [[] for _ in range(frames)]
    for index, item in enumerate(tracklets):
        for frame in item.frame:
            present[frame].append(index)
    for frame, indexes in enumerate(present):
        if len(indexes) > 1:
            _cover_in_frame(tracklets, frame, indexes, cover)
    return cover


def view_quality(tracklet: Tracklet, covered: Floats, image_wh: tuple[int, int]) -> Floats:
    """How good each row is to open, `(n,)` in 0..1: large, sure, uncovered, whole; 0 where nobody was detected."""
    height = tracklet.xyxy[:, 3] - tracklet.xyxy[:, 1]
    size = np.sqrt(np.clip(height / FULL_HEIGHT_PX, 0, 1))
    cut = cut_by_edge(tracklet.xyxy, image_wh).any(axis=1) | ~tracklet.foot_seen
    whole = np.where(cut, 0.4, 1.0)
    return np.asarray(size * tracklet.confidence * (1 - covered) * whole, np.float32)


def choose_views(quality: Floats, times_s: Doubles, keyframe: Flags) -> list[int]:
    """Rows of up to five views, best first: the best row of each of up to five equal spans of time.

    `quality`, `times_s`, `keyframe`: of each row `(n,)`. A keyframe wins over a slightly better row, because
    it decodes alone.
    """
    lasted_s = float(times_s[-1] - times_s[0])
    spans = min(MOST_VIEWS, 1 + int(lasted_s / APART_S))
    place = np.minimum(((times_s - times_s[0]) / max(lasted_s, 1e-9) * spans).astype(int), spans - 1)
    members = [np.flatnonzero(place == span).astype(np.int64) for span in range(spans)]
    rows = [_best(rows, quality, keyframe) for rows in members if len(rows)]
    floor = WORTH_OPENING * float(quality.max())
    worthy = [row for row in rows if quality[row] > 0 and quality[row] >= floor]
    return sorted(worthy, key=lambda row: (-quality[row], row))


def find_hidden_feet(tracklet: Tracklet, foot_covered: Floats, times_s: Doubles, image_wh: tuple[int, int]) -> Flags:
    """Rows in which the lower side of the box is not where the feet are, bool `(n,)`.

    It is cut by the picture's lower edge, behind somebody nearer, worked out or much shorter than around that moment
    (a car, a counter), or filled in over a gap of more than half a second. `times_s` `(n,)`: of the tracklet's rows.
    """
    cut = (tracklet.xyxy[:, 3] >= image_wh[1] - EDGE_PX) | ~tracklet.foot_seen
    return np.asarray(cut | (foot_covered > 0.3) | _lowered(tracklet, times_s) | _long_unseen(tracklet, times_s))


def cut_by_edge(xyxy: Floats, image_wh: tuple[int, int]) -> Flags:
    """Whether each box touches the left, upper, right and lower edge, bool `(n, 4)`."""
    low = xyxy[:, :2] <= EDGE_PX
    high = xyxy[:, 2:] >= np.array(image_wh, np.float32) - EDGE_PX
    return np.concatenate([low, high], axis=1)


def _cover_in_frame(
    tracklets: Sequence[Tracklet], frame: int, indexes: list[int], cover: list[tuple[Floats, Floats]]
) -> None:
    rows = [frame_row(tracklets[index], frame) for index in indexes]
    boxes = np.stack([tracklets[index].xyxy[row] for index, row in zip(indexes, rows, strict=True)])
    nearer = boxes[None, :, 3] > boxes[:, None, 3]
    feet = boxes.copy()
    feet[:, 1] = boxes[:, 3] - FOOT_SHARE * (boxes[:, 3] - boxes[:, 1])
    whole = np.where(nearer, box_cover(boxes, boxes), 0).max(axis=1)
    strip = np.where(nearer, box_cover(feet, boxes), 0).max(axis=1)
    for place, (index, row) in enumerate(zip(indexes, rows, strict=True)):
        cover[index][0][row], cover[index][1][row] = whole[place], strip[place]


def frame_row(tracklet: Tracklet, frame: int) -> int:
    """The row of a frame that the tracklet has."""
    return int(np.searchsorted(tracklet.frame, frame))


def _best(rows: Integers, quality: Floats, keyframe: Flags) -> int:
    best = int(rows[np.argmax(quality[rows])])
    keys = rows[keyframe[rows]]
    if len(keys):
        key = int(keys[np.argmax(quality[keys])])
        if quality[key] >= KEYFRAME_MARGIN * quality[best] and quality[key] > 0:
            return key
    return best


def _lowered(tracklet: Tracklet, times_s: Doubles) -> Flags:
    height = tracklet.xyxy[:, 3] - tracklet.xyxy[:, 1]
    first = np.searchsorted(times_s, times_s - AROUND_S)
    last = np.searchsorted(times_s, times_s + AROUND_S)
    around = np.array([np.median(height[low:high]) for low, high in zip(first, last, strict=True)])
    return np.asarray(height < LOWERED * around)


def _long_unseen(tracklet: Tracklet, times_s: Doubles) -> Flags:
    seen = np.flatnonzero(tracklet.confidence > 0)
    unseen = tracklet.confidence <= 0
    if not len(seen) or not unseen.any():
        return np.asarray(unseen)
    after = np.clip(np.searchsorted(seen, np.arange(len(tracklet))), 0, len(seen) - 1)
    before = np.clip(after - 1, 0, None)
    return np.asarray(unseen & (times_s[seen[after]] - times_s[seen[before]] > UNSEEN_FOOT_S))
