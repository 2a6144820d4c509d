"""Port: the register of cases. It knows pseudonyms, states and due dates; what describes a case is in its vault."""

from dataclasses import dataclass
from typing import Protocol

from casetrail.governance.audit import AuditEvent
from casetrail.governance.cases import CaseState


@dataclass(frozen=True)
class CaseEntry:
    """A case in the register. `due_us`: UTC by which it must be closed and erased."""

    case_id: str
    state: CaseState
    due_us: int


class CaseStore(Protocol):
    """Register of cases. Each change records its event first; when that fails, nothing changes."""

    def add_case(self, entry: CaseEntry, *, audit: AuditEvent) -> None:
        """Add a case. Raises UsageError when the id is taken."""

    def read_case(self, case_id: str) -> CaseEntry:
        """One case. Raises MissingError when there is none."""

    def read_cases(self) -> tuple[CaseEntry, ...]:
        """Every case, by id."""

    def change_state(self, case_id: str, before: CaseState, after: CaseState, *, audit: AuditEvent) -> CaseEntry:
        """Move a case from `before` to `after`, unless somebody else moved it meanwhile.

        Raises RefusedError when the case is not in `before` or may not become `after`, MissingError when
        there is no such case.
        """

    def erase_case(self, case_id: str, *, audit: AuditEvent) -> CaseEntry:
        """Make a closing case erased and leave no removed row readable in the files of the store.

        Only the pseudonym and the state stay. Raises RefusedError when the case is not closing.
        """
