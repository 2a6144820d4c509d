"""From similarity to evidence: how many times likelier a cosine is for the index case than for somebody else.

The calibration gives both distributions as normals; the presences opened in the gate are nearly all somebody else,
so they correct the second one for this camera, light and crowd (adaptive score normalisation as in speaker
verification: Matejka et al. 2017). The first one moves with how well somebody was described: up with every further
view, down where people are small, and down to nothing in a crowd so alike that only noise is left to compare.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from casetrail.model.arrays import Doubles, Flags, Floats, Integers
from casetrail.sightings.describers import SimilarityCalibration
from casetrail.sightings.sightings import Sighting
from casetrail.trace.case_trace import Answer

HIGHEST = 5.0  # natural log: nothing about clothing is worth more than 150 to 1
LOWEST = -5.0
TEMPER = 0.85  # the same look-alike is seen again and again, so what one similarity says is said partly twice
PRIOR_COHORT = 8.0  # presences' worth of trust in the calibration before the gate speaks
BEST_REFERENCES = 3
REVIEWER_ERROR = 0.05
MISTAKEN_YES = 0.0005  # a reviewer seldom takes one of very many strangers for the person they know from papers
FULL_QUALITY = 0.55  # views of people of about 64 px; larger ones are no more alike (measured, docs/adr/0011)
SMALLNESS = 1.5
MOST_ALIKE = 0.95


@dataclass(frozen=True)
class Described:
    """How well each sighting was described: its `views`, their `quality` 0..1, and the mean cosine between strangers
    at its camera, `likeness`; each `(n,)`.
    """

    views: Doubles
    quality: Doubles
    likeness: Doubles


@dataclass(frozen=True)
class Cohort:
    """Similarities of other people at one camera: centre and spread, already shrunk to the calibration."""

    mean: float
    std: float


def reference_similarity(embeddings: Floats, references: Floats) -> Doubles:
    """Mean of each sighting's best cosines against the references, `(n,)` from `(n, d)` and `(r, d)`; nan without any.

    A reference is not compared with itself: equal vectors of the same sighting are left out by the caller.
    """
    if not len(references):
        return np.full(len(embeddings), np.nan)
    return best_mean(np.asarray(embeddings @ references.T, np.float64))


def best_mean(cosines: Doubles) -> Doubles:
    """Mean of the best few of each row `(n, r)`, nan entries left out; nan where nothing is left.

    References of one person resemble each other, so their similarities are averaged, never summed.
    """
    filled = np.sort(np.nan_to_num(cosines, nan=-np.inf), axis=1)[:, ::-1][:, :BEST_REFERENCES]
    usable = np.isfinite(filled)
    total = np.where(usable, filled, 0).sum(axis=1)
    return np.asarray(np.where(usable.any(axis=1), total / np.maximum(usable.sum(axis=1), 1), np.nan))


def expect_same(described: Described, references: Flags, calibration: SimilarityCalibration) -> Doubles:
    """Similarity that the index case is expected to have with its references at each sighting, `(n,)`.

    A description is person plus noise. What a crowd has in common was taken out, and the noise stayed: the share of
    the person in what is left falls as strangers grow more alike. The mean of several views has less noise.
    """
    left = np.maximum(1 - described.likeness, 1e-3)
    clear = 1 / np.sqrt(calibration.view_noise(described.views))
    quality = described.quality
    if references.any():
        left = np.sqrt(left * left[references].mean())
        clear = clear * clear[references].mean()
        quality = np.minimum(quality, quality[references].mean())
    person = 1 - (1 - calibration.same_mean) * (1 - calibration.crowd_alike) / left
    small = np.minimum(1, np.maximum(quality, 0) / FULL_QUALITY) ** SMALLNESS
    return np.asarray(np.minimum(np.clip(person, 0, calibration.same_mean) * small * clear, MOST_ALIKE))


def clothing_evidence(
    similarity: Doubles,
    camera: Integers,
    stranger: Flags,
    calibration: SimilarityCalibration,
    expected: Doubles | None = None,
) -> Doubles:
    """Log-likelihood ratio of each similarity `(n,)`, capped and tempered; 0 where similarity is nan.

    `camera`: which camera each belongs to. `stranger`: which may serve as cohort (everyone not confirmed).
    `expected`: the index case's similarity there, from `expect_same`; without it, single good views are meant.
    """
    result = np.zeros(len(similarity))
    everyone = build_cohort(similarity[stranger], calibration)
    near = replace(calibration, different_mean=everyone.mean, different_std=everyone.std)
    for index in np.unique(camera):
        here = camera == index
        cohort = build_cohort(similarity[here & stranger], near)
        same = None if expected is None else expected[here]
        result[here] = log_ratio(similarity[here], calibration, cohort, same)
    return np.asarray(TEMPER * np.nan_to_num(result))


def build_cohort(similarity: Doubles, prior: SimilarityCalibration) -> Cohort:
    """Centre and spread of the cohort's similarities: median and MAD, shrunk to the prior while few are known."""
    known = similarity[np.isfinite(similarity)]
    if not len(known):
        return Cohort(prior.different_mean, prior.different_std)
    centre = float(np.median(known))
    spread = 1.4826 * float(np.median(np.abs(known - centre)))
    own = len(known) / (PRIOR_COHORT + len(known))
    mean = own * centre + (1 - own) * prior.different_mean
    variance = own * spread**2 + (1 - own) * prior.different_std**2
    return Cohort(mean, float(np.sqrt(max(variance, 0.02**2))))


