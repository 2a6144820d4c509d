"""Handover: which sightings of one camera are the same people as sightings of another, when nobody is being traced.

Each pair is judged with the evidence that a trace uses, normalised against both crowds. A pair's rivals take their
share of its probability, so that two people dressed alike are left unlinked rather than merged.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from casetrail.model.arrays import Doubles, Flags, Floats, Integers
from casetrail.model.time import SECOND_US
from casetrail.sightings.crowds import centre_on_crowd
from casetrail.sightings.describers import SimilarityCalibration
from casetrail.sightings.sightings import Sighting
from casetrail.trace.evidence import FULL_QUALITY, SMALLNESS, build_cohort, log_ratio

PRIOR = 0.5  # that whoever one camera saw passes the other one too
LINK_ABOVE = 0.8
ROUNDS = 4  # of judging pairs and learning from them how long the way takes
WAYS_KNOWN = 5.0  # pairs' worth of trust in knowing nothing about the way
WAY_SPREAD = 0.35  # of the logarithm of the time between
LARGEST_WAY = 2.0  # natural log: the way is learned from these very pairs, so it may not decide alone


@dataclass(frozen=True)
class Link:
    """Sighting `one` of the first camera and `other` of the second are the same person, with `probability`."""

    one: int
    other: int
    probability: float


def link_sightings(
    first: Sequence[Sighting],
    second: Sequence[Sighting],
    calibration: SimilarityCalibration,
    least: float = LINK_ABOVE,
) -> tuple[Link, ...]:
    """Links that are at least so probable, likeliest first; none makes one person be twice in one picture."""
    if not first or not second:
        return ()
    probability = judge_pairs(first, second, calibration)
    apart = _overlaps(first), _overlaps(second)
    groups = _Groups(len(first) + len(second), _exclusive(*apart))
    links = []
    for place in np.argsort(-probability, axis=None, kind="stable"):
        one, other = divmod(int(place), len(second))
        if probability[one, other] < least:
            break
        if groups.join(one, len(first) + other):
            links.append(Link(one, other, float(probability[one, other])))
    return tuple(links)


def judge_pairs(first: Sequence[Sighting], second: Sequence[Sighting], calibration: SimilarityCalibration) -> Doubles:
    """Probability of each pair `(n, m)` that it is one person."""
    everyone = [*first, *second]
    side: Integers = np.repeat([0, 1], [len(first), len(second)])
    embeddings = centre_on_crowd(np.stack([s.embedding for s in everyone]), side, np.ones(len(side), bool))
    evidence = _judge_clothing(embeddings, everyone, calibration)
    across = evidence[: len(first), len(first) :]
    within = evidence[: len(first), : len(first)], evidence[len(first) :, len(first) :]
    alike = [_same_within(each, _overlaps(some)) for each, some in zip(within, (first, second), strict=True)]
    between = _seconds_between(first, second)
    probability = _share(across, *alike)
    for _ in range(ROUNDS):
        probability = _share(across + _judge_way(between, probability), *alike)
    return probability


def _judge_clothing(embeddings: Floats, sightings: Sequence[Sighting], calibration: SimilarityCalibration) -> Doubles:
    """Log-likelihood ratio of each pair `(k, k)`: the mean of what either one's own strangers make of it."""
    similarity = np.asarray(embeddings @ embeddings.T, np.float64)
    np.fill_diagonal(similarity, np.nan)
    views = np.array([sighting.views_described for sighting in sightings], np.float64)
    quality = np.array([sighting.quality for sighting in sightings])
    clear = 1 / np.sqrt(calibration.view_noise(views))
    small = np.minimum(1, np.minimum(quality[:, None], quality[None]) / FULL_QUALITY) ** SMALLNESS
    expected = np.minimum(calibration.same_mean * clear[:, None] * clear[None] * small, 0.95)
    everyone = build_cohort(similarity[np.isfinite(similarity)], calibration)
    near = replace(calibration, different_mean=everyone.mean, different_std=everyone.std)
    rows = [
        log_ratio(np.nan_to_num(row), calibration, build_cohort(row, near), same)
        for row, same in zip(similarity, expected, strict=True)
    ]
    ratio = np.stack(rows)
    return np.asarray((ratio + ratio.T) / 2)


