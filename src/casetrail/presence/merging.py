"""Port: putting the many small files of a presence index into few. What is read afterwards is the same."""

from dataclasses import dataclass
from typing import Protocol

from casetrail.governance.audit import AuditEvent


@dataclass(frozen=True, order=True)
class Unmerged:
    """A UTC day and a cell of cameras (its name) with so many segments in files of their own."""

    day: str
    cell: str
    segments: int


class MergingIndex(Protocol):
    """An index that can be merged. Stopping in the middle loses nothing and leaves nothing half done to see."""

    def find_unmerged(self, before: str | None = None) -> tuple[Unmerged, ...]:
        """What there is to merge, of the days before `before` (such as 2026-03-02) or of all, in order."""

    def merge(self, unmerged: Unmerged, *, audit: AuditEvent) -> int:
        """Merge the segments of a day and a cell; returns how many lie together now, 0 when nothing was to be done.

        Raises IntegrityError when a file is not what was written: then all stay as they are.
        """
