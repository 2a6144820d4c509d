"""Tables of presences that name only some cameras."""

import numpy as np

from casetrail.model.arrays import frozen
from casetrail.presence.spans import PresenceSpans


def spans() -> PresenceSpans:
    """Three presences at cameras B and D of a city of four."""
    count = 3
    return PresenceSpans(
        ("A", "B", "C", "D"),
        frozen(np.array([1, 1, 3], np.int32)),
        frozen(np.arange(count, dtype=np.int64)),
        frozen(np.arange(count, dtype=np.int64) + 10),
        frozen(np.array([b"1", b"2", b"3"], "S1")),
        frozen(np.ones(count, np.uint8)),
        frozen(np.ones(count, np.float32)),
        frozen(np.zeros(count, np.int8)),
    )


def test_rows_keep_their_cameras_whatever_cameras_are_named() -> None:
    """Numbers change, names of the rows' cameras do not; a camera without rows may be named."""
    named = spans().among(["D", "B", "E"])
    assert named.camera_ids == ("D", "B", "E")
    assert [named.camera_ids[at] for at in named.camera.tolist()] == ["B", "B", "D"]
    assert named.ids() == spans().ids()
