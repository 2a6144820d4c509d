"""Requests of data subjects: received, answered within ten days, a copy with everybody else covered (PIPA 35 to 38).

What was asked and answered are words about a person: they lie in the case vault and go with it. The log knows kinds
and numbers.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from casetrail.app.case_ports import CasePorts
from casetrail.app.case_records import read_anchors, read_consent, read_trace
from casetrail.app.erase_outputs import keep_output
from casetrail.app.evidence_ports import EvidencePorts
from casetrail.app.gate import part_of
from casetrail.app.json_values import from_json, to_json
from casetrail.app.make_clip import ClipWish, MadeClip, make_clip
from casetrail.app.private_files import make_folder, replace_file
from casetrail.app.suspend_case import Cause, suspend_case
from casetrail.governance.access import WORKING
from casetrail.governance.acts import Act
from casetrail.governance.audit import Actor, AuditEvent
from casetrail.governance.cases import CaseState
from casetrail.governance.consent import can_compare_faces
from casetrail.governance.rights import RequestStatus, RightKind, SubjectRequest, check_answer
from casetrail.model.errors import MissingError

SUBJECT_REQUESTS = "subject requests"
INDEX_CASE = "index case"


@dataclass(frozen=True)
class SubjectCopy:
    """What a data subject gets: the clip, or None where no recording is left, and what is held, as text."""

    clip: MadeClip | None
    held: Path


def receive_request(
    ports: CasePorts, case_id: str, kind: RightKind, asks: str, actor: Actor, now_us: int, subject: str = INDEX_CASE
) -> SubjectRequest:
    """Put a request down and start its clock; an objection suspends the work at once, until it is answered.

    `subject`: the index case, or the pseudonym of a contact, such as K-02.
    """
    event = ports.gate.check(actor, Act.SUBJECT_RECEIVE, case_id)
    request = SubjectRequest(f"S-{secrets.token_hex(4)}", case_id, kind, subject, now_us, asks.strip())
    _write(ports, request, part_of(event, event.act, {kind.value: 1}))
    if kind is RightKind.SUSPENSION and ports.store.read_case(case_id).state in WORKING:
        suspend_case(ports, case_id, Cause.OBJECTION, actor)
    return request


def answer_request(
    ports: CasePorts, case_id: str, request_id: str, status: RequestStatus, answer: str, actor: Actor, now_us: int
) -> SubjectRequest:
    """Grant or refuse a request, once, with a reason where it is refused. Counts in the log whether it was late."""
    event = ports.gate.check(actor, Act.SUBJECT_ANSWER, case_id)
    request = _find(ports, case_id, request_id)
    check_answer(request, status, answer)
    late = int(request.is_late(now_us))
    answered = replace(request, status=status, answered_us=now_us, answer=answer.strip())
    _write(ports, answered, part_of(event, event.act, {status.value: 1, "late": late}))
    return answered


def list_requests(ports: CasePorts, actor: Actor) -> tuple[SubjectRequest, ...]:
    """Requests of every case that is not erased, open ones first, the most urgent at the top."""
    ports.gate.permit(actor, Act.SUBJECT_LIST)
    cases = [entry.case_id for entry in ports.store.read_cases() if entry.state is not CaseState.ERASED]
    found = [request for case_id in cases if ports.vault.has_case(case_id) for request in read_requests(ports, case_id)]
    return tuple(sorted(found, key=lambda each: (each.status is not RequestStatus.OPEN, each.due_us)))


def read_requests(ports: CasePorts, case_id: str) -> tuple[SubjectRequest, ...]:
    """Requests of one case, in the order received."""
    held = ports.vault.read_records(case_id, SUBJECT_REQUESTS).values()
    return tuple(sorted((from_json(SubjectRequest, data) for data in held), key=lambda each: each.received_us))


def make_copy(
    ports: EvidencePorts,
    case_id: str,
    actor: Actor,
    folder: Path,
    progress: Callable[[str, int, int], None] | None = None,
) -> SubjectCopy:
    """What is held of the index case: a clip in which nobody else is visible, and the records in words.

    The person's own face is shown only while their consent is live. Raises as `make_clip` does.
    """
    ports.case.gate.check(actor, Act.SUBJECT_COPY, case_id)
    shown = can_compare_faces(read_consent(ports.case.vault, case_id), case_id, ports.now_us())
    held = _describe(ports.case, case_id)
    path = make_folder(folder) / "copy.json"
    replace_file(path, held)
    keep_output(ports.case.store, case_id, path)
    wish = ClipWish(whole_bodies=True, show_face=shown, for_subject=True)
    try:
        clip = make_clip(ports, case_id, actor, folder / "copy.mp4", wish, progress)
    except MissingError:
        return SubjectCopy(None, path)
    return SubjectCopy(clip, path)


def _describe(ports: CasePorts, case_id: str) -> bytes:
    """The confirmed sightings and the statements, as JSON; nothing of anybody else, nothing that nobody confirmed."""
    trace = read_trace(ports.vault, case_id)
    sightings = () if trace is None else trace.confirmed
    return to_json({"sightings": tuple(sightings), "evidence": read_anchors(ports.vault, case_id)})


def _find(ports: CasePorts, case_id: str, request_id: str) -> SubjectRequest:
    data = ports.vault.read_records(case_id, SUBJECT_REQUESTS).get(request_id)
    if data is None:
        raise MissingError("there is no such request", where=f"case {case_id}", todo="list them with `subject list`")
    return from_json(SubjectRequest, data)


def _write(ports: CasePorts, request: SubjectRequest, audit: AuditEvent) -> None:
    ports.vault.write_records(request.case_id, SUBJECT_REQUESTS, {request.request_id: to_json(request)}, audit=audit)
