"""Approving a request: a second person grants it, for a day at most (PIPA 29, Enforcement Decree 30)."""

from casetrail.app.case_ports import CasePorts
from casetrail.app.case_records import read_case_file, read_request, write_grant
from casetrail.app.gate import part_of
from casetrail.app.open_case import count_scope
from casetrail.app.request_access import find_request
from casetrail.governance.acts import Act
from casetrail.governance.audit import Actor
from casetrail.governance.grants import LONGEST_HOURS, Grant, GrantEntry, new_grant_id
from casetrail.model.errors import UsageError
from casetrail.model.time import SECOND_US, UtcInterval


def approve_request(
    ports: CasePorts, case_id: str, request_id: str, actor: Actor, now_us: int, *, hours: float = LONGEST_HOURS
) -> Grant:
    """Grant a request from now on for `hours`; a draft becomes authorised. The latest grant sets the case's scope.

    Raises RefusedError when the actor asked for it or has no role to grant, when it was granted before, or without
    an order in force; MissingError when there is no such request, UsageError for more than a day.
    """
    if not 0 < hours <= LONGEST_HOURS:
        raise UsageError(f"a grant holds for at most {LONGEST_HOURS} hours", where=f"case {case_id}")
    entry = find_request(ports, case_id, request_id)
    event = ports.gate.check(actor, Act.CASE_APPROVE, case_id, requester=entry.requester)
    file = read_case_file(ports.store, ports.vault, case_id)
    request = read_request(ports.vault, entry, file.salt)
    valid = UtcInterval(now_us, now_us + round(hours * 3600 * SECOND_US))
    grant = GrantEntry(new_grant_id(), case_id, request_id, actor.actor_id, valid)
    counts = {**count_scope(request.scope), "hours_valid": hours}
    write_grant(ports.vault, grant, audit=part_of(event, "case.describe_grant"))
    ports.store.add_grant(grant, audit=part_of(event, event.act, counts))
    return Grant(grant, entry.requester, request)
