"""ByteTrack of the last `supervision` that carries it, as published. Runs in an environment of its own."""

import warnings
from typing import Any

import numpy as np
import supervision as sv
from every_frame import Step, run_job


def make_bytetrack(rate: float, **parameters: Any) -> Step:
    """ByteTrack (Zhang et al. 2022)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # it says that it will be removed
        tracker = sv.ByteTrack(frame_rate=round(rate), **parameters)

    def step(xyxy: np.ndarray, confidence: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        found = sv.Detections(xyxy=xyxy, confidence=confidence, class_id=np.zeros(len(xyxy), dtype=int))
        followed = tracker.update_with_detections(found)
        return followed.tracker_id, followed.xyxy

    return step


if __name__ == "__main__":
    run_job({"bytetrack": make_bytetrack})
