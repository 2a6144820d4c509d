"""The mask state of a presence, from the faces in its few best views. Doubt becomes unknown, never worn or none."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from casetrail.model.arrays import Doubles, Image
from casetrail.sightings.crops import Cut, cut_head
from casetrail.sightings.describers import Describers, Faces, MaskClassifier
from casetrail.sightings.face_geometry import read_pose
from casetrail.sightings.sightings import MaskReading, MaskState

LEAST_FACE_PX = 24.0  # below it the classifier is right less than nine times in ten
LEAST_BOX_PX = 30.0  # width of a person box: in a narrower one no face is wide enough to say anything
LEAST_FACE_CONFIDENCE = 0.5
AGREEMENT = 0.75  # share of the evidence that must say the same
LEAST_CLAIMED = 0.8  # a state that is less sure than this is unknown
MOST_SURE = 0.99  # no number of views makes a state surer than the calibration could check
SHARED = 0.67  # correlation of what views of one person say; measured on four people in a street (docs/adr/0013)
CLAIMED = (MaskState.WORN, MaskState.BADLY, MaskState.NONE)


@dataclass(frozen=True, eq=False)
class FaceView:
    """The face of a person in one frame, in that frame's own pixels, and what its mask state looks like."""

    image: Image
    faces: Faces
    mask: MaskReading

    @property
    def width_px(self) -> float:
        """Width of the face."""
        return float(self.faces.xyxy[0, 2] - self.faces.xyxy[0, 0])


def read_face(image: Image, xyxy: tuple[float, float, float, float], describers: Describers) -> FaceView | None:
    """The one face of the person in a box; None without a face detector, in a narrow box, or when none is seen.

    Faces are looked for in the enlarged upper part of the box; sizes are those of the frame itself, so that
    enlarging never makes a small face count as a large one.
    """
    if describers.faces is None or xyxy[2] - xyxy[0] < LEAST_BOX_PX:
        return None
    cut = cut_head(image, xyxy)
    if cut is None:
        return None
    face = _own_face(_in_frame(describers.faces.detect([cut.image])[0], cut), xyxy)
    if face is None:
        return None
    return FaceView(
        image, face, MaskReading() if describers.masks is None else read_mask(image, face, describers.masks)
    )


def read_mask(image: Image, face: Faces, classifier: MaskClassifier) -> MaskReading:
    """The likelier state of the one face of `face`; unknown below 24 px of width and in profile."""
    too_small = float(face.xyxy[0, 2] - face.xyxy[0, 0]) < LEAST_FACE_PX
    if too_small or read_pose(face.landmarks[0]).in_profile:
        return MaskReading()
    return classifier.classify(image, face)[0]


def combine_masks(readings: Sequence[tuple[MaskReading, float]]) -> MaskReading:
    """One state from the readings of one or several views, each with its weight (the face's width in pixels).

    Log-odds are added up, larger faces counting more, and discounted because views of one presence are correlated:
    `n` views are worth `n / (1 + (n - 1) * SHARED)`. Views that say nothing do not count. Unless `AGREEMENT` of the
    weight says the same and the outcome is as sure as `LEAST_CLAIMED`, the state is unknown.
    """
    known = [(reading, weight) for reading, weight in readings if reading.state in CLAIMED and weight > 0]
    evidence = np.array([weight * reading.confidence for reading, weight in known])
    if not evidence.sum() > 0:
        return MaskReading()
    shares = [_share(known, evidence, state) for state in CLAIMED]
    best = int(np.argmax(shares))
    confidence = min(float(_posterior(known)[best]), MOST_SURE)
    if shares[best] < AGREEMENT or confidence < LEAST_CLAIMED:
        return MaskReading()
    return MaskReading(CLAIMED[best], confidence)


def _share(known: Sequence[tuple[MaskReading, float]], evidence: Doubles, state: MaskState) -> float:
    agrees = np.array([reading.state is state for reading, _ in known])
    return float(evidence[agrees].sum() / evidence.sum())


def _posterior(known: Sequence[tuple[MaskReading, float]]) -> Doubles:
    """Probability `(3,)` of each state of `CLAIMED`; what a reading leaves over is shared by the other two."""
    weights = np.array([weight for _, weight in known])
    worth = weights / weights.sum() * len(known) / (1 + (len(known) - 1) * SHARED)
    rest = np.array([(1 - reading.confidence) / 2 for reading, _ in known])[:, None]
    own = np.array([[reading.state is state for state in CLAIMED] for reading, _ in known])
    likelihood = np.where(own, 1 - 2 * rest, rest).clip(1e-3, 1)
    total = worth @ np.log(likelihood)
    return np.asarray(np.exp(total - total.max()) / np.exp(total - total.max()).sum())


def _in_frame(faces: Faces, cut: Cut) -> Faces:
    origin = np.asarray(cut.origin_xy, dtype=np.float32)
    xyxy = faces.xyxy / cut.factor + np.tile(origin, 2)
    landmarks = faces.landmarks / cut.factor + origin
    return Faces(xyxy.astype(np.float32), landmarks.astype(np.float32), faces.confidence)


def _own_face(faces: Faces, xyxy: tuple[float, float, float, float]) -> Faces | None:
    """The surest face whose centre lies in the middle of the box: those at its sides are somebody else's."""
    x1, _, x2, _ = xyxy
    centre = (faces.xyxy[:, 0] + faces.xyxy[:, 2]) / 2
    off = np.abs(centre - (x1 + x2) / 2) / max(x2 - x1, 1e-6)
    fits = (faces.confidence >= LEAST_FACE_CONFIDENCE) & (off <= 0.4)
    if not fits.any():
        return None
    best = int(np.argmax(np.where(fits, faces.confidence - off, -np.inf)))
    return Faces(faces.xyxy[best : best + 1], faces.landmarks[best : best + 1], faces.confidence[best : best + 1])
