"""What confirmed sightings of one person teach of a city: clocks, how well cameras see, how fast the person walks.

A hop from one confirmed sighting to the next takes what walking takes, plus how far the clock of the second runs ahead
of the first's. Pauses only make hops longer, some people were confirmed wrongly, and some clocks that are said to be
good are not: so both hops and clocks are mixtures of normals, fitted by expectation and maximisation (Dempster, Laird
and Rubin, JRSS B 1977) with variances by the missing information (Louis, JRSS B 1982). A clock that is far off puts a
sighting at the wrong place of its walk, so before that, clocks that are little known are tried at every offset.
"""

from dataclasses import dataclass, replace

import numpy as np

from casetrail.model.arrays import Doubles, Flags, Integers, frozen
from casetrail.model.errors import BadInputError
from casetrail.model.time import SECOND_US
from casetrail.trace.cells import CityMap
from casetrail.trace.seeing import learn_seeing
from casetrail.trace.walking import CutStreets, cut_around

WALK_MPS, WALK_STD = 1.3, 0.25  # of people in general
SEEN, SEEN_PASSES = 0.75, 20.0  # before anything is learnt, and how many passes this is worth
SAME_PASS_S = 60.0  # presences of one camera with no more between are parts of one pass
LONGEST_S, LONGEST_M, FASTEST_MPS = 600.0, 1200.0, 2.2  # beyond these a hop is not one walk
PLACE_S = 7.0  # where in its cell a view lies, and which part of a pass was tracked
SLOWNESS = (0.4, 2.5)  # seconds per metre, whatever hops say
WALKS_DIFFER = 0.03  # hops of one walk share its pace, so that many of them tell no more than this share of it
UNEVEN = 0.1  # of the time a way takes: another way, another pace
HOP_SHARE = np.array([0.72, 0.14, 0.09, 0.05])  # straight on, a short pause, a long one, anything
HOP_LATE_S = np.array([0.0, 25.0, 80.0, 0.0])
HOP_SPREAD_S = np.array([0.0, 20.0, 60.0, 120.0])
CLOCK_SHARE = np.array([0.93, 0.07])  # as good as is said, or forgotten
FORGOTTEN_S = 40.0
CLOCK_SPREAD_S = np.array([0.0, FORGOTTEN_S])
APART_LOG, LEAST_DENSITY = float(np.log(1 / 2000.0)), 1e-4  # of hops that are no walk, per second
DOUBTFUL_S, MOVED_S = 8.0, 10.0  # clocks less known, or moved further, may put sightings in the wrong order
STEP_S, REACH = 3.0, 2.6  # offsets that are tried: so far apart, and up to so many standard deviations
TRIES, SWEEPS, ROUNDS, SETTLED = 2, 2, 25, 1e-2
LEAST_TOLD = 0.1  # of what a hop would tell were it known which kind it is
SURROUND, SURROUND_M = 1.25, 30.0  # a way longer than so many times the shortest, and metres, is not short
PROBABLY = 0.5
LEAST_CLOCK_S = 0.05


@dataclass(frozen=True)
class Confirmed:
    """Confirmed sightings of one person, `(n,)` each: `camera` int64, positions in the map's camera ids; `start_us`,
    `end_us` int64 UTC by the cameras' clocks. Raises BadInputError when they differ in length or end before they start.
    """

    camera: Integers
    start_us: Integers
    end_us: Integers

    def __post_init__(self) -> None:
        if not self.camera.shape == self.start_us.shape == self.end_us.shape or self.camera.ndim != 1:
            raise BadInputError("confirmed sightings need a camera, a start and an end each")
        if (self.end_us < self.start_us).any():
            raise BadInputError("a confirmed sighting ends before it starts")

    def __len__(self) -> int:
        return len(self.camera)


