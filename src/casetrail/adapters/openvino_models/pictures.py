"""Bringing pictures to the shape a model wants. Images are `(h, w, 3)` uint8 BGR."""

import cv2
import numpy as np

from casetrail.model.arrays import Floats, Image


def resized(image: Image, wh: tuple[int, int]) -> Image:
    """The picture at a size; averaging where it shrinks by much, so that thin things do not vanish."""
    if image.shape[1::-1] == wh:
        return image
    shrinks = image.shape[1] > 2 * wh[0] or image.shape[0] > 2 * wh[1]
    result: Image = np.asarray(cv2.resize(image, wh, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR))
    return result


def padded(image: Image, wh: tuple[int, int]) -> Image:
    """The picture in the upper left corner of a black canvas that is at least as large."""
    if image.shape[1::-1] == wh:
        return image
    canvas = np.zeros((wh[1], wh[0], 3), dtype=np.uint8)
    canvas[: image.shape[0], : image.shape[1]] = image
    return canvas


def planes(image: Image, *, rgb: bool = False, divide: float = 1.0) -> Floats:
    """Channels first, as `(1, 3, h, w)` float32; red first when `rgb`."""
    ordered = image[..., ::-1] if rgb else image
    return np.ascontiguousarray(ordered.transpose(2, 0, 1)[None], dtype=np.float32) / np.float32(divide)


def unit_rows(vectors: Floats) -> Floats:
    """Each row `(n, d)` at length 1; a row of zeros stays."""
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return (vectors / np.where(length > 0, length, 1)).astype(np.float32)
