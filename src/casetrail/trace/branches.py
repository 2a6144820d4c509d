"""Materially different ways that somebody may have gone, between what is confirmed, in a city.

`trace/lattice.py` sums all paths of a small installation. Of a city's field only the probability of each opened
presence is left, and these are not independent: whoever looks alike once does so all along their way. So a chain of
presences within a quarter of an hour is taken to stand and fall together, and says no more than one of them: the
chance that all of it holds is its smallest probability (the upper bound of Frechet 1935), and stretches farther apart
are independent.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from casetrail.model.arrays import Doubles, Flags, Integers

LEAST = 0.03  # presences less likely than this are on nobody's way
MOST_NODES = 2000
STRETCH_S = 900.0
FASTEST_MPS = 2.0
RIDE_MPS, WAITING_S = 8.0, 120.0  # or else somebody waits for a ride
NOTICED_S = 15.0  # somewhere within a view
COMPARABLE = float(np.log(2.0))  # a chain goes on with presences of about half the odds, or better
MOST_TRIED, MOST_BESIDE = 40, 300  # other ways that are looked at, and presences beside each
MATERIAL_PRESENCES, MATERIAL_S = 2, 300.0
SAME_PLACE_S = 60.0  # at the same camera so soon: the same pass, cut in two
FLOOR = 1e-3
LEAST_LIKELY = 1000.0  # what is so many times less likely is no alternative


@dataclass(frozen=True)
class Passing:
    """Opened presences that may be the person, `(n,)` each, in any order.

    `start_s`, `end_s`: seconds. `camera`: any numbers. `spot_m` `(n, 2)`: metres, nan where unknown. `clock_s`:
    standard deviation of its camera's clock. `probability`; `confirmed`: by a reviewer, and so on every way.
    """

    start_s: Doubles
    end_s: Doubles
    camera: Integers
    spot_m: Doubles
    clock_s: Doubles
    probability: Doubles
    confirmed: Flags

    def __len__(self) -> int:
        return len(self.start_s)

    def take(self, kept: Integers) -> "Passing":
        """These presences, in this order."""
        return Passing(
            self.start_s[kept],
            self.end_s[kept],
            self.camera[kept],
            self.spot_m[kept],
            self.clock_s[kept],
            self.probability[kept],
            self.confirmed[kept],
        )


@dataclass(frozen=True)
class Way:
    """One way as positions in time order, and how many times less likely it is than the best."""

    positions: tuple[int, ...]
    times_less_likely: float


def find_branches(passing: Passing, most: int = 3) -> tuple[Way, ...]:
    """The best way through everything confirmed, then at most `most` others that differ from it and from each other.

    Two ways differ materially by two presences, or by one that is five minutes from anything on the other way.
    """
    kept = _keep(passing)
    ways = _Ways(passing.take(kept))
    best = ways.best()
    found = {other: ways.times_less_likely(best, other) for other in ways.others(best)}
    chosen: list[tuple[float, frozenset[int]]] = [(1.0, best)]
    for other, times in sorted(found.items(), key=lambda each: (round(each[1], 6), -len(each[0]), sorted(each[0]))):
        if times <= LEAST_LIKELY and all(ways.differ(other, known) for _, known in chosen):
            chosen.append((times, other))
        if len(chosen) > most:
            break
    return tuple(Way(tuple(int(kept[at]) for at in sorted(way)), times) for times, way in chosen)


def _keep(passing: Passing) -> Integers:
    """Those that are confirmed or likely enough, in order of time."""
    worth = np.where(passing.confirmed, 2.0, passing.probability)
    ranked = np.argsort(-worth, kind="stable")[:MOST_NODES]
    kept = np.sort(ranked[worth[ranked] >= LEAST])
    return np.asarray(kept[np.lexsort((passing.camera[kept], passing.start_s[kept] + passing.end_s[kept]))])


class _Ways:
    """Ways through presences in order of time; each gap between two confirmed ones is looked at by itself."""

    def __init__(self, passing: Passing) -> None:
        self._all = passing
        probability = np.clip(passing.probability, FLOOR, 1 - FLOOR)
        self._probability = probability
        self._odds = np.log(probability) - np.log1p(-probability)
        self._confirmed = np.flatnonzero(passing.confirmed)
        self._gap = np.searchsorted(self._confirmed, np.arange(len(passing)))

    def best(self) -> frozenset[int]:
        """The heaviest chain in each gap, with evidence of one stretch shared out."""
        weight = self._shared()
        found = set(self._confirmed.tolist())
        for gap in range(len(self._confirmed) + 1):
            inside = np.flatnonzero((self._gap == gap) & (weight > 0) & ~self._all.confirmed)
            found.update(self._chain(inside, weight[inside], gap))
        return frozenset(found)

    def others(self, best: frozenset[int]) -> Iterator[frozenset[int]]:
        """The best way without each of its stretches, and through each of the likeliest presences off it."""
        yield from (best - set(group) for group in self._stretches([at for at in sorted(best) if self._is_open(at)]))
        covered, tried = set(best), 0
        for at in np.argsort(-self._probability, kind="stable").tolist():
            if tried < MOST_TRIED and at not in covered:
                way = self._through(at, best)
                covered |= {at, *way}
                tried += 1
                if at in way:
                    yield way

    def times_less_likely(self, best: frozenset[int], other: frozenset[int]) -> float:
        """Stretch by stretch where they differ: the chance of what the one says, over that of what the other says."""
        log = 0.0
        for group in self._stretches(sorted(best ^ other)):
            ours = self._probability[[at for at in group if at in best]]
            theirs = self._probability[[at for at in group if at in other]]
            rival = 0.0 if len(ours) and len(theirs) else self._rival(group)
            log += np.log(_claimed(ours, theirs, rival)) - np.log(_claimed(theirs, ours, rival))
        return float(np.exp(max(log, 0.0)))

    def differ(self, one: frozenset[int], other: frozenset[int]) -> bool:
        """Whether the two differ materially."""
        apart = [(at, one if at in other else other) for at in sorted(one ^ other)]
        away = [self._away_s(at, among) for at, among in apart]
        return sum(seconds > 0 for seconds in away) >= MATERIAL_PRESENCES or max(away, default=0.0) >= MATERIAL_S

    def _rival(self, group: Sequence[int]) -> float:
        """The likeliest presence beside these with which none of them can be on one way: then it may be that one."""
        first, last = self._all.start_s[group[0]], self._all.start_s[group[-1]]
        beside = (self._gap == self._gap[group[0]]) & ~self._all.confirmed
        beside &= (self._all.start_s >= first - STRETCH_S / 2) & (self._all.start_s <= last + STRETCH_S / 2)
        beside[list(group)] = False
        rows = np.flatnonzero(beside)
        members = np.array(group, np.int64)
        joined = self._follows(rows, members) | self._follows(members, rows).T
        return float(self._probability[rows[~joined.any(axis=1)]].max(initial=0.0))

    def _away_s(self, at: int, way: frozenset[int]) -> float:
        """Seconds from a presence to the nearest on a way; 0 where that one is of the same pass."""
        rows = np.array(sorted(way), np.int64)
        start, end = self._all.start_s, self._all.end_s
        seconds = np.maximum(np.maximum(start[rows] - end[at], start[at] - end[rows]), 0.0)
        if (seconds[self._all.camera[rows] == self._all.camera[at]] <= SAME_PLACE_S).any():
            return 0.0
        return max(float(seconds.min(initial=np.inf)), 1.0)

    def _through(self, at: int, best: frozenset[int]) -> frozenset[int]:
        """The best way through one presence, together with whatever of its stretch is about as likely."""
        weight = self._odds.copy()
        near = np.abs(self._all.start_s - self._all.start_s[at]) <= STRETCH_S
        weight[near] += max(COMPARABLE - float(self._odds[at]), 0.0)
        gap = int(self._gap[at])
        inside = (self._gap == gap) & ~self._all.confirmed & (weight > 0) & self._joined(at)
        inside[at] = True
        inside &= near | np.isin(np.arange(len(inside)), sorted(best))
        weight[at] = 1e3
        rows = np.flatnonzero(inside)
        rows = np.sort(rows[np.argsort(-weight[rows], kind="stable")[:MOST_BESIDE]])
        chain = self._chain(rows, weight[rows], gap)
        return frozenset(one for one in best if self._gap[one] != gap or self._all.confirmed[one]) | chain

    def _chain(self, rows: Integers, weight: Doubles, gap: int) -> frozenset[int]:
        """The heaviest chain of some presences of a gap, all walkable one after another (Viterbi 1967)."""
        rows, weight = self._between(rows, weight, gap)
        if not len(rows):
            return frozenset()
        follows = self._follows(rows, rows)
        total, back = weight.copy(), np.full(len(rows), -1)
        for at in range(1, len(rows)):
            before = np.where(follows[:at, at], total[:at], 0.0)
            came = int(before.argmax())
            if before[came] > 0:
                total[at] += before[came]
                back[at] = came
        chain, at = [], int(total.argmax())
        while at >= 0:
            chain.append(int(rows[at]))
            at = int(back[at])
        return frozenset(chain)

    def _between(self, rows: Integers, weight: Doubles, gap: int) -> tuple[Integers, Doubles]:
        """Those that somebody can reach from the confirmed one before, and from whom the one after can be reached."""
        kept = np.ones(len(rows), np.bool_)
        if gap > 0:
            kept &= self._follows(self._confirmed[[gap - 1]], rows)[0]
        if gap < len(self._confirmed):
            kept &= self._follows(rows, self._confirmed[[gap]])[:, 0]
        return rows[kept], weight[kept]

    def _follows(self, leave: Integers, enter: Integers) -> Flags:
        """Whether somebody can walk, or wait and ride, from each presence to each other, `(leave, enter)`."""
        here = self._all
        east, north = (here.spot_m[leave, axis][:, None] - here.spot_m[enter, axis][None] for axis in (0, 1))
        apart = np.nan_to_num(np.hypot(east, north))
        slack = 2.0 * np.hypot(here.clock_s[leave][:, None], here.clock_s[enter][None]) + NOTICED_S
        slack[here.camera[leave][:, None] == here.camera[enter][None]] = 0.0  # one clock, and nobody is there twice
        seconds = here.start_s[enter][None] - here.end_s[leave][:, None] + slack
        least = np.minimum(apart / FASTEST_MPS, WAITING_S + apart / RIDE_MPS)
        return np.asarray((seconds >= least) & (leave[:, None] != enter[None]))

    def _joined(self, at: int) -> Flags:
        """Which presences can be on one way with this one."""
        everything, one = np.arange(len(self._all)), np.array([at])
        before, after = self._follows(everything, one)[:, 0], self._follows(one, everything)[0]
        return np.asarray(np.where(everything < at, before, after))

    def _shared(self) -> Doubles:
        """Log odds, with those of comparable presences of a stretch that may be one chain shared among them."""
        rows = np.flatnonzero((self._odds > 0) & ~self._all.confirmed)
        time = self._all.start_s[rows]
        beside = np.abs(time[:, None] - time[None]) <= STRETCH_S / 2
        beside &= self._follows(rows, rows) | self._follows(rows, rows).T
        np.fill_diagonal(beside, val=True)
        own = self._odds[rows]
        shared = np.full(len(self._odds), -1.0)
        shared[rows] = own * own / (beside @ own)
        return shared

    def _is_open(self, at: int) -> bool:
        return not bool(self._all.confirmed[at])

    def _stretches(self, rows: Sequence[int]) -> Iterator[list[int]]:
        """Presences of one gap within a quarter of an hour, in order."""
        group: list[int] = []
        for at in rows:
            first = group[0] if group else at
            if self._gap[at] != self._gap[first] or self._all.start_s[at] - self._all.start_s[first] > STRETCH_S:
                yield group
                group = []
            group.append(at)
        if group:
            yield group


def _claimed(held: Doubles, left: Doubles, rival: float) -> float:
    """The chance that somebody was at all of the one and at none of the other, as far as they stand together.

    Who was at neither was at no rival of theirs either, since a way says all there is.
    """
    nowhere = 1 - float(left.max(initial=0.0)) - (0.0 if len(held) else rival)
    return max(min(float(held.min(initial=1.0)), nowhere), FLOOR)
