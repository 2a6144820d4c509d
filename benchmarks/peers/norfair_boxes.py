"""Norfair following boxes by their overlap, as its own demonstrations do. Runs in an environment of its own."""

import numpy as np
from every_frame import Step, run_job
from norfair import Detection, Tracker

FARTHEST = 0.7  # one minus the overlap, as in the demonstrations of Norfair 2


def make_norfair(_rate: float, *, coast: bool) -> Step:
    """Norfair's tracker. `coast`: whether people not detected in a frame are told too, where they are predicted."""
    tracker = Tracker(distance_function="iou", distance_threshold=FARTHEST)

    def step(xyxy: np.ndarray, confidence: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        found = [
            Detection(box.reshape(2, 2).astype(float), np.array([sure, sure]))
            for box, sure in zip(xyxy, confidence, strict=True)
        ]
        followed = [item for item in tracker.update(found) if coast or any(item.last_detection is one for one in found)]
        return np.array([item.id for item in followed]), np.array([item.estimate.ravel() for item in followed])

    return step


if __name__ == "__main__":
    run_job({"norfair": make_norfair})
