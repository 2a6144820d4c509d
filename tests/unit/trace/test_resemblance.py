"""Before anybody is confirmed, those who look alike at different places speak for each other."""

import numpy as np
import pytest

from casetrail.model.arrays import Doubles
from casetrail.sightings.describers import SimilarityCalibration
from casetrail.trace.resemblance import support_each_other
from casetrail.trace.standing import Look, Looks

CALIBRATION = SimilarityCalibration(0.4, 0.1, 0.0, 0.1, "a test")


def support(apart_m: float, extent_m: float) -> Doubles:
    """Evidence of somebody, of who looks like them so far away, and of ten strangers on other cameras."""
    rng = np.random.default_rng(3)
    strangers = rng.normal(size=(10, 256))
    person = rng.normal(size=256)
    described = np.array([person, person, *strangers], np.float32)
    described /= np.linalg.norm(described, axis=1, keepdims=True)
    looks = Looks()
    looks.put([Look(row, one, 1) for row, one in enumerate(described)])
    count = len(looks)
    spot_m = np.zeros((count, 2))
    spot_m[1, 0] = apart_m
    share = np.full(count, 0.01, np.float32)
    return support_each_other(looks, np.arange(count), np.zeros(count, bool), share, spot_m, extent_m, CALIBRATION)


@pytest.mark.parametrize(
    ("apart_m", "extent_m", "counts"), [(500, 5000, 1), (300, 5000, 0), (100, 300, 1), (50, 300, 0)]
)
def test_how_far_apart_tells_in_a_small_place_what_is_next_door_in_a_city(
    apart_m: float, extent_m: float, counts: bool
) -> None:
    """Neighbours are seen again nearby; what nearby is hangs on how far anybody could be."""
    ratio = support(apart_m, extent_m)
    assert [bool(each > ratio[2:].max() + 1) for each in ratio[:2]] == [counts, counts]
