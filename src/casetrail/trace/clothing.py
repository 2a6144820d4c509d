"""Evidence of clothing for very many opened presences at once: what each says for being the index case.

The same ideas as in `evidence`, in a form that is linear in the presences: similarities are taken after what each
camera's crowd has in common was removed, normalised by the cohort of everybody opened, and the index case's own
similarity (people differ in how alike their own views are) is learned from the confirmed sightings.
"""

from dataclasses import dataclass

import numpy as np

from casetrail.model.arrays import Doubles, Flags, Floats, Integers
from casetrail.sightings.describers import SimilarityCalibration

PERSON_SHARE = 0.46  # of the variance of similarities of one person is common to all their pairs (measured: .092, .099)
LOOK_ALIKES = 0.01  # so many strangers are dressed like the index case
LEAST_PAIR = 0.2  # pairs less alike than this support nothing
SEEN_TWICE = 0.004  # so many strangers at one place of the evidence are seen at another one too
HIGHEST = 4.5  # what clothing may say at most: look-alikes are as many
LOWEST = -5.0
CAMERA_PRIOR = 8.0  # presences' worth of trust in everybody's mean before a camera's own crowd speaks


@dataclass(frozen=True)
class Likeness:
    """Similarities of everybody opened with a set of references: `similarity` `(n,)`, `log_ratio` `(n,)`."""

    similarity: Doubles
    log_ratio: Doubles


def centre(embeddings: Floats, camera: Integers, crowd: Flags) -> Floats:
    """Embeddings `(n, d)` without what the crowd at their camera `(n,)` has in common, of length 1 again."""
    if not crowd.any():
        return embeddings
    everyone = embeddings[crowd].mean(axis=0)
    count = np.bincount(camera[crowd], minlength=int(camera.max()) + 1)
    order = np.argsort(camera[crowd], kind="stable")
    bounds = np.concatenate([[0], np.cumsum(count)[:-1]])
    filled = count > 0
    sums = np.zeros((len(count), embeddings.shape[1]), np.float32)
    sums[filled] = np.add.reduceat(embeddings[crowd][order], bounds[filled], axis=0)
    mean = (sums + CAMERA_PRIOR * everyone) / (count[:, None] + CAMERA_PRIOR)
    moved = embeddings - mean[camera]
    return np.asarray(moved / np.maximum(np.linalg.norm(moved, axis=1, keepdims=True), 1e-6), np.float32)


def compare(
    embeddings: Floats, views: Doubles, camera: Integers, references: Integers, calibration: SimilarityCalibration
) -> Likeness:
    """Evidence of everybody `(n,)` against references, rows of `embeddings` that are not compared with themselves."""
    length = np.sqrt(calibration.view_noise(views))
    scaled = embeddings[references] * length[references, None]
    cosines = np.asarray(embeddings @ scaled.T, np.float64) * length[:, None]
    count = np.full(len(embeddings), float(len(references)))
    total = cosines.sum(axis=1)
    total[references] -= cosines[references, np.arange(len(references))]
    count[references] -= 1
    similarity = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    stranger = np.ones(len(embeddings), bool)
    stranger[references] = False
    same_mean, same_std = _same(similarity[references], length, count, calibration)
    mean, std = _different(similarity, camera, stranger, length, calibration)
    return Likeness(similarity, np.nan_to_num(log_ratio(similarity, same_mean, same_std, mean, std)))


def log_ratio(
    similarity: Doubles,
    same_mean: Doubles,
    same_std: Doubles,
    mean: Doubles,
    std: Doubles,
    look_alikes: float = LOOK_ALIKES,
) -> Doubles:
    """Natural log of how many times likelier a similarity is for the index case; some strangers are look-alikes."""
    same = _normal(np.minimum(similarity, same_mean), same_mean, same_std)  # more alike than usual is no less alike
    other = _normal(np.maximum(similarity, mean), mean, std)
    return np.asarray(
        np.clip(np.log(same) - np.log((1 - look_alikes) * other + look_alikes * same), LOWEST, -np.log(look_alikes))
    )


def support(
    embeddings: Floats, views: Doubles, weight: Doubles, apart: Flags, calibration: SimilarityCalibration
) -> Doubles:
    """How much likelier the index case each presence `(n,)` is because of others that look alike, natural log.

    `weight` `(n,)`: probability of each being the index case before; `apart` `(n, n)`: which pairs count.
    """
    length = np.sqrt(calibration.view_noise(views)).astype(np.float32)
    scaled = embeddings * length[:, None]
    cosines = scaled @ scaled.T
    row, column = np.nonzero((cosines > LEAST_PAIR) & apart)
    noise = np.sqrt(length[row] * length[column]).astype(np.float64)
    alike = log_ratio(
        np.asarray(cosines[row, column], np.float64),
        np.full(len(row), calibration.same_mean),
        calibration.same_std * noise,
        np.full(len(row), max(calibration.different_mean, 0.0)),
        calibration.different_std * noise,
        SEEN_TWICE,
    )
    gained = np.bincount(row, weight[column] * (np.exp(alike) - 1), minlength=len(embeddings))
    return np.asarray(np.log1p(np.maximum(gained, 0.0)))


def _same(own: Doubles, length: Doubles, count: Doubles, calibration: SimilarityCalibration) -> tuple[Doubles, Doubles]:
    """Where the index case's similarities lie: the calibration, moved by the references' own among each other."""
    person = PERSON_SHARE * calibration.same_std**2
    noise = (1 - PERSON_SHARE) * calibration.same_std**2
    known = own[np.isfinite(own)]
    trust = person / (person + noise / max(len(known), 1)) if len(known) > 1 else 0.0
    mean = calibration.same_mean + trust * (float(known.mean()) - calibration.same_mean if len(known) > 1 else 0.0)
    left = person * (1 - trust)
    spread = np.sqrt(left + noise / 2 * (length**2 + 1 / np.maximum(count, 1)))
    return np.full(len(length), max(mean, calibration.different_mean + calibration.different_std)), spread


def _different(
    similarity: Doubles, camera: Integers, stranger: Flags, length: Doubles, calibration: SimilarityCalibration
) -> tuple[Doubles, Doubles]:
    known = stranger & np.isfinite(similarity)
    seen = similarity[known]
    trust = len(seen) / (len(seen) + 50.0)
    centre_of_all = float(np.median(seen)) if len(seen) else 0.0
    spread = 1.4826 * float(np.median(np.abs(seen - centre_of_all))) if len(seen) else 0.0
    mean = trust * centre_of_all + (1 - trust) * calibration.different_mean
    std = np.sqrt(trust * spread**2 + (1 - trust) * calibration.different_std**2)
    return np.full(len(camera), mean), np.maximum(std * np.sqrt(length), 0.02)


def _normal(x: Doubles, mean: Doubles, std: Doubles) -> Doubles:
    return np.asarray(np.exp(-(((x - mean) / std) ** 2) / 2) / std + 1e-30)
