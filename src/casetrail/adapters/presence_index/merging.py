"""Merging a shelf: its loose files and its merged one become one, sealed and read back before the old ones go.

Stopping anywhere loses nothing: until the new file of segments has its name, the old files are what there is; after
that, what is left of them says the same again, counts only once, and goes at the next merging.
"""

import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from casetrail.adapters.presence_index import columns, segment_columns
from casetrail.adapters.presence_index.merged_names import (
    MergedDay,
    MergedFile,
    Placed,
    bound_to,
    merged_folder,
    name_gone,
    name_merged,
)
from casetrail.adapters.presence_index.names import SegmentFile, cell_folder, find_files
from casetrail.adapters.presence_index.reading import SUPERSEDED
from casetrail.adapters.presence_index.sealed_files import BROKEN, broken, open_sealed, write_sealed
from casetrail.adapters.presence_index.segment_columns import Entry
from casetrail.adapters.presence_index.shelves import last_written, placed_of
from casetrail.app.private_files import sync_folder
from casetrail.model.arrays import Array, Flags, Integers
from casetrail.model.errors import IntegrityError
from casetrail.model.ids import stable_id
from casetrail.model.time import UtcInterval


@dataclass(frozen=True)
class Pile:
    """Everything of one cell and day: its loose files, its merged file, what was taken out, and what a stop left."""

    root: Path
    day: str
    cell: str
    loose: tuple[SegmentFile, ...]
    merged: MergedFile | None
    gone: frozenset[Placed]
    rest: tuple[Path, ...]

    @property
    def folder(self) -> Path:
        """Where its merged files lie."""
        return merged_folder(self.root, self.day)


def find_pile(root: Path, day: str, cell: str, listed: MergedDay) -> Pile:
    """What there is to merge."""
    loose = tuple(find_files(cell_folder(root, day, cell)))
    gone = listed.gone.get(cell, frozenset())
    return Pile(root, day, cell, loose, listed.files.get(cell), gone, listed.rest.get(cell, ()))


def merge_pile(pile: Pile, day_key: bytes) -> int:
    """Make one merged file of a pile; returns how many segments are in it.

    Raises IntegrityError when a file is not what was written: then nothing of the pile is changed.
    """
    entries, rows = _gather(pile, day_key)
    if not entries:  # all of it was taken out
        _remove(pile, ())
        return 0
    counts = _counting(entries)
    table = _ordered(rows)
    file = _name(pile, entries, table)
    notes = {SUPERSEDED: json.dumps(np.flatnonzero(~counts).tolist()).encode()}
    segments = segment_columns.build_segments(entries, counts)
    write_sealed(file.rows, table.replace_schema_metadata(notes), day_key, bound_to(file.rows))
    _check_readable(file.rows, table.num_rows, day_key)
    write_sealed(file.segments, segments, day_key, bound_to(file.segments))
    _check_readable(file.segments, len(entries), day_key)
    _remove(pile, (file.rows, file.segments))
    return len(entries)


def _gather(pile: Pile, day_key: bytes) -> tuple[list[Entry], list[pa.Table]]:
    """Segments and their rows; in the tables of rows `segment` is the place in the list of segments."""
    own = {placed_of(file) for file in pile.loose}
    entries, tables = _gather_merged(pile, own, day_key) if pile.merged else ([], [])
    for file in pile.loose:
        with open_sealed(file.path, day_key, file.bound_to) as sealed:
            table, notes = sealed.read(), sealed.notes
        try:
            key = columns.read_key(notes)
        except BROKEN as error:
            raise broken(file.path) from error
        tables.append(_numbered(table, np.full(table.num_rows, len(entries))))
        entries.append(Entry(key, file.path.stat().st_mtime_ns, columns.raw_sampling(notes)))
    return entries, tables


def _gather_merged(pile: Pile, own: set[Placed], day_key: bytes) -> tuple[list[Entry], list[pa.Table]]:
    """What stays of the old merged file: what was not taken out and is not there as a file of its own."""
    if pile.merged is None:
        return [], []
    segments, rows = (_read_whole(path, day_key) for path in (pile.merged.segments, pile.merged.rows))
    try:
        entries = segment_columns.read_entries(segments)
        number = rows.column(columns.SEGMENT).to_numpy()
        stays = np.array([_placed(entry) not in own | pile.gone for entry in entries], np.bool_)
        place = np.cumsum(stays) - 1
        kept = columns.keep_rows(rows, stays[number])
        return [e for e, stay in zip(entries, stays, strict=True) if stay], [
            _numbered(kept, place[number[stays[number]]])
        ]
    except BROKEN as error:
        raise broken(pile.merged.segments) from error


def _read_whole(path: Path, day_key: bytes) -> pa.Table:
    with open_sealed(path, day_key, bound_to(path)) as sealed:
        return sealed.read()


def _numbered(table: pa.Table, number: Integers) -> pa.Table:
    """The rows as the schema of merged files wants them, with the number of their segment."""
    plain = (
        columns.with_directions(table)
        .select(columns.SCHEMA.names)
        .append_column(columns.SEGMENT, pa.array(number, pa.int32()))
    )
    return plain.cast(columns.MERGED_SCHEMA)


def _counting(entries: Sequence[Entry]) -> Flags:
    table = segment_columns.build_segments(entries, np.ones(len(entries), np.bool_))
    return last_written(segment_columns.read_facts(table), np.zeros(len(entries), np.bool_))


def _ordered(tables: Sequence[pa.Table]) -> pa.Table:
    """All rows by camera and time."""
    whole = pa.concat_tables(tables) if tables else columns.MERGED_SCHEMA.empty_table()
    keys = [(name, "ascending") for name in ("camera_id", "start_us", "end_us", "presence_id")]
    return whole.sort_by(keys).combine_chunks()


def _name(pile: Pile, entries: Sequence[Entry], table: pa.Table) -> MergedFile:
    starts = [entry.key.interval.start_us for entry in entries] + _extreme(table, "start_us", np.min)
    ends = [entry.key.interval.end_us for entry in entries] + _extreme(table, "end_us", np.max)
    generation = 1 + (pile.merged.generation if pile.merged else 0)
    own = stable_id(generation, *(f"{_placed(entry)} {entry.written_ns}" for entry in entries))
    interval = UtcInterval(min(starts, default=0), max(ends, default=0))
    return name_merged(pile.cell, generation, interval, len(entries), own, pile.folder)


def _extreme(table: pa.Table, name: str, of: Callable[[Array], int]) -> list[int]:
    values = table.column(name).to_numpy()
    return [int(of(values))] if len(values) else []


def _check_readable(path: Path, rows: int, day_key: bytes) -> None:
    """Decipher all of a new file, before anything that it replaces goes."""
    if _read_whole(path, day_key).num_rows != rows:
        raise IntegrityError("a merged file does not hold what was merged", where=str(path), todo="check this disk")


def _remove(pile: Pile, new: Collection[Path]) -> None:
    """Take away what the new files replace; the file of segments first, which is what makes the old ones count."""
    old = () if pile.merged is None else (pile.merged.segments, pile.merged.rows)
    marks = [name_gone(pile.folder, pile.cell, placed) for placed in pile.gone]
    for path in (*(one.path for one in pile.loose), *old, *pile.rest, *marks):
        if path not in new:
            path.unlink(missing_ok=True)
    sync_folder(pile.folder)


def _placed(entry: Entry) -> Placed:
    return entry.key.segment_id.encode(), entry.key.interval.start_us, entry.key.interval.end_us
