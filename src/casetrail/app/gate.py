"""The gate: every act on a case passes it, looking included. It asks, records, and only then lets the act happen.

First the invariants in Python (`governance.may`), then the policy text, which can only take away; then the event is
appended to the audit log. When any of them fails the act is refused, and nothing was done.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Protocol

from casetrail.app.case_records import CaseFile, build_case_file, read_consent
from casetrail.app.desk_gate import Counts, decide
from casetrail.governance.acts import RULES, Act, Need
from casetrail.governance.audit import Actor, AuditEvent, AuditLog
from casetrail.governance.case_store import CaseStore, Standing
from casetrail.governance.cases import CaseState, LegalBasis, Method
from casetrail.governance.consent import ConsentRecord
from casetrail.governance.may import Asked
from casetrail.governance.orders import AuthorityKeys, Order, find_order
from casetrail.governance.policy import Policy
from casetrail.sightings.vault import CaseVault


class Gate(Protocol):
    """What use cases ask before they act."""

    def check(
        self, actor: Actor, act: Act, case_id: str | None = None, counts: Counts | None = None, *, requester: str = ""
    ) -> AuditEvent:
        """The event of an act that may happen, for the write that does it and records it first.

        `requester`: who asked for what is about to be approved. Raises RefusedError in one sentence, MissingError
        when there is no such case.
        """

    def check_opening(self, actor: Actor, disease: str, basis: LegalBasis) -> AuditEvent:
        """The event of opening a case that is not there yet. Raises RefusedError."""

    def permit(
        self, actor: Actor, act: Act, case_id: str | None = None, counts: Counts | None = None, *, requester: str = ""
    ) -> AuditEvent:
        """As `check`, for an act that only looks, or writes in several steps: its event is appended here.

        Raises IntegrityError when the log cannot be written.
        """

    def has_order(self, disease: str) -> bool:
        """Whether an order for this disease is in force."""


@dataclass(frozen=True)
class CaseGate:
    """The gate of an installation. `check_witness` raises RefusedError when no witness has seen the log lately."""

    store: CaseStore
    vault: CaseVault
    audit_log: AuditLog
    keys: AuthorityKeys
    policy: Policy
    now_us: Callable[[], int]
    check_witness: Callable[[], None]
    files: dict[tuple[str, str], CaseFile] = field(default_factory=dict, repr=False)

    def check(
        self, actor: Actor, act: Act, case_id: str | None = None, counts: Counts | None = None, *, requester: str = ""
    ) -> AuditEvent:
        """The event of an act that may happen."""
        if case_id is None:
            return self._decide(Asked(actor, act, self.now_us()), counts, "")
        asked, basis = self._gather(actor, act, case_id)
        return self._decide(replace(asked, requester=requester), counts, basis)

    def check_opening(self, actor: Actor, disease: str, basis: LegalBasis) -> AuditEvent:
        """The event of opening a case that is not there yet."""
        asked = Asked(actor, Act.CASE_OPEN, self.now_us(), basis=basis, order=self._order(disease))
        return self._decide(asked, None, "")

    def permit(
        self, actor: Actor, act: Act, case_id: str | None = None, counts: Counts | None = None, *, requester: str = ""
    ) -> AuditEvent:
        """As `check`, with the event appended."""
        event = self.check(actor, act, case_id, counts, requester=requester)
        self.audit_log.record(event)
        return event

    def has_order(self, disease: str) -> bool:
        """Whether an order for this disease is in force."""
        return self._order(disease) is not None

    def _decide(self, asked: Asked, counts: Counts | None, basis: str) -> AuditEvent:
        event = decide(self.policy, asked, counts, basis)
        if Need.WITNESS in RULES[asked.act].needs:
            self.check_witness()
        return event

    def _gather(self, actor: Actor, act: Act, case_id: str) -> tuple[Asked, str]:
        """What there is to decide by, and the commitment to the document; little of a case that is erased."""
        standing = self.store.read_standing(case_id)
        state = standing.entry.state
        asked = Asked(actor, act, self.now_us(), case_id, state)
        if act is Act.CASE_CLOSE or state in (CaseState.CLOSING, CaseState.ERASED):
            return asked, ""
        file = self._file(standing)
        order = find_order(standing.orders, self.keys, file.case.disease, asked.now_us)
        asked = replace(asked, basis=file.case.legal_basis, order=order)
        return replace(asked, grant=file.grant, consent=self._consent(file, act)), file.basis

    def _file(self, standing: Standing) -> CaseFile:
        """What a case is and what was granted never change: read from the vault once; where it stands, each time."""
        key = (standing.entry.case_id, standing.grant.grant_id if standing.grant else "")
        if key not in self.files:
            self.files[key] = build_case_file(self.vault, standing)
        return self.files[key]

    def _consent(self, file: CaseFile, act: Act) -> ConsentRecord | None:
        """Read only where something may rest on it."""
        rests = file.grant is not None and file.grant.scope.method is Method.CLOTHING_AND_FACE
        return read_consent(self.vault, file.case.case_id) if rests or Need.CONSENT in RULES[act].needs else None

    def _order(self, disease: str) -> Order | None:
        return find_order(self.store.read_orders(), self.keys, disease, self.now_us())


def part_of(event: AuditEvent, act: str, counts: Counts | None = None) -> AuditEvent:
    """The event of a step of a permitted act: the same actor, case, basis and policy."""
    return replace(event, act=act, counts=counts or {})
