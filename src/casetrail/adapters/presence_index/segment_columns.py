"""The segments of a merged file as columns: what each was, how it was looked at, and whether it counts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from casetrail.adapters.presence_index.merged_names import Placed
from casetrail.adapters.presence_index.names import hash_camera
from casetrail.model.arrays import Array, Flags, Integers
from casetrail.model.time import UtcInterval
from casetrail.presence.index import SegmentKey
from casetrail.presence.spans import Ids

Hashes = npt.NDArray[np.uint64]

SCHEMA = pa.schema(
    [
        pa.field("segment_id", pa.string(), nullable=False),
        pa.field("camera_id", pa.string(), nullable=False),
        pa.field("recording_id", pa.string(), nullable=False),
        pa.field("start_pts", pa.int64(), nullable=False),
        pa.field("end_pts", pa.int64(), nullable=False),
        pa.field("start_us", pa.int64(), nullable=False),
        pa.field("end_us", pa.int64(), nullable=False),
        pa.field("models", pa.string(), nullable=False),
        pa.field("written_ns", pa.int64(), nullable=False),
        pa.field("counts", pa.bool_(), nullable=False),
        pa.field("sampling", pa.binary(), nullable=True),
    ]
)
FACTS = ["segment_id", "camera_id", "start_us", "end_us", "written_ns"]
KEYS = ["camera_id", "recording_id", "start_pts", "end_pts", "start_us", "end_us", "models"]


@dataclass(frozen=True)
class Entry:
    """One segment: its key, when its file was written, and its sampling as bytes."""

    key: SegmentKey
    written_ns: int
    sampling: bytes | None


@dataclass(frozen=True)
class SegmentFacts:
    """What tells which of `n` segments count, `(n,)` each: `camera` is the hash in names as a number."""

    segment_id: Ids
    camera: Hashes
    start_us: Integers
    end_us: Integers
    written_ns: Integers
    by_id: Integers

    def find(self, placed: Placed) -> int | None:
        """The row of a segment that lies just there."""
        name, start_us, end_us = placed
        at = int(np.searchsorted(self.segment_id, name, sorter=self.by_id))
        while at < len(self.by_id) and self.segment_id[self.by_id[at]] == name:
            row = int(self.by_id[at])
            if (self.start_us[row], self.end_us[row]) == (start_us, end_us):
                return row
            at += 1
        return None

    def places(self, name: bytes) -> list[Placed]:
        """Where a segment lies, wherever that is."""
        first = int(np.searchsorted(self.segment_id, name, sorter=self.by_id))
        last = int(np.searchsorted(self.segment_id, name, side="right", sorter=self.by_id))
        return [(name, int(self.start_us[row]), int(self.end_us[row])) for row in self.by_id[first:last]]


def build_segments(entries: Sequence[Entry], counts: Flags) -> pa.Table:
    """The table of these segments, in this order."""
    rows = [
        {
            "segment_id": one.key.segment_id,
            **{
                name: getattr(one.key, name) for name in ("camera_id", "recording_id", "start_pts", "end_pts", "models")
            },
            "start_us": one.key.interval.start_us,
            "end_us": one.key.interval.end_us,
            "written_ns": one.written_ns,
            "counts": bool(count),
            "sampling": one.sampling,
        }
        for one, count in zip(entries, counts, strict=True)
    ]
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def read_entries(table: pa.Table) -> list[Entry]:
    """The segments of a table, in its order."""
    rows = table.to_pylist()
    return [Entry(_key(row), row["written_ns"], row["sampling"]) for row in rows]


def read_keys(table: pa.Table) -> list[SegmentKey]:
    """The keys of a table with the columns `KEYS`."""
    return [_key(row) for row in table.to_pylist()]


def read_facts(table: pa.Table) -> SegmentFacts:
    """What tells which segments count, from the columns `FACTS`."""
    ids = np.array([name.encode() for name in table.column("segment_id").to_pylist()], "S20")
    cameras = table.column("camera_id").to_pylist()
    return SegmentFacts(
        ids,
        hash_cameras(cameras),
        _numbers(table, "start_us"),
        _numbers(table, "end_us"),
        _numbers(table, "written_ns"),
        np.argsort(ids, kind="stable"),
    )


def hash_cameras(camera_ids: Iterable[str]) -> Hashes:
    """The hashes of cameras as numbers."""
    listed = list(camera_ids)
    known = {camera_id: int(hash_camera(camera_id), 16) for camera_id in set(listed)}
    return np.array([known[camera_id] for camera_id in listed], np.uint64)


def _key(row: dict[str, Any]) -> SegmentKey:
    fields = {name: row[name] for name in KEYS if name not in ("start_us", "end_us")}
    return SegmentKey(**fields, interval=UtcInterval(row["start_us"], row["end_us"]))


def _numbers(table: pa.Table, name: str) -> Array:
    return np.asarray(table.column(name).to_numpy())
