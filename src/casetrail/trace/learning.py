"""What confirmed sightings of one person teach of a city: clocks, how well cameras see, how fast the person walks.

A hop from one confirmed sighting to the next takes what walking takes, plus how far the clock of the second runs ahead
of the first's. Pauses only make hops longer, some people were confirmed wrongly, and some clocks that are said to be
good are not: so both hops and clocks are mixtures of normals, fitted by expectation and maximisation (Dempster, Laird
and Rubin, JRSS B 1977) with variances by the missing information (Louis, JRSS B 1982). A clock that is far off puts a
sighting at the wrong place of its walk, so before that, clocks that are little known are tried at every offset.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from casetrail.model.arrays import Doubles, Flags, Integers, frozen
from casetrail.model.errors import BadInputError
from casetrail.model.time import SECOND_US
from casetrail.trace.seeing import learn_seeing
from casetrail.trace.walking import CutStreets, cut_around

if TYPE_CHECKING:  # the search learns, so its module imports this one
    from casetrail.trace.search import CityMap

WALK_MPS, WALK_STD = 1.3, 0.25  # of people in general
SEEN, SEEN_PASSES = 0.75, 20.0  # before anything is learnt, and how many passes this is worth
SAME_PASS_S = 60.0  # presences of one camera closer than this are parts of one pass
LONGEST_S, LONGEST_M = 600.0, 1200.0  # a longer hop is not one walk
FASTEST_MPS = 2.2
SURROUND, SURROUND_M = 1.25, 30.0  # a way longer than so many times the shortest, and metres, is not short
PROBABLY = 0.5
LEAST_CLOCK_S = 0.05
PLACE_S = 7.0  # where in its cell a view lies, and which part of a pass was tracked
UNEVEN = 0.1  # of the time a way takes: another way, another pace
HOP_SHARE = np.array([0.80, 0.10, 0.05, 0.05])  # straight on, a short pause, a long one, anything
HOP_LATE_S = np.array([0.0, 25.0, 80.0, 0.0])
HOP_SPREAD_S = np.array([0.0, 20.0, 60.0, 120.0])
CLOCK_SHARE = np.array([0.93, 0.07])  # as the catalogue says, or forgotten
FORGOTTEN_S = 40.0
APART_LOG, LEAST_DENSITY = float(np.log(1 / 2000.0)), 1e-4  # of hops that are no walk, per second
DOUBTFUL_S = 8.0  # clocks less known than this may put sightings in the wrong order
STEP_S, REACH = 3.0, 2.6  # offsets that are tried: so far apart, and up to so many standard deviations
SWEEPS, ROUNDS, SETTLED = 2, 25, 1e-2
LEAST_TOLD = 0.1  # of what a hop would tell were it known which kind it is


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


def know_nothing(city: "CityMap") -> Learned:
    """What is believed before anything is confirmed: the catalogue's clocks, cameras and walkers in general."""
    count = len(city.camera_ids)
    clock = city.clock_s.astype(np.float64)
    return Learned(frozen(np.zeros(count)), frozen(clock), frozen(np.full(count, SEEN)))


def learn_from_confirmed(city: "CityMap", confirmed: Confirmed, prior: Learned | None = None) -> Learned:
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
    fit = _fit(passes, streets.between_m, prior)
    offset, clock = prior.offset_s.copy(), prior.clock_s.copy()
    offset[passes.cameras], clock[passes.cameras] = fit.offset_s, fit.clock_s
    seen = _see(passes, streets, fit, prior)
    return Learned(frozen(offset), frozen(clock), frozen(seen), fit.speed_mps, fit.speed_std)


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
class _Fit:
    """Clocks of `k` cameras, and the speed."""

    offset_s: Doubles
    clock_s: Doubles
    speed_mps: float
    speed_std: float


def _check(city: "CityMap", confirmed: Confirmed, prior: Learned) -> None:
    count = len(city.camera_ids)
    if len(confirmed) and not 0 <= confirmed.camera.min() <= confirmed.camera.max() < count:
        raise BadInputError("a confirmed sighting is of a camera that is not on the map", todo="import it first")
    if not prior.offset_s.shape == prior.clock_s.shape == prior.seen.shape == (count,):
        raise BadInputError("what was learnt before is of another map", todo="learn from this map's cases alone")


def _spots(city: "CityMap") -> tuple[Integers, Doubles]:
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


