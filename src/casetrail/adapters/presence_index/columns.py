"""Presences as columns, and back. The schema is the whole of what rung 1 may hold about anybody.

Per-frame arrays are binary columns, not lists. Boxes in whole quarters of a pixel, and times, are stored as
differences, which compress to little; any other box is stored as it is, so nothing is ever rounded here.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from casetrail.model.arrays import Array, Floats, Integers, frozen
from casetrail.model.time import UtcInterval
from casetrail.presence.directions import find_towards
from casetrail.presence.index import SegmentKey
from casetrail.presence.presences import Presence, View
from casetrail.presence.sampling import Reason, Sampling, Stretch
from casetrail.presence.spans import PresenceSpans, encode_ids

_KEY = b"casetrail.segment"
_SAMPLING = b"casetrail.sampling"
_VIEW = pa.struct(
    [
        pa.field("pts", pa.int64(), nullable=False),
        pa.field("x1", pa.float64(), nullable=False),
        pa.field("y1", pa.float64(), nullable=False),
        pa.field("x2", pa.float64(), nullable=False),
        pa.field("y2", pa.float64(), nullable=False),
        pa.field("quality", pa.float64(), nullable=False),
        pa.field("keyframe", pa.bool_(), nullable=False),
    ]
)
TOWARDS = "towards"  # which way somebody walks; files of before casetrail knew it have no such column
SCHEMA = pa.schema(
    [
        pa.field("presence_id", pa.string(), nullable=False),
        pa.field("camera_id", pa.string(), nullable=False),
        pa.field("recording_id", pa.string(), nullable=False),
        pa.field("start_us", pa.int64(), nullable=False),
        pa.field("end_us", pa.int64(), nullable=False),
        pa.field("view_count", pa.uint8(), nullable=False),
        pa.field("best_quality", pa.float32(), nullable=False),
        pa.field(TOWARDS, pa.int8(), nullable=False),
        pa.field("pts", pa.binary(), nullable=False),
        pa.field("utc_us", pa.binary(), nullable=False),
        pa.field("xyxy", pa.binary(), nullable=False),
        pa.field("confidence", pa.binary(), nullable=False),
        pa.field("foot_hidden", pa.binary(), nullable=False),
        pa.field("foot_m", pa.binary(), nullable=True),
        pa.field("views", pa.list_(_VIEW), nullable=False),
        pa.field("models", pa.string(), nullable=False),
    ]
)
SEGMENT = "segment"  # in merged files: which row of the table of segments a presence belongs to
MERGED_SCHEMA = SCHEMA.append(pa.field(SEGMENT, pa.int32(), nullable=False))
SPANS = ["presence_id", "camera_id", "start_us", "end_us", "view_count", "best_quality", TOWARDS]


def build_table(key: SegmentKey, presences: Sequence[Presence], sampling: Sampling | None = None) -> pa.Table:
    """A segment's presences by camera and time; in the (encrypted) footer the segment's key and its sampling."""
    ordered = sorted(presences, key=lambda item: (item.camera_id, item.interval, item.presence_id))
    rows = [_row(item) for item in ordered]
    metadata = {_KEY: _encode_key(key)}
    if sampling is not None:
        metadata[_SAMPLING] = encode_sampling(sampling)
    schema = SCHEMA.with_metadata(metadata)
    return pa.Table.from_pylist(rows, schema=schema)


def read_key(metadata: dict[bytes, bytes] | None) -> SegmentKey:
    """The key of a segment from its footer. Raises ValueError, KeyError or TypeError when it is not one."""
    fields = json.loads((metadata or {})[_KEY])
    return SegmentKey(**{**fields, "interval": UtcInterval(**fields["interval"])})


def read_sampling(metadata: dict[bytes, bytes] | None) -> Sampling | None:
    """The sampling of a segment from its footer. Raises ValueError, KeyError or TypeError when it is not one."""
    return decode_sampling(raw_sampling(metadata))


def raw_sampling(metadata: dict[bytes, bytes] | None) -> bytes | None:
    """The sampling of a segment as it stands in its footer."""
    return (metadata or {}).get(_SAMPLING)


def encode_sampling(sampling: Sampling) -> bytes:
    """A sampling as bytes; the same sampling gives the same bytes."""
    fields = {
        "stretches": [[one.start_pts, one.end_pts, one.reason] for one in sampling.stretches],
        "frames": sampling.frames,
        "steps": np.diff(sampling.looked, prepend=0).tolist(),
        "input_sizes": [list(size) for size in sampling.input_sizes],
        "lost": sampling.lost,
    }
    return json.dumps(fields, sort_keys=True).encode()


def decode_sampling(data: bytes | None) -> Sampling | None:
    """What `encode_sampling` wrote. Raises ValueError, KeyError or TypeError when it is anything else."""
    if data is None:
        return None
    fields = json.loads(data)
    stretches = tuple(Stretch(start, end, Reason(reason)) for start, end, reason in fields["stretches"])
    looked = np.cumsum(np.array(fields["steps"], np.int64))
    input_sizes = tuple((int(width), int(height)) for width, height in fields["input_sizes"])
    return Sampling(stretches, int(fields["frames"]), frozen(looked), input_sizes, int(fields.get("lost", 0)))


def read_rows(table: pa.Table) -> list[Presence]:
    """The presences of a table."""
    return [_presence(row) for row in table.to_pylist()]


def read_spans(table: pa.Table) -> PresenceSpans:
    """The columns `SPANS` of a table that is ordered by camera."""
    camera_ids, camera = _places(table.column("camera_id"))
    return PresenceSpans(
        camera_ids,
        frozen(camera),
        frozen(_numbers(table, "start_us")),
        frozen(_numbers(table, "end_us")),
        _ids(table.column("presence_id")),
        frozen(_numbers(table, "view_count")),
        frozen(_numbers(table, "best_quality")),
        frozen(_towards(table)),
    )


def with_directions(table: pa.Table) -> pa.Table:
    """A whole table of rows with the column of directions, worked out from its paths where it has none."""
    if TOWARDS in table.column_names:
        return table
    told = [find_towards(item) for item in read_rows(table)]
    return table.append_column(SCHEMA.field(TOWARDS), pa.array(told, pa.int8()))


def keep_rows(table: pa.Table, rows: Array) -> pa.Table:
    """These rows (a mask) of a table."""
    return table.filter(pa.array(rows)) if not rows.all() else table


def _encode_key(key: SegmentKey) -> bytes:
    return json.dumps(asdict(key), sort_keys=True).encode()


def _row(item: Presence) -> dict[str, Any]:
    return {
        "presence_id": item.presence_id,
        "camera_id": item.camera_id,
        "recording_id": item.recording_id,
        "start_us": item.interval.start_us,
        "end_us": item.interval.end_us,
        "view_count": len(item.views),
        "best_quality": max((view.quality for view in item.views), default=0.0),
        TOWARDS: find_towards(item),
        "pts": _differences(item.pts),
        "utc_us": _differences(item.utc_us),
        "xyxy": _encode_boxes(item.xyxy),
        "confidence": item.confidence.astype("<f4").tobytes(),
        "foot_hidden": np.packbits(item.foot_hidden).tobytes(),
        "foot_m": None if item.foot_m is None else item.foot_m.astype("<f4").tobytes(),
        "views": [_encode_view(view) for view in item.views],
        "models": item.models,
    }


def _presence(row: dict[str, Any]) -> Presence:
    pts = _sums(row["pts"])
    hidden = np.unpackbits(np.frombuffer(row["foot_hidden"], np.uint8), count=len(pts)).astype(bool)
    foot_m = None if row["foot_m"] is None else frozen(_floats(row["foot_m"]).reshape(-1, 2))
    return Presence(
        presence_id=row["presence_id"],
        camera_id=row["camera_id"],
        recording_id=row["recording_id"],
        pts=frozen(pts),
        utc_us=frozen(_sums(row["utc_us"])),
        xyxy=frozen(_decode_boxes(row["xyxy"])),
        confidence=frozen(_floats(row["confidence"])),
        foot_hidden=frozen(hidden),
        foot_m=foot_m,
        views=tuple(_decode_view(view) for view in row["views"]),
        models=row["models"],
    )


def _encode_view(view: View) -> dict[str, Any]:
    corners = dict(zip(("x1", "y1", "x2", "y2"), view.xyxy, strict=True))
    return {"pts": view.pts, **corners, "quality": view.quality, "keyframe": view.keyframe}


def _decode_view(view: dict[str, Any]) -> View:
    return View(view["pts"], (view["x1"], view["y1"], view["x2"], view["y2"]), view["quality"], view["keyframe"])


def _differences(values: Integers) -> bytes:
    return np.diff(values, prepend=0).astype("<i8").tobytes()


def _sums(data: bytes) -> Integers:
    return np.cumsum(np.frombuffer(data, "<i8")).astype(np.int64)


def _floats(data: bytes) -> Floats:
    return np.frombuffer(data, "<f4").astype(np.float32)


def _encode_boxes(xyxy: Floats) -> bytes:
    quarters = xyxy.astype(np.float64) * 4
    if not (np.isfinite(quarters).all() and (quarters == np.rint(quarters)).all() and np.abs(quarters).max() < 2**30):
        return b"f" + xyxy.astype("<f4").tobytes()
    steps = np.diff(quarters.astype(np.int32), axis=0, prepend=np.zeros((1, 4), np.int32))
    return b"q" + steps.T.astype("<i4").tobytes()


def _decode_boxes(data: bytes) -> Floats:
    if data[:1] == b"f":
        return _floats(data[1:]).reshape(-1, 4)
    steps = np.frombuffer(data, "<i4", offset=1).reshape(4, -1).T
    return (np.cumsum(steps, axis=0) / 4).astype(np.float32)


def _places(column: pa.ChunkedArray) -> tuple[tuple[str, ...], Array]:
    """The cameras of a column in order, and int32 `(n,)` which of them each row is of."""
    coded = pc.dictionary_encode(column.cast(pa.string())) if not pa.types.is_dictionary(column.type) else column
    coded = coded.unify_dictionaries().combine_chunks()
    if isinstance(coded, pa.ChunkedArray):  # without any row there is nothing to combine
        return (), np.zeros(0, np.int32)
    names = coded.dictionary.to_pylist()
    order = sorted(range(len(names)), key=names.__getitem__)
    rank = np.empty(len(names), np.int32)
    rank[order] = np.arange(len(names), dtype=np.int32)
    codes = coded.indices.to_numpy(zero_copy_only=False)
    return tuple(names[index] for index in order), rank[codes]


def _towards(table: pa.Table) -> Array:
    if TOWARDS not in table.column_names:
        return np.zeros(table.num_rows, np.int8)
    return _numbers(table, TOWARDS)


def _numbers(table: pa.Table, name: str) -> Array:
    return np.asarray(table.column(name).to_numpy())


def _ids(column: pa.ChunkedArray) -> Array:
    """Ids as bytes of one width; without a Python object each where all are equally long."""
    whole = pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], pa.string())
    ends = np.frombuffer(whole.buffers()[1], np.int32, len(whole) + 1, 4 * whole.offset) if len(whole) else np.zeros(1)
    widths = np.diff(ends)
    if not len(whole) or (widths != widths[0]).any() or not widths[0]:
        return encode_ids(whole.to_pylist())
    width = int(widths[0])
    letters = np.frombuffer(whole.buffers()[2], np.uint8, len(whole) * width, int(ends[0]))
    return frozen(letters.reshape(-1, width).copy().view(f"S{width}")[:, 0])
