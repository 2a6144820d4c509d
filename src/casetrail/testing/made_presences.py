"""Presences made up for tests: nobody was ever there."""

from dataclasses import fields

import numpy as np

from casetrail.model.arrays import frozen
from casetrail.model.ids import stable_id
from casetrail.model.time import SECOND_US, UtcInterval
from casetrail.presence.index import SegmentKey
from casetrail.presence.presences import Presence, View


def make_presence(
    camera_id: str = "CAM01",
    start_us: int = 0,
    *,
    frames: int = 5,
    number: int = 0,
    on_ground: bool = False,
    growth_px: float = 0.0,
) -> Presence:
    """A presence that walks to the right for so many frames, ten a second; its feet go `growth_px` down in each."""
    step = np.arange(frames)
    x = 10.0 + 2.25 * step + number
    xyxy = np.stack([x, np.full(frames, 20.0), x + 20, 80.5 + growth_px * step], axis=1).astype(np.float32)
    pts = (3 * step + 3 * number).astype(np.int64)
    return Presence(
        presence_id=stable_id("made", camera_id, start_us, number),
        camera_id=camera_id,
        recording_id=stable_id("recording", camera_id),
        pts=frozen(pts),
        utc_us=frozen(start_us + step.astype(np.int64) * (SECOND_US // 10)),
        xyxy=frozen(xyxy),
        confidence=frozen(np.where(step == 1, 0, 0.75).astype(np.float32)),
        foot_hidden=frozen(step % 2 == 1),
        foot_m=frozen(np.stack([x / 100, x / 50], axis=1).astype(np.float32)) if on_ground else None,
        views=(View(int(pts[0]), (10.0, 20.0, 30.0, 80.5), 0.5, True),),
        models="made/1",
    )


def make_segment(
    camera_id: str = "CAM01", start_us: int = 0, *, length_s: float = 300, models: str = "made/1"
) -> SegmentKey:
    """The key of a segment of a made-up recording."""
    interval = UtcInterval(start_us, start_us + round(length_s * SECOND_US))
    start_pts = start_us // SECOND_US
    return SegmentKey(
        camera_id, stable_id("recording", camera_id), start_pts, start_pts + round(length_s), interval, models
    )


def same_presence(a: Presence, b: Presence) -> bool:
    """Whether two presences are equal in every field, arrays included."""
    return all(_same(getattr(a, one.name), getattr(b, one.name)) for one in fields(Presence))


def _same(a: object, b: object) -> bool:
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        return a.dtype == b.dtype and np.array_equal(a, b, equal_nan=a.dtype.kind == "f")
    return a == b
