"""Person detectors: person-detection-retail-0013, and the carried SSD MobileNet v2."""

from collections.abc import Sequence
from math import ceil, sqrt
from pathlib import Path

import numpy as np

from casetrail.adapters.openvino_models.boxes import inside, keep_distinct
from casetrail.adapters.openvino_models.pictures import planes, resized
from casetrail.adapters.openvino_models.quantised import find_ranges, in_eight_bits
from casetrail.adapters.openvino_models.runtime import Network
from casetrail.adapters.openvino_models.tensorflow_ssd import SIDE, decode_people, read_convolutions, scale_pixels
from casetrail.model.arrays import Array, Floats, Image
from casetrail.model.models import ModelStamp
from casetrail.presence.detector import Detections

LEAST_CONFIDENCE = 0.05
LEAST_AREA_PX = 480 * 640  # what finds people of 55-110 px best (HOTA .64 against .55 at the native 320x544)
MOST_AREA_PX = 544 * 960
SHARE_OF_AREA = 0.25  # large frames: half their width and height
MOST_ENLARGED = 1.5
MOST_LOOKED_AT_PX = 1_100 * 1_920
TILE_SHARE = 0.7  # side of a tile over the shorter side of the frame
TILE_PX = (300, 640)
TILE_OVERLAP = 0.3
MOST_STRETCHED = 1.15
CUT_PENALTY = 0.5  # a box that ends at a tile's inner edge is half a person
EDGE_PX = 3
SAME_PERSON = 0.6  # as in the stored graph


def input_size(wh: tuple[int, int]) -> tuple[int, int]:
    """Width and height at which a frame is looked at: its own shape, sides in multiples of 32, nobody squeezed.

    About 307 000 pixels, up to 522 000 for frames of 1080 lines and more; small frames are enlarged by 1.5 at most.
    """
    width, height = wh
    area = min(max(LEAST_AREA_PX, SHARE_OF_AREA * width * height), MOST_AREA_PX)
    scale = min(sqrt(area / (width * height)), MOST_ENLARGED)
    return _multiple(width * scale), _multiple(height * scale)


class RetailPersonDetector:
    """person-detection-retail-0013 (Open Model Zoo), reshaped to the shape of the frame.

    In 8-bit integers where ranges were measured for the file and the processor sums exactly, and then its stamp says
    so; `exact` keeps to 32-bit floats.
    """

    def __init__(self, stamp: ModelStamp, path: Path, threads: int = 0, *, exact: bool = False) -> None:
        ranges = None if exact else find_ranges(path)
        self.stamp = stamp if ranges is None else in_eight_bits(stamp)
        self._network = Network(path, threads, ranges=ranges)
        self._bytes = ranges is not None

    def input_size(self, wh: tuple[int, int], scale: float = 1.0) -> tuple[int, int]:
        """See `input_size` of this module; `scale` times that, as far as it still serves."""
        width, height = input_size(wh)
        most = min(MOST_ENLARGED * wh[0] / width, sqrt(MOST_LOOKED_AT_PX / (width * height)))
        scale = min(scale, max(most, 1.0))
        return _multiple(width * scale), _multiple(height * scale)

    def detect(self, images: Sequence[Image], size: tuple[int, int] | None = None, /) -> list[Detections]:
        """People in each picture, from 0.05 of confidence up, surest first. `size`: sides in multiples of 32."""
        return [self._detect(image, size) for image in images]

    def _detect(self, image: Image, size: tuple[int, int] | None) -> Detections:
        wh = (image.shape[1], image.shape[0])
        picture = resized(image, size or input_size(wh))
        rows = self._network.run(picture[None] if self._bytes else planes(picture))["detection_out"].reshape(-1, 7)
        rows = rows[np.cumsum(rows[:, 0] < 0) == 0]
        rows = rows[rows[:, 2] >= LEAST_CONFIDENCE]
        return _detections(rows[:, 3:7] * np.array([*wh, *wh], dtype=np.float32), rows[:, 2], wh)