@dataclass(frozen=True)
class Learned:
    """What confirmed sightings tell. In the order of the map's camera ids, `(cameras,)` and read-only: `offset_s`, how
    far each clock is ahead, and `clock_s`, the standard deviation of that; `seen`, the probability that somebody who
    walks through a view becomes a presence. `speed_mps`, `speed_std`: how fast this person walks.
    """

    offset_s: Doubles
    clock_s: Doubles
    seen: Doubles
    speed_mps: float = WALK_MPS
    speed_std: float = WALK_STD


def know_nothing(city: CityMap) -> Learned:
    """What is believed before anything is confirmed: the catalogue's clocks, cameras and walkers in general."""
    count = len(city.camera_ids)
    clock = city.clock_s.astype(np.float64)
    return Learned(frozen(np.zeros(count)), frozen(clock), frozen(np.full(count, SEEN)))


def learn_from_confirmed(city: CityMap, confirmed: Confirmed, prior: Learned | None = None) -> Learned:
    """What these sightings tell beyond the prior (`know_nothing`, or what other cases told of clocks and cameras).

    Raises BadInputError when a camera is not on the map or a prior does not fit it.
    """
    prior = know_nothing(city) if prior is None else prior
    _check(city, confirmed, prior)
    edge, share = _spots(city)
    passes = _merge(confirmed, edge)
    if len(passes.cameras) < 2:
        return prior
    streets = cut_around(city.cells.graph, edge, share, passes.cameras, LONGEST_M)
    found = _fit(passes, streets.between_m, _believe(prior, passes.cameras))
    offset, clock = prior.offset_s.copy(), prior.clock_s.copy()
    offset[passes.cameras], clock[passes.cameras] = found.offset_s, found.sigma_s
    seen = _see(passes, streets, found, prior.seen)
    return Learned(frozen(offset), frozen(clock), frozen(seen), found.speed_mps, found.speed_std)


@dataclass(frozen=True)
class _Passes:
    """`n` passes of `k` cameras: `cameras` `(k,)` positions on the map, `row` `(n,)` which of them, `middle_s` `(n,)`
    by its clock, since any moment.
    """

    cameras: Integers
    row: Integers
    middle_s: Doubles


@dataclass(frozen=True)
class _Hops:
    """`h` hops. `leave`, `enter` `(h,)`: rows of their cameras; `seconds` between by their clocks, walking `metres`."""

    leave: Integers
    enter: Integers
    seconds: Doubles
    metres: Doubles


@dataclass(frozen=True)
class _Belief:
    """Clocks of `k` cameras, `offset_s`, `sigma_s` `(k,)`, and the speed."""

    offset_s: Doubles
    sigma_s: Doubles
    speed_mps: float
    speed_std: float


def _check(city: CityMap, confirmed: Confirmed, prior: Learned) -> None:
    count = len(city.camera_ids)
    if len(confirmed) and not 0 <= confirmed.camera.min() <= confirmed.camera.max() < count:
        raise BadInputError("a confirmed sighting is of a camera that is not on the map", todo="import it first")
    if not prior.offset_s.shape == prior.clock_s.shape == prior.seen.shape == (count,):
        raise BadInputError("what was learnt before is of another map", todo="learn from this map's cases alone")


def _spots(city: CityMap) -> tuple[Integers, Doubles]:
    """On which edge each camera's view lies, -1 without, and at which share of it: the middle of its cell."""
    cells, count = city.cells, len(city.camera_ids)
    edge, share = np.full(count, -1, np.int64), np.zeros(count)
    of_edge = np.bincount(cells.edge, minlength=len(cells.graph.edges))
    seen = cells.seen_cell
    edge[cells.seen_camera] = cells.edge[seen]
    share[cells.seen_camera] = (seen - cells.first[seen] + 0.5) / of_edge[cells.edge[seen]]
    return edge, share


