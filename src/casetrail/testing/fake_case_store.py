"""CaseStore in memory: for tests of what uses a register of cases."""

from dataclasses import replace

from casetrail.governance.audit import AuditEvent, AuditLog
from casetrail.governance.case_store import CaseEntry
from casetrail.governance.cases import CaseState, check_transition
from casetrail.model.errors import MissingError, RefusedError, UsageError
from casetrail.testing.fake_audit_log import FakeAuditLog


class FakeCaseStore:
    """Keeps entries in a dictionary; every change is recorded in `audit_log` first."""

    def __init__(self, audit_log: AuditLog | None = None) -> None:
        self._audit_log = audit_log or FakeAuditLog()
        self._entries: dict[str, CaseEntry] = {}

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
        return self._entries[case_id]

    def erase_case(self, case_id: str, *, audit: AuditEvent) -> CaseEntry:
        """Make a closing case erased."""
        return self.change_state(case_id, CaseState.CLOSING, CaseState.ERASED, audit=audit)
