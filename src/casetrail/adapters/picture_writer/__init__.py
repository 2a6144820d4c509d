"""Adapter of the PictureWriter port (OpenCV, whose own fonts hold Latin and Hangul)."""

from collections.abc import Sequence

import cv2
import numpy as np

from casetrail.model.arrays import Image
from casetrail.model.errors import BadInputError

INK = (235, 235, 235)
BOLD, PLAIN = 600, 400  # weights of the font
LARGEST_PX = 22
LINE_SPACING = 1.45
QUALITY = 88


class CvPictureWriter:
    """Letters with OpenCV's sans font, encodes JPEG."""

    def __init__(self) -> None:
        self._font = cv2.FontFace("sans")

    def letter(self, image: Image, lines: Sequence[str], xyxy: tuple[int, int, int, int]) -> Image:
        """A copy with lines inside a box; the longest line and their number decide how large they are."""
        lettered = image.copy()
        left, top, right, bottom = xyxy
        size = min(LARGEST_PX, int((bottom - top) / (LINE_SPACING * max(len(lines), 1))))
        size = max(6, min([size, *(self._size_for(line, right - left) for line in lines)]))
        for number, line in enumerate(lines):
            at = (left, top + round((number + 1) * size * LINE_SPACING))
            cv2.putText(lettered, line, at, INK, self._font, size, BOLD if number == 0 else PLAIN)
        return lettered

    def encode(self, image: Image) -> bytes:
        """The picture as a JPEG file."""
        if not image.size:
            raise BadInputError("a picture without pixels cannot be written")
        _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
        return np.asarray(data).tobytes()

    def _size_for(self, line: str, width: int) -> int:
        """The largest size at which a line is no wider than this."""
        if not line:
            return LARGEST_PX
        wide = cv2.getTextSize((0, 0), line, (0, 0), self._font, LARGEST_PX, BOLD)[2]
        return LARGEST_PX if wide <= width else int(LARGEST_PX * width / wide)
