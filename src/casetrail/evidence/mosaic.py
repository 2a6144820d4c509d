"""The mosaic: opaque tiles whose tones come from a key, never from the pixels beneath.

An ordinary pixel mosaic over a moving face leaks: averaging its frames restores the face. Here the tones are drawn
from Philox (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011) under a random key that is made
for one clip and thrown away. It looks like a mosaic and carries nothing.
"""

import secrets

import numpy as np

from casetrail.model.arrays import Flags, Floats, Image
from casetrail.model.errors import BadInputError

_DARKEST, _LIGHTEST = 58, 190  # tones that read as a mosaic on bright and on dark pictures alike
_TILES_DOWN = 64  # tiles over the height of a frame: about 9 px at 576 lines, 17 px at 1080


class Mosaic:
    """Tiles for one clip of one frame size `wh`. The grid stands still, so that overlapping regions join seamlessly.

    `key`: 16 random bytes; given only in tests. Nothing keeps it.
    """

    def __init__(self, wh: tuple[int, int], key: bytes | None = None) -> None:
        if min(wh) < 1:
            raise BadInputError(f"a frame of {wh[0]} by {wh[1]} pixels cannot be redacted")
        self._wh = wh
        self._tile = max(4, round(wh[1] / _TILES_DOWN))
        self._tiles = _draw_tiles(wh, self._tile, key or secrets.token_bytes(16))

    @property
    def tile_px(self) -> int:
        """Side of a tile in pixels."""
        return self._tile

    def cover(self, regions_xyxy: Floats) -> Flags:
        """Which pixels `(h, w)` the regions `(n, 4)` cover, widened to whole tiles."""
        covered: Flags = self._tiles_under(regions_xyxy)
        covered = covered.repeat(self._tile, axis=0).repeat(self._tile, axis=1)
        return covered[: self._wh[1], : self._wh[0]]

    def share(self, regions_xyxy: Floats) -> float:
        """Share 0..1 of the picture that the regions cover, widened to whole tiles."""
        across, down = (np.minimum(np.arange(0, side, self._tile) + self._tile, side) for side in self._wh)
        wide, high = np.diff(across, prepend=0), np.diff(down, prepend=0)
        return float(high @ self._tiles_under(regions_xyxy) @ wide) / (self._wh[0] * self._wh[1])

    def redact(self, image: Image, regions_xyxy: Floats) -> Image:
        """A copy of the BGR image `(h, w, 3)` with every region painted over.

        Raises BadInputError when the image is not of this clip's size: nothing may pass by mistake.
        """
        if image.shape != self._tiles.shape:
            raise BadInputError(f"a frame of shape {image.shape} does not belong to this clip", todo="redact it alone")
        redacted = image.copy()
        for x1, y1, x2, y2 in _whole_tiles(regions_xyxy, self._wh, self._tile):
            redacted[y1:y2, x1:x2] = self._tiles[y1:y2, x1:x2]
        return redacted

    def _tiles_under(self, regions_xyxy: Floats) -> Flags:
        """Which tiles `(down, across)` the regions touch."""
        tile = self._tile
        under = np.zeros((-(-self._wh[1] // tile), -(-self._wh[0] // tile)), dtype=np.bool_)
        for x1, y1, x2, y2 in _whole_tiles(regions_xyxy, self._wh, tile):
            under[y1 // tile : -(-y2 // tile), x1 // tile : -(-x2 // tile)] = True
        return under


def _draw_tiles(wh: tuple[int, int], tile: int, key: bytes) -> Image:
    numbers = np.random.Generator(np.random.Philox(key=int.from_bytes(key, "little") % (1 << 128)))
    across, down = -(-wh[0] // tile), -(-wh[1] // tile)
    tones = numbers.integers(_DARKEST, _LIGHTEST, size=(down, across, 1))
    tint = numbers.integers(-9, 10, size=(down, across, 3))
    tiles = np.clip(tones + tint, 0, 255).astype(np.uint8)
    painted: Image = tiles.repeat(tile, axis=0).repeat(tile, axis=1)[: wh[1], : wh[0]]
    return painted


def _whole_tiles(regions: Floats, wh: tuple[int, int], tile: int) -> list[tuple[int, int, int, int]]:
    if not len(regions):
        return []
    numbers = np.isfinite(regions).all(axis=1, keepdims=True)
    sound = np.where(numbers, regions, np.array([0, 0, *wh], dtype=np.float64))  # fail closed: the whole frame
    limit = np.array([wh[0], wh[1]] * 2, dtype=np.float64)
    low = np.floor(np.clip(sound[:, :2], 0, limit[:2]) / tile) * tile
    high = np.minimum(np.ceil(np.clip(sound[:, 2:], 0, limit[:2]) / tile) * tile, limit[:2])
    boxes = np.concatenate([low, high], axis=1).astype(np.int64)
    return [(int(x1), int(y1), int(x2), int(y2)) for x1, y1, x2, y2 in boxes if x2 > x1 and y2 > y1]
