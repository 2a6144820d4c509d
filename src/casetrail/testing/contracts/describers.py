"""Contracts of the describers: clothing, silhouette, faces, mask state, and the face under consent."""

from typing import cast

import numpy as np
import pytest

from casetrail.app.drawn_pictures import draw_face, draw_figure
from casetrail.governance.consent import ConsentRecord, ConsentStatus, FaceConsent, check_face_consent
from casetrail.model.errors import RefusedError
from casetrail.model.models import ModelRole
from casetrail.model.time import UtcInterval
from casetrail.sightings.describers import (
    ClothingEmbedder,
    FaceDetector,
    FaceEmbedder,
    Faces,
    MaskClassifier,
    SilhouetteSegmenter,
)
from casetrail.sightings.sightings import MaskReading, MaskState

RED, BLUE, DARK = (40, 40, 200), (200, 80, 30), (40, 40, 40)


def drawn_consent() -> FaceConsent:
    """Proof of consent for a drawn face, in which nobody is."""
    record = ConsentRecord("C-DRAWN", ConsentStatus.GIVEN, UtcInterval(0, 10), "drawn", "en", "test", "none")
    return check_face_consent(record, "C-DRAWN", 5)


class ClothingEmbedderContract:
    """Every clothing embedder passes these. A subclass gives the fixture `clothing`."""

    def test_vectors_have_length_one(self, clothing: ClothingEmbedder) -> None:
        """Each crop of any size gives one finite unit vector."""
        figure = draw_figure(RED, DARK)
        vectors = clothing.embed([figure, figure[:60], figure[:, 8:40]], [None, None, None])
        assert vectors.dtype == np.float32 and len(vectors) == 3
        assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-4)

    def test_same_clothes_are_more_alike(self, clothing: ClothingEmbedder) -> None:
        """The same clothes are more alike than others."""
        figures = [draw_figure(RED, DARK), draw_figure(RED, DARK)[:, 2:46], draw_figure(BLUE, RED)]
        red, again, blue = clothing.embed(figures, [None] * 3)
        assert red @ again > red @ blue

    def test_crop_is_embedded_alone(self, clothing: ClothingEmbedder) -> None:
        """What is embedded beside a crop does not change its vector, nor does asking twice."""
        red, blue = draw_figure(RED, DARK), draw_figure(BLUE, DARK)
        alone = clothing.embed([red], [None])
        assert np.array_equal(alone, clothing.embed([blue, red], [None, None])[1:])

    def test_silhouette_is_accepted(self, clothing: ClothingEmbedder) -> None:
        """A silhouette in the crop's size may be given, and the crop stays as it was."""
        red = draw_figure(RED, DARK)
        before = red.copy()
        vectors = clothing.embed([red], [np.ones(red.shape[:2], dtype=np.float32)])
        assert np.isfinite(vectors).all()
        assert np.array_equal(red, before)

    def test_calibration_tells_same_from_different(self, clothing: ClothingEmbedder) -> None:
        """The calibration says what similarities mean, and on what that was measured."""
        calibration = clothing.calibration
        assert -1 <= calibration.different_mean < calibration.same_mean <= 1
        assert min(calibration.same_std, calibration.different_std) > 0
        assert 0 <= calibration.crowd_alike < 1 and 0 <= calibration.views_alike <= 1
        assert calibration.source
        assert clothing.stamp.role is ModelRole.CLOTHING

    def test_no_crops_no_vectors(self, clothing: ClothingEmbedder) -> None:
        """Nothing to embed gives no rows of the usual width."""
        width = clothing.embed([draw_figure(RED, DARK)], [None]).shape[1]
        assert clothing.embed([], []).shape == (0, width)


class SilhouetteSegmenterContract:
    """Every segmenter passes these. A subclass gives the fixture `silhouette`."""

    def test_mask_has_the_size_of_its_crop(self, silhouette: SilhouetteSegmenter) -> None:
        """A soft mask in 0..1 for each crop, in that crop's own size, the same every time."""
        crops = [draw_figure(RED, DARK), draw_figure(BLUE, DARK)[:77, 3:40]]
        masks, again = silhouette.segment(crops), silhouette.segment(crops)
        for crop, mask, same in zip(crops, masks, again, strict=True):
            assert mask.shape == crop.shape[:2] and mask.dtype == np.float32
            assert mask.min() >= 0 and mask.max() <= 1
            assert np.array_equal(mask, same)
        assert silhouette.stamp.role is ModelRole.SILHOUETTE


