"""Exposures: episodes in which another person was near the index case, in metres and seconds, with uncertainty."""

from dataclasses import dataclass

from casetrail.model.time import UtcInterval
from casetrail.sightings.sightings import MaskReading


@dataclass(frozen=True)
class Distance:
    """Metres between feet: `median_m` and the ends of the 90 % interval."""

    median_m: float
    low_m: float
    high_m: float


@dataclass(frozen=True)
class Exposure:
    """One episode of co-presence on one camera.

    `closest`: at the nearest moment. `duration_s`: time within the largest distance asked for, with
    `duration_low_s` and `duration_high_s` from the distance intervals. `cannot_tell_share`: part of the episode
    in which a foot was hidden, so that no distance is claimed.
    """

    exposure_id: str
    index_presence_id: str
    other_presence_id: str
    camera_id: str
    interval: UtcInterval
    within_m: float
    closest: Distance
    duration_s: float
    duration_low_s: float
    duration_high_s: float
    cannot_tell_share: float
    index_mask: MaskReading
    other_mask: MaskReading
    indoor: bool
