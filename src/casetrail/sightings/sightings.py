"""A sighting: a presence that was opened for a case and described (rung 2). Kept only in the case vault."""

from dataclasses import dataclass
from enum import StrEnum

from casetrail.model.arrays import Floats
from casetrail.model.time import UtcInterval


class MaskState(StrEnum):
    """What the face shows. Unknown never becomes worn or none."""

    WORN = "worn"
    BADLY = "worn badly"
    NONE = "none"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class MaskReading:
    """A mask state with its confidence 0..1 (0 for unknown)."""

    state: MaskState = MaskState.UNKNOWN
    confidence: float = 0.0


@dataclass(frozen=True)
class Sighting:
    """A described presence. `embedding`: float32 `(d,)`, length 1, of the clothing; `quality` 0..1 of its views.

    `face_similarity` is a cosine or None, and `face_log_ratio` what it is worth as evidence, natural log (0 where that
    was never measured); no face template is ever kept.
    """

    presence_id: str
    camera_id: str
    interval: UtcInterval
    embedding: Floats
    quality: float
    views_described: int
    mask: MaskReading
    face_similarity: float | None = None
    face_log_ratio: float | None = None
