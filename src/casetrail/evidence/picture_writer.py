"""Port: writing words into pictures, and pictures into bytes."""

from collections.abc import Sequence
from typing import Protocol

from casetrail.model.arrays import Image


class PictureWriter(Protocol):
    """Letters and encodes pictures. Nothing but the pixels is written: no names, dates or places in the file."""

    def letter(self, image: Image, lines: Sequence[str], xyxy: tuple[int, int, int, int]) -> Image:
        """A copy with lines from top to bottom inside a box (pixels), the first in bold, made small enough to fit."""

    def encode(self, image: Image) -> bytes:
        """The picture as a JPEG file. Raises BadInputError when it has no pixels."""
