"""Gate that refuses nothing and records everything: for tests of what comes after it."""

from casetrail.app.desk_gate import Counts
from casetrail.governance.acts import Act
from casetrail.governance.audit import Actor, AuditEvent, AuditLog
from casetrail.governance.cases import LegalBasis


class FakeGate:
    """Permits every act and appends its event to `audit_log`; `asked` keeps what was asked, in order."""

    def __init__(self, audit_log: AuditLog) -> None:
        self._audit_log = audit_log
        self.asked: list[tuple[Act, str | LegalBasis]] = []

    def check(
        self, actor: Actor, act: Act, case_id: str | None = None, counts: Counts | None = None, *, requester: str = ""
    ) -> AuditEvent:
        """The event of the act."""
        self.asked.append((act, requester))
        return AuditEvent(actor, act.value, case_id, counts or {}, "a document" if case_id else "")

    def check_opening(self, actor: Actor, disease: str, basis: LegalBasis) -> AuditEvent:
        """The event of opening a case."""
        self.asked.append((Act.CASE_OPEN, basis))
        return AuditEvent(actor, Act.CASE_OPEN.value, counts={} if self.has_order(disease) else {"order": 0})

    def permit(
        self, actor: Actor, act: Act, case_id: str | None = None, counts: Counts | None = None, *, requester: str = ""
    ) -> AuditEvent:
        """The event of the act, appended."""
        event = self.check(actor, act, case_id, counts, requester=requester)
        self._audit_log.record(event)
        return event

    def has_order(self, disease: str) -> bool:
        """There is one for every disease."""
        return bool(disease)
