"""Port: the presence index (rung 1), encrypted at rest with one key per day."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from casetrail.governance.audit import AuditEvent
from casetrail.model.ids import stable_id
from casetrail.model.time import UtcInterval
from casetrail.presence.presences import Presence
from casetrail.presence.sampling import Sampling
from casetrail.presence.spans import PresenceSpans

__all__ = ["PresenceIndex", "PresenceSpans", "Reach", "SegmentKey", "group_reaches"]


@dataclass(frozen=True)
class SegmentKey:
    """Names one unit of indexing work: same recording, span, model set and parameters, same key."""

    camera_id: str
    recording_id: str
    start_pts: int
    end_pts: int
    interval: UtcInterval
    models: str

    @property
    def segment_id(self) -> str:
        """Stable id of the unit."""
        return stable_id(self.camera_id, self.recording_id, self.start_pts, self.end_pts, self.models)


@dataclass(frozen=True)
class Reach:
    """A part of a gate: one camera, one interval of UTC."""

    camera_id: str
    interval: UtcInterval


def group_reaches(reaches: Iterable[Reach]) -> dict[str, list[UtcInterval]]:
    """What is wanted of each camera."""
    wanted: dict[str, list[UtcInterval]] = {}
    for reach in reaches:
        wanted.setdefault(reach.camera_id, []).append(reach.interval)
    return wanted


class PresenceIndex(Protocol):
    """Presences of every indexed segment. Writing a segment is atomic; half a segment is never visible.

    Writing a unit whose interval moved (its camera's clock was corrected) replaces it. A stretch that was indexed
    again, with another model set, is there twice; the last one written counts.
    """

    def has_segment(self, key: SegmentKey) -> bool:
        """Whether this unit is done: an empty one too, and one of an erased day, which is not done again."""

    def write_segment(
        self, key: SegmentKey, presences: Sequence[Presence], sampling: Sampling | None = None, *, audit: AuditEvent
    ) -> None:
        """Store what was found in a segment, and which frames were looked at.

        When the segment is there already, nothing changes.
        """

    def read_sampling(self, key: SegmentKey) -> Sampling | None:
        """Which frames of a segment were looked at and why; None when that was not stored.

        Raises MissingError when the segment or its day's key is not there, IntegrityError when its file was changed.
        """

    def read_segments(self) -> tuple[SegmentKey, ...]:
        """Every segment that is done, by camera and time."""

    def read_presences(self, reaches: Sequence[Reach]) -> Iterator[Presence]:
        """Presences that overlap any of the reaches, each once, by camera and time.

        Raises MissingError when a day's key is gone, IntegrityError when a file was changed.
        """

    def read_spans(self, reaches: Sequence[Reach]) -> PresenceSpans:
        """When which camera saw somebody, of the presences that overlap any of the reaches, each once: no paths.

        By camera and time. Raises what `read_presences` raises.
        """

    def read_chosen(self, spans: PresenceSpans) -> Iterator[Presence]:
        """The whole presences of these rows, by camera and time; what went meanwhile is left out.

        Raises what `read_presences` raises.
        """

    def erase_day(self, day: str, *, audit: AuditEvent) -> int:
        """Destroy the key of a UTC day, then its files; returns how many segments went."""
