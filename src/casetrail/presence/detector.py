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

    def detect(self, images: Sequence[Image]) -> list[Detections]:
        """People in each picture, low confidences included (from 0.05 up)."""
