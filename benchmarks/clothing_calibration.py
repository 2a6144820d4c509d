"""From similarity to evidence: fitted on one half of the people, checked on the other and on a place held out.

A trial takes one presence as the reference and weighs every presence of the other cameras, exactly as tracing does:
means of views, crowds taken out, expectation, cohort, ratio. `cllr` is the cost of a log-likelihood ratio in bits
(Brummer and du Preez, Computer Speech and Language 2006): 0 is perfect, 1 says nothing, and what it has above
`least_cllr` is due to calibration alone.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import isotonic_regression

from casetrail.model.arrays import Doubles, Flags, Floats, Integers
from casetrail.sightings.crowds import centre_on_crowd, measure_likeness
from casetrail.sightings.describers import SimilarityCalibration
from casetrail.trace import evidence
from clothing_crops import Crops

FITTED = ("two cameras", "four cameras")
HELD_OUT = "one place"
VIEWS = (1, 3)
TRIALS = 200


@dataclass(frozen=True, eq=False)
class Presences:
    """Descriptions of presences: unit vectors `(n, d)`, whose, where, and of how many views and what quality."""

    vectors: Floats
    person: Integers
    camera: Integers
    views: Doubles
    quality: Doubles

    def only(self, which: Flags) -> "Presences":
        """Those that are asked for."""
        return Presences(*(getattr(self, name)[which] for name in self.__dataclass_fields__))


def mean_views(crops: Crops, vectors: Floats, views: int) -> Presences:
    """Each presence as the mean of `views` pictures spread over it, as often as its pictures allow."""
    rows = []
    for presence in np.unique(crops.presence):
        members = np.flatnonzero(crops.presence == presence)
        step = max(1, len(members) // views)
        rows += [members[start::step][:views] for start in range(step if views < len(members) else 1)]
    means = np.stack([vectors[row].mean(axis=0) for row in rows])
    first = np.array([row[0] for row in rows])
    return Presences(
        (means / np.linalg.norm(means, axis=1, keepdims=True)).astype(np.float32),
        crops.person[first],
        crops.camera[first],
        np.array([len(row) for row in rows], np.float64),
        np.array([crops.quality[row].mean() for row in rows], np.float64),
    )


def calibrate(sets: dict[str, Crops], vectors: dict[str, Floats]) -> dict[str, Any]:
    """The fit on every second person of two sets, and what it is worth on everybody else."""
    odd = {name: mean_views(crops, vectors[name], 1) for name, crops in sets.items()}
    halves = [odd[name].only(odd[name].person % 2 == 1) for name in FITTED]
    walks = [mean_views(sets[HELD_OUT], vectors[HELD_OUT], views) for views in (1, 3)]
    fit, plain = fit_calibration(halves, walks), fit_calibration(halves, walks, centred=False)
    checks = []
    for views in VIEWS:
        for name, crops in sets.items():
            known = mean_views(crops, vectors[name], views)
            held = known.only(known.person % 2 == 0) if name in FITTED else known
            if views == 1 or held.views.max() > 1:
                checks.append({"set": name, "views": views, **check(held, fit), **check_plain(held, plain)})
    return {"fit": {key: value for key, value in vars(fit).items() if key != "source"}, "checks": checks}


def fit_calibration(halves: list[Presences], walks: list[Presences], *, centred: bool = True) -> SimilarityCalibration:
    """Mean and spread of pairs across cameras, every set with the same weight.

    `walks`: the same walks by one and by three views, from which the likeness of views follows: the mean of three has
    `views_alike + (1 - views_alike) / 3` of the noise of one.
    """
    pairs = [_pairs(half, centred=centred) for half in halves]
    same, different = ([pair[kind] for pair in pairs] for kind in (0, 1))
    alike = np.mean([_crowd_alike(half) for half in halves])
    one, three = (_pairs(walk, centred=centred)[0].mean() for walk in walks)
    views_alike = np.clip(1.5 * (one / three - 1 / 3), 0, 1)
    return SimilarityCalibration(*_moments(same), *_moments(different), "", float(alike), float(views_alike))


def check(held: Presences, calibration: SimilarityCalibration) -> dict[str, Any]:
    """What the evidence is worth on these presences, as tracing computes it, without caps' tempering."""
    same, other = weigh(held, calibration)
    return {
        "trials_same": len(same),
        "trials_different": len(other),
        "cllr": cllr(same, other),
        "least_cllr": least_cllr(same, other),
        "different_above_2": float((other > 2).mean()),
        "different_above_3": float((other > 3).mean()),
        "same_below_minus_2": float((same < -2).mean()),
    }


