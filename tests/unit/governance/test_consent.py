"""Consent to face comparison, as a truth table."""

import pytest

from casetrail.governance.consent import (
    ConsentRecord,
    ConsentStatus,
    FaceConsent,
    can_compare_faces,
    check_face_consent,
)
from casetrail.model.errors import RefusedError
from casetrail.model.time import UtcInterval


def make_record(status: ConsentStatus = ConsentStatus.GIVEN) -> ConsentRecord:
    """Consent of case C-1, valid from 100 to 200."""
    return ConsentRecord("C-1", status, UtcInterval(100, 200), "I agree.", "en", "on paper", "Room 3")


@pytest.mark.parametrize("status", ConsentStatus)
@pytest.mark.parametrize(("now_us", "inside"), [(99, False), (100, True), (199, True), (200, False)])
@pytest.mark.parametrize(("case_id", "own"), [("C-1", True), ("C-2", False)])
def test_when_faces_may_be_compared(status: ConsentStatus, now_us: int, inside: bool, case_id: str, own: bool) -> None:
    """Only consent that was given, for this case, and holds at this moment lets faces be compared."""
    allowed = status is ConsentStatus.GIVEN and inside and own
    assert can_compare_faces(make_record(status), case_id, now_us) is allowed
    if not allowed:
        with pytest.raises(RefusedError):
            check_face_consent(make_record(status), case_id, now_us)


def test_no_record_no_comparison() -> None:
    """Without a record the refusal says how to record one."""
    with pytest.raises(RefusedError, match="case consent"):
        check_face_consent(None, "C-1", 150)


def test_the_proof_names_case_text_and_moment() -> None:
    """The proof carries the case, the hash of what was signed, and when it was checked."""
    proof = check_face_consent(make_record(), "C-1", 150)
    assert (proof.case_id, proof.checked_utc_us, proof.text_hash) == ("C-1", 150, make_record().text_hash)


def test_nobody_else_makes_a_proof() -> None:
    """The proof cannot be built by hand."""
    with pytest.raises(RefusedError):
        FaceConsent(object(), "C-1", "hash", 150)
