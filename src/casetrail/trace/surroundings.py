"""How far off the known way of a person each part of a city is: around places and along the ways between them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from casetrail.model.arrays import Doubles
from casetrail.model.time import UtcInterval

NARROWER = 2.0  # what belongs to a case is so much narrower along the ways between places than around them


@dataclass(frozen=True)
class KnownPlace:
    """Where somebody was when: `spot_m` `(2,)`, known to within `radius_m`."""

    interval: UtcInterval
    spot_m: Doubles
    radius_m: float = 0.0


def apart_from_known(spots_m: Doubles, places: Sequence[KnownPlace]) -> Doubles:
    """Metres from spots `(n, 2)` to the nearest place, or `NARROWER` times those to a straight way between two that
    follow each other or begin or end at home; infinite without places.
    """
    nearest = np.full(len(spots_m), np.inf)
    for place in places:
        apart = np.linalg.norm(spots_m - place.spot_m, axis=1) - place.radius_m
        nearest = np.minimum(nearest, apart)
    for one, other in _ways_between(places):
        nearest = np.minimum(nearest, NARROWER * _from_line(spots_m, one, other))
    return nearest


def _ways_between(places: Sequence[KnownPlace]) -> Iterator[tuple[Doubles, Doubles]]:
    """From each place to the next, and from and to where the person stayed longest, which mostly is the home."""
    if not places:
        return
    home = max(places, key=lambda place: place.interval.duration_s)
    for one, other in pairwise(sorted(places, key=lambda place: place.interval.start_us)):
        yield one.spot_m, other.spot_m
        yield home.spot_m, other.spot_m


def _from_line(spots_m: Doubles, one: Doubles, other: Doubles) -> Doubles:
    along = other - one
    share = np.clip((spots_m - one) @ along / max(float(along @ along), 1e-9), 0.0, 1.0)
    return np.asarray(np.linalg.norm(spots_m - (one + share[:, None] * along), axis=1))
