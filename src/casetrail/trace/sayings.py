"""What anchors say about where somebody was: factors for the states of the motion model at some ticks."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from casetrail.model.arrays import Doubles, Floats, Integers
from casetrail.model.time import SECOND_US, UtcInterval
from casetrail.trace.anchors import Anchor, AnchorKind
from casetrail.trace.cells import StreetCells
from casetrail.trace.motion import TICK_S, Motion, spread_evenly

LONG_S = 2 * 3600.0  # an anchor that holds for longer names a place where the person stays again and again
EDGE_M = 25.0  # places are known no better
DRIFT_MPS = 0.5  # within its interval the person moves about: the middle of it is known so much worse
IN_PASSING = 0.1  # people pay where they stay,
LONG_ERRAND = 0.07  # once a visit and not once an hour: short visits are as many, though they fill less of a day
VISIT_S = 4 * 3600.0  # two payments at one place so near in time are one visit
AT_HOME = 0.8  # how likely the day starts and ends at such a place
HOME_AGAIN = 30.0  # how much likelier the day ends at the named home than in any other cell


@dataclass(frozen=True)
class Sayings:
    """`known` `(c,)` 0..1: how much each cell lies at a named place; `home` `(c,)`: shares of places of long stays,
    None without; `moments`: `(tick, cell factors (c,), of walking, of long stays)` of the others: how likely what was
    said is of somebody who walks or stays long there, compared with a short stay.
    """

    known: Doubles
    home: Doubles | None
    moments: tuple[tuple[int, Doubles, float, float], ...]

    def start(self, cells: StreetCells) -> Floats:
        """Where the day starts, `(s,)` over all states of these cells."""
        anywhere = spread_evenly(cells)
        if self.home is None:
            return anywhere
        count = len(cells)
        at_home = np.zeros(len(anywhere), np.float32)
        at_home[3 * count : 4 * count] = self.home
        return np.asarray((1 - AT_HOME) * anywhere + AT_HOME * at_home, np.float32)

    def factors(self, motion: Motion, kept: Integers) -> dict[int, Floats]:
        """By tick, how much likelier each state of `motion` is by what was said; `kept`: its cells among all."""
        result: dict[int, Floats] = {}
        for tick, factor, walking, long in self.moments:
            states = np.ones(len(motion), np.float32)
            inside = motion.cell >= 0
            states[inside] = factor[kept][motion.cell[inside]]
            states[~inside] = factor.min()
            states[: 2 * motion.cells] *= walking
            states[motion.long_stay] *= long
            states = np.maximum(states, factor.min())
            result[tick] = result[tick] * states if tick in result else states
        return result


def read_sayings(anchors: Sequence[Anchor], cells: StreetCells, window: UtcInterval, ticks: int) -> Sayings:
    """What these anchors say; one without a place says nothing here."""
    known, home = np.zeros(len(cells)), np.zeros(len(cells))
    moments = []
    for anchor in anchors:
        if anchor.place is None:
            continue
        apart = cells.apart_m(np.array(anchor.place.offset_m(cells.graph.origin)))
        if anchor.interval.duration_s > LONG_S:
            near = _near(apart, anchor.radius_m)
            home += anchor.reliability * near / max(near.sum(), 1e-12)
        else:
            tick = _middle(anchor.interval, window, ticks)
            near = _near(apart, anchor.radius_m + DRIFT_MPS * anchor.interval.duration_s / 2)
            paid = anchor.kind is AnchorKind.CARD
            long = LONG_ERRAND if paid and not _same_visit(anchor, anchors) else 1.0
            moments.append((tick, _factor(near, anchor.reliability), IN_PASSING if paid else 1.0, long))
        known = np.maximum(known, anchor.reliability * _near(apart, anchor.radius_m) * _sharp(anchor))
    return Sayings(known, home / home.sum() if home.sum() > 0 else None, tuple(moments))


def _same_visit(anchor: Anchor, anchors: Sequence[Anchor]) -> bool:
    """Whether something was paid before at the same place: whoever pays there again did not come for that."""
    assert anchor.place is not None
    return any(
        other.kind is AnchorKind.CARD
        and other.place is not None
        and 0 < anchor.interval.start_us - other.interval.start_us < VISIT_S * SECOND_US
        and float(np.linalg.norm(other.place.offset_m(anchor.place))) <= anchor.radius_m + other.radius_m
        for other in anchors
    )


def _near(apart_m: Doubles, radius_m: float) -> Doubles:
    return np.asarray(np.exp(-((np.maximum(apart_m - radius_m, 0) / EDGE_M) ** 2) / 2) + 1e-9)


def _sharp(anchor: Anchor) -> float:
    """A wide place is hardly known."""
    return min(1.0, (60.0 / max(anchor.radius_m, 1.0)) ** 2)


def _factor(near: Doubles, reliability: float) -> Doubles:
    """The density of what was said where the person is in a cell, over the density of a false statement."""
    return np.asarray(reliability * near / near.sum() * len(near) + (1 - reliability))


def _middle(interval: UtcInterval, window: UtcInterval, ticks: int) -> int:
    middle = (interval.start_us + interval.end_us) // 2 - window.start_us
    return int(np.clip(middle / SECOND_US / TICK_S, 0, ticks - 1))


def end_of_day(start: Floats, has_home: bool) -> Floats:
    """A day ends rather where it started than elsewhere, as a backward message."""
    end = np.ones(len(start), np.float32)
    if has_home:
        end += HOME_AGAIN * start / start.max()
    return np.asarray(end / end.sum(), np.float32)