def _merge(confirmed: Confirmed, edge: Integers) -> _Passes:
    """Passes of cameras that see a street: presences of one camera with hardly a moment between are one pass."""
    placed = np.flatnonzero(edge[confirmed.camera] >= 0)
    order = placed[np.lexsort((confirmed.end_us[placed], confirmed.start_us[placed], confirmed.camera[placed]))]
    camera, start, end = (column[order] for column in (confirmed.camera, confirmed.start_us, confirmed.end_us))
    new = np.ones(len(order), np.bool_)
    new[1:] = (np.diff(camera) != 0) | (start[1:] - end[:-1] > SAME_PASS_S * SECOND_US)
    at = np.flatnonzero(new)
    last = np.maximum.reduceat(end, at) if len(at) else end
    cameras, row = np.unique(camera[at], return_inverse=True)
    zero = int(start[at].min()) if len(at) else 0
    middle = ((start[at] - zero) + (last - zero)) / (2 * SECOND_US)
    return _Passes(cameras.astype(np.int64), row.astype(np.int64), middle)


def _believe(prior: Learned, cameras: Integers) -> _Belief:
    sigma = np.maximum(prior.clock_s[cameras], LEAST_CLOCK_S)
    return _Belief(prior.offset_s[cameras], sigma, prior.speed_mps, prior.speed_std)


def _fit(passes: _Passes, between_m: Doubles, before: _Belief) -> _Belief:
    """Order the passes, then fit clocks and speed; again, by what was found. Doubt about the order stays in sigma."""
    found = before
    for _ in range(TRIES):
        doubtful = (before.sigma_s > DOUBTFUL_S) | (np.abs(found.offset_s - before.offset_s) > MOVED_S)
        placed = _try_offsets(passes, between_m, before, found, np.flatnonzero(doubtful))
        hops = _find_hops(passes, between_m, placed)
        found = _solve(hops, before)
    sigma = np.where(doubtful, np.maximum(found.sigma_s, placed.sigma_s), found.sigma_s)
    told = np.isin(np.arange(len(sigma)), [hops.leave, hops.enter])
    return replace(found, sigma_s=np.where(told, sigma, before.sigma_s))


def _try_offsets(passes: _Passes, between_m: Doubles, before: _Belief, now: _Belief, rows: Integers) -> _Belief:
    """These clocks in turn, the least known first, each set to the best of all offsets as the others stand."""
    placed = replace(now, offset_s=now.offset_s.copy(), sigma_s=now.sigma_s.copy())
    ordered = rows[np.argsort(-before.sigma_s[rows], kind="stable")].tolist()
    for row in ordered * SWEEPS:
        reach = max(REACH * before.sigma_s[row], 2 * FORGOTTEN_S)
        off = np.arange(-reach, reach + STEP_S, STEP_S)
        tried = before.offset_s[row] + off
        log = _log_of_offsets(passes, row, tried, placed, between_m) + _log_prior(off, float(before.sigma_s[row]))
        weight = np.exp(log - log.max())
        weight /= weight.sum()
        spread2 = (weight * (tried - (weight * tried).sum()) ** 2).sum()
        placed.offset_s[row], placed.sigma_s[row] = tried[log.argmax()], np.sqrt(spread2 + STEP_S**2)
    return placed


def _log_of_offsets(passes: _Passes, row: int, tried: Doubles, now: _Belief, between_m: Doubles) -> Doubles:
    """How well the passes of one camera fit among the others, for each offset of its clock `(o,)`, natural log."""
    others = np.flatnonzero(passes.row != row)
    others = others[np.argsort(passes.middle_s[others] - now.offset_s[passes.row[others]], kind="stable")]
    camera, variance = passes.row[others], now.sigma_s**2
    times = passes.middle_s[others] - now.offset_s[camera]
    mine = passes.middle_s[passes.row == row][None] - tried[:, None]
    after = np.searchsorted(times, mine)
    before, is_before, is_after = np.maximum(after - 1, 0), after > 0, after < len(times)
    after = np.minimum(after, len(times) - 1)
    a, b = camera[before], camera[after]
    between = is_before & is_after & (a != b)
    walk_s = between_m / now.speed_mps
    into = _log_of_hop(mine - times[before], walk_s[a, row], variance[a], is_before)
    out = _log_of_hop(times[after] - mine, walk_s[row, b], variance[b], is_after)
    without = _log_of_hop(times[after] - times[before], walk_s[a, b], variance[a] + variance[b], between)
    return np.asarray((into + out - without).sum(axis=1))


