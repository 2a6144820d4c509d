"""Recording what the index case said about comparing their face, and acting on it at once (PIPA 22, 23, 37)."""

from dataclasses import dataclass, replace

from casetrail.app.case_ports import CasePorts
from casetrail.app.case_records import read_case_file, read_consent, read_sightings, write_consent, write_sightings
from casetrail.governance.access import check_working
from casetrail.governance.audit import Actor, AuditEvent
from casetrail.governance.cases import CaseState
from casetrail.governance.consent import ConsentRecord, ConsentStatus
from casetrail.model.errors import BadInputError


@dataclass(frozen=True)
class ConsentChange:
    """What recording a consent did: how many face similarities were erased because none may be kept."""

    status: ConsentStatus
    similarities_erased: int


def record_consent(ports: CasePorts, record: ConsentRecord, actor: Actor) -> ConsentChange:
    """Store the record. Whatever is not `given` erases the face similarities of the case's sightings.

    Raises RefusedError when nobody may work on the case, BadInputError when a given consent is not written.
    A suspended case may still record that consent was withdrawn.
    """
    file = read_case_file(ports.store, ports.vault, record.case_id)
    given = record.status is ConsentStatus.GIVEN
    if given or file.case.state is not CaseState.SUSPENDED:
        check_working(record.case_id, file.case.state)
    if given:
        _check_written(record)
    act = f"consent.{record.status}"
    write_consent(ports.vault, record, audit=AuditEvent(actor, act, record.case_id, {}, file.basis))
    erased = 0 if given else erase_face_similarities(ports, record.case_id, actor, file.basis)
    return ConsentChange(record.status, erased)


def withdraw_consent(ports: CasePorts, case_id: str, actor: Actor) -> ConsentChange:
    """Mark the recorded consent as withdrawn and erase what rested on it. BadInputError when there is none."""
    record = read_consent(ports.vault, case_id)
    if record is None:
        raise BadInputError("no consent is recorded that could be withdrawn", where=f"case {case_id}")
    return record_consent(ports, replace(record, status=ConsentStatus.WITHDRAWN), actor)


def erase_face_similarities(ports: CasePorts, case_id: str, actor: Actor, basis: str) -> int:
    """Set every face similarity of the case to None; returns how many there were."""
    sightings = read_sightings(ports.vault, case_id).values()
    bare = [
        replace(sighting, face_similarity=None, face_log_ratio=None)
        for sighting in sightings
        if sighting.face_similarity is not None or sighting.face_log_ratio is not None
    ]
    if bare:
        event = AuditEvent(actor, "faces.erase", case_id, {"sightings": len(bare)}, basis)
        write_sightings(ports.vault, case_id, bare, audit=event)
    return len(bare)


def _check_written(record: ConsentRecord) -> None:
    parts = {
        "text": record.text,
        "language": record.language,
        "method": record.method,
        "withdrawal address": record.withdrawal_address,
    }
    absent = [name for name, text in parts.items() if not text.strip()]
    if absent:
        raise BadInputError(
            f"consent that was given must be written down; missing: {', '.join(absent)}",
            where=f"case {record.case_id}",
            todo="give the signed text, its language, how it was obtained and where it can be withdrawn",
        )
