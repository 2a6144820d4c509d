"""Whether a silhouette finds the feet of a person better than the lower side of the detector's box does.

On every twentieth frame of vtest; detections that overlap a box of the published truth by half are compared with its
lower side. Errors are shares of the person's height.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from casetrail import bootstrap
from casetrail.app.evaluate.mot_truth import read_mot_truth
from casetrail.app.evaluate.tracking import open_recording
from casetrail.app.settings import Settings
from casetrail.model.arrays import Doubles, Floats, Image
from casetrail.model.geometry import box_overlap
from casetrail.sightings.describers import SilhouetteSegmenter

EVERY = 20
AROUND = 0.15  # of the box's height, below and above it, that the silhouette is looked for in
PERSON = 0.5  # of the silhouette
ROW_PX = 2  # pixels of person that make a row one of the feet
NEAR = 0.15


def measure_feet(data: Path, settings: Settings, segmenter: SilhouetteSegmenter, threads: int) -> dict[str, object]:
    """Errors of the box, of the silhouette, and of the silhouette where it ends near the box."""
    seen = list(_seen(data, settings, threads))
    height = np.array([truth[3] - truth[1] for _, _, truth in seen])
    box = np.array([xyxy[3] - truth[3] for _, xyxy, truth in seen]) / height
    lower = [_lower_end(image, xyxy, segmenter) - truth[3] for image, xyxy, truth in seen]
    silhouette = np.array(lower) / height
    found = np.isfinite(silhouette)
    near = found & (np.abs(silhouette - box) < NEAR)
    return {
        "people": len(seen),
        "box": _errors(box),
        "silhouette": {"share": float(found.mean()), **_errors(silhouette[found])},
        "silhouette near the box": {"share": float(near.mean()), **_errors(silhouette[near])},
        "box there": _errors(box[near]),
    }


def _seen(data: Path, settings: Settings, threads: int) -> Iterator[tuple[Image, Floats, Floats]]:
    truth = read_mot_truth(data / "opencv_vtest/gt/PETS09-S2L1/gt/gt.txt")
    decoder, detector = bootstrap.open_decoder(), bootstrap.open_detector(settings, threads)
    recording = open_recording(data / "opencv_vtest/vtest.avi", decoder)
    for index, frame in enumerate(decoder.read_frames(recording)):
        boxes = truth.xyxy[truth.frame == index]
        if index % EVERY or not len(boxes):
            continue
        found = detector.detect([frame.image])[0]
        sure = found.xyxy[found.confidence >= 0.5]
        overlap = box_overlap(sure, boxes)
        for xyxy, row in zip(sure, overlap, strict=True):
            if row.max() >= 0.5:
                yield frame.image, xyxy, boxes[int(row.argmax())]


def _lower_end(image: Image, xyxy: Floats, segmenter: SilhouetteSegmenter) -> float:
    """Where the silhouette ends, in pixels of the frame; nan when there is none."""
    margin = AROUND * float(xyxy[3] - xyxy[1])
    left, top = (max(0, int(side - margin)) for side in xyxy[:2])
    right, low = (int(side + margin) for side in xyxy[2:])
    mask = segmenter.segment([image[top:low, left:right]])[0]
    rows = np.flatnonzero((mask > PERSON).sum(axis=1) >= ROW_PX)
    return float(top + rows[-1] + 1) if len(rows) else float("nan")


def _errors(share: Doubles) -> dict[str, float]:
    return {"mean": float(share.mean()), "mean_absolute": float(np.abs(share).mean()), "std": float(share.std())}
