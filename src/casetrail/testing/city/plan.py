"""What a simulated city is made of: every number that decides it, in one frozen value."""

import math
from dataclasses import dataclass

from casetrail.model.errors import UsageError
from casetrail.model.time import SECOND_US

START_US = 1_772_377_200 * SECOND_US  # 2026-03-02 00:00 in Korea (UTC+9), a Monday
DAY_S = 86_400
CAMERAS_PER_M2 = 10_820 / 53.4e6  # cameras and area of Bucheon, the city of the pilot


@dataclass(frozen=True)
class Likeness:
    """How alike descriptions are. Means and standard deviations are of cosines of single views across cameras.

    `person_std`: of a person's own mean; `different_mean`, `different_std`: of strangers. `cast`: what strangers at one
    camera have in common beyond that. `views_share`: of what else separates two views of one person, the share that
    views of one presence have in common. `look_alikes`: share of people whose mean against the index case is
    `look_alike_mean`; `uniformed`: share of people in one of the uniforms, of which two differ as little as
    `uniform_alike` says; `changes`: share of people who change when they come home. The numbers of the default model on
    31 people and two outdoor cameras, as `benchmarks/city_similarity.py` measures them (docs/adr/0017).
    """

    same_mean: float = 0.388
    same_std: float = 0.153
    person_std: float = 0.114
    different_mean: float = 0.048
    different_std: float = 0.084
    cast: float = 0.085
    views_share: float = 0.36
    look_alikes: float = 0.01
    look_alike_mean: float = 0.42
    uniformed: float = 0.10
    uniform_alike: float = 0.7
    changes: float = 0.08


MODELS = {
    "fast": Likeness(0.319, 0.165, 0.124, 0.030, 0.102, 0.120, 0.36),
    "default": Likeness(),
    "accurate": Likeness(0.408, 0.146, 0.105, 0.039, 0.085, 0.077, 0.36),
    "first study": Likeness(0.403, 0.136, 0.092, 0.036, 0.082, 0.077, 0.36),
    "poor": Likeness(0.52, 0.14, 0.05, 0.32, 0.15, 0.05, 0.36, look_alikes=0.04, look_alike_mean=0.54),
    "near twins": Likeness(look_alikes=0.02, look_alike_mean=0.55),
}


@dataclass(frozen=True)
class CityPlan:
    """A city and its days; the same plan gives the same city.

    `coverage`: most of the street length that cameras see. `passes_per_hour`: tracklets per camera and hour to aim at.
    `detected`: most of the chance that a pass becomes a tracklet. `false_share`: of tracklets that are nobody.
    `split`, `cut`: shares of tracklets in two parts, and with a piece missing. `clocks`: factor on every clock's error.
    `dead`: share of cameras that are dead; `missing_hours`: share of camera-hours that were not recorded. `crowding`:
    factor on how much a crowd hides. `direction_unclear`, `direction_wrong`: shares of tracklets of which it cannot be
    told whether somebody walks towards the camera, and of which the wrong is told (docs/adr/0023). Raises UsageError
    when nothing can be built of it.
    """

    cameras: int = 10_820
    days: int = 1
    seed: int = 101
    coverage: float = 0.28
    tracklets_per_hour: float = 30.0
    detected: float = 0.82
    false_share: float = 0.04
    split: float = 0.08
    cut: float = 0.08
    clocks: float = 1.0
    dead: float = 0.02
    missing_hours: float = 0.03
    crowding: float = 1.0
    direction_unclear: float = 0.10
    direction_wrong: float = 0.03
    likeness: Likeness = Likeness()

    def __post_init__(self) -> None:
        if self.cameras < 20 or not 1 <= self.days <= 20 or not 0 < self.detected <= 1:
            raise UsageError("a city needs 20 cameras, 1 to 20 days and people who are noticed", where="simulated city")

    @property
    def side_m(self) -> float:
        """Length of a side of the square that the city fills."""
        return math.sqrt(self.cameras / CAMERAS_PER_M2)

    @property
    def hours(self) -> int:
        """Hours that are simulated."""
        return 24 * self.days
