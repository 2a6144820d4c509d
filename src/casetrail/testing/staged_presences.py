"""Staged presences: people placed in metres on the ground, as a camera of known pose would have found them."""

from collections.abc import Callable

import numpy as np

from casetrail.contacts.foot_paths import MEASURED_DETECTOR
from casetrail.footage.calibration import plane_from_pose
from casetrail.model.arrays import Doubles, frozen
from casetrail.model.ground_plane import GroundPlane, project
from casetrail.model.lens import Lens
from casetrail.model.time import SECOND_US
from casetrail.presence.presences import Presence, View

FRAME_US = SECOND_US // 10
START_US = 1_772_452_800_000_000


def stage_plane(height_m: float = 6.0, focal_px: float = 900.0, lens: Lens | None = None) -> GroundPlane:
    """The plane of a camera on a mast that looks 35 degrees down, along y; 800 by 600 pixels."""
    down = np.radians(35.0)
    rotation = np.array([[1, 0, 0], [0, -np.sin(down), -np.cos(down)], [0, np.cos(down), -np.sin(down)]])
    shift = -rotation @ np.array([0, 0, height_m])
    intrinsics = np.array([[focal_px, 0, 400], [0, focal_px, 300], [0, 0, 1.0]])
    return plane_from_pose(intrinsics, np.column_stack([rotation, shift]), lens or Lens(), "staged")


def stage_presence(
    presence_id: str,
    feet_m: Callable[[Doubles], Doubles],
    *,
    seconds: tuple[float, float] = (0.0, 10.0),
    plane: GroundPlane | None = None,
    camera_id: str = "CAM01",
    hidden: Callable[[Doubles], Doubles] | None = None,
    jitter_share: float = 0.0,
    seed: int = 0,
) -> Presence:
    """A person whose feet are at `feet_m(seconds)` `(n, 2)` metres, ten frames a second.

    Boxes are 100 pixels high, their lower middle at the feet, moved by normal jitter of `jitter_share` of the
    height. `hidden(seconds)` `(n,)` is above zero where a foot is hidden.
    """
    pts = np.arange(round(seconds[0] * 10), round(seconds[1] * 10) + 1, dtype=np.int64)
    at = pts / 10
    feet = project(plane or stage_plane(), feet_m(at))
    feet = feet + np.random.default_rng(seed).normal(0, max(jitter_share, 1e-12) * 100, feet.shape)
    xyxy = np.column_stack([feet[:, 0] - 19, feet[:, 1] - 100, feet[:, 0] + 19, feet[:, 1]]).astype(np.float32)
    unseen = np.zeros(len(at), dtype=bool) if hidden is None else hidden(at) > 0
    return Presence(
        presence_id=presence_id,
        camera_id=camera_id,
        recording_id=f"recording-{camera_id}",
        pts=frozen(pts),
        utc_us=frozen(START_US + pts * FRAME_US),
        xyxy=frozen(xyxy),
        confidence=frozen(np.full(len(pts), 0.9, dtype=np.float32)),
        foot_hidden=frozen(unseen),
        foot_m=None,
        views=(View(int(pts[0]), (0.0, 0.0, 38.0, 100.0), 0.5, True),),
        models=f"{MEASURED_DETECTOR}@staged/1",
    )


def standing(x_m: float, y_m: float) -> Callable[[Doubles], Doubles]:
    """Somebody who stays at a place."""
    return lambda at: np.tile([x_m, y_m], (len(at), 1))


def walking(from_m: tuple[float, float], by_m_s: tuple[float, float]) -> Callable[[Doubles], Doubles]:
    """Somebody who walks straight on."""
    return lambda at: np.array(from_m) + at[:, None] * np.array(by_m_s)
