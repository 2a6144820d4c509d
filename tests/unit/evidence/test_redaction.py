"""Everybody's head is covered, and in doubt more: redaction fails closed."""

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import pytest

from casetrail.evidence.redaction import (
    Look,
    RedactionPlan,
    RedactionSettings,
    Subject,
    head_regions,
    plan_redaction,
    whole_frame,
)
from casetrail.governance.consent import ConsentRecord, ConsentStatus, FaceConsent, check_face_consent
from casetrail.model.arrays import Floats
from casetrail.model.errors import RefusedError
from casetrail.model.geometry import box_cover
from casetrail.model.time import UtcInterval
from casetrail.presence.detector import Detections
from casetrail.presence.presences import Presence

WH = (320, 240)
TIME_BASE = Fraction(1, 10)
NO_FACES = np.zeros((0, 4), np.float32)
MINE = np.array([100, 60, 136, 160], np.float32)
OTHER = np.array([200, 60, 236, 160], np.float32)


def look(pts: int, *boxes: Floats, confidence: float = 0.9, faces: Floats = NO_FACES) -> Look:
    """What was found in a frame."""
    xyxy = np.array(boxes, np.float32).reshape(-1, 4)
    return Look(pts, Detections(xyxy, np.full(len(boxes), confidence, np.float32)), faces)


def head(box: Floats) -> Floats:
    """The part of a box in which a head is."""
    x1, y1, x2, y2 = box
    return np.array([[x1, y1, x2, y1 + 0.2 * (y2 - y1)]], np.float32)


def covered(plan: RedactionPlan, pts: int, part: Floats) -> float:
    """The share of a part of the picture that one region covers."""
    regions = plan.regions_at(pts)
    return float(box_cover(part.reshape(-1, 4), regions).max()) if len(regions) else 0.0


def presence(name: str, boxes: Sequence[Floats], pts: Sequence[int] | None = None) -> Presence:
    """A presence with these boxes, frame by frame unless `pts` says otherwise."""
    known = np.arange(len(boxes)) if pts is None else np.array(pts)
    nothing = np.zeros(len(boxes))
    xyxy = np.stack(boxes).astype(np.float32)
    return Presence(
        name, "CAM", "rec", known, known * 100_000, xyxy, nothing.astype(np.float32), nothing > 0, None, (), "m"
    )


def consent(case_id: str = "C-1") -> FaceConsent:
    """Live consent."""
    record = ConsentRecord(case_id, ConsentStatus.GIVEN, UtcInterval(0, 10), "I agree.", "en", "on paper", "Room 3")
    return check_face_consent(record, case_id, 5)


@pytest.fixture
def mine() -> Presence:
    """The subject, who stands still for ten frames."""
    return presence("mine", [MINE] * 10)


@pytest.mark.parametrize("confidence", [0.95, 0.12])
def test_heads_are_covered_bodies_are_not(confidence: float) -> None:
    """A sure and a doubtful person lose the head; feet stay visible for orientation."""
    plan = plan_redaction([look(0, MINE, confidence=confidence)], (), WH, TIME_BASE)
    assert covered(plan, 0, head(MINE)) == 1
    assert covered(plan, 0, np.array([100, 140, 136, 160], np.float32)) == 0


def test_an_implausible_body_loses_the_top_third() -> None:
    """Somebody who is wider than an upright person is covered over the full width, a third down at least."""
    lying = np.array([100, 100, 220, 160], np.float32)
    assert (box_cover(np.array([[100, 100, 220, 120]], np.float32), head_regions(lying)) == 1).all()


def test_a_face_without_a_body_is_covered() -> None:
    """Faces count on their own."""
    face = np.array([[50, 50, 60, 62]], np.float32)
    plan = plan_redaction([look(0, faces=face)], (), WH, TIME_BASE)
    assert covered(plan, 0, face) == 1


def test_no_output_hides_the_frame() -> None:
    """A frame that no detector saw, and one that the plan does not know, are covered whole."""
    plan = plan_redaction([look(0), Look(1, None, NO_FACES)], (), WH, TIME_BASE)
    assert len(plan.regions_at(0)) == 0
    assert (plan.regions_at(1) == whole_frame(WH)).all()
    assert (plan.regions_at(77) == whole_frame(WH)).all()


def test_a_confidence_that_is_no_number_counts() -> None:
    """In doubt a box is a person."""
    plan = plan_redaction([look(0, MINE, confidence=float("nan"))], (), WH, TIME_BASE)
    assert covered(plan, 0, head(MINE)) == 1


def test_tracked_people_are_covered_where_the_detector_failed(mine: Presence) -> None:
    """What the index knows counts like a detection."""
    plan = plan_redaction([look(pts) for pts in range(10)], [mine], WH, TIME_BASE)
    assert all(covered(plan, pts, head(MINE)) == 1 for pts in range(10))


def test_whole_bodies_when_it_leaves_the_room(mine: Presence) -> None:
    """Others are covered whole, the subject loses the head only."""
    looks = [look(pts, MINE, OTHER) for pts in range(10)]
    settings = RedactionSettings(whole_bodies=True)
    plan = plan_redaction(looks, [mine], WH, TIME_BASE, settings, Subject((mine,)), "C-1")
    assert covered(plan, 5, OTHER) == 1
    assert covered(plan, 5, head(MINE)) == 1
    assert covered(plan, 5, np.array([100, 140, 136, 160], np.float32)) == 0


def test_only_consent_shows_the_subject(mine: Presence) -> None:
    """With consent the subject's face is visible and the other's is not; without it both are covered."""
    face = np.array([[113, 66, 123, 78]], np.float32)
    looks = [look(pts, MINE, OTHER, faces=face) for pts in range(10)]
    shown = plan_redaction(looks, [mine], WH, TIME_BASE, None, Subject((mine,), consent()), "C-1")
    hidden = plan_redaction(looks, [mine], WH, TIME_BASE, None, Subject((mine,)), "C-1")
    assert (covered(shown, 5, face), covered(shown, 5, head(OTHER))) == (0, 1)
    assert (covered(hidden, 5, face), covered(hidden, 5, head(OTHER))) == (1, 1)


def test_consent_of_another_case_shows_nobody(mine: Presence) -> None:
    """The proof is bound to its case."""
    with pytest.raises(RefusedError, match="not given for this case"):
        plan_redaction([look(0, MINE)], [mine], WH, TIME_BASE, None, Subject((mine,), consent("C-2")), "C-1")


def test_somebody_in_front_of_the_subject_is_covered(mine: Presence) -> None:
    """A tracked stranger who nearly hides the consenting subject is not taken for the subject."""
    near = MINE + np.array([6, 4, 6, 4], np.float32)
    stranger = presence("stranger", [near] * 10)
    looks = [look(pts, near) for pts in range(10)]
    plan = plan_redaction(looks, [mine, stranger], WH, TIME_BASE, None, Subject((mine,), consent()), "C-1")
    assert covered(plan, 5, head(near)) == 1


def test_the_subject_is_followed_between_known_frames() -> None:
    """Between two analysed frames the subject is in the middle of both."""
    there = presence("mine", [MINE, MINE + 20], pts=[0, 10])
    assert np.allclose(Subject((there,)).box_at(5), MINE + 10)
    assert Subject((there,)).box_at(11) is None
