"""Comparing faces with the index case's, under the proof of consent."""

from dataclasses import replace

import numpy as np
import pytest

from casetrail.governance.consent import ConsentRecord, ConsentStatus, FaceConsent, check_face_consent
from casetrail.model.time import UtcInterval
from casetrail.sightings.describers import Faces
from casetrail.sightings.faces import FaceReference, build_reference, compare_faces
from casetrail.sightings.masks import FaceView
from casetrail.sightings.sightings import MaskReading, MaskState
from casetrail.testing.counting_describers import CountingFaceEmbedder

RED, BLUE = (0, 0, 200), (200, 0, 0)
WORN, BARE = MaskReading(MaskState.WORN, 0.95), MaskReading(MaskState.NONE, 0.95)


@pytest.fixture
def consent() -> FaceConsent:
    """A live proof."""
    record = ConsentRecord("C-1", ConsentStatus.GIVEN, UtcInterval(0, 10), "I agree.", "en", "on paper", "Room 3")
    return check_face_consent(record, "C-1", 5)


def make_view(
    colour: tuple[int, int, int], width_px: int = 60, mask: MaskReading = BARE, grain: int = 20, nose: float = 0.5
) -> FaceView:
    """A face of one colour with fine grain, so wide, its nose at that share of the width."""
    noise = np.random.default_rng(1).integers(-grain, grain + 1, (160, 160, 1))
    image = np.clip(np.array(colour) + noise, 0, 255).astype(np.uint8)
    xyxy = np.asarray([[40, 40, 40 + width_px, 40 + width_px]], np.float32)
    points = np.array([[0.3, 0.4], [0.7, 0.4], [nose, 0.6], [0.35, 0.8], [0.65, 0.8]]) * width_px + 40
    return FaceView(image, Faces(xyxy, points[None].astype(np.float32), np.ones(1, np.float32)), mask)


def make_reference(mask: MaskState = MaskState.NONE, width_px: float = 60.0) -> FaceReference:
    """A reference as red as `RED`."""
    return FaceReference(np.array([0, 0, 1], np.float32), width_px, mask)


def test_the_same_face_is_alike(consent: FaceConsent) -> None:
    """The reference's own face is alike and speaks for the person, a different one speaks against."""
    embedder = CountingFaceEmbedder()
    reference = build_reference(consent, [make_view(RED), make_view(RED)], embedder)
    assert reference is not None
    assert np.linalg.norm(reference.vector) == pytest.approx(1)
    assert (reference.width_px, reference.mask) == (pytest.approx(60), MaskState.NONE)
    same, other = (compare_faces(consent, reference, [make_view(colour)], embedder) for colour in (RED, BLUE))
    assert same is not None and other is not None
    assert same.similarity == pytest.approx(1, abs=0.01) and other.similarity < 0.2
    assert same.log_ratio > 1
    assert other.log_ratio < 0
    assert embedder.consents == [consent] * 4


def test_better_views_weigh_more(consent: FaceConsent) -> None:
    """Of two views the larger face counts for more."""
    views = [make_view(RED, 60), make_view(BLUE, 26)]
    compared = compare_faces(consent, make_reference(), views, CountingFaceEmbedder())
    assert compared is not None
    assert 0.6 < compared.similarity < 0.95


@pytest.mark.parametrize(
    "view",
    [make_view(RED, 23), make_view(RED, grain=0), make_view(RED, nose=0.75)],
    ids=["small", "without detail", "turned away"],
)
def test_faces_that_show_too_little_are_not_compared(consent: FaceConsent, view: FaceView) -> None:
    """A small, unsharp or turned face is neither a reference nor compared: the embedder does not see it."""
    embedder = CountingFaceEmbedder()
    assert build_reference(consent, [view], embedder) is None
    assert compare_faces(consent, make_reference(), [view], embedder) is None
    assert embedder.consents == []


def test_bare_faces_make_the_reference(consent: FaceConsent) -> None:
    """Where a bare face of the index case was seen, their masked ones are left out; else those are taken and told."""
    embedder = CountingFaceEmbedder()
    mixed = build_reference(consent, [make_view(BLUE, mask=WORN), make_view(RED)], embedder)
    masked = build_reference(consent, [make_view(BLUE, mask=WORN)], embedder)
    assert mixed is not None and masked is not None
    assert mixed.mask is MaskState.NONE and mixed.vector[2] > 0.9
    assert masked.mask is MaskState.WORN and masked.vector[0] > 0.9


def test_a_mask_on_both_takes_evidence_away(consent: FaceConsent) -> None:
    """The same similarity is worth less when both faces wear a mask, since masks resemble each other."""
    embedder, view = CountingFaceEmbedder(), make_view((120, 60, 35))
    reference = make_reference()
    bare = compare_faces(consent, reference, [view], embedder)
    masked = compare_faces(consent, replace(reference, mask=MaskState.WORN), [replace(view, mask=WORN)], embedder)
    assert bare is not None and masked is not None
    assert bare.similarity == masked.similarity
    assert 3 > bare.log_ratio > masked.log_ratio


def test_nothing_to_compare_with(consent: FaceConsent) -> None:
    """Without a reference, a face or an embedder there is no number."""
    assert compare_faces(consent, None, [make_view(RED)], CountingFaceEmbedder()) is None
    assert compare_faces(consent, make_reference(), [], CountingFaceEmbedder()) is None
    assert compare_faces(consent, make_reference(), [make_view(RED)], None) is None


def test_the_reference_does_not_show_its_vector() -> None:
    """Printing a reference, in an error say, does not print the template."""
    assert "vector" not in repr(make_reference())
