"""Recording what the index case said about comparing their face, and acting on it at once (PIPA 22, 22-2, 23, 37).

Withdrawing reaches running work within a second: it asks again between sightings (`open_presences`). What rested on
the face goes at once; where nothing else allows the work, the case is suspended.
"""

from dataclasses import dataclass, replace

from casetrail.app.case_ports import CasePorts
from casetrail.app.case_records import (
    CaseFile,
    read_case_file,
    read_consent,
    read_sightings,
    read_trace,
    write_consent,
    write_sightings,
    write_trace,
)
from casetrail.app.gate import part_of
from casetrail.app.suspend_case import Cause, suspend_case
from casetrail.governance.access import WORKING, check_collecting
from casetrail.governance.acts import Act
from casetrail.governance.audit import Actor, AuditEvent
from casetrail.governance.consent import ConsentRecord, ConsentStatus
from casetrail.model.errors import BadInputError

ASKED_OR_GIVEN = (ConsentStatus.REQUESTED, ConsentStatus.GIVEN)


@dataclass(frozen=True)
class ConsentChange:
    """What recording a consent did.

    `similarities_erased`: face similarities that went because none may be kept; the case trace then shows only what a
    reviewer confirmed, until it is scored anew. `suspended`: nothing but consent allowed the work.
    """

    status: ConsentStatus
    similarities_erased: int
    suspended: bool = False


def record_consent(ports: CasePorts, record: ConsentRecord, actor: Actor) -> ConsentChange:
    """Store the record. Whatever is not `given` erases the face similarities of the case's sightings.

    Raises RefusedError when nothing is taken in for the case, BadInputError when a given consent is not written.
    Consent can be withdrawn at any time, from a suspended case too.
    """
    adds = record.status in ASKED_OR_GIVEN
    event = ports.gate.check(actor, Act.CONSENT_RECORD if adds else Act.CONSENT_WITHDRAW, record.case_id)
    file = read_case_file(ports.store, ports.vault, record.case_id)
    if adds:
        check_collecting(record.case_id, file.case.state)
    if record.status is ConsentStatus.GIVEN:
        _check_written(record)
    event = part_of(event, f"consent.{record.status}")
    write_consent(ports.vault, record, audit=event)
    if record.status is ConsentStatus.GIVEN:
        return ConsentChange(record.status, 0)
    suspended = _suspend_if_nothing_else(ports, file, actor)
    return ConsentChange(record.status, erase_face_similarities(ports, event), suspended)


def withdraw_consent(ports: CasePorts, case_id: str, actor: Actor) -> ConsentChange:
    """Mark the recorded consent as withdrawn and erase what rested on it. BadInputError when there is none."""
    record = read_consent(ports.vault, case_id)
    if record is None:
        raise BadInputError("no consent is recorded that could be withdrawn", where=f"case {case_id}")
    return record_consent(ports, replace(record, status=ConsentStatus.WITHDRAWN), actor)


def erase_face_similarities(ports: CasePorts, event: AuditEvent) -> int:
    """Set every face similarity of the event's case to None, and what was inferred from any; returns how many."""
    case_id = event.case_id or ""
    sightings = read_sightings(ports.vault, case_id).values()
    bare = [
        replace(sighting, face_similarity=None, face_log_ratio=None)
        for sighting in sightings
        if sighting.face_similarity is not None or sighting.face_log_ratio is not None
    ]
    if bare:
        write_sightings(ports.vault, case_id, bare, audit=part_of(event, "faces.erase", {"sightings": len(bare)}))
        _keep_what_was_confirmed(ports, event)
    return len(bare)


def _keep_what_was_confirmed(ports: CasePorts, event: AuditEvent) -> None:
    """No number that a face had a part in stays: the case trace keeps what a person confirmed."""
    trace = read_trace(ports.vault, event.case_id or "")
    if trace is not None:
        steps = tuple(replace(step, probability=1.0) for step in trace.confirmed)
        counts = {"steps": len(steps), "left_out": len(trace.steps) - len(steps)}
        kept = replace(trace, steps=steps, gaps=(), alternatives=())
        write_trace(ports.vault, kept, audit=part_of(event, "trace.without_face", counts))


def _suspend_if_nothing_else(ports: CasePorts, file: CaseFile, actor: Actor) -> bool:
    """A grant without a written order rests on consent alone."""
    alone = file.grant is not None and not file.grant.request.written_order
    if not alone or ports.store.read_case(file.case.case_id).state not in WORKING:
        return False
    suspend_case(ports, file.case.case_id, Cause.CONSENT_WITHDRAWN, actor)
    return True


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