class CarriedPersonDetector:
    """SSD MobileNet v2 (COCO), which sees 300x300 pixels only: frames are read in tiles, all of them at once."""

    def __init__(self, stamp: ModelStamp, path: Path, threads: int = 0) -> None:
        self.stamp = stamp
        self._network = Network(path, threads, read_convolutions)

    def input_size(self, wh: tuple[int, int], _scale: float = 1.0) -> tuple[int, int]:
        """Whole frames: each tile is scaled by itself."""
        return wh

    def detect(self, images: Sequence[Image], _size: tuple[int, int] | None = None, /) -> list[Detections]:
        """People in each picture, from 0.05 of confidence up, surest first; one box per person across tiles.

        A tile is always looked at in 300 x 300 pixels, whatever size is asked for.
        """
        return [self._detect(image) for image in images]

    def _detect(self, image: Image) -> Detections:
        wh = (image.shape[1], image.shape[0])
        tiles = cut_tiles(wh)
        parts = [resized(image[top:bottom, left:right], (SIDE, SIDE))[..., ::-1] for left, top, right, bottom in tiles]
        boxes, sure = decode_people(self._network.run(scale_pixels(np.stack(parts))))
        found = [_in_tile(boxes[index], sure[index], tile, wh) for index, tile in enumerate(tiles)]
        xyxy = np.concatenate([part for part, _ in found])
        confidence = np.concatenate([part for _, part in found])
        kept = keep_distinct(xyxy, confidence, overlap=0.5, cover=0.75)
        return _detections(xyxy[kept], confidence[kept], wh)


def cut_tiles(wh: tuple[int, int]) -> list[tuple[int, int, int, int]]:
    """Overlapping tiles `(left, top, right, bottom)` that cover a frame, so that people are large enough in each."""
    side = round(min(max(TILE_SHARE * min(wh), TILE_PX[0]), TILE_PX[1]))
    columns, rows = _spans(wh[0], side), _spans(wh[1], side)
    return [(left, top, right, bottom) for top, bottom in rows for left, right in columns]


def _spans(length: int, side: int) -> list[tuple[int, int]]:
    """As few spans as cover a length with enough overlap; each may be a little longer than a tile's side."""
    longest = round(MOST_STRETCHED * side)
    if length <= longest:
        return [(0, length)]
    count = ceil((length - longest * TILE_OVERLAP) / (longest * (1 - TILE_OVERLAP)))
    starts = [round(index * (length - longest) / (count - 1)) for index in range(count)]
    return [(start, start + longest) for start in starts]


def _in_tile(
    shares: Floats, confidence: Floats, tile: tuple[int, int, int, int], wh: tuple[int, int]
) -> tuple[Floats, Floats]:
    """The people of one tile in pixels of the frame, one box each; boxes that the tile cuts count half."""
    left, top, right, bottom = tile
    sure = confidence >= LEAST_CONFIDENCE
    size = np.array([right - left, bottom - top] * 2, dtype=np.float32)
    xyxy = np.clip(shares[sure], 0, 1) * size + np.array([left, top] * 2, dtype=np.float32)
    confidence = confidence[sure] * np.where(_ends_at_inner_edge(xyxy, tile, wh), CUT_PENALTY, 1.0)
    kept = keep_distinct(xyxy, confidence, overlap=SAME_PERSON)
    return xyxy[kept].astype(np.float32), confidence[kept].astype(np.float32)


def _ends_at_inner_edge(xyxy: Floats, tile: tuple[int, int, int, int], wh: tuple[int, int]) -> Array:
    left, top, right, bottom = tile
    near = np.stack(
        [
            (xyxy[:, 0] < left + EDGE_PX) & (left > 0),
            (xyxy[:, 1] < top + EDGE_PX) & (top > 0),
            (xyxy[:, 2] > right - EDGE_PX) & (right < wh[0]),
            (xyxy[:, 3] > bottom - EDGE_PX) & (bottom < wh[1]),
        ]
    )
    return np.asarray(near.any(axis=0))


def _detections(xyxy: Floats, confidence: Floats, wh: tuple[int, int]) -> Detections:
    """Boxes inside the picture that have an area, surest first."""
    boxes = inside(xyxy.astype(np.float32).reshape(-1, 4), wh)
    real = np.flatnonzero(((boxes[:, 2:] - boxes[:, :2]) > 0).all(axis=1) & (confidence >= LEAST_CONFIDENCE))
    order = real[np.argsort(-confidence[real], kind="stable")]
    return Detections(boxes[order], np.clip(confidence[order], 0, 1).astype(np.float32))


def _multiple(side: float) -> int:
    return max(64, 32 * round(side / 32))
