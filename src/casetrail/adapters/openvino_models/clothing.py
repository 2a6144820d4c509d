"""Clothing embeddings: person-reidentification-retail 0277, 0286 and 0288 (OSNet family, Open Model Zoo)."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from casetrail.adapters.openvino_models.pictures import planes, resized, unit_rows
from casetrail.adapters.openvino_models.runtime import Network
from casetrail.model.arrays import Floats, Image
from casetrail.model.models import ModelStamp
from casetrail.sightings.describers import SimilarityCalibration

WIDTH, HEIGHT, SIZE = 128, 256, 256


class RetailClothingEmbedder:
    """Unit vectors of 256 numbers. Silhouettes are not used (measured: they cost accuracy, see `use_silhouettes`).

    `use_silhouettes`: put the crop's mean colour where the silhouette says background. The networks were trained
    on crops with their background, and filling it lowers rank-1 on the two-camera measurement.
    """

    def __init__(
        self,
        stamp: ModelStamp,
        path: Path,
        calibration: SimilarityCalibration,
        threads: int = 0,
        *,
        use_silhouettes: bool = False,
    ) -> None:
        self.stamp, self.calibration = stamp, calibration
        self._use_silhouettes = use_silhouettes
        self._network = Network(path, threads)

    def embed(self, crops: Sequence[Image], silhouettes: Sequence[Floats | None]) -> Floats:
        """Unit vectors `(n, 256)` of person crops."""
        if not crops:
            return np.zeros((0, SIZE), dtype=np.float32)
        pictures = [self._picture(crop, silhouette) for crop, silhouette in zip(crops, silhouettes, strict=True)]
        answers = self._network.run_each(pictures)
        return unit_rows(np.stack([answer["reid_embedding"].reshape(-1) for answer in answers]))

    def _picture(self, crop: Image, silhouette: Floats | None) -> Floats:
        if self._use_silhouettes and silhouette is not None:
            crop = without_background(crop, silhouette)
        return planes(resized(crop, (WIDTH, HEIGHT)))


def without_background(crop: Image, silhouette: Floats) -> Image:
    """The crop with its own mean colour where the silhouette `(h, w)` is 0."""
    share = silhouette[..., None]
    mean = crop.reshape(-1, 3).mean(axis=0)
    filled: Image = np.rint(crop * share + mean * (1 - share)).astype(np.uint8)
    return filled
