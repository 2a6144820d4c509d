"""Describers for drawn footage that count what they are asked for: clothing by colour, faces where they are placed."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from casetrail.governance.consent import FaceConsent
from casetrail.model.arrays import Floats, Image
from casetrail.model.models import AccuracyClass, ModelRole, ModelStamp
from casetrail.sightings.describers import Describers, Faces, SimilarityCalibration
from casetrail.sightings.sightings import MaskReading


@dataclass
class ColourClothing:
    """Clothing as the mean colours of the upper and the lower half of a crop, less grey; `crops` counts."""

    crops: int = 0
    silhouettes: list[Floats | None] = field(default_factory=list)

    @property
    def stamp(self) -> ModelStamp:
        """A stamp that says what it is."""
        return _stamp(ModelRole.CLOTHING)

    @property
    def calibration(self) -> SimilarityCalibration:
        """Colours of drawn figures hardly vary."""
        return SimilarityCalibration(0.9, 0.1, 0.0, 0.3, "drawn footage")

    def embed(self, crops: Sequence[Image], silhouettes: Sequence[Floats | None]) -> Floats:
        """Unit vectors `(n, 6)`."""
        self.crops += len(crops)
        self.silhouettes += silhouettes
        halves = [[_saturation(crop[: len(crop) // 2]), _saturation(crop[len(crop) // 2 :])] for crop in crops]
        vectors = np.asarray(halves, dtype=np.float32).reshape(len(crops), 6)
        unit: Floats = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return unit


@dataclass
class PlacedFaces:
    """One face in the middle of each picture, `width_share` of its width; none when that is 0."""

    width_share: float = 0.5
    pictures: int = 0

    @property
    def stamp(self) -> ModelStamp:
        """A stamp that says what it is."""
        return _stamp(ModelRole.FACE_DETECTOR)

    def detect(self, images: Sequence[Image]) -> list[Faces]:
        """The placed face of each picture."""
        self.pictures += len(images)
        return [self._place(image) for image in images]

    def _place(self, image: Image) -> Faces:
        height, width = image.shape[:2]
        half, count = width * self.width_share / 2, int(self.width_share > 0)
        box = [width / 2 - half, height / 2 - half, width / 2 + half, height / 2 + half]
        xyxy = np.asarray([box] * count, dtype=np.float32).reshape(count, 4)
        share = np.array([[0.3, 0.4], [0.7, 0.4], [0.5, 0.6], [0.35, 0.8], [0.65, 0.8]], dtype=np.float32)
        landmarks = xyxy[:, None, :2] + share * (xyxy[:, None, 2:] - xyxy[:, None, :2])
        return Faces(xyxy, landmarks, np.full(count, 0.9, dtype=np.float32))


@dataclass
class ListedMasks:
    """Mask states from a list, one a face, the last one over and over; `faces` keeps the widths seen."""

    readings: Sequence[MaskReading] = (MaskReading(),)
    widths_px: list[float] = field(default_factory=list)

    @property
    def stamp(self) -> ModelStamp:
        """A stamp that says what it is."""
        return _stamp(ModelRole.MASK)

    def classify(self, image: Image, faces: Faces) -> list[MaskReading]:
        """The next reading of the list for each face."""
        if image.size == 0:
            raise ValueError("an empty picture has no faces")
        first = len(self.widths_px)
        self.widths_px += [float(box[2] - box[0]) for box in faces.xyxy]
        return [self.readings[min(first + k, len(self.readings) - 1)] for k in range(len(faces.xyxy))]


@dataclass
class CountingFaceEmbedder:
    """Faces as the colour of their box; `consents` keeps the proof of every single call."""

    consents: list[FaceConsent] = field(default_factory=list)

    @property
    def stamp(self) -> ModelStamp:
        """A stamp that says what it is."""
        return _stamp(ModelRole.FACE_EMBEDDING)

    def embed(self, image: Image, faces: Faces, *, consent: FaceConsent) -> Floats:
        """Unit vectors `(n, 3)`."""
        self.consents.append(consent)
        boxes = faces.xyxy.astype(int)
        colours = [image[y1:y2, x1:x2].reshape(-1, 3).mean(axis=0) for x1, y1, x2, y2 in boxes]
        vectors = np.asarray(colours, dtype=np.float32).reshape(len(boxes), 3)
        unit: Floats = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return unit


def counting_describers(face_width_share: float = 0.5, masks: Sequence[MaskReading] = (MaskReading(),)) -> Describers:
    """All describers but the silhouette, each counting."""
    return Describers(ColourClothing(), None, PlacedFaces(face_width_share), ListedMasks(masks), CountingFaceEmbedder())


def _saturation(part: Image) -> Floats:
    """Mean colour above grey, one step of 1 added so that a grey part still has a direction."""
    mean = part.reshape(-1, 3).astype(np.float32).mean(axis=0)
    colour: Floats = mean - mean.mean() + np.float32(0.01)
    return colour


def _stamp(role: ModelRole) -> ModelStamp:
    return ModelStamp(f"counting {role}", role, AccuracyClass.DEFAULT, "0" * 12)
