"""Fake of the PictureWriter port: remembers what it was asked to write, and writes pictures as plain bytes."""

from collections.abc import Sequence

from casetrail.model.arrays import Image
from casetrail.model.errors import BadInputError


class FakePictureWriter:
    """`lettered` holds the lines of every caption; `encoded` every picture, as it was handed over."""

    def __init__(self) -> None:
        self.lettered: list[tuple[str, ...]] = []
        self.encoded: list[Image] = []

    def letter(self, image: Image, lines: Sequence[str], xyxy: tuple[int, int, int, int]) -> Image:
        """A copy with a light bar for each line."""
        self.lettered.append(tuple(lines))
        lettered = image.copy()
        left, top, right, bottom = xyxy
        deep = max(1, (bottom - top) // max(len(lines), 1))
        for number, line in enumerate(lines):
            wide = min(right - left, 6 * len(line))
            lettered[top + number * deep : top + number * deep + deep // 2, left : left + wide] = 235
        return lettered

    def encode(self, image: Image) -> bytes:
        """Size and pixels."""
        if not image.size:
            raise BadInputError("a picture without pixels cannot be written")
        self.encoded.append(image)
        return f"{image.shape}".encode() + image.tobytes()
