"""What everybody at a camera has in common, taken out of clothing embeddings.

Light, colour cast, height of view and the fashion of the season lie in every embedding of a camera. None of it tells
two people apart, and between cameras it makes strangers alike and one person unlike themselves. The people opened at a
camera are nearly all strangers to each other, so their mean is what they have in common.
"""

import numpy as np

from casetrail.model.arrays import Doubles, Flags, Floats, Integers

PRIOR_CROWD = 8.0  # presences' worth of trust in the mean of all cameras, and of all cameras in nothing in common


def centre_on_crowd(embeddings: Floats, camera: Integers, crowd: Flags) -> Floats:
    """Unit vectors `(n, d)` without what their camera's crowd has in common.

    `embeddings`: unit vectors `(n, d)`; `camera` `(n,)`: which camera each is from; `crowd` `(n,)`: who counts as
    crowd there (everyone not known to be the index case). A small crowd is trusted little: its mean is drawn to that
    of all cameras, and that one to zero. Whoever is exactly like the crowd keeps their own vector.
    """
    overall = embeddings[crowd].sum(axis=0) / (PRIOR_CROWD + crowd.sum())
    centred = embeddings.astype(np.float64)
    for index in np.unique(camera):
        here = camera == index
        seen = embeddings[here & crowd]
        centred[here] -= (seen.sum(axis=0) + PRIOR_CROWD * overall) / (PRIOR_CROWD + len(seen))
    length = np.linalg.norm(centred, axis=1, keepdims=True)
    unit: Floats = np.where(length > 1e-6, centred / np.maximum(length, 1e-6), embeddings).astype(np.float32)
    return unit


def measure_likeness(embeddings: Floats, camera: Integers, crowd: Flags, usual: float) -> Doubles:
    """How alike strangers at each row's camera are: mean cosine between two of its crowd, `(n,)`.

    `embeddings` `(n, d)`: as described, not centred; shorter than 1 where they are means of several views. Drawn to
    `usual` while few were seen. People in uniform are very alike, and little is left that tells them apart.
    """
    likeness = np.full(len(embeddings), usual)
    for index in np.unique(camera):
        here = camera == index
        seen = embeddings[here & crowd].astype(np.float64)
        if len(seen) > 1:
            total = seen.sum(axis=0)
            pairs = float(total @ total - np.sum(seen**2)) / (len(seen) * (len(seen) - 1))
            likeness[here] = (len(seen) * pairs + PRIOR_CROWD * usual) / (len(seen) + PRIOR_CROWD)
    return likeness
