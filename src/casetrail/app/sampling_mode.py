"""How closely recordings are looked at, as a person chooses it."""

from enum import StrEnum

from casetrail.presence.sampling import ADAPTIVE, EVERY_FRAME
from casetrail.presence.segment_presences import Method


class SamplingMode(StrEnum):
    """The two ways of looking."""

    ADAPTIVE = "adaptive"
    EVERY_FRAME = "every-frame"

    @property
    def method(self) -> Method:
        """What it means for finding presences."""
        return Method(ADAPTIVE if self is SamplingMode.ADAPTIVE else EVERY_FRAME)
