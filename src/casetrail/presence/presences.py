"""A presence: somebody was in this picture, then, there. Nothing in it says what they look like."""

from dataclasses import dataclass

from casetrail.model.arrays import Flags, Floats, Integers
from casetrail.model.time import UtcInterval

MOST_VIEWS = 5


@dataclass(frozen=True)
class View:
    """A pointer to one of the few best pictures of a presence: a moment and a box, never pixels.

    `quality` 0..1 from size, confidence, occlusion and truncation; `keyframe` whether it decodes alone.
    """

    pts: int
    xyxy: tuple[float, float, float, float]
    quality: float
    keyframe: bool


@dataclass(frozen=True)
class Presence:
    """A tracklet without any description of the person (rung 1).

    Over its `n` frames, all read-only: `pts` int64 `(n,)`; `utc_us` int64 `(n,)`; `xyxy` float32 `(n, 4)`,
    pixels of the recording; `confidence` float32 `(n,)`, 0 where interpolated; `foot_hidden` bool `(n,)`,
    where the lower end of the box is not the feet (cut by the picture's edge, or behind somebody);
    `foot_m` float32 `(n, 2)`, metres on the camera's ground plane, or None without calibration.
    `models` names the detector and parameters that made it.
    """

    presence_id: str
    camera_id: str
    recording_id: str
    pts: Integers
    utc_us: Integers
    xyxy: Floats
    confidence: Floats
    foot_hidden: Flags
    foot_m: Floats | None
    views: tuple[View, ...]
    models: str

    @property
    def interval(self) -> UtcInterval:
        """From the first frame to just after the last."""
        return UtcInterval(int(self.utc_us[0]), int(self.utc_us[-1]) + 1)

    @property
    def foot_px(self) -> Floats:
        """Middle of the lower side of each box, `(n, 2)` pixels."""
        middle: Floats = self.xyxy[:, [0, 3]].copy()
        middle[:, 0] = (self.xyxy[:, 0] + self.xyxy[:, 2]) / 2
        return middle
