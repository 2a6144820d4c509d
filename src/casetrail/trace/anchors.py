"""Anchors: places and times known from other evidence, each with its uncertainty and its reliability."""

import math
from dataclasses import dataclass
from enum import StrEnum

from casetrail.model.errors import BadInputError
from casetrail.model.geometry import LatLon
from casetrail.model.time import UtcInterval


class AnchorKind(StrEnum):
    """Where an anchor comes from."""

    CARD = "card"
    PHONE = "phone"
    ENTRY_LOG = "entry_log"
    TESTIMONY = "testimony"
    SIGHTING = "sighting"


RELIABILITY = {
    AnchorKind.CARD: 0.98,
    AnchorKind.PHONE: 0.95,
    AnchorKind.ENTRY_LOG: 0.97,
    AnchorKind.TESTIMONY: 0.7,
    AnchorKind.SIGHTING: 0.95,
}


@dataclass(frozen=True)
class Anchor:
    """The person was within `radius_m` of `place` at some moment of `interval`, with probability `reliability`.

    `place` None: a time only. `statement`: the words that testimony used; personal data, vault only.
    Raises BadInputError when radius or reliability is not usable.
    """

    kind: AnchorKind
    interval: UtcInterval
    place: LatLon | None
    radius_m: float
    reliability: float
    reference: str = ""
    statement: str = ""

    def __post_init__(self) -> None:
        if not (math.isfinite(self.radius_m) and self.radius_m >= 0 and 0 < self.reliability <= 1):
            raise BadInputError(
                f"radius {self.radius_m} m or reliability {self.reliability} is not usable",
                where=f"evidence {self.reference}" if self.reference else "evidence",
                todo="give a radius of at least 0 m and a reliability above 0 and up to 1",
            )
