"""Shelves: what counts of one cell of cameras on one UTC day, among loose files and a merged one.

A segment's own file comes first. Of a stretch that was indexed several times (other model sets) the last one written
counts. A merged file never changes; what was taken out of it is marked beside it until the next merging.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from casetrail.adapters.presence_index import segment_columns
from casetrail.adapters.presence_index.merged_names import (
    MergedDay,
    MergedFile,
    Placed,
    bound_to,
    list_merged,
    merged_folder,
)
from casetrail.adapters.presence_index.names import SegmentFile, cell_folder, find_files
from casetrail.adapters.presence_index.sealed_files import broken, open_sealed
from casetrail.adapters.presence_index.segment_columns import SegmentFacts
from casetrail.model.arrays import Flags
from casetrail.presence.day_keys import DayKeys

MOST_KEPT = 64  # merged files whose segments are remembered; about half a megabyte each at 42 cameras
SETTLED_NS = 2_000_000_000  # a folder that changed so recently may change again under the same time stamp


@dataclass(frozen=True)
class Shelf:
    """What counts: `loose` files, and of `merged` every segment but `hidden` (None: what that file says itself)."""

    loose: tuple[SegmentFile, ...]
    merged: MergedFile | None
    hidden: frozenset[int] | None = None


class Shelves:
    """The shelves under `root`. Merged files do not change, so what was read of them is remembered."""

    def __init__(self, root: Path, day_keys: DayKeys) -> None:
        self._root, self._day_keys = root, day_keys
        self._facts: OrderedDict[Path, SegmentFacts] = OrderedDict()
        self._days: dict[str, tuple[int, MergedDay]] = {}
        self._lock = threading.Lock()  # several cases read one index in several threads

    def day(self, day: str) -> MergedDay:
        """The merged files of a day, listed again when anything changed."""
        folder = merged_folder(self._root, day)
        try:
            changed_ns = folder.stat().st_mtime_ns
        except FileNotFoundError:
            return MergedDay()
        known = self._days.get(day)
        if known is not None and known[0] == changed_ns:
            return known[1]
        listed = list_merged(folder)
        if time.time_ns() - changed_ns > SETTLED_NS:
            self._days[day] = (changed_ns, listed)
        return listed

    def shelf(self, day: str, cell: str, camera: str = "") -> Shelf:
        """What counts of a cell on a day; with `camera` (a hash) the loose files of that one only."""
        loose = tuple(find_files(cell_folder(self._root, day, cell), camera))
        listed = self.day(day)  # afterwards: what is merged away in between is in here, or its file is missed
        merged, gone = listed.files.get(cell), listed.gone.get(cell, frozenset())
        if merged is None:
            return Shelf(settle(loose, None)[0], None)
        if not loose and not gone:
            return Shelf((), merged)
        counting, hidden = settle(loose, self.facts(merged, day), gone)
        return Shelf(counting, merged, hidden)

    def facts(self, merged: MergedFile, day: str) -> SegmentFacts:
        """What is known of the segments of a merged file."""
        with self._lock:
            known = self._facts.get(merged.segments) or self._read_facts(merged.segments, day)
            self._facts[merged.segments] = known
            self._facts.move_to_end(merged.segments)
            while len(self._facts) > MOST_KEPT:
                self._facts.popitem(last=False)
        return known

    def has_merged(self, day: str, cell: str, placed: Placed) -> bool:
        """Whether a segment lies in a merged file, just there, and was not taken out."""
        listed = self.day(day)
        if cell not in listed.files or placed in listed.gone.get(cell, frozenset()):
            return False
        return self.facts(listed.files[cell], day).find(placed) is not None

    def forget(self, day: str) -> None:
        """Nothing of this day is remembered any more."""
        folder = merged_folder(self._root, day)
        self._days.pop(day, None)
        with self._lock:
            for path in [path for path in self._facts if path.parent == folder]:
                del self._facts[path]

    def _read_facts(self, path: Path, day: str) -> SegmentFacts:
        with open_sealed(path, self._day_keys.key_for(day), bound_to(path)) as file:
            table = file.read(segment_columns.FACTS)
        try:
            return segment_columns.read_facts(table)
        except (KeyError, ValueError, TypeError) as error:
            raise broken(path) from error


def settle(
    loose: Sequence[SegmentFile], facts: SegmentFacts | None, gone: frozenset[Placed] = frozenset()
) -> tuple[tuple[SegmentFile, ...], frozenset[int]]:
    """Which loose files count, and which segments of the merged file (rows of `facts`) do not."""
    own = {placed_of(file) for file in loose}
    rows = 0 if facts is None else len(facts.segment_id)
    out = np.zeros(rows + len(loose), np.bool_)
    if facts is not None:
        out[[row for one in own | gone if (row := facts.find(one)) is not None]] = True
    counts = ~out & last_written(_joined(loose, facts), out)
    kept = tuple(file for file, count in zip(loose, counts[rows:], strict=True) if count)
    return kept, frozenset(np.flatnonzero(~counts[:rows]).tolist())


def last_written(facts: SegmentFacts, out: Flags) -> Flags:
    """Which segments, those marked in `out` aside, are the last ones written of their stretch."""
    order = np.lexsort((facts.segment_id, facts.written_ns, ~out, facts.end_us, facts.start_us, facts.camera))
    last = np.ones(len(order), np.bool_)
    for column in (facts.camera, facts.start_us, facts.end_us):
        ordered = column[order]
        last[:-1] &= ordered[1:] == ordered[:-1]
    last[:-1] = ~last[:-1]
    counts = np.zeros(len(order), np.bool_)
    counts[order] = last
    return counts


def placed_of(file: SegmentFile) -> Placed:
    """Where a loose segment lies."""
    return file.segment_id.encode(), file.interval.start_us, file.interval.end_us


def _joined(loose: Sequence[SegmentFile], facts: SegmentFacts | None) -> SegmentFacts:
    """The facts of a merged file, and after them those of loose files."""
    ids = np.array([file.segment_id.encode() for file in loose], "S20")
    camera = np.array([int(file.camera, 16) for file in loose], np.uint64)
    start = np.array([file.interval.start_us for file in loose], np.int64)
    end = np.array([file.interval.end_us for file in loose], np.int64)
    written = np.array([file.path.stat().st_mtime_ns for file in loose], np.int64)
    if facts is None:
        return SegmentFacts(ids, camera, start, end, written, np.argsort(ids))
    return SegmentFacts(
        np.concatenate([facts.segment_id, ids]),
        np.concatenate([facts.camera, camera]),
        np.concatenate([facts.start_us, start]),
        np.concatenate([facts.end_us, end]),
        np.concatenate([facts.written_ns, written]),
        facts.by_id,
    )
