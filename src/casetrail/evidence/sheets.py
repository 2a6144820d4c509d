"""Laying redacted pictures out on sheets: picture, close-ups and a panel for the caption. Sizes in pixels."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from casetrail.model.arrays import Floats, Image
from casetrail.sightings.crops import enlarge

GROUND = (34, 30, 27)  # BGR of what lies around pictures
OUTLINE = (0, 190, 255)  # BGR of the frame around the index case: amber, seen on dark and bright
LARGE_ENOUGH_PX = 400  # pictures that are narrower are enlarged twice
SIDE_PANEL_PX = 420
LINE_PX = 34
LEAST_WIDTH_PX = 640
GAP_PX = 8
LEAST_HEIGHTS = 1.8

Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class Sheet:
    """A canvas of `wh` pixels with a place for the picture and one for the caption, both xyxy."""

    wh: tuple[int, int]
    picture: Box
    panel: Box

    def lay(self, picture: Image) -> Image:
        """The canvas with the picture, enlarged as `picture_factor` says, in the middle of its place."""
        larger = enlarge(picture, picture_factor(picture.shape[1]))
        canvas = blank(self.wh)
        left, top, right, bottom = self.picture
        height, width = larger.shape[:2]
        x, y = left + (right - left - width) // 2, top + (bottom - top - height) // 2
        canvas[y : y + height, x : x + width] = larger
        return canvas


def plan_sheet(pictures_wh: Sequence[tuple[int, int]], lines: int) -> Sheet:
    """A sheet on which each of the pictures fits: a panel beside upright ones, below others; sides are even."""
    width = max(w * int(picture_factor(w)) for w, _ in pictures_wh)
    height = max(h * int(picture_factor(w)) for w, h in pictures_wh)
    deep = lines * LINE_PX + 2 * GAP_PX
    if height > width:
        height = _even(max(height, deep))
        wh = (_even(width + SIDE_PANEL_PX), height)
        return Sheet(wh, (0, 0, width, height), (width + 2 * GAP_PX, GAP_PX, wh[0] - GAP_PX, GAP_PX + deep))
    width = _even(max(width, LEAST_WIDTH_PX))
    wh = (width, _even(height + deep))
    return Sheet(wh, (0, 0, width, height), (2 * GAP_PX, height + GAP_PX, width - GAP_PX, wh[1] - GAP_PX))


def picture_factor(width: int) -> float:
    """How many times a picture of this width is enlarged."""
    return 1.0 if width >= LARGE_ENOUGH_PX else 2.0


def blank(wh: tuple[int, int]) -> Image:
    """An empty sheet."""
    canvas: Image = np.empty((wh[1], wh[0], 3), dtype=np.uint8)
    canvas[:] = np.full((wh[0], 3), GROUND, dtype=np.uint8)  # a row at a time: pixel by pixel takes ten times as long
    return canvas


def outlined(image: Image, xyxy: Floats, thickness: int = 2) -> Image:
    """A copy with a thin frame around a box `(4,)`, cut at the picture's edge."""
    height, width = image.shape[:2]
    limits = [width, height, width, height]
    x1, y1, x2, y2 = (int(np.clip(round(float(side)), 0, limit)) for side, limit in zip(xyxy, limits, strict=True))
    framed = image.copy()
    inner = image[y1 + thickness : max(y1, y2 - thickness), x1 + thickness : max(x1, x2 - thickness)]
    framed[y1:y2, x1:x2] = OUTLINE
    framed[y1 + thickness : y1 + thickness + inner.shape[0], x1 + thickness : x1 + thickness + inner.shape[1]] = inner
    return framed


def frame_person(xyxy: Floats, wh: tuple[int, int], *, heights: float, ratio: float) -> Box:
    """A window around a person box `(4,)`, so many box heights high and `ratio` times as wide, inside the picture.

    In a narrow picture the window is lower, so that it keeps its shape as long as the person is well inside.
    """
    box = [float(side) for side in xyxy]
    tall = max(box[3] - box[1], 1.0)
    high = min(heights * tall, max(LEAST_HEIGHTS * tall, wh[0] / ratio), float(wh[1]))
    wide = min(max(high * ratio, box[2] - box[0]), float(wh[0]))
    left = min(max((box[0] + box[2] - wide) / 2, 0.0), wh[0] - wide)
    top = min(max((box[1] + box[3] - high) / 2, 0.0), wh[1] - high)
    return int(left), int(top), max(int(left + wide), int(left) + 1), max(int(top + high), int(top) + 1)


def fit(image: Image, wh: tuple[int, int]) -> Image:
    """The picture as large as fits a place of `wh` pixels, on a sheet of that size."""
    factor = min(wh[0] / image.shape[1], wh[1] / image.shape[0])
    part = _shrunk(image, factor) if factor < 1 else enlarge(image, factor)
    sheet = blank(wh)
    height, width = min(part.shape[0], wh[1]), min(part.shape[1], wh[0])
    x, y = (wh[0] - width) // 2, (wh[1] - height) // 2
    sheet[y : y + height, x : x + width] = part[:height, :width]
    return sheet


def _shrunk(image: Image, factor: float) -> Image:
    """Whole pixels are averaged, then the nearest are taken: enough for a preview."""
    step = max(1, int(1 / factor))
    height, width = image.shape[0] // step, image.shape[1] // step
    parts = image[: height * step, : width * step].reshape(height, step, width, step, 3)
    means = parts.mean(axis=(1, 3)).astype(np.uint8)
    rows = (np.arange(max(1, int(image.shape[0] * factor))) / (factor * step)).astype(int)
    columns = (np.arange(max(1, int(image.shape[1] * factor))) / (factor * step)).astype(int)
    smaller: Image = means[np.minimum(rows, height - 1)][:, np.minimum(columns, width - 1)]
    return smaller


def _even(side: int) -> int:
    return side + side % 2
