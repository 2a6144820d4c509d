"""The carried clothing embedder: body parts against the average of a drawn crowd."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from casetrail.adapters.carried_clothing.drawn_crowd import draw_crowd
from casetrail.adapters.carried_clothing.parts import SIZE, describe_parts
from casetrail.model.arrays import Floats, Image
from casetrail.model.models import ModelStamp
from casetrail.sightings.describers import SimilarityCalibration

CROWD = 160
LEAST_SPREAD = 0.1


class CarriedClothingEmbedder:
    """Colour and texture of body parts, as unit vectors. Far weaker than a learnt embedding, and stamped so."""

    def __init__(self, stamp: ModelStamp, calibration: SimilarityCalibration) -> None:
        self.stamp, self.calibration = stamp, calibration

    def embed(self, crops: Sequence[Image], silhouettes: Sequence[Floats | None]) -> Floats:
        """Unit vectors `(n, 1340)` of person crops; a silhouette makes background count a tenth."""
        if not crops:
            return np.zeros((0, SIZE), dtype=np.float32)
        pairs = zip(crops, silhouettes, strict=True)
        average, spread = self._crowd
        parts = (np.stack([describe_parts(crop, silhouette) for crop, silhouette in pairs]) - average) / spread
        vectors: Floats = (parts / np.maximum(np.linalg.norm(parts, axis=1, keepdims=True), 1e-6)).astype(np.float32)
        return vectors

    @cached_property
    def _crowd(self) -> tuple[Floats, Floats]:
        """Average of the drawn crowd, and its spread: what varies in any crowd counts less."""
        parts = np.stack([describe_parts(crop) for crop in draw_crowd(CROWD)])
        return parts.mean(axis=0), parts.std(axis=0) + LEAST_SPREAD
