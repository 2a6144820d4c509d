"""Where the person may be at every tick: forward and backward passes over the states of a motion model, kept in
memory so that a new piece of evidence is passed on only as far as it changes anything.

Rabiner 1989, with distributions scaled to sum to 1 every few ticks. What a view saw weighs on walking into its cell,
once for each time, not on being there. Only this module changes arrays in place. A pass itself is in 32-bit floats;
what is kept of it has their first 16 bits, right to 0.8 %, since such tables are most of the memory of a search.
"""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix, hstack, vstack

from casetrail.model.arrays import Flags, Floats, Integers
from casetrail.trace.kept import Kept

SETTLED = 1e-4  # a change of less than this of the whole distribution is not passed on
FLOOR = 1e-30
SCALED_EACH, STRONG = 4, 100.0  # ticks, and evidence around which every tick is scaled: floats would overflow
NOTHING = 1e-16
SOME = 64  # ticks that are worked on at once, where that needs memory


@dataclass(frozen=True)
class StateSpace:
    """What a field runs on, over `s` states: `onward` sparse `(s, s)`, a tick's steps; `enters` `(s, s)`, those of them
    that walk into a cell; `start`, `end` `(s,)`; `state`, `camera`, `share` `(v,)`: which states are in which camera's
    view, and how probably; the first `walking` states walk.
    """

    onward: csr_matrix
    enters: csr_matrix
    start: Floats
    end: Floats
    state: Integers
    camera: Integers
    share: Floats
    walking: int


