"""PresenceIndex over a folder of encrypted Parquet files, one for each segment, one key for each day."""

import contextlib
import shutil
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path

from casetrail.adapters.presence_index import columns
from casetrail.adapters.presence_index.names import (
    SegmentFile,
    cell_folder,
    day_folders,
    find_files,
    hash_camera,
    latest_only,
    name_file,
)
from casetrail.adapters.presence_index.sealed_files import BROKEN, broken, read_footer, read_sealed, write_sealed
from casetrail.governance.audit import AuditEvent, AuditLog
from casetrail.model.errors import MissingError
from casetrail.model.time import UtcInterval, day_of
from casetrail.presence.day_keys import DayKeys
from casetrail.presence.index import PresenceSpans, Reach, SegmentKey
from casetrail.presence.presences import Presence
from casetrail.presence.sampling import Sampling
from casetrail.presence.spans import build_spans


class ParquetPresenceIndex:
    """The index under `root`; safe with several processes. Every change is recorded in `audit_log` first."""

    def __init__(self, root: Path, day_keys: DayKeys, audit_log: AuditLog) -> None:
        self._root, self._day_keys, self._audit_log = root, day_keys, audit_log
        self._known: dict[Path, SegmentKey] = {}

    def has_segment(self, key: SegmentKey) -> bool:
        """Whether the segment's file is there under its final name, or its day was erased."""
        return name_file(self._root, key).path.exists() or self._day_keys.was_destroyed(day_of(key.interval.start_us))

    def write_segment(
        self, key: SegmentKey, presences: Sequence[Presence], sampling: Sampling | None = None, *, audit: AuditEvent
    ) -> None:
        """Store a segment. Raises MissingError when the key of its day was destroyed."""
        file = name_file(self._root, key)
        if file.path.exists():
            return
        table = columns.build_table(key, presences, sampling)
        self._audit_log.record(audit)
        day_key = self._day_keys.key_for(day_of(key.interval.start_us), create=True)
        write_sealed(file.path, table, day_key, file.bound_to)
        self._remove_moved(file)

    def read_sampling(self, key: SegmentKey) -> Sampling | None:
        """What the footer says of the frames that were looked at."""
        file = name_file(self._root, key)
        if not file.path.exists():
            todo = "run `casetrail index`"
            raise MissingError("the segment is not indexed", where=f"{key.camera_id} {key.recording_id}", todo=todo)
        metadata = read_footer(file.path, self._key_of(file), file.bound_to)
        try:
            return columns.read_sampling(metadata)
        except BROKEN as error:
            raise broken(file.path) from error

    def read_segments(self) -> tuple[SegmentKey, ...]:
        """Every segment that is done. Footers are opened once and remembered while the process lives."""
        days = [
            day for day in day_folders(self._root) if not self._day_keys.was_destroyed(day.name.removeprefix("day="))
        ]
        files = [file for day in days for cell in sorted(day.iterdir()) for file in find_files(cell)]
        keys = [self._segment_key(file) for file in files]
        return tuple(sorted(keys, key=lambda key: (key.camera_id, key.interval, key.segment_id)))

    def read_presences(self, reaches: Sequence[Reach]) -> Iterator[Presence]:
        """Presences that overlap any reach, by camera and time; only files that overlap one are opened."""
        wanted: dict[str, list[UtcInterval]] = {}
        for reach in reaches:
            wanted.setdefault(reach.camera_id, []).append(reach.interval)
        for camera_id in sorted(wanted):
            yield from self._read_camera(camera_id, wanted[camera_id])

    def read_spans(self, reaches: Sequence[Reach]) -> PresenceSpans:
        """The same presences without their paths."""
        return build_spans(self.read_presences(reaches))

    def read_chosen(self, spans: PresenceSpans) -> Iterator[Presence]:
        """Whole presences of these rows."""
        reaches = [Reach(spans.camera_ids[int(spans.camera[row])], spans.interval(row)) for row in range(len(spans))]
        wanted = set(spans.ids())
        return (item for item in self.read_presences(reaches) if item.presence_id in wanted)

    def erase_day(self, day: str, *, audit: AuditEvent) -> int:
        """Destroy a day's key, then its files. Without the key, a file that outlives a crash says nothing."""
        folder = self._root / f"day={date.fromisoformat(day).isoformat()}"
        self._audit_log.record(audit)
        self._day_keys.destroy(day)
        count = sum(1 for cell in folder.glob("cell=*") for _ in find_files(cell))
        with contextlib.suppress(FileNotFoundError):
            shutil.rmtree(folder)
        self._known = {path: key for path, key in self._known.items() if not path.is_relative_to(folder)}
        return count

    def _remove_moved(self, file: SegmentFile) -> None:
        """Take away the same segment where it lay before its camera's clock was corrected."""
        for day in _days_of(file.interval.widened(86_400)):
            for other in find_files(cell_folder(self._root, day, file.camera)):
                if other.segment_id == file.segment_id and other.path != file.path:
                    other.path.unlink(missing_ok=True)
                    self._known.pop(other.path, None)

    def _segment_key(self, file: SegmentFile) -> SegmentKey:
        if file.path not in self._known:
            metadata = read_footer(file.path, self._key_of(file), file.bound_to)
            try:
                self._known[file.path] = columns.read_key(metadata)
            except BROKEN as error:
                raise broken(file.path) from error
        return self._known[file.path]

    def _read_camera(self, camera_id: str, intervals: list[UtcInterval]) -> Iterator[Presence]:
        files = self._files_of(camera_id, intervals)
        found = [
            presence
            for file in files
            for presence in self._read_file(file, UtcInterval(_earliest(intervals), _latest(intervals)))
            if presence.camera_id == camera_id and any(presence.interval.overlaps(one) for one in intervals)
        ]
        yield from sorted(found, key=lambda item: (item.interval, item.presence_id))

    def _files_of(self, camera_id: str, intervals: list[UtcInterval]) -> list[SegmentFile]:
        camera = hash_camera(camera_id)
        days = sorted({day for interval in intervals for day in _days_of(interval)})
        folders = [cell_folder(self._root, day, camera) for day in days]
        return latest_only(
            file
            for folder in folders
            for file in find_files(folder)
            if file.camera == camera and any(file.interval.overlaps(one) for one in intervals)
        )

    def _read_file(self, file: SegmentFile, within: UtcInterval) -> list[Presence]:
        table = read_sealed(file.path, self._key_of(file), file.bound_to, within)
        try:
            return columns.read_rows(table)
        except BROKEN as error:
            raise broken(file.path) from error

    def _key_of(self, file: SegmentFile) -> bytes:
        day = day_of(file.interval.start_us)
        if file.path.parent.parent.name != f"day={day}":
            raise broken(file.path)
        return self._day_keys.key_for(day)


def _days_of(interval: UtcInterval) -> list[str]:
    """The days that an interval touches, and the one before: a segment may reach over midnight."""
    first = date.fromisoformat(day_of(interval.start_us)) - timedelta(days=1)
    last = date.fromisoformat(day_of(interval.end_us))
    return [(first + timedelta(days=step)).isoformat() for step in range((last - first).days + 1)]


def _earliest(intervals: list[UtcInterval]) -> int:
    return min(interval.start_us for interval in intervals)


def _latest(intervals: list[UtcInterval]) -> int:
    return max(interval.end_us for interval in intervals)
