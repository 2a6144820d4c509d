"""Lanes by ticks: how many presences there are, and what the opened ones say, spread by the camera's clock.

A view in which the person is gives a presence with probability `DETECTED`, one among those of a crowd that passes at
some rate `r`; so opened presences make a tick of a view `1 + d / r * sum(ratio - 1)` times likelier with the person in
it. Unopened ones say nothing: people walk in each other's steps, so counts alone would lead after anybody.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.ndimage import uniform_filter1d

from casetrail.model.arrays import Array, Doubles, Flags, Floats, Integers
from casetrail.trace.kept import Kept
from casetrail.trace.moments import MOST_OFF, OFFSETS, VIEW_S, clock_prior
from casetrail.trace.motion import TICK_S

DETECTED = 0.75  # people who walk through a cell with a view become a presence this often
RATE_WINDOW_S = 3600.0
WAY_S = 600.0
NEAR_TICKS = 9
SURE, UNSETTLED = 150.0, -99  # a larger likelihood ratio is settled on one tick
SOME = 512  # ticks that are worked on at once, where that needs memory
LEAST_RATE = 0.02  # presences per tick
SPREADS = (0.6, 1.0, 1.7, 3.0)  # of a presence over ticks, standard deviations
MOST_SPREAD = MOST_OFF  # ticks
STAYS = 1.0  # what being settled already is worth, natural log
NOWHERE = 1e-9
RIGHTLY = 0.97  # of the directions told (docs/adr/0023)


Rows = npt.NDArray[np.int32]
InView = Callable[[Integers, Integers], Floats]  # probabilities of walking into lanes at ticks, of the same shape


@dataclass(frozen=True)
class Lanes:
    """Which lane each presence `(n,)` is in: one camera's view in one direction of walking. `own` with `share` of what
    it says, the other direction (its number with the last bit turned) with the rest: who walks which way is not always
    told, nor always rightly. `clock_s` `(c,)`: of each lane's camera.
    """

    own: Rows
    share: Floats
    clock_s: Doubles


def lanes_of(camera: Integers, towards: Integers, told: Flags, clock_s: Doubles) -> Lanes:
    """Two lanes for each camera, towards it and away from it; only the first where `told` `(cameras,)` is not true."""
    way = np.where(told[camera], towards, 0)
    own = (2 * camera + (way < 0)).astype(np.int32)
    share = np.where(told[camera], np.where(way == 0, 0.5, RIGHTLY), 1.0)
    return Lanes(own, share.astype(np.float32), np.repeat(clock_s, 2))


class Grid:
    """The table of one gate, `c` lanes by `t` ticks. `tick` `(n,)`: of each presence, opened or not."""

    def __init__(self, tick: Rows, lanes: Lanes, ticks: int) -> None:
        self.tick, self._lanes = tick, lanes
        shape = (len(lanes.clock_s), ticks)
        count = self._counted(shape)
        sigma = np.sqrt(lanes.clock_s**2 + VIEW_S**2) / TICK_S
        self._passed = count.any(axis=1)
        self._kind = np.argmin(np.abs(np.array(SPREADS)[:, None] - sigma[None]), axis=0)
        self._rate = _rates(count)
        self._rate += _around(count)
        self._rate /= 2
        self._mass = np.zeros(shape, np.float32)
        self._count = count.astype(np.float16)
        self._weight = np.zeros(len(tick), np.float32)
        self._settled = np.full(len(tick), UNSETTLED, np.int8)
        narrow = tick.astype(np.uint16 if ticks < 2**16 else np.int32)
        self._by_tick = np.argsort(narrow, kind="stable").astype(np.int32)
        self._until = np.concatenate([[0], np.cumsum(np.bincount(tick, minlength=ticks))])

    def _counted(self, shape: tuple[int, int]) -> Floats:
        """How many presences there are in each lane at each tick."""
        count = np.zeros(shape[0] * shape[1], np.float32)
        for lane, share in self._both(slice(None)):
            np.add.at(count, lane.astype(np.int64) * shape[1] + self.tick, share)
        return count.reshape(shape)

    def _both(self, rows: Integers | slice) -> Sequence[tuple[Array, Floats]]:
        """Both lanes of these rows, with what part of each row belongs to them."""
        own, share = self._lanes.own[rows], self._lanes.share[rows]
        return ((own, share), (own ^ 1, 1 - share))

    @property
    def ticks(self) -> int:
        """How many ticks."""
        return self._mass.shape[1]

    def weigh(self, rows: Integers, ratio: Doubles, in_view: InView, fits: Doubles) -> Integers:
        """Opened presences say this now (likelihood ratios); returns the ticks that changed.

        A presence counts at each tick around it, and nobody walks through a view twice in that while. What says very
        much is therefore settled on its likeliest tick: else paths that turn round to count it again would win.
        `fits`: how well each offset fits others seen nearby (`moments.fit_moments`).
        """
        settled = self._settle(rows, ratio >= SURE, in_view, fits)
        weight = (ratio - 1).astype(np.float32)
        moved = np.abs(weight - self._weight[rows]) > 1e-3 * (1 + np.abs(ratio))
        moved |= settled != self._settled[rows]
        rows, weight, settled = rows[moved], weight[moved], settled[moved]
        touched = [self._put(rows, -self._weight[rows])]
        self._weight[rows], self._settled[rows] = weight, settled
        touched.append(self._put(rows, weight))
        return np.unique(np.concatenate(touched))

    def settled_s(self, rows: Integers) -> Doubles:
        """How much later than by its clock each row is settled, seconds; nought where it is not."""
        settled = self._settled[rows].astype(np.float64)
        return np.where(settled > UNSETTLED, settled * TICK_S, 0.0)

    def _put(self, rows: Integers, weight: Floats) -> Integers:
        """Add to the table at each presence's ticks."""
        touched = [np.zeros(0, np.int64)]
        sure = self._settled[rows] > UNSETTLED
        at = np.clip(self.tick[rows[sure]] + self._settled[rows[sure]], 0, self.ticks - 1)
        for lane, part in self._both(rows[sure]):
            np.add.at(self._mass, (lane, at), part * weight[sure])
        touched.append(at.astype(np.int64))
        kinds = self._kind[self._lanes.own[rows]]
        for kind, taps in enumerate(TAPS):
            mine = (kinds == kind) & ~sure
            for offset, share in taps:
                at = np.clip(self.tick[rows[mine]] + offset, 0, self.ticks - 1)
                for lane, part in self._both(rows[mine]):
                    np.add.at(self._mass, (lane, at), share * part * weight[mine])
                touched.append(np.unique(at))
        return np.concatenate(touched)

    def _settle(self, rows: Integers, sure: Flags, in_view: InView, fits: Doubles) -> Integers:
        """At which offset from its tick each sure row was. The field chooses at first, which then follows the choice;
        later on only who was seen nearby can move it.
        """
        before = self._settled[rows]
        result = np.where(sure, before, UNSETTLED)
        first = np.flatnonzero(sure & (before == UNSETTLED))
        again = np.flatnonzero(sure & (before > UNSETTLED) & fits.any(axis=1))
        at = np.clip(self.tick[rows[first], None] + OFFSETS, 0, self.ticks - 1)
        seen = [part[:, None] * in_view(at, lane[:, None]) for lane, part in self._both(rows[first])]
        stays = STAYS * (before[again, None] == OFFSETS)
        chosen = np.concatenate([first, again])
        worth = np.concatenate([np.log(np.sum(seen, axis=0) + NOWHERE), stays])
        worth += clock_prior(self._lanes.clock_s[self._lanes.own[rows[chosen]]]) + fits[chosen]
        result[chosen] = OFFSETS[np.argmax(worth, axis=1)]
        return np.asarray(result)

    def pace(self) -> Floats:
        """How much less likely somebody walks at each tick than by day, for each tick of a way; at most 1."""
        busy = self.traffic()
        usual = float((busy**2).sum() / busy.sum()) / 2
        return np.asarray(np.minimum(busy / usual, 1.0) ** (TICK_S / WAY_S), np.float32)

    def seen(self) -> Floats:
        """How much likelier each tick of each view is with the person in it, `(t, c)`."""
        return self.seen_at(slice(None))

    def seen_at(self, ticks: Integers | slice) -> Floats:
        """The same at some ticks."""
        with_person = 1 + DETECTED * self._mass[:, ticks] / self._rate[:, ticks]
        return np.ascontiguousarray(np.maximum(with_person, 1 - DETECTED).T, np.float32)

    def shares(self, rows: Integers, first: int, last: int, in_view: Kept, seen: Floats) -> Floats:
        """Probability that each of these rows is the person for a ratio of 1, `(k,)`; times the ratio for others.

        The rows' ticks lie from `first` to before `last`, of which the ends count only as neighbours.
        """
        some = slice(max(first - MOST_SPREAD, 0), min(last + MOST_SPREAD, self.ticks))
        each = self._spread(_made(np.ascontiguousarray((in_view[some] / seen[some]).T), self._rate[:, some]))
        at = self.tick[rows] - some.start
        return np.asarray(np.sum([part * each[lane, at] for lane, part in self._both(rows)], axis=0), np.float32)

    def shares_of(self, rows: Integers, in_view: InView, seen: Floats) -> Floats:
        """The same for some presences only."""
        tick = self.tick[rows]
        result = np.zeros(len(rows), np.float32)
        sure = self._settled[rows] > UNSETTLED
        kinds = self._kind[self._lanes.own[rows]]
        for lane, part in self._both(rows):
            at = np.clip(tick[sure] + self._settled[rows[sure]], 0, self.ticks - 1)
            result[sure] += part[sure] * self._each(at, lane[sure], in_view, seen)
            for kind, taps in enumerate(TAPS):
                mine = np.flatnonzero((kinds == kind) & ~sure)
                offset, share = np.array(taps, np.float32).T
                at = np.clip(tick[mine, None] + offset.astype(np.int64), 0, self.ticks - 1)
                result[mine] += part[mine] * (self._each(at, lane[mine, None], in_view, seen) @ share)
        return result

    def _each(self, tick: Integers, lane: Integers, in_view: InView, seen: Floats) -> Floats:
        """What being in view of a lane at a tick makes each presence there."""
        return _made(in_view(tick, lane) / seen[tick, lane], self._rate[lane, tick])

    def around(self, lanes: Integers) -> Floats:
        """How many pass some lanes around each tick, `(lanes, t)`."""
        return np.maximum(_around(self._spread(self._count[lanes].astype(np.float32), self._kind[lanes])), LEAST_RATE)

    def left(self, lanes: Integers, around: Floats) -> Floats:
        """How likely the person may still have passed some lanes at each tick, `(lanes, t)` at most 1, by who of those
        `around` was looked at and is somebody else.
        """
        said = DETECTED * _around(self._mass[lanes]) / around
        return np.asarray(np.clip(1 + said, 1 - DETECTED, 1.0), np.float32)

    def shares_in(self, rows: Integers, lanes: Integers, predicted: Floats) -> Floats:
        """Shares of rows of some lanes (sorted) by what is `predicted` of these, `(lanes, t)`."""
        each = self._spread(_made(predicted, self._rate[lanes]), self._kind[lanes])
        place = np.full(len(self._kind), -1)
        place[lanes] = np.arange(len(lanes))
        result, tick = np.zeros(len(rows), np.float32), self.tick[rows]
        for lane, part in self._both(rows):
            column = place[lane]
            result += np.where(column >= 0, part * each[column, tick], 0)
        return result

    def lanes_back(self, rows: Integers) -> Integers:
        """The lane that leads the other way through the view of each row; the same where no directions are told."""
        own = self._lanes.own[rows]
        return np.where(self._lanes.share[rows] < 1, own ^ 1, own)

    def rows_of(self, lanes: Integers) -> Integers:
        """Rows that may be in one of these lanes."""
        wanted = np.zeros(len(self._kind), bool)
        wanted[lanes] = True
        return np.flatnonzero(wanted[self._lanes.own] | wanted[self._lanes.own ^ 1])

    def rows_between(self, first: int, last: int) -> Integers:
        """Rows by their tick, from one to before another."""
        first, last = np.clip([first, last], 0, self.ticks).tolist()
        return self._by_tick[self._until[first] : self._until[last]].astype(np.int64)

    def traffic(self) -> Floats:
        """How busy the streets are at each tick, `(t,)`."""
        return np.asarray(self._rate[self._passed if self._passed.any() else slice(None)].mean(axis=0))

    def rate_of(self, rows: Integers) -> Floats:
        """Presences a tick in each row's lane at its time."""
        return np.asarray(self._rate[self._lanes.own[rows], self.tick[rows]])

    def _spread(self, table: Floats, kinds: Integers | None = None) -> Floats:
        """Each lane's row spread over ticks as its camera's clock demands."""
        kinds = self._kind if kinds is None else kinds
        result = np.zeros_like(table)
        for kind, taps in enumerate(TAPS):
            rows = np.flatnonzero(kinds == kind)
            if len(rows):
                part = table[rows]
                total = np.zeros_like(part)
                for offset, share in taps:
                    _add_shifted(total, part, offset, share)
                result[rows] = total
        return result


