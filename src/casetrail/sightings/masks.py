"""The mask state of a presence, from the faces in its few best views. Doubt becomes unknown, never worn or none."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from casetrail.model.arrays import Image
from casetrail.sightings.crops import Cut, cut_head
from casetrail.sightings.describers import Describers, Faces
from casetrail.sightings.sightings import MaskReading, MaskState

LEAST_FACE_PX = 24.0  # below it the classifier is right less than nine times in ten
LEAST_BOX_PX = 30.0  # width of a person box: in a narrower one no face is wide enough to say anything
LEAST_FACE_CONFIDENCE = 0.5
AGREEMENT = 0.75  # share of the evidence that must say the same


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
    return FaceView(image, face, _read_mask(image, face, describers))


def combine_masks(readings: Sequence[tuple[MaskReading, float]]) -> MaskReading:
    """One state from the readings of several views, each with its weight (the face's width in pixels).

    Views that say nothing do not count. Unless `AGREEMENT` of the weight says the same, the state is unknown.
    The confidence is the agreeing views' mean confidence times their share.
    """
    known = [(reading, weight) for reading, weight in readings if reading.state is not MaskState.UNKNOWN]
    total = sum(weight * reading.confidence for reading, weight in known)
    if total <= 0:
        return MaskReading()
    shares = {state: _share(known, state) / total for state in MaskState}
    state = max(shares, key=lambda each: shares[each])
    if shares[state] < AGREEMENT:
        return MaskReading()
    agreeing = [(reading, weight) for reading, weight in known if reading.state is state]
    mean = np.average([reading.confidence for reading, _ in agreeing], weights=[weight for _, weight in agreeing])
    return MaskReading(state, float(mean) * shares[state])


def _share(known: Sequence[tuple[MaskReading, float]], state: MaskState) -> float:
    return sum(weight * reading.confidence for reading, weight in known if reading.state is state)


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


def _read_mask(image: Image, face: Faces, describers: Describers) -> MaskReading:
    width = float(face.xyxy[0, 2] - face.xyxy[0, 0])
    if describers.masks is None or width < LEAST_FACE_PX:
        return MaskReading()
    return describers.masks.classify(image, face)[0]