def _log_of_hop(seconds: Doubles, walk_s: Doubles, variance: Doubles, known: Flags) -> Doubles:
    """Log density of hops that take so long; of those that are no walk the same for all."""
    walks = known & np.isfinite(walk_s) & (seconds < LONGEST_S)
    walk_s = np.where(walks, walk_s, 0.0)
    spread2 = _spread2(walk_s) + variance[..., None]
    rest = (seconds - walk_s)[..., None] - HOP_LATE_S
    density = (HOP_SHARE * np.exp(-0.5 * rest**2 / spread2) / np.sqrt(2 * np.pi * spread2)).sum(axis=-1)
    return np.where(walks, np.log(density + LEAST_DENSITY), APART_LOG)


def _log_prior(off_s: Doubles, sigma_s: float) -> Doubles:
    """Log density of clocks that are so far off, but for a constant."""
    spread = np.hypot(sigma_s, CLOCK_SPREAD_S)
    density = (CLOCK_SHARE / spread * np.exp(-0.5 * (off_s[:, None] / spread) ** 2)).sum(axis=1)
    return np.asarray(np.log(density))


def _spread2(walk_s: Doubles) -> Doubles:
    """Variances of the seconds of ways that take so long, by kind, `(..., kinds)`."""
    return np.asarray((2 * PLACE_S**2 + (UNEVEN * walk_s) ** 2)[..., None] + HOP_SPREAD_S**2)


def _find_hops(passes: _Passes, between_m: Doubles, now: _Belief) -> _Hops:
    """Passes that follow each other, by clocks set right, within one walk."""
    true_s = passes.middle_s - now.offset_s[passes.row]
    order = np.argsort(true_s, kind="stable")
    first, second = order[:-1], order[1:]
    leave, enter = passes.row[first], passes.row[second]
    metres, seconds = between_m[leave, enter], true_s[second] - true_s[first]
    doubt_s = 3 * np.hypot(now.sigma_s[leave], now.sigma_s[enter]) + 3 * PLACE_S
    walked = (leave != enter) & (seconds < LONGEST_S) & (metres < FASTEST_MPS * (seconds + doubt_s))
    shown = passes.middle_s[second] - passes.middle_s[first]
    return _Hops(leave[walked], enter[walked], shown[walked], metres[walked])


def _solve(hops: _Hops, before: _Belief) -> _Belief:
    """Slowness and offsets `(1 + k,)` together. What is not known yet widens every kind: none is chosen early."""
    design = _design(hops, len(before.offset_s))
    slow = before.speed_std / before.speed_mps**2
    start = np.concatenate([[1 / before.speed_mps], before.offset_s])
    value, covariance = start, np.diag(np.concatenate([[slow], before.sigma_s]) ** 2)
    kinds = np.hypot(before.sigma_s[:, None], CLOCK_SPREAD_S) ** 2
    ties = np.concatenate([[slow**-2.0], before.sigma_s**-2.0])
    for _ in range(ROUNDS):
        spread2 = _spread2(hops.metres * value[0])
        doubt = np.einsum("ij,jk,ik->i", design, covariance, design)[:, None]
        share = _shares((hops.seconds - design @ value)[:, None] - HOP_LATE_S, spread2 + doubt, HOP_SHARE)
        clock = _shares((value - start)[1:, None], kinds + np.diag(covariance)[1:, None], CLOCK_SHARE)
        ties[1:] = (clock / kinds).sum(axis=1)
        covariance = np.linalg.inv(np.diag(ties) + design.T @ ((share / spread2).sum(axis=1)[:, None] * design))
        pulled = (share * (hops.seconds[:, None] - HOP_LATE_S) / spread2).sum(axis=1)
        last, value = value, covariance @ (design.T @ pulled + ties * start)
        value[0] = np.clip(value[0], *SLOWNESS)
        if np.abs(value - last).max() < SETTLED:
            break
    told = _told((hops.seconds - design @ value)[:, None] - HOP_LATE_S, spread2, HOP_SHARE)
    ties[1:] = _told((value - start)[1:, None], kinds, CLOCK_SHARE)
    spread = np.sqrt(np.diag(np.linalg.inv(np.diag(ties) + design.T @ (told[:, None] * design))))
    pace = float(np.hypot(spread[0] / value[0], WALKS_DIFFER) / value[0])
    return _Belief(value[1:], spread[1:], float(1 / value[0]), min(pace, before.speed_std))


