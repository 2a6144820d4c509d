"""EveryFrameTracker by ByteTrack of the `trackers` library: what indexing is measured against."""

import numpy as np
import supervision as sv
from trackers import ByteTrackTracker

from casetrail.app.evaluate.tracking import FrameBoxes
from casetrail.presence.detector import Detections


class ByteTrack:
    """ByteTrack (Zhang et al. 2022) as published, for one recording of `rate` frames a second."""

    def __init__(self, rate: float) -> None:
        self._tracker = ByteTrackTracker(frame_rate=rate)

    def follow(self, found: Detections) -> FrameBoxes:
        """Who is where in the next frame."""
        given = sv.Detections(xyxy=found.xyxy, confidence=found.confidence, class_id=np.zeros(len(found.xyxy), int))
        followed = self._tracker.update(given)
        people = np.asarray(followed.tracker_id if followed.tracker_id is not None else [], np.int64)
        boxes = np.asarray(followed.xyxy, np.float32).reshape(-1, 4)
        return FrameBoxes(people[people >= 0], boxes[people >= 0])
