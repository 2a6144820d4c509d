"""A small office under real governance: fake stores, a real gate, an authority that signs, and three people."""

from collections.abc import Callable
from dataclasses import dataclass

from casetrail.app.approve_request import approve_request
from casetrail.app.case_ports import CasePorts
from casetrail.app.gate import CaseGate
from casetrail.app.order_import import OrderPorts
from casetrail.app.request_access import AS_OPENED, RequestPorts, ScopeWish, request_access
from casetrail.governance.audit import Actor, AuditEvent, Role
from casetrail.governance.grants import Grant
from casetrail.governance.orders import AlertLevel, Order, sign_order
from casetrail.governance.policy import Policy
from casetrail.model.time import SECOND_US, UtcInterval
from casetrail.testing.fake_audit_log import FakeAuditLog
from casetrail.testing.fake_authority_keys import FakeAuthorityKeys
from casetrail.testing.fake_case_store import FakeCaseStore
from casetrail.testing.fake_catalogue import FakeCatalogue
from casetrail.testing.fake_policy import FakePolicy
from casetrail.testing.fake_presence_index import FakePresenceIndex
from casetrail.testing.fake_vault import FakeVault

INVESTIGATOR = Actor("office-investigator", Role.INVESTIGATOR)
SUPERVISOR = Actor("office-supervisor", Role.SUPERVISOR)
PRIVACY_OFFICER = Actor("office-privacy-officer", Role.PRIVACY_OFFICER)
ADMINISTRATOR = Actor("office-administrator", Role.ADMINISTRATOR)
DAY_US = 86_400 * SECOND_US


def stage_order(authority: FakeAuthorityKeys, disease: str, start_us: int, *, days: float = 30) -> Order:
    """A signed order for a disease, from a moment on."""
    valid = UtcInterval(start_us, start_us + round(days * DAY_US))
    order = Order("ORDER-1", disease, AlertLevel.ALERT, "IDCPA 18, 76-2", valid)
    return sign_order(order, authority)


@dataclass(frozen=True)
class StagedOffice:
    """Ports under a real gate. Time is what `now_us` says."""

    ports: CasePorts
    audit_log: FakeAuditLog
    authority: FakeAuthorityKeys
    requests: RequestPorts
    orders: OrderPorts
    now_us: Callable[[], int]

    def grant(self, case_id: str, wish: ScopeWish = AS_OPENED, written_order: str = "WO-1") -> Grant:
        """A request by the investigator, approved by the supervisor."""
        asked = request_access(
            self.requests, case_id, INVESTIGATOR, self.now_us(), wish=wish, written_order=written_order
        )
        return approve_request(self.ports, case_id, asked.entry.request_id, SUPERVISOR, self.now_us())


def stage_office(
    now_us: Callable[[], int],
    *,
    disease: str = "measles",
    policy: Policy | None = None,
    check_witness: Callable[[], None] = lambda: None,
) -> StagedOffice:
    """An office with an order in force for a disease from a day ago on; without a case."""
    log = FakeAuditLog()
    authority = FakeAuthorityKeys(audit_log=log)
    store, vault = FakeCaseStore(log), FakeVault(log)
    gate = CaseGate(store, vault, log, authority, policy or FakePolicy(), now_us, check_witness)
    ports = CasePorts(store, vault, log, gate)
    order = stage_order(authority, disease, now_us() - DAY_US)
    store.add_order(order, audit=AuditEvent(ADMINISTRATOR, "stage"))
    requests = RequestPorts(ports, FakeCatalogue(), FakePresenceIndex())
    return StagedOffice(ports, log, authority, requests, OrderPorts(ports, authority), now_us)
