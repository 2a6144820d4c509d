"""Cameras of a simulated city: what each sees of a street, what the catalogue says of it, its clock, its gaps."""

from dataclasses import dataclass

import numpy as np

from casetrail.footage.cameras import Camera, ClockOffset
from casetrail.model.arrays import Doubles, Flags, Integers
from casetrail.model.geometry import LatLon
from casetrail.testing.city.plan import CityPlan
from casetrail.testing.city.streets import Streets

ORIGIN = LatLon(37.4700, 126.7300)
WIDE_M = 20.0  # a view ends where it is about this wide
SETBACK_M = 3.0
CLOCK_CLASSES_S = (3.0, 15.0, 40.0)  # synchronised, drifting, forgotten
CLOCK_SHARES = (0.6, 0.3, 0.1)
MISJUDGED = 0.1  # share of cameras whose record says that the clock is good although it is not
DRIFT_S_PER_DAY = 2.0


@dataclass(frozen=True)
class Views:
    """What `n` cameras truly see and do: ground truth, which the ports give only in part.

    `edge` `(n,)`, `near`, `far` `(n,)`: the stretch of that street, as shares of its length, `near` < `far`.
    `forward` `(n,)`: whether it looks from the first node on, `depth_m` how far. `offset_s`, `drift_s` `(n,)`: what its
    clock shows too much, and more each day. `acuity` `(n,)`: factor on detection. `recorded` `(n, hours)`.
    """

    edge: Integers
    near: Doubles
    far: Doubles
    forward: Flags
    depth_m: Doubles
    offset_s: Doubles
    drift_s: Doubles
    acuity: Doubles
    recorded: Flags


def build_views(streets: Streets, plan: CityPlan) -> tuple[Views, tuple[Camera, ...]]:
    """Views of a plan's cameras, and what the catalogue says of them, in the same order (by id)."""
    rng = np.random.default_rng([plan.seed, 2])
    count = plan.cameras
    edge = _choose_edges(streets, count, rng)
    hfov = rng.uniform(26.0, 70.0, count)
    depth = np.clip(WIDE_M / 2 / np.tan(np.radians(hfov) / 2) * rng.uniform(0.75, 1.25, count), 10.0, 60.0)
    forward = _alternating(edge, rng)
    near, far, depth = _fit(streets, edge, depth, forward, plan.coverage)
    views = Views(edge, near, far, forward, depth, *_clocks(plan, rng), _recorded(plan, rng))
    return views, _catalogue(streets, views, hfov, rng, plan)


def coverage(streets: Streets, views: Views) -> float:
    """Share of street length that at least one camera sees."""
    return _seen_m(streets, views.edge, views.near, views.far) / float(streets.length_m.sum())


def _choose_edges(streets: Streets, count: int, rng: np.random.Generator) -> Integers:
    """More on avenues and at places; several to a street where cameras are many."""
    weight = streets.length_m * np.where(streets.avenue, 1.3, 1.0)
    weight[np.isin(streets.edges, streets.places).any(axis=1)] *= 1.3
    whole = np.floor(count * weight / weight.sum() + rng.random()).astype(np.int64)
    short = count - int(whole.sum())
    chosen = np.repeat(np.arange(len(weight)), whole)
    if short < 0:
        return rng.choice(chosen, count, replace=False)
    more = rng.choice(len(weight), short, p=weight / weight.sum())
    return rng.permutation(np.concatenate([chosen, more]))


def _stretches(streets: Streets, edge: Integers, depth: Doubles, forward: Flags) -> tuple[Doubles, Doubles]:
    """Cameras stand at a crossing and look into the street, from a few metres on."""
    length = streets.length_m[edge]
    near, far = np.minimum(SETBACK_M / length, 0.5), np.minimum((SETBACK_M + depth) / length, 1.0)
    return np.where(forward, near, 1 - far), np.where(forward, far, 1 - near)


def _alternating(edge: Integers, rng: np.random.Generator) -> Flags:
    """Several cameras of one street look into it from either end in turn."""
    order = np.argsort(edge, kind="stable")
    first = np.searchsorted(edge[order], edge[order])
    turn = np.empty(len(edge), np.int64)
    turn[order] = np.arange(len(edge)) - first
    return np.asarray((turn + (rng.random(int(edge.max()) + 1) < 0.5)[edge]) % 2 == 0)


