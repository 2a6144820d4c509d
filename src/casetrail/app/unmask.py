"""Asking to see one third person's face, and granting it: two people, one presence, a quarter of an hour.

The clip itself is made by `make_clip`, which asks the gate anew; it is watermarked and stands in the ledger.
"""

from dataclasses import replace

from casetrail.app.case_ports import CasePorts
from casetrail.app.case_records import read_sightings
from casetrail.app.gate import part_of
from casetrail.app.json_values import from_json, to_json
from casetrail.governance.acts import Act
from casetrail.governance.audit import Actor
from casetrail.governance.unmasking import UnmaskRequest, new_unmask_id
from casetrail.model.errors import MissingError, RefusedError
from casetrail.sightings.vault import CaseVault

UNMASKINGS = "unmaskings"


def request_unmasking(
    ports: CasePorts, case_id: str, presence_id: str, reason: str, actor: Actor, now_us: int
) -> UnmaskRequest:
    """Ask to see the face in one presence that the case has opened. Nothing is shown by asking.

    Raises MissingError when the case never opened it, BadInputError without a reason or when it lasts too long.
    """
    event = ports.gate.check(actor, Act.UNMASK_REQUEST, case_id)
    seen = read_sightings(ports.vault, case_id).get(presence_id)
    if seen is None:
        what = f"this case has opened no presence {presence_id[:20]!r}"
        raise MissingError(what, where=f"case {case_id}", todo="name one of `casetrail contacts CASE --json`")
    request = UnmaskRequest(
        new_unmask_id(), case_id, presence_id, seen.camera_id, seen.interval, reason, actor.actor_id, now_us
    )
    ports.vault.write_records(case_id, UNMASKINGS, {request.request_id: to_json(request)}, audit=event)
    return request


def approve_unmasking(ports: CasePorts, case_id: str, request_id: str, actor: Actor, now_us: int) -> UnmaskRequest:
    """Grant a request for a quarter of an hour from now. Raises RefusedError by who asked, or when it was granted."""
    asked = find_unmasking(ports.vault, case_id, request_id)
    event = ports.gate.check(actor, Act.UNMASK_APPROVE, case_id, requester=asked.requester)
    if asked.requester == actor.actor_id:
        raise RefusedError("who asked cannot approve", where=f"request {request_id}", todo="ask a second person")
    if asked.approver:
        raise RefusedError("this was granted already", where=f"request {request_id}", todo="ask anew")
    granted = replace(asked, approver=actor.actor_id, approved_us=now_us)
    audit = part_of(event, event.act, {"seconds": round(granted.interval.duration_s, 1)})
    ports.vault.write_records(case_id, UNMASKINGS, {request_id: to_json(granted)}, audit=audit)
    return granted


def list_unmaskings(ports: CasePorts, case_id: str, actor: Actor) -> tuple[UnmaskRequest, ...]:
    """Every request of a case, by time."""
    ports.gate.permit(actor, Act.CASE_SHOW, case_id)
    requests = [from_json(UnmaskRequest, data) for data in ports.vault.read_records(case_id, UNMASKINGS).values()]
    return tuple(sorted(requests, key=lambda each: (each.asked_us, each.request_id)))


def find_unmasking(vault: CaseVault, case_id: str, request_id: str) -> UnmaskRequest:
    """One request. Raises MissingError when there is none of this id."""
    data = vault.read_records(case_id, UNMASKINGS).get(request_id)
    if data is None:
        what, todo = f"there is no request {request_id[:20]!r}", f"see `casetrail unmask list {case_id}`"
        raise MissingError(what, where=f"case {case_id}", todo=todo)
    return from_json(UnmaskRequest, data)