def _design(hops: _Hops, cameras: int) -> Doubles:
    """Seconds of a hop by slowness and offsets, `(h, 1 + k)`."""
    table, row = np.zeros((len(hops.metres), 1 + cameras)), np.arange(len(hops.metres))
    table[:, 0] = hops.metres
    table[row, 1 + hops.enter] = 1.0
    table[row, 1 + hops.leave] = -1.0
    return table


def _shares(rest: Doubles, spread2: Doubles, shares: Doubles) -> Doubles:
    """Which kind each is, `(n, kinds)`, rows of sum 1."""
    log = np.log(shares) - 0.5 * (np.log(spread2) + rest**2 / spread2)
    weight = np.exp(log - log.max(axis=1, keepdims=True))
    return np.asarray(weight / weight.sum(axis=1, keepdims=True))


def _told(rest: Doubles, spread2: Doubles, shares: Doubles) -> Doubles:
    """How much each tells: less what is missing for want of knowing which kind it is."""
    share = _shares(rest, spread2, shares)
    whole, slope = (share / spread2).sum(axis=1), rest / spread2
    missing = (share * slope**2).sum(axis=1) - (share * slope).sum(axis=1) ** 2
    return np.asarray(np.clip(whole - missing, LEAST_TOLD * whole, whole))


def _see(passes: _Passes, streets: CutStreets, found: _Belief, prior: Doubles) -> Doubles:
    """How well each camera sees: of walkers whose only short way led through its view, those it noticed.

    Both are counted between two confirmed sightings that one walk joins, whatever lies between, so that a noticed pass
    counts no sooner than a missed one.
    """
    passed, noticed = np.zeros((2, len(prior)), np.int64)
    true_s = passes.middle_s - found.offset_s[passes.row]
    order = np.argsort(true_s, kind="stable")
    row, true_s = passes.row[order], true_s[order]
    for apart in (1, 2):
        for at in _straight(row, true_s, apart, streets.between_m / found.speed_mps):
            a, b = int(row[at]), int(row[at + apart])
            inside = streets.find_passed(a, b, SURROUND * float(streets.between_m[a, b]) + SURROUND_M)
            seen = inside[inside == passes.cameras[row[at + 1]]] if apart == 2 else inside
            passed[seen] += 1
            noticed[seen] += apart - 1
    return learn_seeing(passed, noticed, prior=prior, worth=SEEN_PASSES).seen


def _straight(row: Integers, true_s: Doubles, apart: int, walk_s: Doubles) -> list[int]:
    """Positions from which somebody probably walked straight on to the pass so many later."""
    a, b, seconds = row[:-apart], row[apart:], true_s[apart:] - true_s[:-apart]
    walks = np.isfinite(walk_s[a, b]) & (a != b) & (seconds < LONGEST_S)
    took_s = np.where(walks, walk_s[a, b], 0.0)
    share = _shares((seconds - took_s)[:, None] - HOP_LATE_S, _spread2(took_s), HOP_SHARE)
    return [int(at) for at in np.flatnonzero(walks & (share[:, 0] > PROBABLY))]