def _fit(passes: _Passes, between_m: Doubles, prior: Learned) -> _Fit:
    mean, sigma = prior.offset_s[passes.cameras], np.maximum(prior.clock_s[passes.cameras], LEAST_CLOCK_S)
    offset, variance = _try_offsets(passes, between_m, mean, sigma, 1 / prior.speed_mps)
    hops = _find_hops(passes, between_m, offset, variance)
    return _solve(hops, mean, sigma, prior)


def _try_offsets(
    passes: _Passes, between_m: Doubles, mean: Doubles, sigma: Doubles, slowness: float
) -> tuple[Doubles, Doubles]:
    """Offsets `(k,)` and their variances: little known clocks in turn, the worst first, at the best of all offsets."""
    offset, variance = mean.copy(), sigma**2
    doubtful = [int(row) for row in np.argsort(-sigma, kind="stable") if sigma[row] > DOUBTFUL_S]
    for row in doubtful * SWEEPS:
        reach = max(REACH * sigma[row], 2 * FORGOTTEN_S)
        tried = mean[row] + np.arange(-reach, reach + STEP_S, STEP_S)
        log = _log_of_offsets(passes, row, tried, offset, variance, between_m, slowness)
        log += _log_prior(tried - mean[row], sigma[row])
        weight = np.exp(log - log.max())
        weight /= weight.sum()
        middle = float((weight * tried).sum())
        offset[row] = tried[log.argmax()]
        variance[row] = float((weight * (tried - middle) ** 2).sum()) + STEP_S**2
    return offset, variance


def _log_of_offsets(
    passes: _Passes,
    row: int,
    tried: Doubles,
    offset: Doubles,
    variance: Doubles,
    between_m: Doubles,
    slowness: float,
) -> Doubles:
    """How well the passes of one camera fit among the others, for each offset of its clock `(o,)`, natural log."""
    others = np.flatnonzero(passes.row != row)
    others = others[np.argsort(passes.middle_s[others] - offset[passes.row[others]], kind="stable")]
    camera = passes.row[others]
    times = passes.middle_s[others] - offset[camera]
    mine = passes.middle_s[passes.row == row][None] - tried[:, None]
    after = np.searchsorted(times, mine)
    before, is_before, is_after = np.maximum(after - 1, 0), after > 0, after < len(times)
    after = np.minimum(after, len(times) - 1)
    a, b = camera[before], camera[after]
    into = _log_of_hop(mine - times[before], between_m[a, row], variance[a], slowness, is_before)
    out = _log_of_hop(times[after] - mine, between_m[row, b], variance[b], slowness, is_after)
    without = _log_of_hop(
        times[after] - times[before],
        between_m[a, b],
        variance[a] + variance[b],
        slowness,
        is_before & is_after & (a != b),
    )
    return np.asarray((into + out - without).sum(axis=1))


def _log_of_hop(seconds: Doubles, metres: Doubles, variance: Doubles, slowness: float, known: Flags) -> Doubles:
    """Log density of hops that take so long; of those that are no walk the same for all."""
    walks = known & np.isfinite(metres) & (seconds < LONGEST_S)
    walk_s = np.where(walks, metres, 0.0) * slowness
    spread2 = _spread2(walk_s)[..., None] + HOP_SPREAD_S**2 + variance[..., None]
    rest = (seconds - walk_s)[..., None] - HOP_LATE_S
    density = (HOP_SHARE * np.exp(-0.5 * rest**2 / spread2) / np.sqrt(2 * np.pi * spread2)).sum(axis=-1)
    return np.where(walks, np.log(density + LEAST_DENSITY), APART_LOG)


def _log_prior(off_s: Doubles, sigma: Doubles | float) -> Doubles:
    """Log density of clocks that are so far off, but for a constant."""
    spread = np.hypot(np.asarray(sigma)[..., None], np.array([0.0, FORGOTTEN_S]))
    density = CLOCK_SHARE / spread * np.exp(-0.5 * (off_s[..., None] / spread) ** 2)
    return np.asarray(np.log(density.sum(axis=-1) + 1e-300))


def _spread2(walk_s: Doubles) -> Doubles:
    return np.asarray(2 * PLACE_S**2 + (UNEVEN * walk_s) ** 2)


def _find_hops(passes: _Passes, between_m: Doubles, offset: Doubles, variance: Doubles) -> _Hops:
    """Passes that follow each other, by clocks set right, within one walk."""
    true_s = passes.middle_s - offset[passes.row]
    order = np.argsort(true_s, kind="stable")
    first, second = order[:-1], order[1:]
    leave, enter = passes.row[first], passes.row[second]
    metres, seconds = between_m[leave, enter], true_s[second] - true_s[first]
    doubt_s = 3 * np.sqrt(variance[leave] + variance[enter]) + 3 * PLACE_S
    walked = (leave != enter) & (seconds < LONGEST_S) & (metres < FASTEST_MPS * (seconds + doubt_s))
    shown = passes.middle_s[second] - passes.middle_s[first]
    return _Hops(leave[walked], enter[walked], shown[walked], metres[walked])


