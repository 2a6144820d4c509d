"""Fakes of the describers, for drawn footage: clothing is colour, a face is skin, a mask is pale blue."""

from collections.abc import Sequence

import numpy as np

from casetrail.governance.consent import FaceConsent
from casetrail.model.arrays import Flags, Floats, Image
from casetrail.model.errors import RefusedError
from casetrail.model.models import AccuracyClass, ModelRole, ModelStamp
from casetrail.sightings.describers import Describers, Faces, SimilarityCalibration
from casetrail.sightings.sightings import MaskReading, MaskState

SKIN_BGR = (150, 180, 215)  # as drawn footage draws heads
MASK_BGR = (235, 220, 170)
TOLERANCE = 24  # compression moves colours a little
LEAST_FACE_PX = 24.0


def fake_describers() -> Describers:
    """All five fakes together."""
    return Describers(
        FakeClothingEmbedder(),
        FakeSilhouetteSegmenter(),
        FakeFaceDetector(),
        FakeMaskClassifier(),
        FakeFaceEmbedder(),
    )


class FakeClothingEmbedder:
    """Mean colours of the upper and lower body, away from grey."""

    stamp = ModelStamp("fake-clothing", ModelRole.CLOTHING, AccuracyClass.DEFAULT, "0" * 12)
    calibration = SimilarityCalibration(0.95, 0.05, 0.0, 0.4, "drawn footage")

    def embed(self, crops: Sequence[Image], silhouettes: Sequence[Floats | None]) -> Floats:
        """Unit vectors `(n, 7)`."""
        pairs = list(zip(crops, silhouettes, strict=True))
        if not pairs:
            return np.zeros((0, 7), dtype=np.float32)
        return _unit(np.stack([_two_colours(crop, silhouette) for crop, silhouette in pairs]))


class FakeSilhouetteSegmenter:
    """An ellipse that fills the crop."""

    stamp = ModelStamp("fake-silhouette", ModelRole.SILHOUETTE, AccuracyClass.DEFAULT, "0" * 12)

    def segment(self, crops: Sequence[Image]) -> list[Floats]:
        """A soft mask for each crop."""
        return [_ellipse(crop.shape[0], crop.shape[1]) for crop in crops]


class FakeFaceDetector:
    """The one patch of skin colour in a picture."""

    stamp = ModelStamp("fake-faces", ModelRole.FACE_DETECTOR, AccuracyClass.DEFAULT, "0" * 12)

    def detect(self, images: Sequence[Image]) -> list[Faces]:
        """At most one face for each picture."""
        return [_find_face(image) for image in images]


class FakeMaskClassifier:
    """Worn where the lower half of the face is pale blue, unknown below 24 px."""

    stamp = ModelStamp("fake-masks", ModelRole.MASK, AccuracyClass.DEFAULT, "0" * 12)

    def classify(self, image: Image, faces: Faces) -> list[MaskReading]:
        """The state of each face."""
        return [_read_mask(image, xyxy) for xyxy in faces.xyxy]


class FakeFaceEmbedder:
    """Mean colour of the face, refused without consent like the real one."""

    stamp = ModelStamp("fake-face-embedding", ModelRole.FACE_EMBEDDING, AccuracyClass.DEFAULT, "0" * 12)

    def embed(self, image: Image, faces: Faces, *, consent: FaceConsent) -> Floats:
        """Unit vectors `(n, 4)`."""
        if not isinstance(consent, FaceConsent):
            raise RefusedError("a face may be compared only under a checked consent record")
        if not len(faces.xyxy):
            return np.zeros((0, 4), dtype=np.float32)
        means = [_part(image, xyxy).reshape(-1, 3).mean(axis=0) / 255 for xyxy in faces.xyxy]
        return _unit(np.stack([np.append(mean - 0.5, 0.1) for mean in means]))


def _two_colours(crop: Image, silhouette: Floats | None) -> Floats:
    weight = _ellipse(*crop.shape[:2]) if silhouette is None else silhouette
    height = crop.shape[0]
    spans = (slice(height // 5, height // 2), slice(height // 2, height * 9 // 10))
    colours = [np.average(crop[span].reshape(-1, 3), axis=0, weights=weight[span].reshape(-1) + 1e-6) for span in spans]
    away = [colour / 255 - np.mean(colour / 255) for colour in colours]
    return np.append(np.concatenate(away), 0.02).astype(np.float32)


def _ellipse(height: int, width: int) -> Floats:
    y, x = np.mgrid[:height, :width]
    off = ((x + 0.5) / width * 2 - 1) ** 2 + ((y + 0.5) / height * 2 - 1) ** 2
    soft: Floats = np.clip(1.2 - off, 0, 1).astype(np.float32)
    return soft


def _find_face(image: Image) -> Faces:
    skin = _near(image, SKIN_BGR)
    rows, columns = np.flatnonzero(skin.any(axis=1)), np.flatnonzero(skin.any(axis=0))
    if skin.sum() < 4:
        empty = np.zeros((0, 4), dtype=np.float32)
        return Faces(empty, np.zeros((0, 5, 2), dtype=np.float32), np.zeros(0, dtype=np.float32))
    x1, y1, x2, y2 = columns[0], rows[0], columns[-1] + 1, rows[-1] + 1
    share = np.array([[0.3, 0.4], [0.7, 0.4], [0.5, 0.6], [0.35, 0.8], [0.65, 0.8]])
    landmarks = share * (x2 - x1, y2 - y1) + (x1, y1)
    box = np.array([[x1, y1, x2, y2]], dtype=np.float32)
    return Faces(box, landmarks[None].astype(np.float32), np.array([0.9], dtype=np.float32))


def _read_mask(image: Image, xyxy: Floats) -> MaskReading:
    if xyxy[2] - xyxy[0] < LEAST_FACE_PX:
        return MaskReading()
    face = _part(image, xyxy)
    covered = float(_near(face[face.shape[0] // 2 :], MASK_BGR).mean())
    return MaskReading(MaskState.WORN, 0.9) if covered > 0.3 else MaskReading(MaskState.NONE, 0.9)


def _part(image: Image, xyxy: Floats) -> Image:
    x1, y1, x2, y2 = (max(0, round(float(value))) for value in xyxy)
    return image[y1 : max(y2, y1 + 1), x1 : max(x2, x1 + 1)]


def _near(image: Image, bgr: tuple[int, int, int]) -> Flags:
    close: Flags = (np.abs(image.astype(np.int16) - np.array(bgr)) <= TOLERANCE).all(axis=-1)
    return close


def _unit(rows: Floats) -> Floats:
    vectors: Floats = (rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6)).astype(np.float32)
    return vectors
