"""How a person moves through street cells from tick to tick: a hidden Markov model (Rabiner 1989) of whereabouts.

Modes: walking in a direction, a short stay and a long one behind a door, aboard a line, and away (whatever was not
thought of). Shares are guesses from travel surveys' orders of magnitude, not fitted on any city of a benchmark.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_matrix, csr_matrix, diags

from casetrail.model.arrays import Doubles, Floats, Integers
from casetrail.trace.cells import StreetCells
from casetrail.trace.flows import Turns

TICK_S = 20.0


@dataclass(frozen=True)
class Pace:
    """Rates of the motion model; durations in seconds, `*_share` of what happens when it happens."""

    walk_mps: float = 1.3
    walk_s: float = 1000.0  # how long a way lasts before its end
    short_s: float = 900.0
    long_s: float = 14_000.0
    short_share: float = 0.6
    turn_share: float = 0.001
    away_s: float = 3600.0
    away_share: float = 0.03  # of the ways' ends
    board_s: float = 2400.0  # how long somebody walks about a stop before boarding
    alight_share: float = 0.3
    known_place: float = 8.0  # how much likelier a way ends at a place named in the evidence


@dataclass(frozen=True)
class Motion:
    """Steps between states, one tick apart.

    States: two walking ones per cell, a short and a long stay per cell, one per ride and direction, and away. `onward`
    sparse `(s, s)` float32, rows leave; `enters` those of them that walk into a cell. `cell` `(s,)`: the cell of each
    state, -1 without.
    """

    onward: csr_matrix
    enters: csr_matrix
    cell: Integers
    cells: int

    def __len__(self) -> int:
        return len(self.cell)

    @property
    def short_stay(self) -> slice:
        """States of short stays, by cell."""
        return slice(2 * self.cells, 3 * self.cells)

    @property
    def long_stay(self) -> slice:
        """States of long stays, by cell."""
        return slice(3 * self.cells, 4 * self.cells)

    def within(self, cells: Integers) -> tuple["Motion", Integers]:
        """The same among these cells (sorted) with rides and away, and which states those are; who leaves is away."""
        inside = np.zeros(self.cells, bool)
        inside[cells] = True
        kept = np.flatnonzero((self.cell < 0) | inside[self.cell])
        part = self.onward[kept][:, kept].tocsr()
        lost = np.clip(1.0 - np.asarray(part.sum(axis=1)).ravel(), 0.0, 1.0)
        lost[lost < 1e-6] = 0.0
        rows = np.flatnonzero(lost)
        leak = csr_matrix((lost[rows], (rows, np.full(len(rows), len(kept) - 1))), shape=part.shape)
        place = np.searchsorted(cells, self.cell[kept])
        cell = np.where(self.cell[kept] < 0, -1, place)
        enters = self.enters[kept][:, kept].tocsr()
        return Motion((part + leak).tocsr().astype(np.float32), enters, cell, len(cells)), kept


def build_motion(
    cells: StreetCells,
    known: Doubles | None = None,
    pace: Pace | None = None,
    tick_s: float = TICK_S,
    turns: Turns | None = None,
) -> Motion:
    """The motion model of these cells. `known` `(c,)` 0..1: how much each lies at a place named in the evidence;
    `turns`: which way people turn at crossings.
    """
    pace = pace or Pace()
    count = len(cells)
    ends = tick_s / pace.walk_s * (1 + (pace.known_place - 1) * (np.zeros(count) if known is None else known))
    ends = np.minimum(np.repeat(ends, 2), 0.5)
    parts = [
        *_walking(cells, 1 - ends, pace, tick_s, turns),
        *_stopping(count, ends, pace),
        *_starting(count, pace, tick_s),
        *_riding(cells, pace, tick_s),
        *_returning(cells, pace, tick_s),
    ]
    size = _size(cells)
    onward, enters = _matrix(parts, size), _matrix(parts[:1], size)
    each = diags(1 / np.maximum(np.asarray(onward.sum(axis=1)).ravel(), 1e-9))
    cell = np.full(size, -1, np.int64)
    cell[: 4 * count] = np.concatenate([np.repeat(np.arange(count), 2), np.arange(count), np.arange(count)])
    return Motion((each @ onward).tocsr().astype(np.float32), (each @ enters).tocsr().astype(np.float32), cell, count)


Part = tuple[Integers, Integers, Doubles]


def _matrix(parts: Sequence[Part], size: int) -> csr_matrix:
    rows, columns, values = (np.concatenate(column) for column in zip(*parts, strict=True))
    return coo_matrix((values.astype(np.float32), (rows, columns)), shape=(size, size)).tocsr()


def _size(cells: StreetCells) -> int:
    return 4 * len(cells) + 2 * len(cells.graph.rides) + 1


def _walking(cells: StreetCells, goes_on: Doubles, pace: Pace, tick_s: float, turns: Turns | None) -> Sequence[Part]:
    source, target, share = cells.onward(turns)
    move = np.clip(pace.walk_mps * tick_s / np.repeat(cells.length_m, 2), 0.02, 0.93)
    state = np.arange(2 * len(cells))
    return [
        (source, target, share * (goes_on * move)[source]),
        (state, state, goes_on * (1 - move - pace.turn_share)),
        (state, state ^ 1, goes_on * pace.turn_share),
    ]


def _stopping(count: int, ends: Doubles, pace: Pace) -> Sequence[Part]:
    state, cell = np.arange(2 * count), np.repeat(np.arange(count), 2)
    stays = ends * (1 - pace.away_share)
    return [
        (state, 2 * count + cell, stays * pace.short_share),
        (state, 3 * count + cell, stays * (1 - pace.short_share)),
    ]


def _starting(count: int, pace: Pace, tick_s: float) -> Sequence[Part]:
    cell = np.arange(count)
    parts: list[Part] = []
    for first, lasts_s in ((2 * count, pace.short_s), (3 * count, pace.long_s)):
        leaves = np.full(count, tick_s / lasts_s)
        parts += [(first + cell, first + cell, 1 - leaves)]
        parts += [(first + cell, 2 * cell + way, leaves / 2) for way in (0, 1)]
    return parts


def _riding(cells: StreetCells, pace: Pace, tick_s: float) -> Sequence[Part]:
    """Boarding from where a way starts or ends at a stop, aboard for the ride, then out or on with the next ride."""
    rides = cells.graph.rides
    if not rides:
        return []
    node, state = cells.leaving()
    first = 4 * len(cells)
    one, other = [ride.from_node for ride in rides], [ride.to_node for ride in rides]
    leave, reach = np.array(one + other), np.array(other + one)  # rides go both ways
    lasts_s = np.maximum(np.tile([ride.seconds_mean for ride in rides], 2), 1.0)
    arrives = np.minimum(tick_s / lasts_s, 0.9)
    aboard = first + np.arange(len(leave))
    parts: list[Part] = [(aboard, aboard, 1 - arrives)]
    boards = tick_s / pace.board_s
    ride, at = _join(leave, node)
    share = boards / np.bincount(leave, minlength=cells.graph.nodes_m.shape[0])[leave[ride]]
    parts += [(state[at], first + ride, share), (state[at] ^ 1, first + ride, share)]
    order = np.argsort(leave, kind="stable")
    ride, following = _join(reach, leave[order])
    following = order[following]
    direct = np.isin(_pairs(leave[ride], reach[following]), _pairs(leave, reach))  # nobody changes without need
    onward = (leave[ride] != reach[following]) & ~direct
    ride, following = ride[onward], following[onward]
    changes = np.bincount(ride, minlength=len(leave))
    share = ((1 - pace.alight_share) * arrives / np.maximum(changes, 1))[ride]
    parts.append((first + ride, first + following, share))
    alights = arrives * np.where(changes > 0, pace.alight_share, 1.0)
    ride, at = _join(reach, node)
    ways = np.bincount(ride, minlength=len(leave))
    return [*parts, (first + ride, state[at], alights[ride] / ways[ride])]


def _pairs(leave: Integers, reach: Integers) -> Integers:
    """One number for each pair of nodes."""
    return np.asarray((leave.astype(np.int64) << 32) + reach)


def _returning(cells: StreetCells, pace: Pace, tick_s: float) -> Sequence[Part]:
    count, away = len(cells), _size(cells) - 1
    walking = np.arange(2 * count)
    returns = tick_s / pace.away_s
    leaves = np.full(2 * count, tick_s / pace.walk_s * pace.away_share)
    here = np.array([away])
    return [
        (walking, np.full(2 * count, away), leaves),
        (here, here, np.array([1 - returns])),
        (np.full(2 * count, away), walking, np.full(2 * count, returns / (2 * count))),
    ]


def _join(wanted: Integers, ordered: Integers) -> tuple[Integers, Integers]:
    """Every pair (row of `wanted`, position in `ordered`) with equal values."""
    start = np.searchsorted(ordered, wanted, side="left")
    count = np.searchsorted(ordered, wanted, side="right") - start
    row = np.repeat(np.arange(len(wanted)), count)
    return row, np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count) + np.repeat(start, count)


def spread_evenly(cells: StreetCells) -> Floats:
    """Somewhere in the city, behind a door more often than not, `(s,)`."""
    start = np.full(_size(cells), 1e-6, np.float32)
    count = len(cells)
    start[: 2 * count] = 0.05 / (2 * count)
    start[2 * count : 4 * count] = 0.85 / (2 * count)
    start[-1] = 0.1
    return np.asarray(start / start.sum(), np.float32)
