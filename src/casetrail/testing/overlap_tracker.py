"""Fake of the EveryFrameTracker port: whoever overlaps most with somebody of the last frame is that person."""

import numpy as np

from casetrail.app.evaluate.tracking import FrameBoxes
from casetrail.model.geometry import box_overlap
from casetrail.presence.detector import Detections


class OverlapTracker:
    """Names people by overlap from one frame to the next; needs no library."""

    def __init__(self, _rate: float = 10.0) -> None:
        self._last = FrameBoxes(np.zeros(0, np.int64), np.zeros((0, 4), np.float32))
        self._named = 0

    def follow(self, found: Detections) -> FrameBoxes:
        """Who is where in the next frame."""
        overlap = box_overlap(found.xyxy, self._last.xyxy)
        people = []
        for row in range(len(found.xyxy)):
            best = int(overlap[row].argmax()) if overlap.shape[1] else -1
            if best >= 0 and overlap[row, best] > 0.3:
                people.append(int(self._last.person[best]))
            else:
                people.append(self._named)
                self._named += 1
        self._last = FrameBoxes(np.array(people, np.int64), found.xyxy)
        return self._last
