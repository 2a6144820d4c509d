"""Fake of the PresenceIndex port: presences in memory."""

from collections.abc import Iterator, Sequence

from casetrail.governance.audit import AuditEvent, AuditLog
from casetrail.model.errors import MissingError
from casetrail.model.time import UtcInterval, day_of
from casetrail.presence.index import PresenceSpans, Reach, SegmentKey
from casetrail.presence.presences import Presence
from casetrail.presence.sampling import Sampling
from casetrail.presence.spans import build_spans
from casetrail.testing.fake_audit_log import FakeAuditLog


class FakePresenceIndex:
    """Keeps segments in order of writing; days that were erased stay erased."""

    def __init__(self, audit_log: AuditLog | None = None) -> None:
        self._audit_log = audit_log or FakeAuditLog()
        self._segments: dict[SegmentKey, tuple[Presence, ...]] = {}
        self._samplings: dict[str, Sampling | None] = {}
        self._erased: set[str] = set()

    def has_segment(self, key: SegmentKey) -> bool:
        """Whether the segment was written, or its day erased."""
        return key in self._segments or day_of(key.interval.start_us) in self._erased

    def write_segment(
        self, key: SegmentKey, presences: Sequence[Presence], sampling: Sampling | None = None, *, audit: AuditEvent
    ) -> None:
        """Keep the segment unless it is there."""
        if key in self._segments:
            return
        self._audit_log.record(audit)
        if day_of(key.interval.start_us) in self._erased:
            raise MissingError("the key of this day was destroyed at its retention limit")
        self._segments = {old: found for old, found in self._segments.items() if old.segment_id != key.segment_id}
        self._segments[key] = tuple(presences)
        self._samplings[key.segment_id] = sampling

    def read_sampling(self, key: SegmentKey) -> Sampling | None:
        """What was written with the segment."""
        if key not in self._segments:
            raise MissingError("the segment is not indexed")
        return self._samplings[key.segment_id]

    def read_segments(self) -> tuple[SegmentKey, ...]:
        """Every segment by camera and time."""
        return tuple(sorted(self._segments, key=lambda key: (key.camera_id, key.interval, key.segment_id)))

    def read_presences(self, reaches: Sequence[Reach]) -> Iterator[Presence]:
        """Presences that overlap any reach."""
        return (item for item in self._counting() if _reached(item, reaches))

    def read_spans(self, reaches: Sequence[Reach]) -> PresenceSpans:
        """The same presences without their paths."""
        return build_spans(self.read_presences(reaches))

    def read_chosen(self, spans: PresenceSpans) -> Iterator[Presence]:
        """Presences with these ids."""
        wanted = set(spans.ids())
        return (item for item in self._counting() if item.presence_id in wanted)

    def erase_day(self, day: str, *, audit: AuditEvent) -> int:
        """Forget the segments that start on a day."""
        self._audit_log.record(audit)
        self._erased.add(day)
        gone = [key for key in self._segments if day_of(key.interval.start_us) == day]
        for key in gone:
            del self._segments[key]
        return len(gone)

    def _counting(self) -> list[Presence]:
        """Everything by camera and time; of a stretch indexed twice, what was written last."""
        latest: dict[tuple[str, UtcInterval], tuple[Presence, ...]] = {}
        for key, presences in self._segments.items():
            latest[key.camera_id, key.interval] = presences
        found = [item for presences in latest.values() for item in presences]
        return sorted(found, key=lambda item: (item.camera_id, item.interval, item.presence_id))


def _reached(item: Presence, reaches: Sequence[Reach]) -> bool:
    return any(item.camera_id == reach.camera_id and item.interval.overlaps(reach.interval) for reach in reaches)
