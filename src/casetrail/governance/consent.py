"""Consent to face comparison: PIPA 22, 22-2 and 23. Without a live record no face is ever compared."""

import hashlib
from dataclasses import dataclass
from enum import StrEnum

from casetrail.model.errors import RefusedError
from casetrail.model.time import UtcInterval


class ConsentStatus(StrEnum):
    """Where a consent stands."""

    REQUESTED = "requested"
    GIVEN = "given"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


@dataclass(frozen=True)
class ConsentRecord:
    """Written consent of the index case to compare their face: who may rely on it, for what, until when.

    `guardian`: who consented in the place of a child under 14 (PIPA 22-2); empty when the patient did. No age is kept.
    """

    case_id: str
    status: ConsentStatus
    validity: UtcInterval
    text: str
    language: str
    method: str
    withdrawal_address: str
    guardian: str = ""

    @property
    def text_hash(self) -> str:
        """sha256 of the text that was signed."""
        return hashlib.sha256(self.text.encode()).hexdigest()


class FaceConsent:
    """Proof that consent was live at a moment; without one no face is compared. Only `check_face_consent` makes it.

    It cannot be changed, copied, stored or derived from: consent is asked anew for every piece of work.
    """

    __slots__ = ("case_id", "checked_utc_us", "text_hash")
    _maker = object()
    case_id: str
    text_hash: str
    checked_utc_us: int

    def __init__(self, maker: object, case_id: str, text_hash: str, checked_utc_us: int) -> None:
        if maker is not FaceConsent._maker:
            raise RefusedError("a face may be compared only under a checked consent record")
        object.__setattr__(self, "case_id", case_id)
        object.__setattr__(self, "text_hash", text_hash)
        object.__setattr__(self, "checked_utc_us", checked_utc_us)

    def __init_subclass__(cls) -> None:
        raise TypeError("the proof of consent has no variants")

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"the proof of consent cannot be changed: {name}")

    def __reduce__(self) -> str:
        raise TypeError("the proof of consent cannot be copied or stored")


def check_face_consent(record: ConsentRecord | None, case_id: str, now_us: int) -> FaceConsent:
    """Proof of live consent for this case, or RefusedError that says what is missing."""
    todo = "trace by clothing, or record the patient's written consent with `casetrail case consent`"
    if record is None or record.case_id != case_id:
        raise RefusedError("no consent to face comparison is recorded", where=f"case {case_id}", todo=todo)
    if record.status is not ConsentStatus.GIVEN:
        raise RefusedError(f"consent to face comparison is {record.status}", where=f"case {case_id}", todo=todo)
    if not record.validity.contains(now_us):
        raise RefusedError("consent to face comparison has expired", where=f"case {case_id}", todo=todo)
    return FaceConsent(FaceConsent._maker, case_id, record.text_hash, now_us)


def can_compare_faces(record: ConsentRecord | None, case_id: str, now_us: int) -> bool:
    """Whether `check_face_consent` would pass."""
    try:
        check_face_consent(record, case_id, now_us)
    except RefusedError:
        return False
    return True
