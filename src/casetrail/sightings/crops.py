"""Cutting people out of frames, in memory only. Boxes are `xyxy` in pixels; images are `(h, w, 3)` uint8 BGR."""

from dataclasses import dataclass

import numpy as np

from casetrail.model.arrays import Floats, Image, Integers

LEAST_SIDE_PX = 8
MARGIN = 0.05  # of the box's sides, on each side: detectors cut close
HEAD_SHARE = 0.45  # of a person box, from its top, where a face may be
HEAD_MARGIN = 0.15
HEAD_SIDE_PX = 192  # faces are looked for in a picture about this wide
MOST_ENLARGED = 4.0


@dataclass(frozen=True, eq=False)
class Cut:
    """A part of a frame: its pixels, and how to come back: `frame_xy = origin_xy + cut_xy / factor`."""

    image: Image
    origin_xy: tuple[int, int]
    factor: float


def cut_person(image: Image, xyxy: tuple[float, float, float, float]) -> Image | None:
    """The person with a little margin, or None when hardly anything of the box lies in the frame."""
    cut = _cut(image, xyxy, MARGIN)
    return None if cut is None else cut.image


def cut_head(image: Image, xyxy: tuple[float, float, float, float]) -> Cut | None:
    """The upper part of a person box, enlarged where it is small, or None when it does not lie in the frame."""
    x1, y1, x2, y2 = xyxy
    cut = _cut(image, (x1, y1, x2, y1 + HEAD_SHARE * (y2 - y1)), HEAD_MARGIN)
    if cut is None:
        return None
    factor = min(MOST_ENLARGED, max(1.0, HEAD_SIDE_PX / cut.image.shape[1]))
    return Cut(enlarge(cut.image, factor), cut.origin_xy, factor)


def enlarge(image: Image, factor: float) -> Image:
    """The image `factor` times larger, bilinear, pixel centres kept in place."""
    if factor == 1.0:
        return image
    rows, row_share = _between(image.shape[0], factor)
    columns, column_share = _between(image.shape[1], factor)
    tall = image[rows] * (1 - row_share)[:, None, None] + image[rows + 1] * row_share[:, None, None]
    wide = tall[:, columns] * (1 - column_share)[:, None] + tall[:, columns + 1] * column_share[:, None]
    larger: Image = np.rint(wide).astype(np.uint8)
    return larger


def _cut(image: Image, xyxy: tuple[float, float, float, float], margin: float) -> Cut | None:
    height, width = image.shape[:2]
    x1, y1, x2, y2 = xyxy
    seen_x, seen_y = min(x2, width) - max(x1, 0), min(y2, height) - max(y1, 0)
    if not (seen_x >= LEAST_SIDE_PX and seen_y >= LEAST_SIDE_PX):
        return None
    by_x, by_y = margin * (x2 - x1), margin * (y2 - y1)
    left, top = max(0, int(x1 - by_x)), max(0, int(y1 - by_y))
    right, bottom = min(width, int(np.ceil(x2 + by_x))), min(height, int(np.ceil(y2 + by_y)))
    return Cut(image[top:bottom, left:right].copy(), (left, top), 1.0)


def _between(size: int, factor: float) -> tuple[Integers, Floats]:
    """For each new pixel: the old one before it, and the share of the one after."""
    at = (np.arange(round(size * factor)) + 0.5) / factor - 0.5
    at = np.clip(at, 0, size - 1)
    before = np.minimum(at.astype(np.int64), size - 2)
    return before, (at - before).astype(np.float32)
