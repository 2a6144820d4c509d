"""Whether a mask leaves the nose bare: where, between eyes and mouth, the face changes its colour.

A classifier of two classes calls a mask under the nose worn. The colours of the face tell more: going down from the
eyes, skin ends and the mask begins above the tip of the nose where it is worn well, and below it where it is not.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from casetrail.adapters.openvino_models.alignment import LANDMARKS, similarity_transform
from casetrail.model.arrays import Doubles, Floats, Image

SIDE = 96
POINTS = (LANDMARKS * 0.6 + 0.2) * SIDE  # the five points with room around the face
DEPTHS = np.linspace(0.05, 1.15, 23)  # 0 at the eyes, 1 at the mouth
HALF_WIDTH_PX, HALF_HEIGHT_PX = 4, 1
LEAST_STEPS = 3  # on each side of the change
ROUNDING = 1e-6  # less variance than this is none
LIGHTNESS = 0.6  # weight of lightness beside the two colour axes: shadows change it too


@dataclass(frozen=True)
class Change:
    """The greatest change of colour down the middle of a face.

    `depth`: where, 0 at the eyes, 1 at the mouth. `contrast`: distance of the mean colours above and below, in CIELAB
    units of 8-bit OpenCV with lightness weighed down. `explained`: share 0..1 of all variance that two plain colours
    explain.
    """

    depth: float
    contrast: float
    explained: float


def read_change(image: Image, landmarks: Floats) -> Change:
    """The change for one face with `landmarks` `(5, 2)` in pixels of the picture."""
    turn = similarity_transform(landmarks.astype(np.float64), POINTS)
    aligned: Image = np.asarray(cv2.warpAffine(image, turn, (SIDE, SIDE), flags=cv2.INTER_LINEAR))
    colours = cv2.cvtColor(aligned, cv2.COLOR_BGR2LAB).astype(np.float64) * (LIGHTNESS, 1, 1)
    eyes, mouth = POINTS[:2].mean(axis=0), POINTS[3:].mean(axis=0)
    return _greatest(np.stack([_at(colours, eyes + depth * (mouth - eyes)) for depth in DEPTHS]))


def _at(colours: Doubles, point: Doubles) -> Doubles:
    """Median colour of a small strip across the middle of the face."""
    x, y = (int(value) for value in point)
    strip = colours[y - HALF_HEIGHT_PX : y + HALF_HEIGHT_PX + 1, x - HALF_WIDTH_PX : x + HALF_WIDTH_PX + 1]
    return np.asarray(np.median(strip.reshape(-1, 3), axis=0))


def _greatest(line: Doubles) -> Change:
    """The split of colours `(n, 3)` into an upper and a lower part that explains most of their variance."""
    whole = _scatter(line)
    splits = range(LEAST_STEPS, len(line) - LEAST_STEPS + 1)
    left = [_scatter(line[:at]) + _scatter(line[at:]) for at in splits]
    at = splits[int(np.argmin(left))]
    contrast = float(np.linalg.norm(line[:at].mean(axis=0) - line[at:].mean(axis=0)))
    return Change(float(DEPTHS[at - 1 : at + 1].mean()), contrast, 1 - min(left) / whole if whole > ROUNDING else 0.0)


def _scatter(colours: Doubles) -> float:
    return float(((colours - colours.mean(axis=0)) ** 2).sum())
