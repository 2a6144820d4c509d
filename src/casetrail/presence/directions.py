"""Which way somebody walks in the picture: towards the camera or away from it, told by the path of their box.

A camera above the street sees who comes nearer lower in the picture and taller (one ground plane, upright people:
Hoiem, Efros, Hebert, "Putting objects in perspective", IJCV 2008). Both must say so, or nothing is told.
"""

import numpy as np

from casetrail.model.arrays import Doubles
from casetrail.presence.presences import Presence

LEAST_S = 2.0
LEAST_FRAMES = 4
LEAST_GROWTH = 0.05  # of the logarithm of the height, from the first third to the last
LEAST_STEP = 0.10  # of the feet down the picture, in heights


def find_towards(presence: Presence) -> int:
    """1 for somebody who walks towards the camera, -1 away from it, 0 when that cannot be told.

    Only frames that show the feet count: where a box is cut neither its height nor its lower side says anything.
    """
    seen = ~presence.foot_hidden
    boxes, moments = presence.xyxy[seen].astype(np.float64), presence.utc_us[seen]
    if len(boxes) < LEAST_FRAMES or moments[-1] - moments[0] < LEAST_S * 1e6:
        return 0
    height = np.maximum(boxes[:, 3] - boxes[:, 1], 1.0)
    growth = _change(np.log(height))
    step = _change(boxes[:, 3]) / float(np.median(height))
    if growth * step <= 0 or abs(growth) < LEAST_GROWTH or abs(step) < LEAST_STEP:
        return 0
    return 1 if growth > 0 else -1


def _change(values: Doubles) -> float:
    """From the middle of the first third to that of the last: a few bad boxes move neither."""
    third = max(len(values) // 3, 1)
    return float(np.median(values[-third:]) - np.median(values[:third]))
