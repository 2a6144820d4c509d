"""Port: the case vault. Everything that describes a case lives here, under that case's own key."""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from casetrail.governance.audit import AuditEvent

VERSION = "vault_version"  # count of a write's audit event: which version of the case's vault it makes


class CaseVault(Protocol):
    """Encrypted records of cases, each bound to its case, kind and id so that none can stand in for another."""

    def create_case(self, case_id: str, *, audit: AuditEvent) -> None:
        """Make the case's data key. Raises UsageError when the case has one."""

    def write_records(self, case_id: str, kind: str, records: Mapping[str, bytes], *, audit: AuditEvent) -> None:
        """Store records by id, replacing earlier ones of the same kind and id; all or none.

        Raises MissingError when the case has no key.
        """

    def read_records(self, case_id: str, kind: str) -> dict[str, bytes]:
        """Every record of a kind by id. Raises MissingError when the key is gone, IntegrityError when changed."""

    def read_secret(self, case_id: str, purpose: str) -> bytes:
        """32 bytes that follow from the case's key and the purpose, and cannot be had once that key is destroyed.

        Raises MissingError when the case has no key.
        """

    def change_key(self, *, audit: AuditEvent, passphrase: Path | None = None) -> int:
        """Exchange the key that wraps the keys of all cases; returns how many cases there are.

        `passphrase`: file with what protects the new key, None for none. An exchange that was cut off is finished by
        the next; until then nothing becomes unreadable. Afterwards the old key opens nothing.
        """

    def read_version(self, case_id: str) -> int:
        """How many writes the case's vault has seen; the event of each names it, so that the log knows the last one.

        Raises MissingError when the case has no key.
        """

    def has_case(self, case_id: str) -> bool:
        """Whether the case has a readable key."""

    def verify_case(self, case_id: str) -> int:
        """Read everything of a case; returns the number of records. Raises IntegrityError naming the first fault."""

    def erase_case(self, case_id: str, *, audit: AuditEvent) -> int:
        """Destroy the wrapped key, then the files; returns how many records went. MissingError without a vault."""
