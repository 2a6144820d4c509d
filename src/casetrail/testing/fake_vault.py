"""CaseVault in memory, without encryption: for tests of what uses a vault."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from casetrail.governance.audit import AuditEvent, AuditLog
from casetrail.model.errors import MissingError, UsageError
from casetrail.sightings.vault import VERSION
from casetrail.testing.fake_audit_log import FakeAuditLog


class FakeVault:
    """Keeps records in dictionaries by case and kind; every change is recorded in `audit_log` first."""

    def __init__(self, audit_log: AuditLog | None = None) -> None:
        self._audit_log = audit_log or FakeAuditLog()
        self._cases: dict[str, dict[str, dict[str, bytes]]] = {}
        self._versions: dict[str, int] = {}

    def create_case(self, case_id: str, *, audit: AuditEvent) -> None:
        """Make room for a case. Raises UsageError when there is some."""
        if case_id in self._cases:
            raise UsageError("this case has a vault already", where=f"case {case_id}")
        self._audit_log.record(audit)
        self._cases[case_id] = {}

    def write_records(self, case_id: str, kind: str, records: Mapping[str, bytes], *, audit: AuditEvent) -> None:
        """Store records by id, replacing earlier ones of the same kind and id."""
        held, version = self._held(case_id), self._versions.get(case_id, 0) + bool(records)
        self._audit_log.record(replace(audit, counts={**audit.counts, VERSION: version}))
        held.setdefault(kind, {}).update(records)
        self._versions[case_id] = version

    def read_records(self, case_id: str, kind: str) -> dict[str, bytes]:
        """Every record of a kind by id."""
        return dict(self._held(case_id).get(kind, {}))

    def read_secret(self, case_id: str, purpose: str) -> bytes:
        """Bytes that follow from the case's id and the purpose."""
        self._held(case_id)
        return hashlib.sha256(f"{case_id} {purpose}".encode()).digest()

    def change_key(self, *, audit: AuditEvent, passphrase: Path | None = None) -> int:  # noqa: ARG002
        """There is no key to exchange; how many cases there are."""
        self._audit_log.record(audit)
        return len(self._cases)

    def read_version(self, case_id: str) -> int:
        """How many writes there were."""
        self._held(case_id)
        return self._versions.get(case_id, 0)

    def has_case(self, case_id: str) -> bool:
        """Whether the case is there."""
        return case_id in self._cases

    def verify_case(self, case_id: str) -> int:
        """The number of records; nothing can change in memory."""
        return sum(len(records) for records in self._held(case_id).values())

    def erase_case(self, case_id: str, *, audit: AuditEvent) -> int:
        """Forget the case; returns how many records went."""
        went = self.verify_case(case_id)
        self._audit_log.record(audit)
        del self._cases[case_id]
        self._versions.pop(case_id, None)
        return went

    def _held(self, case_id: str) -> dict[str, dict[str, bytes]]:
        if case_id not in self._cases:
            raise MissingError("this case has no key: it was erased, or never opened here", where=f"case {case_id}")
        return self._cases[case_id]
