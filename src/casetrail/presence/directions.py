"""Which way somebody walks in the picture: towards the camera or away from it, told by the path of their box.

A camera above the street sees who comes nearer taller and lower in the picture (upright people on one ground plane:
Hoiem, Efros, Hebert, "Putting objects in perspective", IJCV 2008). Both must say so, or nothing is told.
"""

import math

import numpy as np

from casetrail.model.arrays import Doubles
from casetrail.model.time import SECOND_US
from casetrail.presence.presences import Presence

LEAST_S = 2.0
LEAST_FRAMES = 4
LEAST_GROWTH = 0.03  # of the logarithm of the height, from the first third to the last
LEAST_STEP = 0.10  # of the feet down the picture, in heights
LEAST_ERRORS = 2.0  # standard errors that a change is worth at least
TO_STANDARD = 1.4826  # from the median absolute deviation of normal errors to their standard deviation


def find_towards(presence: Presence) -> int:
    """1 for somebody who walks towards the camera, -1 away from it, 0 when that cannot be told.

    Only frames that show head and feet count: of a box that is cut neither the height nor the lower side says anything.
    """
    seen = ~presence.foot_hidden & (presence.xyxy[:, 1] > 0)
    boxes, moments = presence.xyxy[seen].astype(np.float64), presence.utc_us[seen]
    if len(boxes) < LEAST_FRAMES or moments[-1] - moments[0] < LEAST_S * SECOND_US:
        return 0
    height = np.maximum(boxes[:, 3] - boxes[:, 1], 1.0)
    growth = _change(np.log(height), LEAST_GROWTH)
    step = _change(boxes[:, 3] / float(np.median(height)), LEAST_STEP)
    return int(np.sign(growth)) if growth * step > 0 else 0


def _change(values: Doubles, least: float) -> float:
    """From the middle of the first third to that of the last, where a few bad boxes move neither.

    0 when it is less than `least` or might come from how much the values scatter about a straight line.
    """
    third = max(len(values) // 3, 1)
    change = float(np.median(values[-third:]) - np.median(values[:third]))
    rest = values - change * np.linspace(0, len(values) / max(len(values) - third, 1), len(values))
    spread = TO_STANDARD * float(np.median(np.abs(rest - np.median(rest))))
    return change if abs(change) >= max(least, LEAST_ERRORS * spread * math.sqrt(2 / third)) else 0.0