def _solve(hops: _Hops, mean: Doubles, sigma: Doubles, prior: Learned) -> _Fit:
    """Slowness and offsets `(1 + k,)` together. What is not known yet widens every kind: none is chosen early."""
    design = _design(hops, len(mean))
    slow = prior.speed_std / prior.speed_mps**2
    start = np.concatenate([[1 / prior.speed_mps], mean])
    value, covariance = start.copy(), np.diag(np.concatenate([[slow], sigma]) ** 2)
    kinds = np.hypot(sigma[:, None], np.array([0.0, FORGOTTEN_S]))
    for _ in range(ROUNDS):
        spread2 = _spread2(hops.metres * value[0])[:, None] + HOP_SPREAD_S**2
        rest = (hops.seconds - design @ value)[:, None] - HOP_LATE_S
        doubt = np.einsum("ij,jk,ik->i", design, covariance, design)[:, None]
        share = _shares(rest, spread2 + doubt, HOP_SHARE)
        weight = (share / spread2).sum(axis=1)
        pulled = (share * (hops.seconds[:, None] - HOP_LATE_S) / spread2).sum(axis=1)
        clock = _shares((value[1:] - mean)[:, None], kinds**2 + np.diag(covariance)[1:, None], CLOCK_SHARE)
        ties = np.concatenate([[slow**-2], (clock / kinds**2).sum(axis=1)])
        covariance = np.linalg.inv(np.diag(ties) + design.T @ (weight[:, None] * design))
        moved = covariance @ (design.T @ pulled + ties * start)
        settled = np.abs(moved - value).max() < SETTLED
        value = moved
        if settled:
            break
    rest = (hops.seconds - design @ value)[:, None] - HOP_LATE_S
    told = _told(rest, spread2, HOP_SHARE)
    ties[1:] = _told((value[1:] - mean)[:, None], kinds**2, CLOCK_SHARE)
    spread = np.sqrt(np.diag(np.linalg.inv(np.diag(ties) + design.T @ (told[:, None] * design))))
    return _Fit(value[1:], spread[1:], float(1 / value[0]), float(spread[0] / value[0] ** 2))


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


def _see(passes: _Passes, streets: CutStreets, fit: _Fit, prior: Learned) -> Doubles:
    """How well each camera sees: of walkers whose only short way led through its view, those it noticed.

    Both are counted between two confirmed sightings that one walk joins, whatever lies between, so that a noticed pass
    counts no sooner than a missed one.
    """
    passed, noticed = np.zeros((2, len(prior.seen)), np.int64)
    true_s = passes.middle_s - fit.offset_s[passes.row]
    order = np.argsort(true_s, kind="stable")
    row, true_s = passes.row[order], true_s[order]
    for apart in (1, 2):
        for at in _straight(row, true_s, apart, streets, fit):
            a, b = int(row[at]), int(row[at + apart])
            found = streets.find_passed(a, b, SURROUND * float(streets.between_m[a, b]) + SURROUND_M)
            seen = found[found == passes.cameras[row[at + 1]]] if apart == 2 else found
            passed[seen] += 1
            noticed[seen] += apart - 1
    return np.asarray(learn_seeing(passed, noticed, prior=prior.seen, worth=SEEN_PASSES).seen)


def _straight(row: Integers, true_s: Doubles, apart: int, streets: CutStreets, fit: _Fit) -> list[int]:
    """Positions from which somebody probably walked straight on to the pass so many later."""
    if len(row) <= apart:
        return []
    metres, seconds = streets.between_m[row[:-apart], row[apart:]], true_s[apart:] - true_s[:-apart]
    walks = np.isfinite(metres) & (row[:-apart] != row[apart:]) & (seconds < LONGEST_S)
    walk_s = np.where(walks, metres, 0.0) / fit.speed_mps
    rest = (seconds - walk_s)[:, None] - HOP_LATE_S
    share = _shares(rest, _spread2(walk_s)[:, None] + HOP_SPREAD_S**2, HOP_SHARE)
    return [int(at) for at in np.flatnonzero(walks & (share[:, 0] > PROBABLY))]
