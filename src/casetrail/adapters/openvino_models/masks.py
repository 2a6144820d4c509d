"""Mask state: AIZOO's detector of masked and bare faces, read on one face at a time, with calibrated confidence.

The network knows two classes and is trained on whole scenes; on one small face its answer depends on how much
surroundings it is shown. So each face is looked at four times: with two amounts of surroundings, each mirrored as
well. What the looks say is turned into a probability by a logistic function of them and of the face's width, fitted
by `benchmarks/fit_masks.py` (docs/adr/0013). Whether a mask leaves the nose bare the network cannot tell; the colours
of the face can, sometimes, and where they speak for it the state is "worn badly" with the confidence that this
deserves, which is too little to be claimed from a single view.
"""

from pathlib import Path

import numpy as np

from casetrail.adapters.openvino_models.nose import Change, read_change
from casetrail.adapters.openvino_models.pictures import planes, resized
from casetrail.adapters.openvino_models.runtime import Network
from casetrail.model.arrays import Array, Doubles, Floats, Image
from casetrail.model.models import ModelStamp
from casetrail.sightings.describers import Faces
from casetrail.sightings.face_geometry import read_pose
from casetrail.sightings.sightings import MaskReading, MaskState

SIDE = 240  # two thirds of what the network was made for: a face of 24 px has nothing more to show
WIDENED = (1.6, 2.2)
LEAST_FACE_PX = 24.0  # below it the classifier is right less than nine times in ten
LEAST_FACE_CONFIDENCE = 0.5  # a face that the detector doubts is not read
CELLS, PER_CELL = (30, 15, 8, 4, 2), 4
LEAST_CLASS = 0.05  # where neither class is seen at all, there is nothing to read
CERTAIN = 0.005  # answers are this far from 0 and 1 at least, so that none has infinite log-odds
CALIBRATION = (1.728, 1.499, 0.58, 0.061, -0.228, 2.209)  # looks, looks times size, size, constant
SCALE = 4.0  # log-odds per unit of the fit
SIZE_PX, SMALLEST, LARGEST = 32.0, -0.5, 1.5  # size counts as log2(width / 32) within these
MOST_TURNED, LEAST_CONTRAST, LEAST_EXPLAINED = 0.33, 22.0, 0.64  # where the colours of a face say anything
WELL_ABOVE, BELOW_NOSE = 0.5, (0.70, 0.85)  # depths at which a mask begins: over the nose, under it
BARE_NOSE_COVERED, BARE_NOSE_SILENT, BARE_NOSE_SEEN = 0.02, 0.08, 0.67  # that the nose is bare, docs/adr/0013


class AizooMaskClassifier:
    """Reads each face; unknown for small faces and where nothing is seen."""

    def __init__(self, stamp: ModelStamp, path: Path, threads: int = 0) -> None:
        self.stamp = stamp
        self._network = Network(path, threads)
        self._central = {widened: _central_anchors(widened) for widened in WIDENED}

    def classify(self, image: Image, faces: Faces) -> list[MaskReading]:
        """The likelier state of each face with its probability; unknown below 24 px of width."""
        parts = zip(faces.xyxy, faces.landmarks, faces.confidence, strict=True)
        return [self._classify(image, xyxy, points, float(confidence)) for xyxy, points, confidence in parts]

    def look(self, image: Image, xyxy: Floats) -> Doubles | None:
        """Log-odds of masked against bare, `(2,)`, one for each of `WIDENED`; None where neither class is seen."""
        squares = [resized(_square_around(image, xyxy, widened), (SIDE, SIDE)) for widened in WIDENED]
        batch = [planes(side, rgb=True, divide=255.0) for square in squares for side in (square, square[:, ::-1])]
        answers = self._network.run(np.concatenate(batch))["cls"].reshape(len(WIDENED), 2, -1, 2)
        seen = np.stack([answers[k][:, self._central[widened]].max(axis=1) for k, widened in enumerate(WIDENED)])
        if seen.max() < LEAST_CLASS:
            return None
        odds = np.log(np.clip(seen, CERTAIN, 1 - CERTAIN)) - np.log1p(-np.clip(seen, CERTAIN, 1 - CERTAIN))
        return np.asarray((odds[..., 0] - odds[..., 1]).mean(axis=1), dtype=np.float64)

    def _classify(self, image: Image, xyxy: Floats, points: Floats, confidence: float) -> MaskReading:
        width = float(xyxy[2] - xyxy[0])
        if width < LEAST_FACE_PX or confidence < LEAST_FACE_CONFIDENCE:
            return MaskReading()
        looks = self.look(image, xyxy)
        if looks is None:
            return MaskReading()
        masked = float(1 / (1 + np.exp(-parts_of_odds(looks, width) @ CALIBRATION)))
        if masked < 0.5:
            return MaskReading(MaskState.NONE, 1 - masked)
        bare_nose = _bare_nose(read_change(image, points), read_pose(points).turned)
        if bare_nose > 0.5:
            return MaskReading(MaskState.BADLY, masked * bare_nose)
        return MaskReading(MaskState.WORN, masked * (1 - bare_nose))


def parts_of_odds(looks: Doubles, width_px: float) -> Doubles:
    """What the calibration weighs, `(6,)`, from log-odds `(2,)` and the width of the face."""
    size = float(np.clip(np.log2(width_px / SIZE_PX), SMALLEST, LARGEST))
    return np.concatenate([looks / SCALE, looks / SCALE * size, [size, 1.0]])


def _bare_nose(change: Change, turned: float) -> float:
    """The share of masked faces with such a change of colour whose nose is bare."""
    if turned > MOST_TURNED or change.contrast < LEAST_CONTRAST or change.explained < LEAST_EXPLAINED:
        return BARE_NOSE_SILENT
    if BELOW_NOSE[0] <= change.depth <= BELOW_NOSE[1]:
        return BARE_NOSE_SEEN
    return BARE_NOSE_COVERED if change.depth < WELL_ABOVE else BARE_NOSE_SILENT


def _square_around(image: Image, xyxy: Floats, widened: float) -> Image:
    """The face in the middle of a square so many times its longer side; what lies outside the frame is black."""
    centre = (xyxy[:2] + xyxy[2:]) / 2
    half = float((xyxy[2:] - xyxy[:2]).max()) * widened / 2
    left, top = (int(np.floor(value - half)) for value in centre)
    side = max(2, int(np.ceil(2 * half)))
    square = np.zeros((side, side, 3), dtype=np.uint8)
    x1, y1 = max(left, 0), max(top, 0)
    x2, y2 = min(left + side, image.shape[1]), min(top + side, image.shape[0])
    square[y1 - top : y2 - top, x1 - left : x2 - left] = image[y1:y2, x1:x2]
    return square


def _central_anchors(widened: float) -> Array:
    """Which anchors start from a cell inside the face box, the middle share `1 / widened` of the square."""
    inside: list[Array] = []
    for cells in CELLS:
        middle = np.abs((np.arange(cells) + 0.5) / cells - 0.5) <= 0.5 / widened
        inside.append(np.repeat((middle[:, None] & middle[None]).reshape(-1), PER_CELL))
    return np.concatenate(inside)
