"""PresenceIndex over a folder of encrypted Parquet files, one key for each day.

A segment arrives as a file of its own (docs/adr/0007); merging puts those of a day and a cell of cameras into one
(docs/adr/0019).
"""

import contextlib
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar

from casetrail.adapters.presence_index import columns, segment_columns
from casetrail.adapters.presence_index.merged_names import (
    Placed,
    bound_to,
    list_merged,
    merged_folder,
    name_gone,
)
from casetrail.adapters.presence_index.merging import find_pile, merge_pile
from casetrail.adapters.presence_index.names import (
    SegmentFile,
    cell_folder,
    cell_of,
    day_folders,
    find_files,
    hash_camera,
    name_file,
)
from casetrail.adapters.presence_index.reading import read_shelf_rows, read_shelf_spans
from casetrail.adapters.presence_index.sealed_files import BROKEN, broken, open_sealed, write_sealed
from casetrail.adapters.presence_index.shelves import Shelf, Shelves, placed_of
from casetrail.app.private_files import add_file, make_folder, open_lock
from casetrail.governance.audit import AuditEvent, AuditLog
from casetrail.model.errors import IntegrityError, MissingError
from casetrail.model.time import UtcInterval, day_of
from casetrail.presence.day_keys import DayKeys
from casetrail.presence.index import PresenceSpans, Reach, SegmentKey, group_reaches
from casetrail.presence.merging import Unmerged
from casetrail.presence.presences import Presence
from casetrail.presence.sampling import Sampling
from casetrail.presence.spans import join_spans

MOST_TRIES = 8  # while others merge the very files that are being read
Result = TypeVar("Result")
Wanted = Mapping[str, Sequence[UtcInterval]]


