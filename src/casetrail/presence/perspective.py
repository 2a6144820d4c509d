"""How high a person is in the picture, by where the feet are: learned from the people that a camera sees.

On level ground a person's height in pixels is a linear function of where the feet are (Hoiem, Efros and Hebert,
"Putting Objects in Perspective", 2006). One plane is fitted to the surest whole boxes of a segment, so that it needs
no calibration, holds for one camera and one stretch of time, and describes nobody.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from casetrail.model.arrays import Doubles, Flags, Floats
from casetrail.model.geometry import box_cover
from casetrail.presence.best_views import FOOT_SHARE, cut_by_edge
from casetrail.presence.detector import Detections

SURE = 0.6
SOMEBODY = 0.3  # least confidence of somebody who may hide the feet of others
UNCOVERED = 0.1
FEWEST = 30  # boxes, to learn from
MOST = 4000
WIDEST = 0.15  # spread of heights around the plane beyond which there is no plane: stairs, children at play
STEEPEST = 0.6  # more height for each pixel of foot row, and the head hardly moves: seen from about eye height
LEAST_FALL = 0.2  # of the head for each pixel that the feet are lower, however tall somebody is
ROUNDS = 15
SETTLED = 1.5  # deviations beyond which a box counts less
LEAST_PX = 8.0
STIFFNESS = 0.005  # holds the plane level where all feet are in one row


@dataclass(frozen=True)
class Perspective:
    """The plane of heights: `base` pixels at the middle of the picture's upper side, more by `slope` for each pixel
    that the feet are lower and by `tilt` for each pixel to the right of the `middle`; heights differ from it by
    `spread` (a share of the height).
    """

    base: float
    slope: float
    tilt: float
    middle: float
    spread: float

    @property
    def tells_feet(self) -> bool:
        """Whether the row of the head tells where the feet are: it does where people are seen from above."""
        return self.slope < STEEPEST

    def height_at(self, x: Doubles, foot: Doubles) -> Doubles:
        """Height in pixels of people whose feet are at `x` `(n,)` in the rows `foot` `(n,)`."""
        return np.asarray(np.maximum(self.base + self.slope * foot + self.tilt * (x - self.middle), LEAST_PX))

    def height_below(self, x: Doubles, head: Doubles, tallness: float = 1.0) -> Doubles:
        """Height in pixels of people whose heads are at `x` in the rows `head` and who are so much taller than most;
        means something if it `tells_feet`.
        """
        over = tallness * (self.base + self.slope * head + self.tilt * (x - self.middle))
        return np.asarray(np.maximum(over / max(1 - tallness * self.slope, LEAST_FALL), LEAST_PX))


def learn_perspective(detections: Sequence[Detections], image_wh: tuple[int, int]) -> Perspective | None:
    """The plane that the whole boxes of these frames lie on; None where they are few or lie on none."""
    boxes = [_whole(found, image_wh) for found in detections]
    xyxy = np.concatenate(boxes).astype(np.float64) if boxes else np.zeros((0, 4))
    if len(xyxy) < FEWEST:
        return None
    xyxy = xyxy[np.linspace(0, len(xyxy) - 1, min(len(xyxy), MOST)).astype(np.int64)]
    plane, spread = _fit(xyxy, image_wh)
    if spread > WIDEST:
        return None
    slope, tilt = float(plane[1]) / image_wh[1], float(plane[2]) / image_wh[0]
    return Perspective(float(plane[0]), slope, tilt, image_wh[0] / 2, spread)


def foot_cover(xyxy: Floats, others: Floats) -> Floats:
    """Share of the foot strip of each box `(n, 4)` that one of the `others` `(m, 4)` covers that ends lower, `(n,)`."""
    if not len(xyxy) or not len(others):
        return np.zeros(len(xyxy), np.float32)
    feet = xyxy.copy()
    feet[:, 1] = xyxy[:, 3] - FOOT_SHARE * (xyxy[:, 3] - xyxy[:, 1])
    nearer = others[None, :, 3] > xyxy[:, None, 3]
    return np.asarray(np.where(nearer, box_cover(feet, others), 0).max(axis=1), np.float32)


def _whole(found: Detections, image_wh: tuple[int, int]) -> Floats:
    """Sure boxes that neither the picture's edge nor somebody nearer cuts."""
    xyxy = found.xyxy[found.confidence >= SOMEBODY]
    sure = found.confidence[found.confidence >= SOMEBODY] >= SURE
    whole: Flags = ~cut_by_edge(xyxy, image_wh).any(axis=1) & (foot_cover(xyxy, xyxy) < UNCOVERED)
    return xyxy[sure & whole]


def _fit(xyxy: Doubles, image_wh: tuple[int, int]) -> tuple[Doubles, float]:
    """Height at the upper side, growth over the whole picture's height and width; and how far heights are from it.

    Weighted least squares over and over, each box weighing less the farther it is from the last plane (Huber 1964).
    """
    height = np.maximum(xyxy[:, 3] - xyxy[:, 1], LEAST_PX)
    where = np.stack(
        [np.ones(len(height)), xyxy[:, 3] / image_wh[1], (xyxy[:, 0] + xyxy[:, 2]) / 2 / image_wh[0] - 0.5], axis=1
    )
    stiff = np.diag([0.0, STIFFNESS, STIFFNESS]) / float(np.median(height))
    weight, spread = 1 / height, 0.0
    plane = np.zeros(3)
    for _ in range(ROUNDS):
        rows = np.concatenate([where * weight[:, None], stiff * np.sqrt(len(height))])
        plane = np.linalg.lstsq(rows, np.concatenate([height * weight, np.zeros(3)]), rcond=None)[0]
        expected = np.maximum(where @ plane, LEAST_PX)
        off = np.abs(height - expected) / expected
        middling = float(np.median(off))
        spread = 1.4826 * middling
        weight = np.minimum(1, SETTLED * middling / np.maximum(off, 1e-6)) / expected
    return plane, spread
