"""Measuring exposures: our exposures and distances against those of annotated people, through one calibration.

Truth is what hand-drawn boxes say: their feet on the same ground plane, with no error of their own allowed for.
Exposures on both sides are episodes within the definition's distance; its duration is not applied, since nobody
stands together for fifteen minutes in a short recording.
"""

import itertools
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import linear_sum_assignment

from casetrail.app.evaluate.mot_truth import MotTruth
from casetrail.contacts.definitions import ContactDefinition
from casetrail.contacts.episodes import Episode, find_episodes
from casetrail.contacts.foot_paths import FootPath, build_foot_path
from casetrail.contacts.separations import Separation, measure_separation
from casetrail.model.arrays import Doubles, Flags, Floats, Integers
from casetrail.model.errors import BadInputError
from casetrail.model.geometry import box_overlap
from casetrail.model.ground_plane import GroundPlane
from casetrail.presence.presences import Presence

SAME_BOX = 0.5  # overlap from which a box of ours and one of the truth are the same person
NEARBY = 2.0  # distances are compared up to so many times the definition's

Names = frozenset[int]


@dataclass(frozen=True)
class ContactsMeasured:
    """Shares 0..1, metres, seconds.

    `distance_mae_m`, `interval_coverage` (share of 90 % intervals that hold the truth), `interval_width_m` (median)
    and `cannot_tell_rate` (no distance claimed) are over moments of two people whose true distance is at most twice
    the definition's. `duration_mae_s`: per pair of people found on both sides, of their total time near. A number
    without anything to measure is NaN.
    """

    exposure_precision: float
    exposure_recall: float
    distance_mae_m: float
    interval_coverage: float
    interval_width_m: float
    duration_mae_s: float
    cannot_tell_rate: float
    exposures: int
    exposures_true: int
    moments: int


def measure_contacts(
    presences: Sequence[Presence],
    truth: MotTruth,
    frame_pts: Integers,
    plane: GroundPlane,
    definition: ContactDefinition,
) -> ContactsMeasured:
    """Compare presences of one recording with its truth. `frame_pts` `(frames,)`: pts of each frame, rising.

    Raises BadInputError when the truth has more frames than the recording.
    """
    if len(truth.frame) and int(truth.frame.max()) >= len(frame_pts):
        raise BadInputError(f"the truth has a frame {int(truth.frame.max()) + 1}, the recording {len(frame_pts)}")
    people = _people(presences, truth, frame_pts)
    ours = _separations([(one.person, one.path) for one in people], plane)
    exact = replace(plane, covariance=np.zeros((9, 9)), sigma_px=0.0)
    paths = _true_paths(truth, frame_pts, presences)
    theirs = _separations(list(paths.items()), exact)
    moments = _moments(people, paths, exact, plane, NEARBY * definition.distance_m)
    return _measured(_near(ours, definition), _near(theirs, definition), moments)


@dataclass(frozen=True)
class _Person:
    """A presence, whose identity in the truth most of its boxes have (-1: nobody's), and that of each box."""

    person: int
    path: FootPath
    person_at: Integers


@dataclass(frozen=True)
class _Near:
    """Two people near one another."""

    names: Names
    episode: Episode


def _people(presences: Sequence[Presence], truth: MotTruth, frame_pts: Integers) -> list[_Person]:
    at = [np.full(len(presence.pts), -1, dtype=np.int64) for presence in presences]
    for frame in np.unique(truth.frame):
        rows = truth.frame == frame
        _match_frame(presences, at, int(frame_pts[frame]), truth.xyxy[rows], truth.person[rows])
    return [_Person(_majority(own), build_foot_path(one), own) for one, own in zip(presences, at, strict=True)]


def _match_frame(
    presences: Sequence[Presence], at: Sequence[Integers], pts: int, xyxy: Floats, person: Integers
) -> None:
    """Write into `at` who each box of ours is at this moment, by the assignment of most overlap."""
    places = [int(np.searchsorted(presence.pts, pts)) for presence in presences]
    here = [
        number
        for number, place in enumerate(places)
        if place < len(presences[number].pts) and presences[number].pts[place] == pts
    ]
    if not here:
        return
    overlap = box_overlap(np.stack([presences[number].xyxy[places[number]] for number in here]), xyxy)
    for row, column in zip(*linear_sum_assignment(-overlap), strict=True):
        if overlap[row, column] >= SAME_BOX:
            at[here[row]][places[here[row]]] = person[column]


def _majority(person_at: Integers) -> int:
    known = Counter(person_at[person_at >= 0].tolist())
    return known.most_common(1)[0][0] if known else -1


def _true_paths(truth: MotTruth, frame_pts: Integers, presences: Sequence[Presence]) -> dict[int, FootPath]:
    """The annotated feet of each person, exact and unsmoothed, on the presences' own timeline."""
    utc_us = _timeline(frame_pts, presences)
    paths = {}
    for person in np.unique(truth.person):
        rows = np.flatnonzero(truth.person == person)
        rows = rows[np.argsort(truth.frame[rows], kind="stable")]
        xyxy = truth.xyxy[rows].astype(np.float64)
        feet = np.column_stack([(xyxy[:, 0] + xyxy[:, 2]) / 2, xyxy[:, 3]])
        count = len(rows)
        paths[int(person)] = FootPath(
            utc_us[truth.frame[rows]], feet, np.zeros((count, 2, 2)), np.zeros((count, 2)), np.zeros(count, dtype=bool)
        )
    return paths


