"""Reading rows of shelves: only files, row groups and columns that a gate needs are deciphered."""

import json
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import numpy as np
import pyarrow as pa

from casetrail.adapters.presence_index import columns
from casetrail.adapters.presence_index.merged_names import MergedFile, bound_to
from casetrail.adapters.presence_index.names import SegmentFile, hash_camera
from casetrail.adapters.presence_index.sealed_files import BROKEN, SealedFile, broken, open_sealed
from casetrail.adapters.presence_index.shelves import Shelf
from casetrail.model.arrays import Integers
from casetrail.model.time import UtcInterval
from casetrail.presence.presences import Presence
from casetrail.presence.spans import Ids, PresenceSpans, find_reached, merge_intervals

SUPERSEDED = b"casetrail.superseded"  # note of a merged file: its segments that do not count
RANGES = ["camera_id", "start_us", "end_us"]

Wanted = Mapping[str, Sequence[UtcInterval]]
DayKey = Callable[[], bytes]  # asked for only when there is something to open


def read_shelf_spans(shelf: Shelf, wanted: Wanted, day_key: DayKey) -> Iterator[PresenceSpans]:
    """The spans of a shelf that overlap what is wanted of each camera, a part for each file.

    Raises FileNotFoundError when a file was merged away meanwhile, IntegrityError when one was changed.
    """
    for table, where in _tables(shelf, wanted, day_key, columns.SPANS):
        spans = _spans(table, where)
        yield spans.take(find_reached(spans, wanted))


def read_shelf_rows(shelf: Shelf, wanted: Wanted, day_key: DayKey, ids: Ids | None = None) -> Iterator[Presence]:
    """The presences of a shelf that overlap what is wanted of each camera; with `ids` those of them only.

    Raises what `read_shelf_spans` raises.
    """
    for table, where in _tables(shelf, wanted, day_key, None):
        spans = _spans(table, where)
        kept = find_reached(spans, wanted)
        if ids is not None:
            kept &= np.isin(spans.presence_id, ids)
        try:
            yield from columns.read_rows(columns.keep_rows(table, kept))
        except BROKEN as error:
            raise broken(where.path if isinstance(where, SegmentFile) else where.rows) from error


def hide(table: pa.Table, hidden: Iterable[int]) -> pa.Table:
    """The rows of a merged file without those of segments that do not count."""
    left_out = np.fromiter(hidden, np.int64)
    if not len(left_out):
        return table
    return columns.keep_rows(table, ~np.isin(table.column(columns.SEGMENT).to_numpy(), left_out))


def superseded(notes: Mapping[bytes, bytes]) -> frozenset[int]:
    """The segments of a merged file that do not count, as it says itself."""
    return frozenset(int(row) for row in json.loads(notes[SUPERSEDED]))


def _tables(
    shelf: Shelf, wanted: Wanted, day_key: DayKey, names: list[str] | None
) -> Iterator[tuple[pa.Table, SegmentFile | MergedFile]]:
    by_hash = {hash_camera(camera_id): intervals for camera_id, intervals in wanted.items()}
    for file in shelf.loose:
        if any(file.interval.overlaps(one) for one in by_hash.get(file.camera, ())):
            with open_sealed(file.path, day_key(), file.bound_to) as sealed:
                yield sealed.read(names), file
    if shelf.merged is not None and _meets(shelf.merged, wanted):
        with open_sealed(shelf.merged.rows, day_key(), bound_to(shelf.merged.rows)) as sealed:
            yield from _merged_tables(sealed, shelf, shelf.merged, wanted, names)


def _merged_tables(
    sealed: SealedFile, shelf: Shelf, merged: MergedFile, wanted: Wanted, names: list[str] | None
) -> Iterator[tuple[pa.Table, MergedFile]]:
    try:
        hidden = superseded(sealed.notes) if shelf.hidden is None else shelf.hidden
    except BROKEN as error:
        raise broken(merged.rows) from error
    groups = _groups(sealed, wanted)
    if not groups:
        return
    table = sealed.read([*names, columns.SEGMENT] if names and hidden else names, groups)
    yield hide(table, hidden), merged


def _meets(merged: MergedFile, wanted: Wanted) -> bool:
    return any(merged.interval.overlaps(one) for intervals in wanted.values() for one in intervals)


def _groups(sealed: SealedFile, wanted: Wanted) -> list[int]:
    """Row groups that may hold something wanted, told by the least and greatest values of their columns."""
    camera_ids = sorted(wanted)
    merged = {camera_id: merge_intervals(wanted[camera_id]) for camera_id in camera_ids}
    groups = []
    for group, ranges in enumerate(sealed.ranges(RANGES)):
        if ranges is not None:
            (first_id, last_id), (start_us, _), (_, end_us) = ranges
            here = camera_ids[bisect_left(camera_ids, first_id) : bisect_right(camera_ids, last_id)]
            if any(_overlap(merged[camera_id], start_us, end_us) for camera_id in here):
                groups.append(group)
    return groups


def _overlap(intervals: tuple[Integers, Integers], start_us: int, end_us: int) -> bool:
    starts, ends = intervals
    first = int(np.searchsorted(ends, start_us, side="right"))
    return first < len(starts) and bool(starts[first] < end_us)


def _spans(table: pa.Table, where: SegmentFile | MergedFile) -> PresenceSpans:
    try:
        return columns.read_spans(table)
    except BROKEN as error:
        raise broken(where.path if isinstance(where, SegmentFile) else where.rows) from error