def check_plain(held: Presences, calibration: SimilarityCalibration) -> dict[str, Any]:
    """The same with nothing taken out and one expectation for everybody, for comparison."""
    same, other = _ratios(held, lambda reference: _weigh_plain(held, reference, calibration))
    return {"cllr_plain": cllr(same, other), "least_cllr_plain": least_cllr(same, other)}


def weigh(held: Presences, calibration: SimilarityCalibration) -> tuple[Doubles, Doubles]:
    """Log-likelihood ratios of the same and of other people, of every trial together."""
    return _ratios(held, lambda reference: weigh_against(held, reference, calibration))


def weigh_against(held: Presences, reference: int, calibration: SimilarityCalibration) -> Doubles:
    """The ratio of each presence when one of them is known to be the case."""
    known = np.arange(len(held.person)) == reference
    lengths = np.sqrt(calibration.view_noise(held.views)).astype(np.float32)
    likeness = measure_likeness(held.vectors * lengths[:, None], held.camera, ~known, calibration.crowd_alike)
    centred = centre_on_crowd(held.vectors, held.camera, ~known)
    similarity = np.where(known, np.nan, centred @ centred[reference])
    expected = evidence.expect_same(evidence.Described(held.views, held.quality, likeness), known, calibration)
    found = evidence.clothing_evidence(similarity, held.camera, ~known, calibration, expected)
    return np.asarray(found / evidence.TEMPER)


def _weigh_plain(held: Presences, reference: int, calibration: SimilarityCalibration) -> Doubles:
    known = np.arange(len(held.person)) == reference
    similarity = np.where(known, np.nan, held.vectors @ held.vectors[reference])
    return np.asarray(evidence.clothing_evidence(similarity, held.camera, ~known, calibration) / evidence.TEMPER)


def _ratios(held: Presences, weigh_one: Callable[[int], Doubles]) -> tuple[Doubles, Doubles]:
    same, other = [], []
    for reference in np.random.default_rng(1).permutation(len(held.person))[:TRIALS]:
        ratio = weigh_one(int(reference))
        elsewhere = held.camera != held.camera[reference]
        is_same = held.person == held.person[reference]
        same.append(ratio[elsewhere & is_same])
        other.append(ratio[elsewhere & ~is_same])
    return np.concatenate(same), np.concatenate(other)


def cllr(same: Doubles, other: Doubles) -> float:
    """Cost of log-likelihood ratios in bits."""
    return float((np.log2(1 + np.exp(-same)).mean() + np.log2(1 + np.exp(other)).mean()) / 2)


def least_cllr(same: Doubles, other: Doubles) -> float:
    """The cost after the best monotone calibration, found by isotonic regression."""
    ratios = np.concatenate([same, other])
    is_same = np.repeat([1.0, 0.0], [len(same), len(other)])
    weight = np.repeat([0.5 / len(same), 0.5 / len(other)], [len(same), len(other)])
    order = np.lexsort((-is_same, ratios))
    chance = np.clip(isotonic_regression(is_same[order], weights=weight[order]).x, 1e-9, 1 - 1e-9)
    best = np.empty(len(ratios))
    best[order] = np.log(chance / (1 - chance))
    return cllr(best[: len(same)], best[len(same) :])


def _pairs(known: Presences, *, centred: bool) -> tuple[Doubles, Doubles]:
    """Similarities across cameras of the same and of different people."""
    vectors = known.vectors
    if centred:
        vectors = centre_on_crowd(vectors, known.camera, np.ones(len(vectors), bool))
    cosines = np.asarray(vectors @ vectors.T, np.float64)
    across = np.triu(known.camera[:, None] != known.camera[None])
    same = known.person[:, None] == known.person[None]
    return cosines[across & same], cosines[across & ~same]


def _crowd_alike(known: Presences) -> float:
    """Mean cosine of different people of one camera, nothing taken out."""
    cosines = known.vectors @ known.vectors.T
    strangers = (known.camera[:, None] == known.camera[None]) & (known.person[:, None] != known.person[None])
    return float(cosines[strangers].mean())


def _moments(samples: list[Doubles]) -> tuple[float, float]:
    """Mean of the sets' means, and the deviation within a set; sets count alike, however many pairs each has."""
    mean = np.mean([each.mean() for each in samples])
    return float(mean), float(np.sqrt(np.mean([each.var() for each in samples])))
