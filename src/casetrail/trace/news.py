"""What is known of a person's day, and the gaps between: where they were when news ends and when it begins again."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from casetrail.model.arrays import Doubles, Floats, Integers
from casetrail.model.time import SECOND_US, UtcInterval
from casetrail.trace.anchors import Anchor
from casetrail.trace.cells import StreetCells
from casetrail.trace.motion import TICK_S
from casetrail.trace.sayings import EDGE_M, LONG_S

WIDE_M = 200.0  # what is known no better names no place
RELIABLE = 0.9  # nor does what may well be false
OUTSIDE = 1e-3
SAME_M = 120.0
LEAST_TICKS = 45  # a gap that is shorter needs no journey
LOOKED_AT = (15, 30, 60, 90)  # ticks after the last news at which somebody may have come to where they stay
SETTLED = 0.1
FEW = 0.002


@dataclass(frozen=True)
class Gap:
    """A while without news, ticks `first` to `last`. `start`, `end` `(c,)`: shares of cells in which the person was at
    its beginning and end. `arrived`, `left`: when they came to the first place and went from the last, None where that
    says nothing, as at home.
    """

    first: int
    last: int
    start: Doubles
    end: Doubles
    arrived: int | None
    left: int | None


def named_places(anchors: Sequence[Anchor], cells: StreetCells) -> list[Doubles]:
    """Shares of cells `(c,)` of each place that the anchors name, once each."""
    found: list[Doubles] = []
    for anchor in anchors:
        if not names_place(anchor):
            continue
        beyond_m = np.maximum(cells.apart_m(_spot(anchor, cells)) - anchor.radius_m, 0)
        near = np.exp(-((beyond_m / EDGE_M) ** 2) / 2)
        near[near < OUTSIDE] = 0
        new = all(np.abs(near - one).sum() >= 0.2 * one.sum() for one in found)
        if near.any() and new:
            found.append(near)
    return found


def names_place(anchor: Anchor) -> bool:
    """Whether an anchor says exactly and reliably enough where somebody was."""
    return anchor.place is not None and anchor.radius_m <= WIDE_M and anchor.reliability >= RELIABLE


def spot_of(share: Doubles, middle_m: Doubles) -> Doubles:
    """The middle `(2,)` of shares of cells, metres."""
    return np.asarray(share @ middle_m / share.sum())


def find_gaps(
    anchors: Sequence[Anchor],
    confirmed: Integers,
    cells: StreetCells,
    window: UtcInterval,
    stays_at: Callable[[int], Floats],
) -> list[Gap]:
    """The gaps of a day. `confirmed`: ticks of sightings; `stays_at`: probability of staying in each cell `(c,)`."""
    ticks = int(np.ceil(window.duration_s / TICK_S))
    known = sorted([_moments(anchor, window, ticks) for anchor in anchors if names_place(anchor)])
    known = sorted(known + [(tick, tick) for tick in confirmed.tolist()])
    homes = [_spot(anchor, cells) for anchor in anchors if names_place(anchor) and _is_home(anchor)]
    gaps = []
    for (_, first), (last, _) in pairwise(known):
        if last - first > LEAST_TICKS:
            most = (last - first) // 3
            start, end = _place(stays_at, first, most, 1), _place(stays_at, last, most, -1)
            if not (start.any() and end.any()):
                continue
            at_home = [_near(homes, spot_of(each, cells.middle_m)) for each in (start, end)]
            gaps.append(Gap(first, last, start, end, None if at_home[0] else first, None if at_home[1] else last))
    return gaps


def _place(stays_at: Callable[[int], Floats], tick: int, most: int, way: int) -> Doubles:
    """Where somebody stays soon after a tick, or before it: when most of them came to a place, but no later."""
    best = stays_at(tick + way * min(LOOKED_AT[0], most))
    for after in LOOKED_AT[1:]:
        later = stays_at(tick + way * min(after, most))
        best = later if later.sum() > best.sum() + SETTLED else best
    return np.asarray(np.where(best < FEW * best.max(), 0.0, best), np.float64)


def _moments(anchor: Anchor, window: UtcInterval, ticks: int) -> tuple[int, int]:
    first, last = (
        (at - window.start_us) / SECOND_US / TICK_S for at in (anchor.interval.start_us, anchor.interval.end_us)
    )
    if not _is_home(anchor):
        first = last = (first + last) / 2
    return int(np.clip(first, 0, ticks - 1)), int(np.clip(last, 0, ticks - 1))


def _is_home(anchor: Anchor) -> bool:
    return anchor.interval.duration_s > LONG_S


def _spot(anchor: Anchor, cells: StreetCells) -> Doubles:
    assert anchor.place is not None
    return np.array(anchor.place.offset_m(cells.graph.origin))


def _near(homes: Sequence[Doubles], spot_m: Doubles) -> bool:
    return any(np.linalg.norm(home - spot_m) < SAME_M for home in homes)