def _share(evidence: Doubles, alike_first: Doubles, alike_second: Doubles) -> Doubles:
    """Probability of each pair when its rivals, and nobody at all, may be the answer too.

    A sighting that is probably the same person as this one is no rival: both may be right.
    """
    weight = np.exp(evidence) * PRIOR / (1 - PRIOR) / max(evidence.shape)
    in_row = weight @ (1 - alike_second) - weight * (1 - np.diag(alike_second))[None]
    in_column = (1 - alike_first) @ weight - weight * (1 - np.diag(alike_first))[:, None]
    return np.asarray(weight / (1 + weight + in_row + in_column))


def _same_within(evidence: Doubles, overlaps: Flags) -> Doubles:
    """Probability `(n, n)` that two sightings of one camera are one person; 0 where both are in one picture."""
    odds = np.exp(evidence) / len(evidence)
    alike = np.where(overlaps, 0.0, odds / (1 + odds))
    np.fill_diagonal(alike, 1.0)
    return np.asarray(alike)


def _judge_way(between_s: Doubles, probability: Doubles) -> Doubles:
    """How much likelier each time between is for one person than for two, learned from the pairs themselves."""
    place = np.sign(between_s) * np.log1p(np.abs(between_s))
    near = np.exp(-(((place.reshape(-1, 1) - place.reshape(1, -1)) / WAY_SPREAD) ** 2) / 2)
    own = probability.reshape(-1)
    others = near @ own - own  # a pair does not speak for itself
    usual = near.mean(axis=1)
    total = max(float(own.sum()), 1e-9)
    ratio = (others + WAYS_KNOWN * usual) / ((total - own + WAYS_KNOWN) * usual)
    return np.asarray(np.clip(np.log(ratio), -LARGEST_WAY, LARGEST_WAY).reshape(between_s.shape))


def _seconds_between(first: Sequence[Sighting], second: Sequence[Sighting]) -> Doubles:
    """Seconds from leaving the one to entering the other `(n, m)`; below 0 when the second came first, 0 together."""
    start, end = _times(first)
    other_start, other_end = _times(second)
    after = np.maximum(other_start[None] - end[:, None], 0)
    before = np.maximum(start[:, None] - other_end[None], 0)
    return np.asarray((after - before) / SECOND_US)


def _overlaps(sightings: Sequence[Sighting]) -> Flags:
    start, end = _times(sightings)
    return np.asarray((start[:, None] < end[None]) & (start[None] < end[:, None]))


def _times(sightings: Sequence[Sighting]) -> tuple[Integers, Integers]:
    start = np.array([sighting.interval.start_us for sighting in sightings], np.int64)
    end = np.array([sighting.interval.end_us for sighting in sightings], np.int64)
    return start, end


def _exclusive(first: Flags, second: Flags) -> Flags:
    """Who cannot be one person with whom, over both cameras."""
    count = len(first)
    both = np.zeros((count + len(second),) * 2, bool)
    both[:count, :count] = first
    both[count:, count:] = second
    np.fill_diagonal(both, False)
    return both


class _Groups:
    """People so far, as sets of sightings that are linked; joining never puts two of one picture together."""

    def __init__(self, count: int, exclusive: Flags) -> None:
        self._group = np.arange(count)
        self._exclusive = exclusive

    def join(self, one: int, other: int) -> bool:
        """Make them one person; False when that cannot be."""
        mine, theirs = self._group == self._group[one], self._group == self._group[other]
        if self._exclusive[np.ix_(mine, theirs)].any():
            return False
        self._group[theirs] = self._group[one]
        return True
