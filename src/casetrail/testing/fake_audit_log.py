"""AuditLog in memory: the same hashes as the real one, and a switch that makes appending fail."""

from collections.abc import Iterator

from casetrail.governance.audit import AuditEvent, LogHead, RecordedEvent
from casetrail.governance.audit_codec import encode_event
from casetrail.governance.merkle import Frontier, leaf_hash, tree_root
from casetrail.governance.proofs import ConsistencyProof, InclusionProof, prove_consistency, prove_inclusion
from casetrail.model.errors import IntegrityError


class FakeAuditLog:
    """Keeps events in a list. While `failing` is set, nothing can be recorded. Its clock ticks once an event."""

    def __init__(self) -> None:
        self.recorded: list[RecordedEvent] = []
        self.failing = False
        self._frontier = Frontier()
        self._leaves: list[bytes] = []
        self._checkpoints: dict[int, str] = {}

    @property
    def acts(self) -> list[str]:
        """The acts in order, for tests that ask what came first."""
        return [recorded.event.act for recorded in self.recorded]

    def record(self, event: AuditEvent) -> RecordedEvent:
        """Append the event, unless `failing`."""
        if self.failing:
            raise IntegrityError("the audit log cannot be written; nothing was done")
        index = len(self.recorded)
        data = encode_event(index, index, event)
        self._frontier = self._frontier.appended(leaf_hash(data))
        self._leaves.append(data)
        recorded = RecordedEvent(index, index, event, leaf_hash(data).hex(), self._frontier.root.hex())
        self.recorded.append(recorded)
        return recorded

    def read_events(self, case_id: str | None = None) -> Iterator[RecordedEvent]:
        """Every event in order, of one case when named."""
        return iter([item for item in self.recorded if case_id is None or item.event.case_id == case_id])

    def read_head(self) -> LogHead:
        """The tree as it stands now."""
        return LogHead(len(self.recorded), self._frontier.root.hex())

    def read_root(self, size: int) -> str:
        """Root of the tree of the first `size` events."""
        return tree_root(self._hashes(size)).hex()

    def read_leaf(self, index: int) -> bytes:
        """The bytes of an event as they were hashed."""
        if not 0 <= index < len(self._leaves):
            raise IntegrityError(f"there is no event {index}")
        return self._leaves[index]

    def prove_inclusion(self, index: int, size: int | None = None) -> InclusionProof:
        """That an event is in the tree of the first `size` events."""
        return prove_inclusion(self._hashes(size), index)

    def prove_consistency(self, old_size: int, size: int | None = None) -> ConsistencyProof:
        """That the tree of the first `size` events continues that of `old_size`."""
        return prove_consistency(self._hashes(size), old_size)

    def read_checkpoint(self) -> str | None:
        """The newest checkpoint that was published."""
        return self._checkpoints[max(self._checkpoints)] if self._checkpoints else None

    def read_checkpoints(self) -> tuple[str, ...]:
        """Every checkpoint that was published, oldest first."""
        return tuple(self._checkpoints[size] for size in sorted(self._checkpoints))

    def add_checkpoint(self, size: int, text: str) -> None:
        """Keep a checkpoint of the first `size` events."""
        if not self._checkpoints.get(size, "").startswith(text):
            self._checkpoints[size] = text

    def verify(self) -> int:
        """Nothing can change in memory: the number of events."""
        return len(self.recorded)

    def _hashes(self, size: int | None) -> list[bytes]:
        if size is not None and not 0 <= size <= len(self._leaves):
            raise IntegrityError(f"the log holds {len(self._leaves)} events, not {size}")
        return [leaf_hash(data) for data in self._leaves[:size]]
