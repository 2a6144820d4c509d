"""The gate for acts that concern no case: cameras, recordings, the presence index, the log's head, witnesses.

It decides as the gate of cases does, and knows nothing of cases: who indexes never comes near what describes people.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from casetrail.governance.acts import Act
from casetrail.governance.audit import Actor, AuditEvent, AuditLog
from casetrail.governance.may import Asked, build_context, check_may
from casetrail.governance.policy import Policy
from casetrail.model.errors import RefusedError

Counts = Mapping[str, int | float]


class DeskGate(Protocol):
    """What use cases ask before an act that concerns no case. Every `Gate` answers that, too."""

    def check(self, actor: Actor, act: Act, *, counts: Counts | None = None) -> AuditEvent:
        """The event of an act that may happen, for the write that does it and records it first.

        Raises RefusedError in one sentence.
        """

    def permit(self, actor: Actor, act: Act, *, counts: Counts | None = None) -> AuditEvent:
        """As `check`, with the event appended here. Raises IntegrityError when the log cannot be written."""


@dataclass(frozen=True)
class InstallationGate:
    """The gate for acts that concern no case; it opens neither the register of cases nor a vault."""

    audit_log: AuditLog
    policy: Policy
    now_us: Callable[[], int]

    def check(self, actor: Actor, act: Act, *, counts: Counts | None = None) -> AuditEvent:
        """The event of an act that may happen."""
        return decide(self.policy, Asked(actor, act, self.now_us()), counts)

    def permit(self, actor: Actor, act: Act, *, counts: Counts | None = None) -> AuditEvent:
        """As `check`, with the event appended."""
        event = self.check(actor, act, counts=counts)
        self.audit_log.record(event)
        return event


def counted(event: AuditEvent, counts: Counts) -> AuditEvent:
    """The event of a permitted act whose extent is known only as it is done."""
    return replace(event, counts=counts)


def decide(policy: Policy, asked: Asked, counts: Counts | None = None, basis: str = "") -> AuditEvent:
    """The invariants first, then the policy text; the event names the text that was asked."""
    check_may(asked)
    case_id = asked.case_id or None
    if not policy.permits(asked.actor, asked.act.value, case_id, build_context(asked)):
        where = asked.where or asked.act.value
        raise RefusedError("the policy of this installation does not permit it", where=where)
    return AuditEvent(asked.actor, asked.act.value, case_id, counts or {}, basis, policy.text_hash)
