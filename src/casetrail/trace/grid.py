"""Ticks by cameras: how many presences there are, and what the opened ones say, spread by the camera's clock.

A view in which the person is gives a presence with probability `DETECTED`, one among those of a crowd that passes at
some rate `r`; so opened presences make a tick of a view `1 + d / r * sum(ratio - 1)` times likelier with the person in
it. Unopened ones say nothing: people walk in each other's steps, so counts alone would lead after anybody.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.ndimage import uniform_filter1d

from casetrail.model.arrays import Doubles, Flags, Floats, Integers
from casetrail.trace.motion import TICK_S

DETECTED = 0.75  # people who walk through a cell with a view become a presence this often
VIEW_S = 10.0  # from walking into a cell to the middle of a presence there, standard deviation
RATE_WINDOW_S = 3600.0
WAY_S = 600.0
NEAR_TICKS = 9
SURE, UNSETTLED = 150.0, -99  # a larger likelihood ratio is settled on one tick
LEAST_RATE = 0.02  # presences per tick
SPREADS = (0.6, 1.0, 1.7, 3.0)  # of a presence over ticks, standard deviations


Rows = npt.NDArray[np.int32]


class Grid:
    """The table of one gate, `t` ticks by `c` cameras. `tick`, `camera` `(n,)`: of each presence, opened or not."""

    def __init__(self, tick: Rows, camera: Rows, ticks: int, clock_s: Doubles) -> None:
        self.tick, self.camera = tick, camera
        shape = (ticks, len(clock_s))
        flat = np.bincount(tick.astype(np.int64) * shape[1] + camera, minlength=shape[0] * shape[1])
        count = flat.reshape(shape).astype(np.float32)
        sigma = np.sqrt(clock_s**2 + VIEW_S**2) / TICK_S
        self._passed = count.any(axis=0)
        self._kind = np.argmin(np.abs(np.array(SPREADS)[:, None] - sigma[None]), axis=0)
        near = uniform_filter1d(count, NEAR_TICKS, axis=0, mode="nearest")
        self._rate = np.asarray((_rates(count) + near) / 2, np.float32)
        self._mass = np.zeros(shape, np.float32)
        self._weight = np.zeros(len(tick), np.float32)
        self._settled = np.full(len(tick), UNSETTLED, np.int64)

    @property
    def ticks(self) -> int:
        """How many ticks."""
        return len(self._mass)

    def weigh(self, rows: Integers, ratio: Doubles, in_view: Floats) -> Integers:
        """Opened presences say this now (likelihood ratios); returns the ticks that changed.

        A presence counts at each tick around it, and nobody walks through a view twice in that while. What says very
        much is therefore settled on its likeliest tick: else paths that turn round to count it again would win.
        """
        settled = self._likeliest(rows, in_view)
        settled = np.where(
            ratio >= SURE, np.where(self._settled[rows] > UNSETTLED, self._settled[rows], settled), UNSETTLED
        )
        weight = (ratio - 1).astype(np.float32)
        moved = np.abs(weight - self._weight[rows]) > 1e-3 * (1 + np.abs(ratio))
        rows, weight, settled = rows[moved], weight[moved], settled[moved]
        touched = [self._put(rows, -self._weight[rows])]
        self._weight[rows], self._settled[rows] = weight, settled
        touched.append(self._put(rows, weight))
        return np.unique(np.concatenate(touched))

    def _put(self, rows: Integers, weight: Floats) -> Integers:
        """Add to the table at each presence's ticks."""
        touched = [np.zeros(0, np.int64)]
        sure = self._settled[rows] > UNSETTLED
        at = np.clip(self.tick[rows[sure]] + self._settled[rows[sure]], 0, self.ticks - 1)
        np.add.at(self._mass, (at, self.camera[rows[sure]]), weight[sure])
        touched.append(at.astype(np.int64))
        for kind, taps in enumerate(_taps()):
            mine = (self._kind[self.camera[rows]] == kind) & ~sure
            for offset, share in taps:
                at = np.clip(self.tick[rows[mine]] + offset, 0, self.ticks - 1)
                np.add.at(self._mass, (at, self.camera[rows[mine]]), share * weight[mine])
                touched.append(np.unique(at))
        return np.concatenate(touched)

    def _likeliest(self, rows: Integers, in_view: Floats) -> Integers:
        """At which offset from its tick each presence would be the person's, by the field as it stands."""
        best, found = np.full(len(rows), -1.0), np.zeros(len(rows), np.int64)
        for kind, taps in enumerate(_taps()):
            mine = np.flatnonzero(self._kind[self.camera[rows]] == kind)
            for offset, share in taps:
                at = np.clip(self.tick[rows[mine]] + offset, 0, self.ticks - 1)
                worth = share * (in_view[at, self.camera[rows[mine]]] + 1e-9)
                better = worth > best[mine]
                best[mine[better]], found[mine[better]] = worth[better], offset
        return found

    def pace(self) -> Floats:
        """How much less likely somebody walks at each tick than by day, for each tick of a way; at most 1."""
        busy = self._rate[:, self._passed].mean(axis=1) if self._passed.any() else self._rate.mean(axis=1)
        usual = float((busy**2).sum() / busy.sum()) / 2
        return np.asarray(np.minimum(busy / usual, 1.0) ** (TICK_S / WAY_S), np.float32)

    def seen(self) -> Floats:
        """How much likelier each tick of each view is with the person in it, `(t, c)`."""
        return self.seen_at(slice(None))

    def seen_at(self, ticks: Flags | slice) -> Floats:
        """The same at some ticks."""
        with_person = 1 + DETECTED * self._mass[ticks] / self._rate[ticks]
        return np.asarray(np.maximum(with_person, 1 - DETECTED), np.float32)

    def shares(self, in_view: Floats, seen: Floats) -> Floats:
        """Probability that each presence is the person for a ratio of 1, `(n,)`; times the ratio for others."""
        each = self._spread(np.asarray(DETECTED * in_view / (self._rate * seen), np.float32))
        return np.asarray(each[self.tick, self.camera], np.float32)

    def shares_of(self, rows: Integers, in_view: Floats, seen: Floats) -> Floats:
        """The same for some presences only."""
        tick, camera = self.tick[rows], self.camera[rows]
        result = np.zeros(len(rows), np.float32)
        sure = self._settled[rows] > UNSETTLED
        at = (np.clip(tick[sure] + self._settled[rows[sure]], 0, self.ticks - 1), camera[sure])
        result[sure] = DETECTED * in_view[at] / (self._rate[at] * seen[at])
        for kind, taps in enumerate(_taps()):
            mine = np.flatnonzero((self._kind[camera] == kind) & ~sure)
            for offset, share in taps:
                at = (np.clip(tick[mine] + offset, 0, self.ticks - 1), camera[mine])
                result[mine] += share * DETECTED * in_view[at] / (self._rate[at] * seen[at])
        return result

    def _spread(self, table: Floats) -> Floats:
        """Each camera's column spread over ticks as its clock demands."""
        result = np.empty_like(table)
        for kind, taps in enumerate(_taps()):
            columns = np.flatnonzero(self._kind == kind)
            if len(columns):
                part = table[:, columns]
                total = np.zeros_like(part)
                for offset, share in taps:
                    _add_shifted(total, part, offset, share)
                result[:, columns] = total
        return result


def _taps() -> Sequence[Sequence[tuple[int, float]]]:
    kinds = []
    for spread in SPREADS:
        reach = int(np.ceil(2 * spread))
        offsets = np.arange(-reach, reach + 1)
        weight = np.exp(-((offsets / spread) ** 2) / 2)
        kinds.append(list(zip(offsets.tolist(), (weight / weight.sum()).tolist(), strict=True)))
    return kinds


def _add_shifted(total: Floats, part: Floats, offset: int, share: float) -> None:
    size = len(part)
    if offset >= 0:
        total[offset:] += np.float32(share) * part[: size - offset]
    else:
        total[:offset] += np.float32(share) * part[-offset:]


def _rates(count: Floats) -> Floats:
    """Presences per tick around each tick of each camera, shrunk a little to the gate's mean."""
    size = max(int(RATE_WINDOW_S / TICK_S), 1)
    near = uniform_filter1d(count, size, axis=0, mode="nearest")
    busy = count.any(axis=0)  # a camera that nobody passes says nothing of the others
    everywhere = float(count[:, busy].mean()) if busy.any() else LEAST_RATE
    return np.asarray(np.maximum((near * size + 2 * everywhere) / (size + 2), LEAST_RATE), np.float32)