class FaceDetectorContract:
    """Every face detector passes these. A subclass gives the fixture `face_detector`."""

    def test_faces_have_boxes_and_landmarks(self, face_detector: FaceDetector) -> None:
        """Shapes agree, boxes lie in the picture, and the same picture gives the same faces."""
        pictures = [draw_face()[0], draw_face()[0][:70, :50], np.zeros((800, 700, 3), dtype=np.uint8)]
        again = face_detector.detect(pictures)
        for image, found, same in zip(pictures, face_detector.detect(pictures), again, strict=True):
            count = len(found.confidence)
            assert found.xyxy.shape == (count, 4) and found.landmarks.shape == (count, 5, 2)
            assert (found.xyxy >= 0).all() and (found.xyxy <= [image.shape[1], image.shape[0]] * 2).all()
            assert ((found.confidence > 0) & (found.confidence <= 1)).all()
            assert np.array_equal(found.xyxy, same.xyxy)
        assert face_detector.stamp.role is ModelRole.FACE_DETECTOR

    def test_nobody_in_an_empty_picture(self, face_detector: FaceDetector) -> None:
        """A black picture has no face."""
        assert len(face_detector.detect([np.zeros((240, 320, 3), dtype=np.uint8)])[0].confidence) == 0


class MaskClassifierContract:
    """Every mask classifier passes these. A subclass gives the fixture `masks`."""

    def test_one_reading_for_each_face(self, masks: MaskClassifier) -> None:
        """Each face is read once; "worn badly" is never guessed."""
        image, faces = draw_face()
        twice = Faces(*(np.concatenate([part, part]) for part in (faces.xyxy, faces.landmarks, faces.confidence)))
        readings = masks.classify(image, twice)
        assert len(readings) == 2 and readings[0] == readings[1]
        assert all(reading.state is not MaskState.BADLY and 0 <= reading.confidence <= 1 for reading in readings)

    def test_small_face_is_unknown(self, masks: MaskClassifier) -> None:
        """Below 24 px of face the state is unknown."""
        image, faces = draw_face()
        small = Faces(np.array([[90, 90, 113, 118]], dtype=np.float32), faces.landmarks, faces.confidence)
        assert masks.classify(image, small) == [MaskReading()]

    def test_face_at_the_edge_is_read(self, masks: MaskClassifier) -> None:
        """A face that the picture's edge cuts is read all the same."""
        image, faces = draw_face()
        cut = Faces(faces.xyxy - np.float32(50), faces.landmarks, faces.confidence)
        assert len(masks.classify(image[50:, 50:], cut)) == 1

    def test_no_faces_no_readings(self, masks: MaskClassifier) -> None:
        """A picture without a face gives no reading."""
        image, faces = draw_face()
        assert masks.classify(image, Faces(faces.xyxy[:0], faces.landmarks[:0], faces.confidence[:0])) == []


class FaceEmbedderContract:
    """Every face embedder passes these. A subclass gives the fixture `face_embedder`."""

    def test_face_under_consent_is_a_unit_vector(self, face_embedder: FaceEmbedder) -> None:
        """With proof of live consent a face gives one unit vector, the same every time."""
        image, faces = draw_face()
        vectors = face_embedder.embed(image, faces, consent=drawn_consent())
        assert vectors.dtype == np.float32
        assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-4)
        assert np.array_equal(vectors, face_embedder.embed(image, faces, consent=drawn_consent()))

    @pytest.mark.parametrize("proof", [None, True, "consent", object()])
    def test_without_proof_it_refuses(self, face_embedder: FaceEmbedder, proof: object) -> None:
        """Nothing but the checked proof opens a face, not even for no faces at all."""
        image, faces = draw_face()
        nobody = Faces(faces.xyxy[:0], faces.landmarks[:0], faces.confidence[:0])
        for some in (faces, nobody):
            with pytest.raises(RefusedError):
                face_embedder.embed(image, some, consent=cast(FaceConsent, proof))

    def test_no_faces_no_vectors(self, face_embedder: FaceEmbedder) -> None:
        """No faces give no rows."""
        image, faces = draw_face()
        nobody = Faces(faces.xyxy[:0], faces.landmarks[:0], faces.confidence[:0])
        assert len(face_embedder.embed(image, nobody, consent=drawn_consent())) == 0