def in_parts(ticks: Integers, work: Callable[[Integers], None]) -> None:
    """Work on ticks in parts, each of which needs little memory, two side by side: whole arrays let others work."""
    parts = np.array_split(ticks, max(len(ticks) // SOME, 1))
    if len(parts) == 1:
        work(parts[0])
        return
    with ThreadPoolExecutor(2) as two:
        for _ in two.map(work, parts):
            pass


def _taps(spread: float) -> Sequence[tuple[int, float]]:
    """Ticks around a presence, and how much of it belongs to each."""
    reach = int(np.ceil(2 * spread))
    offsets = np.arange(-reach, reach + 1)
    weight = np.exp(-((offsets / spread) ** 2) / 2)
    return list(zip(offsets.tolist(), (weight / weight.sum()).tolist(), strict=True))


TAPS = tuple(_taps(spread) for spread in SPREADS)


def _made(in_view: Floats, rate: Floats) -> Floats:
    """How much of each presence in a view is the person's, with so many others passing."""
    return np.asarray(np.float32(DETECTED) * in_view / rate, np.float32)


def _around(table: Floats) -> Floats:
    return np.asarray(uniform_filter1d(table, NEAR_TICKS, axis=1, mode="nearest"))


def _add_shifted(total: Floats, part: Floats, offset: int, share: float) -> None:
    size = part.shape[1]
    if offset >= 0:
        total[:, offset:] += np.float32(share) * part[:, : size - offset]
    else:
        total[:, :offset] += np.float32(share) * part[:, -offset:]


def _rates(count: Floats) -> Floats:
    """Presences per tick around each tick of each camera, shrunk a little to the gate's mean; in one new table only."""
    size = max(int(RATE_WINDOW_S / TICK_S), 1)
    near = uniform_filter1d(count, size, axis=1, mode="nearest")
    busy = count.any(axis=1)  # a camera that nobody passes says nothing of the others
    everywhere = float(count[busy].mean()) if busy.any() else LEAST_RATE
    near *= size
    near += 2 * everywhere
    near /= size + 2
    return np.maximum(near, LEAST_RATE, out=near)
