"""Comparing faces with the index case's, under the proof of consent."""

import numpy as np
import pytest

from casetrail.governance.consent import ConsentRecord, ConsentStatus, FaceConsent, check_face_consent
from casetrail.model.time import UtcInterval
from casetrail.sightings.describers import Faces
from casetrail.sightings.faces import build_reference, compare_faces
from casetrail.sightings.masks import FaceView
from casetrail.sightings.sightings import MaskReading
from casetrail.testing.counting_describers import CountingFaceEmbedder


@pytest.fixture
def consent() -> FaceConsent:
    """A live proof."""
    record = ConsentRecord("C-1", ConsentStatus.GIVEN, UtcInterval(0, 10), "I agree.", "en", "on paper", "Room 3")
    return check_face_consent(record, "C-1", 5)


def make_view(colour: tuple[int, int, int], width_px: int = 30) -> FaceView:
    """A face of one colour, so wide."""
    xyxy = np.asarray([[5, 5, 5 + width_px, 5 + width_px]], np.float32)
    image = np.full((100, 100, 3), colour, np.uint8)
    faces = Faces(xyxy, np.zeros((1, 5, 2), np.float32), np.ones(1, np.float32))
    return FaceView(image, faces, MaskReading())


RED, BLUE = (0, 0, 200), (200, 0, 0)


def test_the_same_face_is_alike(consent: FaceConsent) -> None:
    """The reference's own face has similarity 1, a different one less."""
    embedder = CountingFaceEmbedder()
    reference = build_reference(consent, [make_view(RED), make_view(RED)], embedder)
    assert reference is not None
    assert np.linalg.norm(reference) == pytest.approx(1)
    assert compare_faces(consent, reference, [make_view(RED)], embedder) == pytest.approx(1)
    assert compare_faces(consent, reference, [make_view(BLUE)], embedder) == pytest.approx(0)
    assert embedder.consents == [consent] * 4


def test_larger_faces_weigh_more(consent: FaceConsent) -> None:
    """Of two views the one with the larger face decides."""
    embedder = CountingFaceEmbedder()
    reference = build_reference(consent, [make_view(RED)], embedder)
    similarity = compare_faces(consent, reference, [make_view(RED, 60), make_view(BLUE, 20)], embedder)
    assert similarity == pytest.approx(0.75)


def test_small_faces_are_not_compared(consent: FaceConsent) -> None:
    """A face under 20 pixels is neither a reference nor compared: the embedder does not see it."""
    embedder = CountingFaceEmbedder()
    assert build_reference(consent, [make_view(RED, 19)], embedder) is None
    assert compare_faces(consent, np.ones(3, np.float32), [make_view(RED, 19)], embedder) is None
    assert embedder.consents == []


def test_nothing_to_compare_with(consent: FaceConsent) -> None:
    """Without a reference, a face or an embedder there is no number."""
    assert compare_faces(consent, None, [make_view(RED)], CountingFaceEmbedder()) is None
    assert compare_faces(consent, np.ones(3, np.float32), [], CountingFaceEmbedder()) is None
    assert compare_faces(consent, np.ones(3, np.float32), [make_view(RED)], None) is None