def _timeline(frame_pts: Integers, presences: Sequence[Presence]) -> Integers:
    """UTC of every frame, carried on from the moments that presences know."""
    known: Mapping[int, int] = {
        int(pts): int(utc) for one in presences for pts, utc in zip(one.pts, one.utc_us, strict=True)
    }
    if not known:
        return frame_pts.astype(np.int64)
    pts = np.array(sorted(known), dtype=np.float64)
    utc = np.array([known[int(one)] for one in pts], dtype=np.float64)
    slope = (utc[-1] - utc[0]) / (pts[-1] - pts[0]) if len(pts) > 1 else 1.0
    inside = np.interp(frame_pts, pts, utc - utc[0])
    beyond = np.minimum(frame_pts - pts[0], 0) + np.maximum(frame_pts - pts[-1], 0)
    timeline: Integers = np.round(inside + slope * beyond).astype(np.int64) + int(utc[0])
    return timeline


def _separations(people: Sequence[tuple[int, FootPath]], plane: GroundPlane) -> list[tuple[Names, Separation]]:
    pairs = itertools.combinations(people, 2)
    found = ((frozenset({a, b}), measure_separation(plane, one, other)) for (a, one), (b, other) in pairs)
    return [(names, apart) for names, apart in found if apart is not None]


def _near(separations: Sequence[tuple[Names, Separation]], definition: ContactDefinition) -> list[_Near]:
    return [
        _Near(names, episode)
        for names, apart in separations
        for episode in find_episodes(apart, definition.within_m).episodes
    ]


def _moments(
    people: Sequence[_Person], paths: Mapping[int, FootPath], exact: GroundPlane, plane: GroundPlane, most_m: float
) -> Doubles:
    """Truth, middle, low and high metres `(n, 4)` of two matched people at one moment, up to `most_m` in truth."""
    parts = [np.zeros((0, 4))]
    for a, b in itertools.combinations(people, 2):
        apart = measure_separation(plane, a.path, b.path)
        if apart is None:
            continue
        parts += [_moments_of(apart, a, b, names, paths, exact) for names in _names_met(a, b)]
    rows = np.vstack(parts)
    near: Doubles = rows[rows[:, 0] <= most_m]
    return near


def _names_met(a: _Person, b: _Person) -> set[tuple[int, int]]:
    return {
        (one, other)
        for one in set(a.person_at.tolist())
        for other in set(b.person_at.tolist())
        if min(one, other) >= 0 and one != other
    }


def _moments_of(
    apart: Separation,
    a: _Person,
    b: _Person,
    names: tuple[int, int],
    paths: Mapping[int, FootPath],
    exact: GroundPlane,
) -> Doubles:
    """The moments at which `a` is the first and `b` the second of these people."""
    truth = measure_separation(exact, paths[names[0]], paths[names[1]])
    if truth is None:
        return np.zeros((0, 4))
    mine = _person_at(a, apart.utc_us, names[0]) & _person_at(b, apart.utc_us, names[1])
    mine &= np.isin(apart.utc_us, truth.utc_us)
    there = np.searchsorted(truth.utc_us, apart.utc_us[mine])
    rows = np.column_stack([truth.median_m[there], apart.median_m[mine], apart.low_m[mine], apart.high_m[mine]])
    known: Doubles = rows[~np.isnan(rows[:, 0])]
    return known


def _person_at(person: _Person, utc_us: Integers, name: int) -> Flags:
    place = np.clip(np.searchsorted(person.path.utc_us, utc_us), 0, len(person.path.utc_us) - 1)
    there: Flags = (person.path.utc_us[place] == utc_us) & (person.person_at[place] == name)
    return there


def _measured(ours: Sequence[_Near], theirs: Sequence[_Near], moments: Doubles) -> ContactsMeasured:
    right = [any(_same(one, true) for true in theirs) for one in ours]
    found = [any(_same(one, true) for one in ours) for true in theirs]
    told = moments[~np.isnan(moments[:, 1])]
    inside = (told[:, 2] <= told[:, 0]) & (told[:, 0] <= told[:, 3])
    return ContactsMeasured(
        exposure_precision=_mean(right),
        exposure_recall=_mean(found),
        distance_mae_m=_mean(np.abs(told[:, 1] - told[:, 0])),
        interval_coverage=_mean(inside),
        interval_width_m=float(np.median(told[:, 3] - told[:, 2])) if len(told) else float("nan"),
        duration_mae_s=_mean(_duration_errors_s(ours, theirs)),
        cannot_tell_rate=1 - len(told) / len(moments) if len(moments) else float("nan"),
        exposures=len(ours),
        exposures_true=len(theirs),
        moments=len(moments),
    )


def _same(ours: _Near, true: _Near) -> bool:
    return ours.names == true.names and ours.episode.interval.overlaps(true.episode.interval)


def _duration_errors_s(ours: Sequence[_Near], theirs: Sequence[_Near]) -> list[float]:
    found, true = _totals_s(ours), _totals_s(theirs)
    return [abs(found[names] - true[names]) for names in found.keys() & true.keys()]


def _totals_s(side: Sequence[_Near]) -> dict[Names, float]:
    totals: dict[Names, float] = defaultdict(float)
    for one in side:
        totals[one.names] += one.episode.duration_s
    return totals


def _mean(values: Sequence[float] | Doubles | Flags) -> float:
    return float(np.mean(values)) if len(values) else float("nan")