class ParquetPresenceIndex:
    """The index under `root`; safe with several processes. Every change is recorded in `audit_log` first."""

    def __init__(self, root: Path, day_keys: DayKeys, audit_log: AuditLog) -> None:
        self._root, self._day_keys, self._audit_log = root, day_keys, audit_log
        self._shelves = Shelves(root, day_keys)
        self._known: dict[Path, SegmentKey] = {}

    def has_segment(self, key: SegmentKey) -> bool:
        """Whether the segment lies in a file of its own or in a merged one, or its day was erased."""
        return self._has(name_file(self._root, key)) or self._day_keys.was_destroyed(day_of(key.interval.start_us))

    def write_segment(
        self, key: SegmentKey, presences: Sequence[Presence], sampling: Sampling | None = None, *, audit: AuditEvent
    ) -> None:
        """Store a segment. Raises MissingError when the key of its day was destroyed."""
        file = name_file(self._root, key)
        if self._has(file):
            return
        table = columns.build_table(key, presences, sampling)
        self._audit_log.record(audit)
        day = day_of(key.interval.start_us)
        day_key = self._day_keys.key_for(day, create=True)
        with self._holding(cell_of(file.camera), exclusive=False):
            write_sealed(file.path, table, day_key, file.bound_to)
            self._remove_moved(file)

    def read_sampling(self, key: SegmentKey) -> Sampling | None:
        """What the footer says of the frames that were looked at."""
        return self._retried(lambda: self._read_sampling(key))

    def read_segments(self) -> tuple[SegmentKey, ...]:
        """Every segment that is done. Footers of loose files are opened once and remembered."""
        found = {key for day, cell in self._places() for key in self._retried(partial(self._keys, day, cell))}
        return tuple(sorted(found, key=lambda key: (key.camera_id, key.interval, key.segment_id)))

    def read_presences(self, reaches: Sequence[Reach]) -> Iterator[Presence]:
        """Presences that overlap any reach, by camera and time; only what overlaps one is deciphered."""
        wanted = group_reaches(reaches)
        for camera_id in sorted(wanted):
            one = {camera_id: wanted[camera_id]}
            camera = hash_camera(camera_id)
            found = [item for day in _days(one) for item in self._rows(day, cell_of(camera), one, camera)]
            yield from sorted(found, key=_order)

    def read_spans(self, reaches: Sequence[Reach]) -> PresenceSpans:
        """Spans that overlap any reach; of the columns only theirs are deciphered."""
        wanted = group_reaches(reaches)
        return join_spans(
            part
            for cell, here in sorted(_by_cell(wanted).items())
            for day in _days(here)
            for part in self._retried(partial(self._spans, day, cell, here))
        )

    def read_chosen(self, spans: PresenceSpans) -> Iterator[Presence]:
        """Whole presences of these rows."""
        reaches = [Reach(spans.camera_ids[int(spans.camera[row])], spans.interval(row)) for row in range(len(spans))]
        found = [
            item
            for cell, here in sorted(_by_cell(group_reaches(reaches)).items())
            for day in _days(here)
            for item in self._rows(day, cell, here, "", spans)
        ]
        return iter(sorted(found, key=_order))

    def find_unmerged(self, before: str | None = None) -> tuple[Unmerged, ...]:
        """Cells of days (before a UTC day) with segments in files of their own, or with marks or leftovers."""
        found = []
        for day, cell in self._places():
            pile = find_pile(self._root, day, cell, list_merged(merged_folder(self._root, day)))
            if (before is None or day < before) and (pile.loose or pile.gone or pile.rest):
                found.append(Unmerged(day, cell, len(pile.loose)))
        return tuple(found)

    def merge(self, unmerged: Unmerged, *, audit: AuditEvent) -> int:
        """Put the segments of a cell of a day into one file; returns how many are in it."""
        with self._holding(unmerged.cell, exclusive=True):
            listed = list_merged(merged_folder(self._root, unmerged.day))
            pile = find_pile(self._root, unmerged.day, unmerged.cell, listed)
            if not (pile.loose or pile.gone or pile.rest) or self._day_keys.was_destroyed(unmerged.day):
                return 0
            self._audit_log.record(audit)
            count = merge_pile(pile, self._day_keys.key_for(unmerged.day))
            if self._day_keys.was_destroyed(unmerged.day):
                shutil.rmtree(pile.folder)
            for file in pile.loose:
                self._known.pop(file.path, None)
            return count

    def erase_day(self, day: str, *, audit: AuditEvent) -> int:
        """Destroy a day's key, then its files. Without the key, a file that outlives a crash says nothing."""
        folder = self._root / f"day={date.fromisoformat(day).isoformat()}"
        self._audit_log.record(audit)
        self._day_keys.destroy(day)
        merged = list_merged(merged_folder(self._root, day))
        count = sum(1 for cell in folder.glob("cell=*") for _ in find_files(cell))
        count += sum(file.count for file in merged.files.values()) - sum(map(len, merged.gone.values()))
        with contextlib.suppress(FileNotFoundError):
            shutil.rmtree(folder)
        self._known = {path: key for path, key in self._known.items() if not path.is_relative_to(folder)}
        self._shelves.forget(day)
        return count

    def _has(self, file: SegmentFile) -> bool:
        day = day_of(file.interval.start_us)
        return file.path.exists() or self._shelves.has_merged(day, cell_of(file.camera), placed_of(file))

    @contextlib.contextmanager
    def _holding(self, cell: str, *, exclusive: bool) -> Iterator[None]:
        """Keep merging and writing of a cell apart: what was merged must not be moved at the same time."""
        with open_lock(make_folder(self._root / "locks") / cell, exclusive=exclusive):
            yield

    def _remove_moved(self, file: SegmentFile) -> None:
        """Take away the same segment where it lay before its camera's clock was corrected."""
        cell, own = cell_of(file.camera), placed_of(file)
        for day in _days_of(file.interval.widened(86_400)):
            for other in find_files(cell_folder(self._root, day, file.camera), file.camera):
                if other.segment_id == file.segment_id and other.path != file.path:
                    other.path.unlink(missing_ok=True)
                    self._known.pop(other.path, None)
            for placed in self._merged_places(day, cell, own):
                add_file(name_gone(merged_folder(self._root, day), cell, placed), b"")

    def _merged_places(self, day: str, cell: str, own: Placed) -> list[Placed]:
        """Where else a merged file of a day has this segment; a destroyed day has nothing."""
        merged = self._shelves.day(day).files.get(cell)
        if merged is None or self._day_keys.was_destroyed(day):
            return []
        return [placed for placed in self._shelves.facts(merged, day).places(own[0]) if placed != own]

    def _read_sampling(self, key: SegmentKey) -> Sampling | None:
        file, day = name_file(self._root, key), day_of(key.interval.start_us)
        if file.path.exists():
            with open_sealed(file.path, self._key_of(file), file.bound_to) as sealed:
                data = columns.raw_sampling(sealed.notes)
        elif self._has(file):
            data = self._merged_sampling(file, day)
        else:
            todo = "run `casetrail index`"
            raise MissingError("the segment is not indexed", where=f"{key.camera_id} {key.recording_id}", todo=todo)
        try:
            return columns.decode_sampling(data)
        except BROKEN as error:
            raise broken(file.path) from error

    def _merged_sampling(self, file: SegmentFile, day: str) -> bytes | None:
        merged = self._shelves.day(day).files[cell_of(file.camera)]
        row = self._shelves.facts(merged, day).find(placed_of(file))
        if row is None:
            raise FileNotFoundError(merged.segments)  # merged anew just now: the caller looks again
        with open_sealed(merged.segments, self._day_keys.key_for(day), bound_to(merged.segments)) as sealed:
            found: bytes | None = sealed.read_row(row, "sampling")
        return found

    def _places(self) -> Iterator[tuple[str, str]]:
        """Every day and cell that has something, unless the day was destroyed."""
        for folder in day_folders(self._root):
            day = folder.name.removeprefix("day=")
            if not self._day_keys.was_destroyed(day):
                listed = list_merged(merged_folder(self._root, day))
                cells = {path.name.removeprefix("cell=") for path in folder.glob("cell=??")}
                yield from ((day, cell) for cell in sorted(cells | listed.files.keys() | listed.rest.keys()))

    def _keys(self, day: str, cell: str) -> list[SegmentKey]:
        """The keys of a cell's segments on a day, also of those that another indexing replaced."""
        keys = [self._segment_key(file) for file in find_files(cell_folder(self._root, day, cell))]
        listed = self._shelves.day(day)
        merged = listed.files.get(cell)
        if merged is None:
            return keys
        with open_sealed(merged.segments, self._day_keys.key_for(day), bound_to(merged.segments)) as sealed:
            table = sealed.read(segment_columns.KEYS)
        try:
            rest = segment_columns.read_keys(table)
        except BROKEN as error:
            raise broken(merged.segments) from error
        gone = listed.gone.get(cell)
        return keys + ([key for key in rest if placed_of(name_file(self._root, key)) not in gone] if gone else rest)

    def _segment_key(self, file: SegmentFile) -> SegmentKey:
        if file.path not in self._known:
            with open_sealed(file.path, self._key_of(file), file.bound_to) as sealed:
                notes = sealed.notes
            try:
                self._known[file.path] = columns.read_key(notes)
            except BROKEN as error:
                raise broken(file.path) from error
        return self._known[file.path]

    def _spans(self, day: str, cell: str, wanted: Wanted) -> list[PresenceSpans]:
        return list(read_shelf_spans(self._shelf(day, cell, ""), wanted, lambda: self._day_keys.key_for(day)))

    def _rows(
        self, day: str, cell: str, wanted: Wanted, camera: str, chosen: PresenceSpans | None = None
    ) -> list[Presence]:
        def read() -> list[Presence]:
            ids = None if chosen is None else chosen.presence_id
            shelf = self._shelf(day, cell, camera)
            return list(read_shelf_rows(shelf, wanted, lambda: self._day_keys.key_for(day), ids))

        return self._retried(read)

    def _shelf(self, day: str, cell: str, camera: str) -> Shelf:
        shelf = self._shelves.shelf(day, cell, camera)
        for file in shelf.loose:
            self._check_day(file)
        return shelf

    def _retried(self, read: Callable[[], Result]) -> Result:
        """Read again when somebody merged the files away; what was written then lies in the new one."""
        for _ in range(MOST_TRIES):
            try:
                return read()
            except FileNotFoundError as error:
                missing = error.filename
        raise IntegrityError("a file of the presence index is missing", where=str(missing or self._root))

    def _key_of(self, file: SegmentFile) -> bytes:
        self._check_day(file)
        return self._day_keys.key_for(day_of(file.interval.start_us))

    @staticmethod
    def _check_day(file: SegmentFile) -> None:
        if file.path.parent.parent.name != f"day={day_of(file.interval.start_us)}":
            raise broken(file.path)


def _order(item: Presence) -> tuple[str, UtcInterval, str]:
    return item.camera_id, item.interval, item.presence_id


def _by_cell(wanted: Wanted) -> dict[str, dict[str, Sequence[UtcInterval]]]:
    cells: dict[str, dict[str, Sequence[UtcInterval]]] = {}
    for camera_id, intervals in wanted.items():
        cells.setdefault(cell_of(hash_camera(camera_id)), {})[camera_id] = intervals
    return cells


def _days(wanted: Wanted) -> list[str]:
    """The days that any of the intervals touches."""
    return sorted({day for intervals in wanted.values() for interval in intervals for day in _days_of(interval)})


def _days_of(interval: UtcInterval) -> list[str]:
    """The days that an interval touches, and the one before: a segment may reach over midnight."""
    first = date.fromisoformat(day_of(interval.start_us)) - timedelta(days=1)
    last = date.fromisoformat(day_of(interval.end_us))
    return [(first + timedelta(days=step)).isoformat() for step in range((last - first).days + 1)]