def log_ratio(
    similarity: Doubles, calibration: SimilarityCalibration, cohort: Cohort, expected: Doubles | None = None
) -> Doubles:
    """Capped log of density(same) / density(different); it never falls when similarity rises.

    `expected` `(n,)`: as in `clothing_evidence`. Where the index case is not expected to be more alike than anybody
    else, both densities are one, and the ratio is 0.
    """
    expected = np.full(len(similarity), calibration.same_mean) if expected is None else expected
    same_mean, same_std = _same_person_here(calibration, cohort, expected)
    lowest = _vertex(same_mean, same_std, cohort)
    at = np.maximum(similarity, lowest)
    ratio = _log_normal(at, same_mean, same_std) - _log_normal(at, cohort.mean, cohort.std)
    return np.asarray(np.clip(ratio, LOWEST, HIGHEST))


def face_evidence(sightings: Sequence[Sighting]) -> Doubles:
    """Log-likelihood ratio of each consented face comparison `(n,)`, as it was told when the face was compared.

    0 where no face was compared, or where what was seen of it tells nothing.
    """
    return np.array([one.face_log_ratio or 0.0 for one in sightings], np.float64)


def answer_evidence(answer: Answer | None) -> float:
    """What an answer is worth: strong but finite, since reviewers err too."""
    if answer is Answer.YES:
        return float(np.log((1 - REVIEWER_ERROR) / MISTAKEN_YES))
    if answer is Answer.NO:
        return float(np.log(REVIEWER_ERROR * MISTAKEN_YES / (1 - REVIEWER_ERROR)) / 2)
    return 0.0


def look_alike_penalty(to_rejected: Doubles, own: Doubles) -> Doubles:
    """What rejected people take from those who look like them, `(n,)`: by the largest, never the product.

    `to_rejected` `(n, r)`: log-likelihood ratio that each is the same person as each rejected one; `own` `(n,)`: the
    same against the confirmed references. Only being more like a rejected person than like the case costs anything.
    """
    if not to_rejected.shape[1]:
        return np.zeros(len(own))
    return np.asarray(-np.clip(to_rejected.max(axis=1) - np.maximum(own, 0), 0, HIGHEST - 1))


def _same_person_here(calibration: SimilarityCalibration, cohort: Cohort, expected: Doubles) -> tuple[Doubles, Doubles]:
    """Where the same person's similarities lie when the crowd's lie elsewhere: pressed into what is left below 1."""
    room = min(max(1 - cohort.mean, 0.0) / max(1 - calibration.different_mean, 1e-6), 1.0)
    beyond = expected - calibration.different_mean
    share = np.clip(beyond / (calibration.same_mean - calibration.different_mean), 0, 1)
    spread = cohort.std + share * (calibration.same_std * room - cohort.std)
    return cohort.mean + np.maximum(beyond, 0) * room, np.maximum(spread, cohort.std * 1.001)


def _vertex(same_mean: Doubles, same_std: Doubles, cohort: Cohort) -> Doubles:
    """Where the ratio of two normals is smallest; below it the wider curve would wrongly win again."""
    inverse, inverse_other = 1 / same_std**2, 1 / cohort.std**2
    return np.asarray((cohort.mean * inverse_other - same_mean * inverse) / (inverse_other - inverse))


def _log_normal(x: Doubles, mean: Doubles | float, std: Doubles | float) -> Doubles:
    return np.asarray(-(((x - mean) / std) ** 2) / 2 - np.log(std))
