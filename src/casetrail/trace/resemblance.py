"""How much everybody opened looks like the index case: like the confirmed, and before any, like each other."""

import numpy as np

from casetrail.model.arrays import Doubles, Flags, Floats, Integers
from casetrail.sightings.describers import SimilarityCalibration
from casetrail.trace import clothing
from casetrail.trace.standing import Looks

MOST_PAIRED = 4000  # before anybody is confirmed, so many of the likeliest are compared with each other
MOST_SHARE = 0.3
APART_M = 400.0  # the same neighbours are seen again nearby, so only presences farther apart support each other,
APART_SHARE = 0.25  # or by this share of a small place


def weigh_looks(
    looks: Looks, camera: Integers, known: Flags, calibration: SimilarityCalibration
) -> tuple[Doubles, Doubles]:
    """Similarity and evidence, natural log, of everybody `(n,)` against the `known`."""
    embeddings, views = _described(looks, camera, ~known)
    likeness = clothing.compare(embeddings, views, camera, np.flatnonzero(known), calibration)
    return likeness.similarity, likeness.log_ratio


def support_each_other(
    looks: Looks,
    camera: Integers,
    known: Flags,
    share: Floats,
    spot_m: Doubles,
    extent_m: float,
    calibration: SimilarityCalibration,
) -> Doubles:
    """Before anybody is confirmed: who looks like the likely ones at other places of the evidence, natural log.

    `share` and `spot_m`, where each `(n,)` was seen; `extent_m`: how far apart anybody could be at most.
    """
    embeddings, views = _described(looks, camera, ~known)
    likely = np.argsort(-share.astype(np.float64))[:MOST_PAIRED]
    apart_m = np.linalg.norm(spot_m[likely][:, None] - spot_m[likely][None], axis=2)
    apart = apart_m > min(APART_M, APART_SHARE * extent_m)
    weight = np.minimum(share[likely].astype(np.float64), MOST_SHARE)
    ratio = np.zeros(len(views))
    ratio[likely] = clothing.support(embeddings[likely], views[likely], weight, apart, calibration)
    return np.asarray(np.minimum(ratio, clothing.HIGHEST))


def _described(looks: Looks, camera: Integers, crowd: Flags) -> tuple[Floats, Doubles]:
    return clothing.centre(looks.embeddings, camera, crowd), looks.views.astype(np.float64)
