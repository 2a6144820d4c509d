"""What a measurement on a few people would say of a city's descriptions: fitted on another seed, never on this city."""

import numpy as np

from casetrail.model.arrays import Doubles, Flags
from casetrail.sightings.crowds import centre_on_crowd
from casetrail.sightings.describers import SimilarityCalibration
from casetrail.testing.city.clothing import Clothing, Rows
from casetrail.testing.city.plan import Likeness

PEOPLE, CAMERAS = 62, 6
OTHER_SEED = 7919


def calibrate(likeness: Likeness, seed: int) -> SimilarityCalibration:
    """Similarities of 62 people on six cameras of a city with another seed, the crowd of each taken out."""
    clothing = Clothing(likeness, seed + OTHER_SEED, -1)
    rows = _rows(np.random.default_rng([seed, OTHER_SEED]), 1)
    one = clothing.describe(rows)
    everyone: Flags = np.ones(len(one), np.bool_)
    centred = np.asarray(centre_on_crowd(one, rows.camera, everyone), np.float64)
    cosines = centred @ centred.T
    same = rows.person[:, None] == rows.person[None]
    across = rows.camera[:, None] < rows.camera[None]
    strangers = (rows.camera[:, None] == rows.camera[None]) & ~same
    alike, other = cosines[across & same], cosines[across & ~same]
    return SimilarityCalibration(
        float(alike.mean()),
        float(alike.std()),
        float(other.mean()),
        float(other.std()),
        "62 people on six cameras of another simulated city",
        float(np.asarray(one @ one.T)[strangers].mean()),
        _views_alike(clothing, rows, alike),
    )


def _views_alike(clothing: Clothing, rows: Rows, alike: Doubles) -> float:
    """From how much three views gain: the same mean over their length."""
    three = clothing.describe(Rows(**{**rows.__dict__, "views": np.full(len(rows.row), 3)}))
    everyone: Flags = np.ones(len(three), np.bool_)
    centred = np.asarray(centre_on_crowd(three, rows.camera, everyone), np.float64)
    same = rows.person[:, None] == rows.person[None]
    across = rows.camera[:, None] < rows.camera[None]
    gained = float((centred @ centred.T)[across & same].mean())
    return float(np.clip(1.5 * (alike.mean() / gained - 1 / 3), 0, 1))


def _rows(rng: np.random.Generator, views: int) -> Rows:
    person, camera = (part.ravel() for part in np.meshgrid(np.arange(PEOPLE), np.arange(CAMERAS), indexing="ij"))
    count = len(person)
    zeros = np.zeros(count, np.int64)
    quality = np.clip(rng.normal(0.66, 0.14, count), 0.1, 0.98)
    return Rows(np.arange(count), person, camera, zeros, zeros, quality, np.full(count, views))
