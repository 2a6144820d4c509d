"""ByteTrack and C-BIoU of the `trackers` library, as published. Runs in an environment of its own."""

from typing import Any

import numpy as np
import supervision as sv
from every_frame import Step, run_job
from trackers import ByteTrackTracker, CBIoUTracker


def make_bytetrack(rate: float, **parameters: Any) -> Step:
    """ByteTrack (Zhang et al. 2022)."""
    return _step(ByteTrackTracker(frame_rate=rate, **parameters))


def make_cbiou(rate: float, **parameters: Any) -> Step:
    """C-BIoU (Yang et al. 2023): boxes enlarged in two stages."""
    return _step(CBIoUTracker(frame_rate=rate, **parameters))


def _step(tracker: Any) -> Step:
    def step(xyxy: np.ndarray, confidence: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        found = sv.Detections(xyxy=xyxy, confidence=confidence, class_id=np.zeros(len(xyxy), dtype=int))
        followed = tracker.update(found)
        named = np.array([person is not None and person >= 0 for person in followed.tracker_id], dtype=bool)
        return followed.tracker_id[named], followed.xyxy[named]

    return step


if __name__ == "__main__":
    run_job({"bytetrack": make_bytetrack, "cbiou": make_cbiou})
