"""Ports: the models that describe a person, asked only for presences inside a case's gate."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from casetrail.governance.consent import FaceConsent
from casetrail.model.arrays import Doubles, Floats, Image
from casetrail.model.models import ModelStamp
from casetrail.sightings.sightings import MaskReading


@dataclass(frozen=True)
class SimilarityCalibration:
    """Similarities of a clothing model across cameras: mean and standard deviation, same and different people.

    They hold for single good views, after what each camera's crowd has in common was taken out. `source` says on what
    they were measured. `crowd_alike`: mean cosine between strangers of one camera before that. `views_alike`: mean
    cosine between two views of one presence after it; 1 says that several views tell no more than one.
    """

    same_mean: float
    same_std: float
    different_mean: float
    different_std: float
    source: str
    crowd_alike: float = 0.0
    views_alike: float = 1.0

    def view_noise(self, views: Doubles) -> Doubles:
        """Squared length of the mean of so many views, each of length 1; 1 for a single one."""
        return np.asarray(self.views_alike + (1 - self.views_alike) / np.maximum(views, 1))


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
