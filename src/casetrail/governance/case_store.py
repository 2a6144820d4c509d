"""Port: the register of cases. It knows pseudonyms, states and due dates; what describes a case is in its vault."""

from dataclasses import dataclass
from typing import Protocol

from casetrail.governance.audit import AuditEvent
from casetrail.governance.cases import CaseState
from casetrail.governance.grants import GrantEntry, RequestEntry
from casetrail.governance.orders import Order


@dataclass(frozen=True)
class CaseEntry:
    """A case in the register. `due_us`: UTC by which it must be closed and erased."""

    case_id: str
    state: CaseState
    due_us: int


@dataclass(frozen=True)
class Hold:
    """A legal hold: why a thing stays beyond its due date. `thing`: such as `case C-7K3F-M2QD` or `day 2026-03-02`."""

    thing: str
    basis: str
    since_us: int
    actor_id: str


@dataclass(frozen=True)
class Standing:
    """All that the register knows for deciding on an act: the case, every order, its latest grant and that request."""

    entry: CaseEntry
    orders: tuple[Order, ...] = ()
    grant: GrantEntry | None = None
    request: RequestEntry | None = None


class CaseStore(Protocol):
    """Register of cases. Each change records its event first; when that fails, nothing changes."""

    def add_case(self, entry: CaseEntry, *, audit: AuditEvent) -> None:
        """Add a case. Raises UsageError when the id is taken."""

    def read_case(self, case_id: str) -> CaseEntry:
        """One case. Raises MissingError when there is none."""

    def read_standing(self, case_id: str) -> Standing:
        """A case with its latest grant and every order, in one reading. Raises MissingError when there is none."""

    def read_cases(self) -> tuple[CaseEntry, ...]:
        """Every case, by id."""

    def change_state(self, case_id: str, before: CaseState, after: CaseState, *, audit: AuditEvent) -> CaseEntry:
        """Move a case from `before` to `after`, unless somebody else moved it meanwhile.

        Grants of a case that becomes suspended, closing or erased are gone with that change.
        Raises RefusedError when the case is not in `before` or may not become `after`, MissingError when
        there is no such case.
        """

    def erase_case(self, case_id: str, *, audit: AuditEvent) -> CaseEntry:
        """Make a closing case erased and leave no removed row readable in the files of the store.

        Only the pseudonym and the state stay; requests and grants go. Raises RefusedError when the case is not closing.
        """

    def add_order(self, order: Order, *, audit: AuditEvent) -> None:
        """Keep an order. Raises UsageError when one of this id is there."""

    def read_orders(self) -> tuple[Order, ...]:
        """Every order, by id, as it was added: whether its signature holds is for the reader to check."""

    def add_request(self, entry: RequestEntry, *, audit: AuditEvent) -> None:
        """Put a request down. Raises UsageError when its id is taken, MissingError when there is no such case.

        Raises RefusedError when the case is suspended, closing or erased.
        """

    def read_requests(self, case_id: str) -> tuple[RequestEntry, ...]:
        """Requests of a case in the order they were added. Raises MissingError when there is no such case."""

    def add_grant(self, entry: GrantEntry, *, audit: AuditEvent) -> CaseEntry:
        """Grant a request; a draft becomes authorised in the same change. Returns the case as it stands then.

        Raises MissingError when the case or its request is not there; RefusedError when the request was granted
        before, when whoever grants it also asked for it, or when the case is suspended, closing or erased.
        """

    def read_grants(self, case_id: str) -> tuple[GrantEntry, ...]:
        """Grants of a case in the order they were added. Raises MissingError when there is no such case."""

    def change_due(self, case_id: str, due_us: int, *, audit: AuditEvent) -> CaseEntry:
        """Move the due date of a case earlier. Raises RefusedError for a later one, or for an erased case."""

    def change_views(self, case_id: str, by: int, most: int, *, audit: AuditEvent) -> int:
        """Count `by` views more (fewer when negative) as described or about to be; returns the count, never below 0.

        Counting and checking are one step, so that two who open at once never go beyond `most` together. Raises
        RefusedError when more would go beyond it or nobody may work on the case, MissingError without such a case.
        """

    def read_views(self, case_id: str) -> int:
        """How many views of a case are counted. Raises MissingError when there is no such case."""

    def set_hold(self, hold: Hold, *, audit: AuditEvent) -> None:
        """Put a thing under legal hold. Raises UsageError when it is under one."""

    def remove_hold(self, thing: str, *, audit: AuditEvent) -> None:
        """End a legal hold. Raises MissingError when there is none."""

    def read_holds(self) -> tuple[Hold, ...]:
        """Every legal hold, by thing."""
