"""What lies near the known way of a person."""

import numpy as np
import pytest

from casetrail.model.time import SECOND_US, UtcInterval
from casetrail.trace.surroundings import NARROWER, KnownPlace, apart_from_known

HOME = KnownPlace(UtcInterval(0, 5 * 3600 * SECOND_US), np.array([0.0, 0.0]))
WORK = KnownPlace(UtcInterval(9 * 3600 * SECOND_US, 9 * 3601 * SECOND_US), np.array([3000.0, 0.0]))
SHOP = KnownPlace(UtcInterval(18 * 3600 * SECOND_US, 18 * 3601 * SECOND_US), np.array([3000.0, 2000.0]), 100.0)


def test_around_a_place_it_is_the_distance_to_it() -> None:
    """A wide place is nearer."""
    spots = np.array([[-300.0, 400.0], [3000.0, 2500.0]])
    assert apart_from_known(spots, [HOME, WORK, SHOP]).tolist() == [500.0, 400.0]


def test_ways_between_places_count() -> None:
    """From home to work, from work to the shop and from the shop home, in whatever order they are given."""
    spots = np.array([[1500.0, 100.0], [2900.0, 1000.0], [1500.0, 1100.0]])
    apart = apart_from_known(spots, [SHOP, HOME, WORK])
    assert apart[:2].tolist() == [NARROWER * 100.0, NARROWER * 100.0]
    assert apart[2] == pytest.approx(NARROWER * 83.2, abs=0.1)


def test_one_place_twice_is_no_way() -> None:
    """Nothing is divided by nought, and without places everything is far."""
    assert apart_from_known(np.array([[30.0, 40.0]]), [HOME, HOME]).tolist() == [50.0]
    assert np.isinf(apart_from_known(np.zeros((1, 2)), [])).all()
