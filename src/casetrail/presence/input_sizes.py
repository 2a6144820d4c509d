"""At which sizes the detector looks at a camera's pictures: chosen from the sizes of the people there.

A detector finds people of some heights best, counted in pixels of the picture that it is given. Usually one size
serves. Where many people are smaller or larger than that, their pictures are enlarged or reduced, or looked at twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from casetrail.model.arrays import Doubles
from casetrail.presence.detector import Detections
from casetrail.presence.tracking import without_duplicates

USUAL_SCALE = 1.0
NEAR = 1.5


@dataclass(frozen=True)
class SizeRules:
    """When another size is looked at. Heights in pixels of the picture that the detector is given at the usual size.

    People between `smallest` and `largest` are found as they are. When a share of at least `many` of them is smaller
    (larger), the picture is also looked at `enlarged` (`reduced`); when hardly anybody (`few`) is in between, only so.
    `probes`: how many keyframes are looked at to tell; `sure`: least confidence that counts.
    """

    smallest: float = 35.0
    largest: float = 240.0
    many: float = 0.25
    few: float = 0.1
    enlarged: float = 2.0
    reduced: float = 0.4
    probes: int = 3
    sure: float = 0.7


PROBED_SCALES = (SizeRules.reduced, USUAL_SCALE, SizeRules.enlarged)


def choose_scales(heights: Doubles, rules: SizeRules) -> tuple[float, ...]:
    """Scales at which to look, the usual one being 1, from heights `(n,)` of the people that probing found."""
    if not len(heights):
        return (USUAL_SCALE,)
    small = float((heights < rules.smallest).mean())
    large = float((heights > rules.largest).mean())
    scales = [rules.reduced] if large >= rules.many else []
    scales += [USUAL_SCALE] if 1 - small - large > rules.few or not (scales or small >= rules.many) else []
    scales += [rules.enlarged] if small >= rules.many else []
    return tuple(scales)


def scales_to_try(heights: Doubles, rules: SizeRules) -> tuple[float, ...]:
    """Scales beside the usual one that are worth trying, after heights `(n,)` that the usual one found.

    Where it found nobody, everything is; else where many are near the limits, so that others may be beyond them.
    """
    small = not len(heights) or float((heights < NEAR * rules.smallest).mean()) >= rules.many
    large = not len(heights) or float((heights * NEAR > rules.largest).mean()) >= rules.many
    return (rules.reduced,) * large + (rules.enlarged,) * small


def measure_heights(found: Sequence[Detections], rules: SizeRules) -> Doubles:
    """Heights `(n,)` in pixels of those found surely enough."""
    heights = [one.xyxy[:, 3] - one.xyxy[:, 1] for one in found]
    sure = [one.confidence >= rules.sure for one in found]
    if not heights:
        return np.zeros(0)
    return np.asarray(np.concatenate(heights)[np.concatenate(sure)], np.float64)


def merge(found: Sequence[Detections]) -> Detections:
    """What was found at several sizes in one picture, surest first, each person once."""
    if len(found) == 1:
        return found[0]
    xyxy = np.concatenate([one.xyxy for one in found])
    confidence = np.concatenate([one.confidence for one in found])
    order = np.argsort(-confidence, kind="stable")
    return without_duplicates(Detections(xyxy[order], confidence[order]))
