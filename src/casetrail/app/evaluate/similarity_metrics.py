"""How well similarities tell same from different: CMC rank-k, mAP, TAR@FAR and the area under the ROC curve."""

from dataclasses import dataclass

import numpy as np

from casetrail.model.arrays import Array, Doubles, Flags
from casetrail.model.errors import BadInputError


@dataclass(frozen=True)
class Ranking:
    """CMC rank-1 and rank-5 and mean average precision, as fractions; `queries` that have anyone to find."""

    rank1: float
    rank5: float
    map: float
    queries: int


@dataclass(frozen=True)
class Spread:
    """Mean and standard deviation of similarities, of same and of different people, and TAR at 1 % and at 0.1 % FAR."""

    same_mean: float
    same_std: float
    different_mean: float
    different_std: float
    tar_at_far_1pct: float
    tar_at_far_0_1pct: float


def rank(similarity: Array, same: Flags) -> Ranking:
    """Ranking of galleries: `similarity` and `same` `(queries, gallery)`. Queries without a match there do not count.

    Raises BadInputError when no query has one. Ties are broken by gallery order. Source: CMC and mAP as
    in Zheng et al., Scalable person re-identification (ICCV 2015), without its same-camera rule.
    """
    answerable = same.any(axis=1)
    if not answerable.any():
        raise BadInputError("no query has a picture of the same person in the gallery", todo="check the folder names")
    order = np.argsort(-similarity[answerable], axis=1, kind="stable")
    found = np.take_along_axis(same[answerable], order, axis=1)
    precision = np.cumsum(found, axis=1) / np.arange(1, found.shape[1] + 1)
    average = (precision * found).sum(axis=1) / found.sum(axis=1)
    rank1, rank5 = (float(found[:, :k].any(axis=1).mean()) for k in (1, 5))
    return Ranking(rank1, rank5, float(average.mean()), int(answerable.sum()))


def spread(similarity: Array, same: Flags) -> Spread:
    """Spread of all pairs. Raises BadInputError when there are no pairs of either kind."""
    alike, other = _both(similarity, same)
    accepts = [true_accepts(alike, other, rate) for rate in (0.01, 0.001)]
    return Spread(float(alike.mean()), float(alike.std()), float(other.mean()), float(other.std()), *accepts)


def true_accepts(alike: Array, other: Array, false_accepts: float) -> float:
    """TAR@FAR: the share of same pairs above the similarity that this share of different pairs exceeds."""
    limit = np.quantile(other, 1 - false_accepts)
    return float((alike > limit).mean())


def area_under_roc(similarity: Array, same: Flags) -> float:
    """The chance that a same pair is more alike than a different one (Mann-Whitney; ties count half)."""
    alike, other = _both(similarity, same)
    ordered = np.sort(other)
    below = np.searchsorted(ordered, alike, side="left")
    level = np.searchsorted(ordered, alike, side="right") - below
    return float((below + 0.5 * level).sum() / (len(alike) * len(other)))


def _both(similarity: Array, same: Flags) -> tuple[Doubles, Doubles]:
    alike, other = (similarity[which].astype(np.float64) for which in (same, ~same))
    if not alike.size or not other.size:
        raise BadInputError("pairs of the same and of different people are both needed", todo="check the folder names")
    return alike, other