class Field:
    """Distributions over the states at `t` ticks, given what is seen in `c` views and said by anchors, from the first
    `run` on.

    Evidence: `seen` `(t, c)` float32, how much likelier each tick of each view is with the person walking into it; for
    some ticks a factor for each state; and how much likelier walking is at each tick `(t,)` than usual.
    """

    def __init__(self, space: StateSpace, seen: Floats, said: Mapping[int, Floats], pace: Floats) -> None:
        self._space, self.seen, self._said, self._pace = space, seen, said, pace
        self._viewed, place = np.unique(space.state, return_inverse=True)
        self._layers, self._by_camera = (
            [(place[layer], space.camera[layer], share) for layer, share in _layers(keys, space.share)]
            for keys in (place, space.camera)
        )
        self._weights = np.ones((len(seen), len(self._viewed)), np.float32)
        self._strong = np.zeros(len(seen), bool)
        self.walk(space.onward, space.enters)
        shape = (len(seen), len(space.start))
        self._ahead, self._behind, self._entered = Kept(shape), Kept(shape), Kept(self._weights.shape)
        self._sum = np.zeros(len(seen), np.float32)  # of each tick's distribution ahead

    def walk(self, onward: csr_matrix, enters: csr_matrix) -> None:
        """Steps from state to state from now on, as in `StateSpace`; passed on with the next `run`."""
        # one product instead of two, either way
        self._on: csr_matrix = vstack([onward.T.tocsr(), enters.T.tocsr()[self._viewed]], format="csr")
        self._back: csr_matrix = hstack([onward, enters.tocsc()[:, self._viewed]], format="csr")
        self._stale = True  # something changed since the last run

    @property
    def ticks(self) -> int:
        """How many ticks."""
        return len(self.seen)

    @property
    def states(self) -> int:
        """How many states."""
        return len(self._space.start)

    def run(self) -> None:
        """Both passes over all ticks, side by side, unless nothing changed since the last time."""
        every = np.ones(self.ticks, bool)
        self._weigh(every)
        if not self._stale:
            return
        with ThreadPoolExecutor(1) as other:  # products of sparse matrices let others work
            passed_back = other.submit(self._run_behind, every, every.copy(), self.ticks)
            self._run_ahead(every, every.copy(), self.ticks)
            passed_back.result()
        self._stale = False

    def update(self, changed: Flags, reach: int) -> Flags:
        """Pass on evidence that changed at some ticks `(t,)`, as far as it matters and no farther than `reach` ticks;
        returns where anything moved. What lies beyond stays as it was until the next `run`.
        """
        moved = changed.copy()
        self._weigh(changed)
        self._run_ahead(changed, moved, reach)
        self._run_behind(changed, moved, reach)
        return moved

    def in_view(self, ticks: Integers) -> Floats:
        """Probability of walking into each camera's view at some ticks, `(k, c)`."""
        result = np.zeros((len(ticks), self.seen.shape[1]), np.float32)
        for first in range(0, len(ticks), SOME):
            chosen = ticks[first : first + SOME]
            whole = int(chosen[-1] - chosen[0]) + 1 == len(chosen)  # a run of ticks needs no copy
            some = slice(int(chosen[0]), int(chosen[-1]) + 1) if whole else chosen
            ahead, behind = self._ahead[some], self._behind[some]
            total = np.maximum(np.einsum("ts,ts->t", ahead, behind), FLOOR)
            entered = ahead[:, self._viewed] * self._entered[some] * behind[:, self._viewed] / total[:, None]
            for place, camera, share in self._by_camera:
                here = entered[:, place]
                result[first : first + SOME, camera] += _shown(here, share, self.seen[some][:, camera])
        return result

    def arrives(self, tick: Integers, camera: Integers) -> Floats:
        """The same for some views and ticks, of one shape, by what is known up to then only."""
        result = np.zeros(np.broadcast_shapes(tick.shape, camera.shape), np.float32)
        tick, camera = np.broadcast_to(tick, result.shape), np.broadcast_to(camera, result.shape)
        for place, cameras, share in self._by_camera:
            at = np.minimum(np.searchsorted(cameras, camera), len(cameras) - 1)
            here = np.nonzero(cameras[at] == camera)
            at, when = at[here], tick[here]
            walks_in = self._ahead[when, self._viewed[place[at]]] * self._entered[when, place[at]]
            walks_in /= np.maximum(self._sum[when], FLOOR)  # most ticks are not scaled
            result[here] += _shown(walks_in, None if share is None else share[at], self.seen[when, camera[here]])
        return result

    def at(self, tick: int) -> Floats:
        """The distribution over states at a tick, `(s,)`."""
        both = self._ahead[tick] * self._behind[tick]
        return np.asarray(both / max(float(both.sum()), FLOOR))

    def _weigh(self, changed: Flags) -> None:
        """How much likelier walking into each viewed state is at these ticks."""
        ticks = np.flatnonzero(changed)
        for first in range(0, len(ticks), SOME):
            some = ticks[first : first + SOME]
            weight = np.ones((len(some), len(self._viewed)), np.float32)
            for place, camera, share in self._layers:
                seen = self.seen[some][:, camera]
                weight[:, place] *= seen if share is None else 1 + share * (seen - 1)
            self._strong[some] = (weight > STRONG).any(axis=1)
            self._stale |= bool((weight != self._weights[some]).any())
            self._weights[some] = weight

    def _say(self, tick: int, into: Floats) -> Floats:
        """Weigh a distribution by what was said of a tick, and scale it now and then, in place."""
        into[: self._space.walking] *= self._pace[tick]
        said = self._said.get(tick)
        if said is not None:
            into *= said
        if said is not None or not tick % SCALED_EACH or self._strong[tick : tick + 2].any():
            into *= 1 / max(float(into.sum()), FLOOR)
            into *= into >= NOTHING  # numbers too small to be kept exactly also take a hundred times as long
        return into

    def _step_ahead(self, tick: int, before: Floats | None) -> Floats:
        """The distribution at a tick, given that at the tick before it; None at the first."""
        if before is None:
            return self._say(0, self._space.start.copy())
        both = self._on @ before
        now, entering = both[: self.states], both[self.states :]
        weight = self._weights[tick]
        seen = now[self._viewed]
        seen += (weight - 1) * entering
        now[self._viewed] = seen
        entering *= weight
        entering /= np.maximum(seen, FLOOR, out=seen)
        self._entered[tick] = entering
        return self._say(tick, now)

    def _step_behind(self, tick: int, after: Floats) -> Floats:
        """The same backward. `after` `(states + viewed,)` begins with that at the tick after this; it is changed."""
        later, viewed = after[: self.states], after[self.states :]
        self._say(tick + 1, later)
        np.multiply(self._weights[tick + 1] - 1, later[self._viewed], out=viewed)
        return np.asarray(self._back @ after, np.float32)

    def _run_ahead(self, changed: Flags, moved: Flags, reach: int) -> None:
        tick = _next(changed, 0)
        while tick is not None:
            last, now = tick, self._ahead[tick - 1] if tick else None
            for at in range(tick, self.ticks):
                last = at if changed[at] else last
                now = self._step_ahead(at, now)
                goes_on = changed[at] or self._ahead.apart(at, now) > SETTLED
                self._ahead[at], self._sum[at] = now, now.sum()
                moved[at] |= goes_on
                if not goes_on or at - last >= reach:
                    break
            tick = _next(changed, at + 1)

    def _run_behind(self, changed: Flags, moved: Flags, reach: int) -> None:
        final = self.ticks - 1
        self._behind[final] = self._space.end
        after = np.empty(self.states + len(self._viewed), np.float32)
        tick = _previous(changed, final)
        while tick is not None:
            at, first = 0, tick
            after[: self.states] = self._behind[tick]
            for at in range(tick - 1, -1, -1):
                first = at if changed[at] else first
                now = self._step_behind(at, after)
                goes_on = changed[at] or self._behind.apart(at, now) > SETTLED
                self._behind[at] = now
                after[: self.states] = now
                moved[at] |= goes_on
                if not goes_on or first - at >= reach:
                    break
            tick = _previous(changed, at - 1) if at > 0 else None


def _shown(walks_in: Floats, share: Floats | None, seen: Floats) -> Floats:
    """Walking into a state is walking into a view as far as it shows that state; all of it without a share."""
    return walks_in if share is None else np.asarray(walks_in * share * seen / (1 + share * (seen - 1)), np.float32)


def _layers(keys: Integers, share: Floats) -> list[tuple[Integers, Floats | None]]:
    """Rows in groups within which no key repeats, so that each group can be indexed at once, with their shares; None
    where all are 1.
    """
    layers: list[tuple[Integers, Floats | None]] = []
    for rows in (np.flatnonzero(share == 1), np.flatnonzero(share < 1)):
        order = rows[np.argsort(keys[rows], kind="stable")]
        ordered = keys[order]
        rank = np.arange(len(order)) - np.searchsorted(ordered, ordered, side="left")
        groups = [order[rank == level] for level in range(int(rank.max(initial=-1)) + 1)]
        layers += [(group, None if (share[group] == 1).all() else share[group]) for group in groups]
    return layers


def _next(changed: Flags, start: int) -> int | None:
    rest = np.flatnonzero(changed[start:])
    return None if not len(rest) else start + int(rest[0])


def _previous(changed: Flags, last: int) -> int | None:
    rest = np.flatnonzero(changed[: last + 1])
    return None if not len(rest) else int(rest[-1])
