"""CaseStore in memory: for tests of what uses a register of cases."""

from dataclasses import replace

from casetrail.governance.access import check_working
from casetrail.governance.audit import AuditEvent, AuditLog
from casetrail.governance.case_store import CaseEntry, Hold, Standing
from casetrail.governance.cases import GRANTABLE, CaseState, check_transition
from casetrail.governance.grants import GrantEntry, RequestEntry
from casetrail.governance.orders import Order
from casetrail.model.errors import MissingError, RefusedError, UsageError
from casetrail.testing.fake_audit_log import FakeAuditLog


class FakeCaseStore:
    """Keeps entries in dictionaries; every change is recorded in `audit_log` first."""

    def __init__(self, audit_log: AuditLog | None = None) -> None:
        self._audit_log = audit_log or FakeAuditLog()
        self._entries: dict[str, CaseEntry] = {}
        self._orders: dict[str, Order] = {}
        self._requests: dict[str, RequestEntry] = {}
        self._grants: dict[str, GrantEntry] = {}
        self._views: dict[str, int] = {}
        self._holds: dict[str, Hold] = {}

    def add_case(self, entry: CaseEntry, *, audit: AuditEvent) -> None:
        """Add a case. Raises UsageError when the id is taken."""
        if entry.case_id in self._entries:
            raise UsageError("there is a case with this id already", where=f"case {entry.case_id}")
        self._audit_log.record(audit)
        self._entries[entry.case_id] = entry

    def read_case(self, case_id: str) -> CaseEntry:
        """One case. Raises MissingError when there is none."""
        if case_id not in self._entries:
            raise MissingError("there is no such case", where=f"case {case_id}")
        return self._entries[case_id]

    def read_standing(self, case_id: str) -> Standing:
        """A case with its latest grant and every order."""
        grants = self.read_grants(case_id)
        grant = grants[-1] if grants else None
        request = self._requests.get(grant.request_id) if grant is not None else None
        return Standing(self.read_case(case_id), self.read_orders(), grant, request)

    def read_cases(self) -> tuple[CaseEntry, ...]:
        """Every case, by id."""
        return tuple(self._entries[case_id] for case_id in sorted(self._entries))

    def change_state(self, case_id: str, before: CaseState, after: CaseState, *, audit: AuditEvent) -> CaseEntry:
        """Move a case from `before` to `after`; RefusedError when it is elsewhere or may not go there."""
        entry = self.read_case(case_id)
        if entry.state is not before:
            raise RefusedError(f"the case is {entry.state}, not {before}", where=f"case {case_id}")
        check_transition(case_id, before, after)
        self._audit_log.record(audit)
        self._entries[case_id] = replace(entry, state=after)
        if after not in GRANTABLE:
            self._grants = {key: each for key, each in self._grants.items() if each.case_id != case_id}
        return self._entries[case_id]

    def erase_case(self, case_id: str, *, audit: AuditEvent) -> CaseEntry:
        """Make a closing case erased; its requests go."""
        entry = self.change_state(case_id, CaseState.CLOSING, CaseState.ERASED, audit=audit)
        self._requests = {key: each for key, each in self._requests.items() if each.case_id != case_id}
        self._views.pop(case_id, None)
        return entry

    def add_order(self, order: Order, *, audit: AuditEvent) -> None:
        """Keep an order. Raises UsageError when one of this id is there."""
        if order.order_id in self._orders:
            raise UsageError("there is an order with this id already", where=f"order {order.order_id}")
        self._audit_log.record(audit)
        self._orders[order.order_id] = order

    def read_orders(self) -> tuple[Order, ...]:
        """Every order, by id."""
        return tuple(self._orders[order_id] for order_id in sorted(self._orders))

    def add_request(self, entry: RequestEntry, *, audit: AuditEvent) -> None:
        """Put a request down, unless its id is taken or the case can be granted nothing."""
        self._check_grantable(entry.case_id)
        if entry.request_id in self._requests:
            raise UsageError("there is a request with this id already", where=f"request {entry.request_id}")
        self._audit_log.record(audit)
        self._requests[entry.request_id] = entry

    def read_requests(self, case_id: str) -> tuple[RequestEntry, ...]:
        """Requests of a case in the order they were added."""
        self.read_case(case_id)
        return tuple(each for each in self._requests.values() if each.case_id == case_id)

    def add_grant(self, entry: GrantEntry, *, audit: AuditEvent) -> CaseEntry:
        """Grant a request once, by somebody else than who asked; a draft becomes authorised."""
        case = self._check_grantable(entry.case_id)
        asked = self._requests.get(entry.request_id)
        if asked is None or asked.case_id != entry.case_id:
            raise MissingError("there is no such request", where=f"request {entry.request_id}")
        if asked.requester == entry.approver:
            raise RefusedError("granting needs another person than who asked", where=f"request {entry.request_id}")
        if any(each.request_id == entry.request_id for each in self._grants.values()):
            raise RefusedError("this request was granted before", where=f"request {entry.request_id}")
        self._audit_log.record(audit)
        self._grants[entry.grant_id] = entry
        state = CaseState.AUTHORISED if case.state is CaseState.DRAFT else case.state
        self._entries[case.case_id] = replace(case, state=state)
        return self._entries[case.case_id]

    def read_grants(self, case_id: str) -> tuple[GrantEntry, ...]:
        """Grants of a case in the order they were added."""
        self.read_case(case_id)
        return tuple(each for each in self._grants.values() if each.case_id == case_id)

    def change_due(self, case_id: str, due_us: int, *, audit: AuditEvent) -> CaseEntry:
        """Move the due date of a case earlier."""
        entry = self.read_case(case_id)
        if due_us > entry.due_us or entry.state is CaseState.ERASED:
            raise RefusedError("a due date only moves earlier", where=f"case {case_id}")
        self._audit_log.record(audit)
        self._entries[case_id] = replace(entry, due_us=due_us)
        return self._entries[case_id]

    def change_views(self, case_id: str, by: int, most: int, *, audit: AuditEvent) -> int:
        """Count views, within the budget and while somebody may work on the case."""
        entry, after = self.read_case(case_id), max(0, self._views.get(case_id, 0) + by)
        if by > 0:
            check_working(case_id, entry.state)
            if after > most:
                raise RefusedError(f"{by} more views would go beyond the {most} of the scope", where=f"case {case_id}")
        self._audit_log.record(audit)
        self._views[case_id] = after
        return after

    def read_views(self, case_id: str) -> int:
        """How many views of a case are counted."""
        self.read_case(case_id)
        return self._views.get(case_id, 0)

    def set_hold(self, hold: Hold, *, audit: AuditEvent) -> None:
        """Put a thing under legal hold."""
        if hold.thing in self._holds:
            raise UsageError("this is under legal hold already", where=hold.thing)
        self._audit_log.record(audit)
        self._holds[hold.thing] = hold

    def remove_hold(self, thing: str, *, audit: AuditEvent) -> None:
        """End a legal hold."""
        if thing not in self._holds:
            raise MissingError("there is no legal hold on this", where=thing)
        self._audit_log.record(audit)
        del self._holds[thing]

    def read_holds(self) -> tuple[Hold, ...]:
        """Every legal hold, by thing."""
        return tuple(self._holds[thing] for thing in sorted(self._holds))

    def _check_grantable(self, case_id: str) -> CaseEntry:
        case = self.read_case(case_id)
        if case.state not in GRANTABLE:
            raise RefusedError(f"nothing may be asked or granted while a case is {case.state}", where=f"case {case_id}")
        return case
