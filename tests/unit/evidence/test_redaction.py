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


@pytest.mark.parametrize("share", [0.5, 0.6, 0.7, 0.74, 0.76, 1.0, 1.3])
def test_half_a_body_loses_its_whole_head(share: float) -> None:
    """In a box of head and shoulders, or of an upper body, the head is up to 0.55 of its width high."""
    box = np.array([40, 20, 100, 20 + 60 / share], np.float32)
    whole_head = np.array([[40, 20, 100, min(20 + 0.55 * 60, box[3])]], np.float32)
    assert box_cover(whole_head, head_regions(box)).max() == pytest.approx(1)


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


def test_frames_between_looks_are_covered_where_people_must_be() -> None:
    """Somebody seen in two looks is covered in every frame between them; who stands between is told by both."""
    there = MINE + np.array([12, 0, 12, 0], np.float32)
    plan = plan_redaction([look(0, MINE), look(4, there)], (), WH, TIME_BASE, frames=range(5))
    for pts in range(5):
        assert covered(plan, pts, head(MINE + (there - MINE) * pts / 4)) == 1
        assert covered(plan, pts, np.array([0, 0, 50, 50], np.float32)) == 0


def test_frames_far_from_any_look_are_covered_whole() -> None:
    """Before the first look, after the last, between looks more than half a second apart, beside a failed one."""
    looks = [look(2), look(5), look(11), Look(14, None, NO_FACES)]
    plan = plan_redaction(looks, (), WH, TIME_BASE, frames=range(16))
    hidden = [pts for pts in range(16) if len(plan.regions_at(pts))]
    assert hidden == [0, 1, 6, 7, 8, 9, 10, 12, 13, 14, 15]


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


@pytest.mark.parametrize("by", [(5, -6), (2, 2), (0, -1)])
def test_somebody_beside_the_subject_whom_the_index_does_not_know_is_covered(
    mine: Presence, by: tuple[int, int]
) -> None:
    """However well an untracked stranger's box fits the subject's: the subject is one person, who fits best."""
    near = MINE + np.array([*by, *by], np.float32)
    plan = plan_redaction([look(0, MINE, near)], [mine], WH, TIME_BASE, None, Subject((mine,), consent()), "C-1")
    assert covered(plan, 0, head(near)) == 1


def test_somebody_missed_beside_the_subject_stays_covered(mine: Presence) -> None:
    """An untracked stranger who is missed for some frames is no subject in them."""
    near = MINE + 2
    looks = [look(pts, MINE) if 4 <= pts < 7 else look(pts, MINE, near) for pts in range(10)]
    plan = plan_redaction(looks, [mine], WH, TIME_BASE, None, Subject((mine,), consent()), "C-1")
    assert all(covered(plan, pts, head(near)) == 1 for pts in range(10))


def test_a_tracked_stranger_is_covered_between_known_frames() -> None:
    """The index knows every fifth frame only: between them a stranger is still a stranger, and still covered."""
    near = MINE + np.array([4, 4, 4, 4], np.float32)
    there, other = presence("mine", [MINE, MINE], pts=[0, 5]), presence("other", [near, near + 40], pts=[0, 5])
    looks = [look(pts, MINE) for pts in range(6)]
    plan = plan_redaction(looks, [there, other], WH, TIME_BASE, None, Subject((there,), consent()), "C-1")
    assert all(covered(plan, pts, head(near + 8 * pts)) == 1 for pts in range(6))


def test_the_consenting_subject_stays_visible_when_the_box_changes() -> None:
    """A subject who moves on and is found a little off is seen from the first known frame to the last."""
    walked = [MINE + np.array([2 * pts, 0, 2 * pts, 0], np.float32) for pts in range(30)]
    off = [box + np.array([-1, 1, 2, -1], np.float32) * (pts % 2) for pts, box in enumerate(walked)]
    there = presence("mine", [walked[10], walked[15], walked[20]], pts=[10, 15, 20])
    looks = [look(pts, box) for pts, box in enumerate(off)]
    plan = plan_redaction(looks, [there], WH, TIME_BASE, None, Subject((there,), consent()), "C-1")
    shown = [pts for pts in range(30) if covered(plan, pts, head(walked[pts])) == 0]
    assert shown == list(range(10, 21))


def test_the_subject_is_followed_between_known_frames() -> None:
    """Between two analysed frames the subject is in the middle of both."""
    there = presence("mine", [MINE, MINE + 20], pts=[0, 10])
    assert np.allclose(Subject((there,)).box_at(5), MINE + 10)
    assert Subject((there,)).box_at(11) is None
