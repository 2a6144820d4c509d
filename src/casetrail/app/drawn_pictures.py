"""Pictures drawn by code for the self-tests of models: a figure, a street with figures, a face. Nobody is in them."""

import numpy as np

from casetrail.model.arrays import Image
from casetrail.sightings.describers import Faces

Colour = tuple[int, int, int]  # BGR
_SKIN: Colour = (150, 180, 215)


def draw_figure(top: Colour, legs: Colour) -> Image:
    """A standing figure, a crop of 128 by 48 pixels, on grey ground."""
    image = np.full((128, 48, 3), 120, dtype=np.uint8)
    image[::2, ::2] = 130
    _ellipse(image, (24, 13), (7, 9), _SKIN)
    image[24:70, 12:36] = top
    image[70:120, 14:22] = legs
    image[70:120, 26:34] = legs
    return image


def draw_street() -> Image:
    """Three figures on a grey street, 480 by 640 pixels."""
    image = np.full((480, 640, 3), 140, dtype=np.uint8)
    image[::3, ::3] = 150
    figure = draw_figure((60, 40, 160), (50, 50, 50))
    for left, top in ((80, 200), (300, 240), (500, 180)):
        image[top : top + 128, left : left + 48] = figure
    return image


def draw_face() -> tuple[Image, Faces]:
    """A face of 80 by 100 pixels in a picture of 200 by 200, and where its five landmarks are."""
    image = np.full((200, 200, 3), 110, dtype=np.uint8)
    _ellipse(image, (100, 100), (40, 50), _SKIN)
    landmarks = np.array([[[84, 88], [116, 88], [100, 106], [88, 124], [112, 124]]], dtype=np.float32)
    for x, y in landmarks[0, :2].astype(int):
        _ellipse(image, (int(x), int(y)), (6, 4), (40, 40, 50))
    image[122:127, 88:112] = (80, 80, 170)
    box = np.array([[60, 50, 140, 150]], dtype=np.float32)
    return image, Faces(box, landmarks, np.array([0.99], dtype=np.float32))


def _ellipse(image: Image, centre: tuple[int, int], radii: tuple[int, int], colour: Colour) -> None:
    y, x = np.mgrid[: image.shape[0], : image.shape[1]]
    image[((x - centre[0]) / radii[0]) ** 2 + ((y - centre[1]) / radii[1]) ** 2 < 1] = colour