def _fit(
    streets: Streets, edge: Integers, depth: Doubles, forward: Flags, share: float
) -> tuple[Doubles, Doubles, Doubles]:
    """Depths scaled until all views together see about `share` of the streets, and never more."""
    for _ in range(8):
        near, far = _stretches(streets, edge, depth, forward)
        seen = _seen_m(streets, edge, near, far) / float(streets.length_m.sum())
        depth = depth * (share / seen if seen > share else min(share / seen, 1.3) * 0.995)
    near, far = _stretches(streets, edge, depth * 0.98, forward)
    return near, far, depth * 0.98


def _seen_m(streets: Streets, edge: Integers, near: Doubles, far: Doubles) -> float:
    """Metres of street in any view; stretches that overlap count once."""
    order = np.lexsort((near, edge))
    edge, near, far = edge[order], near[order], far[order]
    reached = np.zeros(len(edge))
    at, last = 0.0, -1
    for row in range(len(edge)):
        at = at if edge[row] == last else 0.0
        reached[row] = max(far[row] - max(near[row], at), 0.0)
        at, last = max(at, far[row]), edge[row]
    return float((reached * streets.length_m[edge]).sum())


def _clocks(plan: CityPlan, rng: np.random.Generator) -> tuple[Doubles, Doubles, Doubles]:
    spread = rng.choice(CLOCK_CLASSES_S, plan.cameras, p=CLOCK_SHARES) * plan.clocks
    offset = np.clip(rng.normal(0, 1, plan.cameras), -2.5, 2.5) * spread
    drift = rng.normal(0, DRIFT_S_PER_DAY * plan.clocks, plan.cameras)
    return offset, drift, 1 - 0.12 * rng.random(plan.cameras) ** 2


def _recorded(plan: CityPlan, rng: np.random.Generator) -> Flags:
    """Dead cameras, and outages of a few hours."""
    recorded = np.ones((plan.cameras, plan.hours), np.bool_)
    recorded[rng.random(plan.cameras) < plan.dead] = False
    outages = rng.poisson(plan.missing_hours * plan.hours / 4.0, plan.cameras)
    for camera in np.flatnonzero(outages):
        for start in rng.integers(0, plan.hours, outages[camera]):
            recorded[camera, start : start + int(rng.integers(1, 8))] = False
    return recorded


def _catalogue(
    streets: Streets, views: Views, hfov: Doubles, rng: np.random.Generator, plan: CityPlan
) -> tuple[Camera, ...]:
    """What an operator's list says: places off by metres, headings by degrees, some headings missing."""
    a, b = (streets.nodes_m[streets.edges[views.edge, end]] for end in (0, 1))
    along = np.where(views.forward[:, None], b - a, a - b)
    unit = along / np.linalg.norm(along, axis=1, keepdims=True)
    first = np.where(views.forward, views.near, 1 - views.far) * streets.length_m[views.edge] - SETBACK_M
    spot = np.where(views.forward[:, None], a, b) + unit * np.maximum(first, 0)[:, None]
    spot = spot + rng.normal(0, 2.5, spot.shape)
    heading = np.degrees(np.arctan2(unit[:, 0], unit[:, 1])) + rng.normal(0, 7.0, len(unit))
    known = rng.random(len(unit)) >= 0.05
    sigma = _believed(views, plan, rng)
    return tuple(
        Camera(
            f"CAM-{row:05d}",
            place=ORIGIN.moved(float(spot[row, 0]), float(spot[row, 1])),
            heading_deg=float(heading[row] % 360) if known[row] else None,
            hfov_deg=float(hfov[row]) if known[row] else None,
            height_m=4.0,
            clock=ClockOffset(0.0, float(sigma[row])),
        )
        for row in range(len(unit))
    )


def _believed(views: Views, plan: CityPlan, rng: np.random.Generator) -> Doubles:
    """Standard deviation that the record gives each clock: a little generous, and for some far too good."""
    classes = np.array(CLOCK_CLASSES_S) * max(plan.clocks, 0.1)
    fitting = classes[np.minimum(np.searchsorted(classes, np.abs(views.offset_s) / 1.5), len(classes) - 1)]
    return np.where(rng.random(len(fitting)) < MISJUDGED, classes[0], np.maximum(fitting, 1.0) * 1.2)


def place_of(east_m: float, north_m: float) -> LatLon:
    """Where a spot of the plane lies on Earth."""
    return ORIGIN.moved(east_m, north_m)
