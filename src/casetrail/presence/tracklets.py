"""Tracklets while they are being made: which frames, which boxes, how sure."""

from dataclasses import dataclass

import numpy as np

from casetrail.model.arrays import Doubles, Flags, Floats, Integers, frozen


@dataclass(frozen=True)
class Tracklet:
    """Detections of one person in one camera, unbroken.

    `frame` int64 `(n,)`, rising positions in the analysed frames; `xyxy` float32 `(n, 4)` pixels;
    `confidence` float32 `(n,)`, 0 where interpolated; `foot_seen` bool `(n,)`, False where something hid the feet and
    the lower end of the box was worked out.
    """

    frame: Integers
    xyxy: Floats
    confidence: Floats
    foot_seen: Flags

    def __len__(self) -> int:
        return len(self.frame)

    @property
    def first(self) -> int:
        """Position of the first frame."""
        return int(self.frame[0])

    @property
    def last(self) -> int:
        """Position of the last frame."""
        return int(self.frame[-1])

    def between(self, start: int, end: int) -> "Tracklet":
        """The rows whose frame lies in `[start, end)`."""
        return self.rows(np.flatnonzero((self.frame >= start) & (self.frame < end)))

    def rows(self, rows: Integers) -> "Tracklet":
        """Some of the rows."""
        return build_tracklet(self.frame[rows], self.xyxy[rows], self.confidence[rows], self.foot_seen[rows])

    def with_boxes(self, xyxy: Floats) -> "Tracklet":
        """The same rows with other boxes."""
        return build_tracklet(self.frame, xyxy, self.confidence, self.foot_seen)

    def with_ends(self, head: Doubles, foot: Doubles, foot_seen: Flags) -> "Tracklet":
        """The same rows with other upper and lower sides `(n,)`."""
        xyxy = np.stack([self.xyxy[:, 0], head, self.xyxy[:, 2], foot], axis=1)
        return build_tracklet(self.frame, xyxy.astype(np.float32), self.confidence, foot_seen)


def build_tracklet(frame: Integers, xyxy: Floats, confidence: Floats, foot_seen: Flags | None = None) -> Tracklet:
    """A tracklet with its rows in frame order, read-only; feet are seen unless it is said that they are not."""
    order = np.argsort(frame, kind="stable")
    seen = np.ones(len(frame), bool) if foot_seen is None else foot_seen
    return Tracklet(
        frozen(np.asarray(frame, np.int64)[order]),
        frozen(np.asarray(xyxy, np.float32).reshape(-1, 4)[order]),
        frozen(np.asarray(confidence, np.float32)[order]),
        frozen(np.asarray(seen, bool)[order]),
    )


def join_tracklets(parts: list[Tracklet]) -> Tracklet:
    """One tracklet of the rows of several that share no frame."""
    return build_tracklet(
        np.concatenate([part.frame for part in parts]),
        np.concatenate([part.xyxy for part in parts]),
        np.concatenate([part.confidence for part in parts]),
        np.concatenate([part.foot_seen for part in parts]),
    )


def foot_height_width(xyxy: Floats) -> Floats:
    """Each box `(n, 4)` as middle x, foot y, height and width: the coordinates in which people move evenly."""
    x1, y1, x2, y2 = xyxy.T
    values = np.empty_like(xyxy)  # stacking four rows would take three times as long, and this is asked for often
    values[:, 0], values[:, 1], values[:, 2], values[:, 3] = (x1 + x2) / 2, y2, y2 - y1, x2 - x1
    return values


def to_xyxy(fhw: Floats) -> Floats:
    """Back from middle x, foot y, height and width `(n, 4)` to boxes."""
    x, y, h, w = fhw.T
    return np.stack([x - w / 2, y - h, x + w / 2, y], axis=1)
