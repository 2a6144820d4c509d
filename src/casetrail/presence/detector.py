"""Port: finding people in pictures."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from casetrail.model.arrays import Floats, Image
from casetrail.model.models import ModelStamp


@dataclass(frozen=True)
class Detections:
    """People found in one picture: `xyxy` float32 `(n, 4)`, pixels of that picture; `confidence` float32 `(n,)`."""

    xyxy: Floats
    confidence: Floats


class Detector(Protocol):
    """Finds people. The input size follows the picture's own shape, so that nobody is squeezed."""

    @property
    def stamp(self) -> ModelStamp:
        """Which model this is, and how good."""

    def input_size(self, wh: tuple[int, int], scale: float = 1.0) -> tuple[int, int]:
        """Width and height at which frames of `wh` pixels are best handed over; what is larger is scaled anyway.

        `scale`: so much larger or smaller than usual, for people who are small or large in the picture. What always
        looks in the same way returns the usual size.
        """

    def detect(self, images: Sequence[Image], size: tuple[int, int] | None = None, /) -> list[Detections]:
        """People in each picture, in its pixels, low confidences included (from 0.05 up).

        `size`: width and height at which the model looks; by default what suits pictures of that shape.
        """
