"""Ports: the models that describe a person, asked only for presences inside a case's gate."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from casetrail.governance.consent import FaceConsent
from casetrail.model.arrays import Floats, Image
from casetrail.model.models import ModelStamp
from casetrail.sightings.sightings import MaskReading


@dataclass(frozen=True)
class SimilarityCalibration:
    """Similarities of a clothing model across cameras: mean and standard deviation, same and different people.

    `source` says on what they were measured.
    """

    same_mean: float
    same_std: float
    different_mean: float
    different_std: float
    source: str


@dataclass(frozen=True)
class Faces:
    """Faces in one picture.

    `xyxy` float32 `(n, 4)`; `landmarks` float32 `(n, 5, 2)`, eyes, nose, mouth corners; `confidence` `(n,)`.
    """

    xyxy: Floats
    landmarks: Floats
    confidence: Floats


class ClothingEmbedder(Protocol):
    """Describes clothing as a unit vector whose cosine tells how alike two people are dressed."""

    @property
    def stamp(self) -> ModelStamp:
        """Which model this is, and how good."""

    @property
    def calibration(self) -> SimilarityCalibration:
        """What its similarities mean across cameras."""

    def embed(self, crops: Sequence[Image], silhouettes: Sequence[Floats | None]) -> Floats:
        """Unit vectors `(n, d)` of person crops; a silhouette `(h, w)` 0..1 keeps background out, None keeps all."""


class SilhouetteSegmenter(Protocol):
    """Separates a person from the background of a crop."""

    @property
    def stamp(self) -> ModelStamp:
        """Which model this is, and how good."""

    def segment(self, crops: Sequence[Image]) -> list[Floats]:
        """A soft mask `(h, w)` 0..1 for each crop, in that crop's own size."""


class FaceDetector(Protocol):
    """Finds faces, masked ones too."""

    @property
    def stamp(self) -> ModelStamp:
        """Which model this is, and how good."""

    def detect(self, images: Sequence[Image]) -> list[Faces]:
        """Faces in each picture."""


class MaskClassifier(Protocol):
    """Reads the mask state of a face."""

    @property
    def stamp(self) -> ModelStamp:
        """Which model this is, and how good."""

    def classify(self, image: Image, faces: Faces) -> list[MaskReading]:
        """The state of each face in the picture; unknown below 24 px of face."""


class FaceEmbedder(Protocol):
    """Turns a face into a vector. Every call asks for the proof of live consent."""

    @property
    def stamp(self) -> ModelStamp:
        """Which model this is, and how good."""

    def embed(self, image: Image, faces: Faces, *, consent: FaceConsent) -> Floats:
        """Unit vectors `(n, d)` of aligned faces, for comparison in memory only."""


@dataclass(frozen=True)
class Describers:
    """The models a case is described with. A missing one is None, and results say so."""

    clothing: ClothingEmbedder
    silhouette: SilhouetteSegmenter | None
    faces: FaceDetector | None
    masks: MaskClassifier | None
    face_embedder: FaceEmbedder | None = None
