"""Fake of the Detector port: finds the figures of drawn footage by their plain colours, after any compression.

A figure is found by its torso, one block of a saturated colour with skin above it. What stands before it hides
it, as with real people: less of the torso, less confidence; no head, no detection.
"""

from collections.abc import Sequence

import cv2
import numpy as np

from casetrail.model.arrays import Flags, Image, Integers
from casetrail.model.models import AccuracyClass, ModelRole, ModelStamp
from casetrail.presence.detector import Detections
from casetrail.testing.drawn_footage import FIGURE_RATIO, MARK_PX

STAMP = ModelStamp("drawn-figures", ModelRole.PERSON_DETECTOR, AccuracyClass.DEFAULT, "0" * 12)
SATURATED = 110
HUES = 18  # ten degrees each: compression moves a hue by less
LEAST_PX = 40
TORSO = (0.17, 0.55)  # upper and lower end of the torso as shares of the height


class FakeDetector:
    """Finds coloured figures. `looked_at` counts pictures, so that a test can see how little was asked for."""

    def __init__(self) -> None:
        self.looked_at = 0

    @property
    def stamp(self) -> ModelStamp:
        """A stamp that no real model has."""
        return STAMP

    def input_size(self, wh: tuple[int, int], _scale: float = 1.0) -> tuple[int, int]:
        """Drawn figures are looked for in whole pictures."""
        return wh

    def detect(self, images: Sequence[Image], _size: tuple[int, int] | None = None, /) -> list[Detections]:
        """Figures in each picture, from the surest to the least sure."""
        self.looked_at += len(images)
        return [_detect(image) for image in images]


def _detect(image: Image) -> Detections:
    hue, saturation, value = cv2.split(cv2.cvtColor(image, cv2.COLOR_BGR2HSV))
    coloured = (saturation > SATURATED) & (value > 60)
    coloured[:MARK_PX] = False
    classes = np.where(coloured, (hue.astype(np.int64) + 5) // (180 // HUES) % HUES, -1)
    skin = (hue > 5) & (hue < 25) & (saturation > 40) & (saturation < SATURATED) & (value > 150)
    found = [box for name in np.unique(classes[coloured]) for box in _figures(classes == name, skin)]
    found.sort(key=lambda row: (-row[4], row[0]))
    rows = np.array(found, np.float32).reshape(-1, 5)
    return Detections(np.ascontiguousarray(rows[:, :4]), np.ascontiguousarray(rows[:, 4]))


def _figures(mask: Flags, skin: Flags) -> list[tuple[float, float, float, float, float]]:
    solid = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    count, _, stats, _ = cv2.connectedComponentsWithStats(solid)
    found = (_figure(stats[index], skin) for index in range(1, count) if stats[index, cv2.CC_STAT_AREA] > LEAST_PX)
    return [box for box in found if box is not None]


def _figure(stats: Integers, skin: Flags) -> tuple[float, float, float, float, float] | None:
    """Box and confidence of a figure from its torso's place and size, or None where no head is above it."""
    left, top, width, height, area = (int(value) for value in stats[:5])
    rows, columns = skin.shape
    at_edge = left <= 1 or left + width >= columns - 1
    tall = height / (TORSO[1] - TORSO[0]) if at_edge else width / FIGURE_RATIO
    head = skin[max(0, round(top - TORSO[0] * tall)) : top, left : left + width]
    if head.size == 0 or head.mean() < 0.12:
        return None
    y1 = top - TORSO[0] * tall
    seen = min(1.0, height / (tall * (TORSO[1] - TORSO[0]))) * min(1.0, area / (width * height))
    box = (float(left), max(0.0, y1), float(left + width), min(float(rows), y1 + tall))
    return *box, round(0.95 * seen, 3)
