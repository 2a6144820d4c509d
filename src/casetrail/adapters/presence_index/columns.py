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

from casetrail.model.arrays import Floats, Integers, frozen
from casetrail.model.time import UtcInterval
from casetrail.presence.index import SegmentKey
from casetrail.presence.presences import Presence, View
from casetrail.presence.sampling import Reason, Sampling, Stretch

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
SCHEMA = pa.schema(
    [
        pa.field("presence_id", pa.string(), nullable=False),
        pa.field("camera_id", pa.string(), nullable=False),
        pa.field("recording_id", pa.string(), nullable=False),
        pa.field("start_us", pa.int64(), nullable=False),
        pa.field("end_us", pa.int64(), nullable=False),
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


def build_table(key: SegmentKey, presences: Sequence[Presence], sampling: Sampling | None = None) -> pa.Table:
    """A segment's presences by camera and time; in the (encrypted) footer the segment's key and its sampling."""
    ordered = sorted(presences, key=lambda item: (item.camera_id, item.interval, item.presence_id))
    rows = [_row(item) for item in ordered]
    metadata = {_KEY: _encode_key(key)}
    if sampling is not None:
        metadata[_SAMPLING] = _encode_sampling(sampling)
    schema = SCHEMA.with_metadata(metadata)
    return pa.Table.from_pylist(rows, schema=schema)


def read_key(metadata: dict[bytes, bytes] | None) -> SegmentKey:
    """The key of a segment from its footer. Raises ValueError, KeyError or TypeError when it is not one."""
    fields = json.loads((metadata or {})[_KEY])
    return SegmentKey(**{**fields, "interval": UtcInterval(**fields["interval"])})


def read_sampling(metadata: dict[bytes, bytes] | None) -> Sampling | None:
    """The sampling of a segment from its footer. Raises ValueError, KeyError or TypeError when it is not one."""
    if not metadata or _SAMPLING not in metadata:
        return None
    fields = json.loads(metadata[_SAMPLING])
    stretches = tuple(Stretch(start, end, Reason(reason)) for start, end, reason in fields["stretches"])
    looked = np.cumsum(np.array(fields["steps"], np.int64))
    input_sizes = tuple((int(width), int(height)) for width, height in fields["input_sizes"])
    return Sampling(stretches, int(fields["frames"]), frozen(looked), input_sizes, int(fields.get("lost", 0)))


def read_rows(table: pa.Table) -> list[Presence]:
    """The presences of a table."""
    return [_presence(row) for row in table.to_pylist()]


def _encode_key(key: SegmentKey) -> bytes:
    return json.dumps(asdict(key), sort_keys=True).encode()


def _encode_sampling(sampling: Sampling) -> bytes:
    fields = {
        "stretches": [[one.start_pts, one.end_pts, one.reason] for one in sampling.stretches],
        "frames": sampling.frames,
        "steps": np.diff(sampling.looked, prepend=0).tolist(),
        "input_sizes": [list(size) for size in sampling.input_sizes],
        "lost": sampling.lost,
    }
    return json.dumps(fields, sort_keys=True).encode()


def _row(item: Presence) -> dict[str, Any]:
    return {
        "presence_id": item.presence_id,
        "camera_id": item.camera_id,
        "recording_id": item.recording_id,
        "start_us": item.interval.start_us,
        "end_us": item.interval.end_us,
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
