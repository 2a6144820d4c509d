"""AuditLog in memory: the same hashes as the real one, and a switch that makes appending fail."""

from collections.abc import Iterator

from casetrail.governance.audit import AuditEvent, LogHead, RecordedEvent
from casetrail.governance.audit_codec import encode_event
from casetrail.governance.merkle import Frontier, leaf_hash
from casetrail.model.errors import IntegrityError


class FakeAuditLog:
    """Keeps events in a list. While `failing` is set, nothing can be recorded. Its clock ticks once an event."""

    def __init__(self) -> None:
        self.recorded: list[RecordedEvent] = []
        self.failing = False
        self._frontier = Frontier()

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
        recorded = RecordedEvent(index, index, event, leaf_hash(data).hex(), self._frontier.root.hex())
        self.recorded.append(recorded)
        return recorded

    def read_events(self, case_id: str | None = None) -> Iterator[RecordedEvent]:
        """Every event in order, of one case when named."""
        return iter([item for item in self.recorded if case_id is None or item.event.case_id == case_id])

    def read_head(self) -> LogHead:
        """The tree as it stands now."""
        return LogHead(len(self.recorded), self._frontier.root.hex())

    def verify(self) -> int:
        """Nothing can change in memory: the number of events."""
        return len(self.recorded)
