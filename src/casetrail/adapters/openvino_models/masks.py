"""Mask state: AIZOO's detector of masked and bare faces, read on one face at a time.

It knows two classes, so a mask worn badly (under the nose) is called worn in about half of the cases that were
looked at; this reader never answers "worn badly", and its "worn" does not promise a well-worn mask.
"""

from pathlib import Path

import numpy as np

from casetrail.adapters.openvino_models.pictures import planes, resized
from casetrail.adapters.openvino_models.runtime import Network
from casetrail.model.arrays import Array, Floats, Image
from casetrail.model.models import ModelStamp
from casetrail.sightings.describers import Faces
from casetrail.sightings.sightings import MaskReading, MaskState

SIDE = 360
WIDENED = 1.6
LEAST_FACE_PX = 24.0  # below it the classifier is right less than nine times in ten
LEAST_FACE_CONFIDENCE = 0.5
LEAST_CLASS = 0.5
LEAST_MARGIN = 0.2
CELLS, PER_CELL = (45, 23, 12, 6, 4), 4


class AizooMaskClassifier:
    """Reads each face on the face box made 1.6 times as wide; unknown for small, doubtful or ambiguous faces."""

    def __init__(self, stamp: ModelStamp, path: Path, threads: int = 0) -> None:
        self.stamp = stamp
        self._network = Network(path, threads)
        self._central = _central_anchors()

    def classify(self, image: Image, faces: Faces) -> list[MaskReading]:
        """The state of each face: worn, none, or unknown (below 24 px of width, or in doubt)."""
        pairs = zip(faces.xyxy, faces.confidence, strict=True)
        return [self._classify(image, xyxy, float(confidence)) for xyxy, confidence in pairs]

    def _classify(self, image: Image, xyxy: Floats, confidence: float) -> MaskReading:
        if xyxy[2] - xyxy[0] < LEAST_FACE_PX or confidence < LEAST_FACE_CONFIDENCE:
            return MaskReading()
        part = planes(resized(_square_around(image, xyxy), (SIDE, SIDE)), rgb=True, divide=255.0)
        classes = self._network.run(part)["cls"].reshape(-1, 2)[self._central]
        worn, bare = (float(value) for value in classes.max(axis=0))
        if max(worn, bare) < LEAST_CLASS or abs(worn - bare) < LEAST_MARGIN:
            return MaskReading()
        return MaskReading(MaskState.WORN if worn > bare else MaskState.NONE, max(worn, bare))


def _square_around(image: Image, xyxy: Floats) -> Image:
    """The face in the middle of a square 1.6 times its longer side; what lies outside the frame is black."""
    centre = (xyxy[:2] + xyxy[2:]) / 2
    half = float((xyxy[2:] - xyxy[:2]).max()) * WIDENED / 2
    left, top = (int(np.floor(value - half)) for value in centre)
    side = max(2, int(np.ceil(2 * half)))
    square = np.zeros((side, side, 3), dtype=np.uint8)
    x1, y1 = max(left, 0), max(top, 0)
    x2, y2 = min(left + side, image.shape[1]), min(top + side, image.shape[0])
    square[y1 - top : y2 - top, x1 - left : x2 - left] = image[y1:y2, x1:x2]
    return square


def _central_anchors() -> Array:
    """Which of the 11 000 anchors start from a cell inside the face box, the middle 1/1.6 of the square."""
    inside: list[Array] = []
    for cells in CELLS:
        middle = np.abs((np.arange(cells) + 0.5) / cells - 0.5) <= 0.5 / WIDENED
        inside.append(np.repeat((middle[:, None] & middle[None]).reshape(-1), PER_CELL))
    return np.concatenate(inside)
