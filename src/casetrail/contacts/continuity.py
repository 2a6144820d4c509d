"""Continuity: presences of one camera that are one person because one begins where the other ended.

A recording is indexed in segments, so that somebody who stays is one presence per segment; a stay of fifteen
minutes would never be seen without putting them together again. No appearance is used: time and place suffice.
"""

from collections.abc import Sequence

import numpy as np

from casetrail.model.arrays import Floats
from casetrail.model.geometry import box_overlap
from casetrail.model.time import SECOND_US
from casetrail.presence.presences import Presence

LONGEST_GAP_S = 0.6
LEAST_OVERLAP = 0.5


def find_continuations(presences: Sequence[Presence]) -> dict[str, str]:
    """For each presence that goes on in another, that other's id.

    Two presences join when the second starts within 0.6 s after the end of the first, their boxes overlap by half
    or more, and neither has another partner: cut rather than merge when in doubt.
    """
    by_camera: dict[str, list[Presence]] = {}
    for presence in presences:
        by_camera.setdefault(presence.camera_id, []).append(presence)
    return {first: second for group in by_camera.values() for first, second in _on_one_camera(group)}


def _on_one_camera(group: Sequence[Presence]) -> list[tuple[str, str]]:
    starts = sorted(group, key=lambda one: int(one.utc_us[0]))
    start_us = np.array([int(one.utc_us[0]) for one in starts])
    pairs = []
    for first in group:
        end_us = int(first.utc_us[-1])
        span = slice(
            int(np.searchsorted(start_us, end_us, side="right")),
            int(np.searchsorted(start_us, end_us + LONGEST_GAP_S * SECOND_US, side="right")),
        )
        pairs += [(first.presence_id, next_.presence_id) for next_ in starts[span] if _overlap(first, next_)]
    firsts, seconds = [first for first, _ in pairs], [second for _, second in pairs]
    return [(a, b) for a, b in pairs if firsts.count(a) == 1 and seconds.count(b) == 1]


def _overlap(first: Presence, second: Presence) -> bool:
    last: Floats = first.xyxy[-1:]
    return bool(box_overlap(last, second.xyxy[:1])[0, 0] >= LEAST_OVERLAP)
