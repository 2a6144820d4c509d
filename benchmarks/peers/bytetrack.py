"""ByteTrack of the `trackers` library on given detections. Runs in an environment of its own.

usage: bytetrack.py DETECTIONS.npz OUT.csv CONFIDENCE
"""

import sys
import time

import numpy as np
import supervision as sv
from trackers import ByteTrackTracker


def main() -> None:
    """Read detections (`frame`, `xyxy`, `confidence`, `frames`, `rate`), write MOT rows, print the seconds taken."""
    source, target, least = sys.argv[1], sys.argv[2], float(sys.argv[3])
    data = np.load(source)
    keep = data["confidence"] >= least
    frame, xyxy, confidence = data["frame"][keep], data["xyxy"][keep], data["confidence"][keep]
    tracker = ByteTrackTracker(frame_rate=float(data["rate"]))
    rows = []
    start = time.perf_counter()
    for index in range(int(data["frames"])):
        here = frame == index
        found = sv.Detections(
            xyxy=xyxy[here], confidence=confidence[here], class_id=np.zeros(int(here.sum()), dtype=int)
        )
        tracked = tracker.update(found)
        for box, tracklet in zip(tracked.xyxy, tracked.tracker_id, strict=True):
            if tracklet is not None and tracklet >= 0:
                rows.append([index + 1, tracklet, box[0], box[1], box[2] - box[0], box[3] - box[1], 1])
    print(time.perf_counter() - start)
    np.savetxt(target, np.array(rows), delimiter=",", fmt="%.3f")


if __name__ == "__main__":
    main()
