"""Audit events: who did what, on which case, under which paper. They hold no personal data.

The event of an act is appended before the act; when appending fails, the act does not happen. Every
state-changing method of a port takes `audit: AuditEvent` so that no write can forget its event.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from casetrail.governance.proofs import ConsistencyProof, InclusionProof

PURPOSE = "infectious-disease investigation"  # IDCPA 76-2(6); fixed in code, no field changes it


class Role(StrEnum):
    """The capacity in which an actor acts."""

    INVESTIGATOR = "investigator"
    SUPERVISOR = "supervisor"
    PRIVACY_OFFICER = "privacy_officer"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


@dataclass(frozen=True)
class Actor:
    """Somebody who acts: a pseudonymous id of the account and the role."""

    actor_id: str
    role: Role


@dataclass(frozen=True)
class AuditEvent:
    """One act. `act` is a verb phrase such as `trace.run`; `counts` are numbers that describe its extent."""

    actor: Actor
    act: str
    case_id: str | None = None
    counts: Mapping[str, int | float] = field(default_factory=dict)
    basis: str = ""  # the document that allows it, as a reference number's hash, never its text
    policy: str = ""  # hash of the policy text in force when the act was allowed


@dataclass(frozen=True)
class RecordedEvent:
    """An event as it stands in the log: its place and moment; its leaf hash and the root after it, hexadecimal."""

    index: int
    utc_us: int
    event: AuditEvent
    leaf_hash: str
    root_hash: str = ""


@dataclass(frozen=True)
class LogHead:
    """How many events a log holds, and the root of its tree (hexadecimal)."""

    size: int
    root_hash: str


class AuditLog(Protocol):
    """Append-only log of audit events, hashed into a Merkle tree (RFC 9162)."""

    def record(self, event: AuditEvent) -> RecordedEvent:
        """Append the event durably, before the act that it describes. Raises IntegrityError when it cannot."""

    def read_events(self, case_id: str | None = None) -> Iterator[RecordedEvent]:
        """Every event in order, of one case when named."""

    def read_head(self) -> LogHead:
        """The tree as it stands now."""

    def read_root(self, size: int) -> str:
        """Root of the tree of the first `size` events, hexadecimal. Raises IntegrityError when there are fewer."""

    def read_leaf(self, index: int) -> bytes:
        """The bytes of an event as they were hashed. Raises IntegrityError when there is no such event."""

    def prove_inclusion(self, index: int, size: int | None = None) -> InclusionProof:
        """That an event is in the tree of the first `size` events; of all when not given."""

    def prove_consistency(self, old_size: int, size: int | None = None) -> ConsistencyProof:
        """That the tree of the first `size` events continues that of `old_size`."""

    def read_checkpoint(self) -> str | None:
        """The newest checkpoint that was published, as signed text; None when none was."""

    def read_checkpoints(self) -> tuple[str, ...]:
        """Every checkpoint that was published, oldest first."""

    def add_checkpoint(self, size: int, text: str) -> None:
        """Keep a checkpoint of the first `size` events; one of the same size is replaced, as countersigning does.

        One that is there with further signatures stays: publishing again does not take a countersignature away.
        """

    def verify(self) -> int:
        """Recompute the whole tree; returns the number of events. Raises IntegrityError naming the first fault."""
