"""Suspending a case, and going on: no work while an order has ended, consent is gone, or an objection is examined."""

from enum import StrEnum

from casetrail.app.case_ports import CasePorts
from casetrail.app.case_records import read_case
from casetrail.app.gate import part_of
from casetrail.governance.access import WORKING
from casetrail.governance.acts import Act
from casetrail.governance.audit import Actor
from casetrail.governance.case_store import CaseEntry
from casetrail.governance.cases import CaseState


class Cause(StrEnum):
    """Why a case is suspended."""

    ORDER_ENDED = "order ended"
    CONSENT_WITHDRAWN = "consent withdrawn"
    OBJECTION = "objection"


def suspend_case(ports: CasePorts, case_id: str, cause: Cause, actor: Actor) -> CaseEntry:
    """Stop the work on a case; its grants end with that. Raises RefusedError when nobody works on it."""
    event = ports.gate.check(actor, Act.CASE_SUSPEND, case_id)
    event = part_of(event, event.act, {cause.replace(" ", "_"): 1})
    return ports.store.change_state(case_id, ports.store.read_case(case_id).state, CaseState.SUSPENDED, audit=event)


def resume_case(ports: CasePorts, case_id: str, actor: Actor) -> CaseEntry:
    """Let the work go on, under a new grant. Raises RefusedError without an order in force or a legal basis."""
    event = ports.gate.check(actor, Act.CASE_RESUME, case_id)
    return ports.store.change_state(case_id, CaseState.SUSPENDED, CaseState.TRACING, audit=event)


def suspend_where_order_ended(ports: CasePorts, actor: Actor) -> tuple[str, ...]:
    """Suspend every case in work for whose disease no order is in force; returns which. For the scheduler."""
    suspended = []
    for entry in ports.store.read_cases():
        if entry.state in WORKING and not ports.gate.has_order(
            read_case(ports.store, ports.vault, entry.case_id).disease
        ):
            suspend_case(ports, entry.case_id, Cause.ORDER_ENDED, actor)
            suspended.append(entry.case_id)
    return tuple(suspended)
