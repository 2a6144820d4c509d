"""The carried clothing embedder: a compact network taught here, beside colours and texture of body parts."""

from collections.abc import Sequence
from functools import cached_property

import cv2
import numpy as np

from casetrail.adapters.carried_clothing import network, parts
from casetrail.adapters.carried_clothing.drawn_crowd import draw_crowd
from casetrail.model.arrays import Floats, Image
from casetrail.model.models import ModelStamp
from casetrail.sightings.describers import SimilarityCalibration

SIZE = network.SIZE + parts.SIZE
PARTS_SHARE = 0.3  # of the similarity; the rest is the network's
CROWD = 160
LEAST_SPREAD = 0.1


class CarriedClothingEmbedder:
    """Unit vectors of 1596 numbers: 256 of the network, 1340 of body parts. Weaker than the default, and stamped so.

    Their cosine is the weighted mean of the two cosines. A silhouette makes background count a tenth in the parts;
    the network, like the default one, learnt from crops with their background. Weights whose hash is not the stamp's
    raise IntegrityError at the first crop.
    """

    def __init__(self, stamp: ModelStamp, calibration: SimilarityCalibration, threads: int = 0) -> None:
        self.stamp, self.calibration = stamp, calibration
        self._network = network.CarriedNetwork(stamp.sha256_12, threads)

    def embed(self, crops: Sequence[Image], silhouettes: Sequence[Floats | None]) -> Floats:
        """Unit vectors `(n, 1596)` of person crops."""
        if not crops:
            return np.zeros((0, SIZE), dtype=np.float32)
        learnt = _unit(np.stack([self._describe_whole(crop) for crop in crops]))
        both = (np.sqrt(1 - PARTS_SHARE) * learnt, np.sqrt(PARTS_SHARE) * self._describe_parts(crops, silhouettes))
        vectors: Floats = np.concatenate(both, axis=1).astype(np.float32)
        return vectors

    def _describe_whole(self, crop: Image) -> Floats:
        """The network's answers for the crop and its mirror image, which it is not taught to tell apart, as one."""
        planes = _planes(crop)
        seen: Floats = self._network.run(planes) + self._network.run(np.ascontiguousarray(planes[..., ::-1]))
        return seen

    def _describe_parts(self, crops: Sequence[Image], silhouettes: Sequence[Floats | None]) -> Floats:
        pairs = zip(crops, silhouettes, strict=True)
        average, spread = self._crowd
        return _unit((np.stack([parts.describe_parts(crop, own) for crop, own in pairs]) - average) / spread)

    @cached_property
    def _crowd(self) -> tuple[Floats, Floats]:
        """Average of the drawn crowd, and its spread: what varies in any crowd counts less."""
        described = np.stack([parts.describe_parts(crop) for crop in draw_crowd(CROWD)])
        return described.mean(axis=0), described.std(axis=0) + LEAST_SPREAD


def _planes(crop: Image) -> Floats:
    """`(1, 3, 128, 64)` of a crop of any size, BGR -1..1; averaged where it shrinks by much."""
    shrinks = crop.shape[0] > 2 * network.HEIGHT or crop.shape[1] > 2 * network.WIDTH
    way = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    small = cv2.resize(crop, (network.WIDTH, network.HEIGHT), interpolation=way).astype(np.float32)
    planes: Floats = np.ascontiguousarray((small / 127.5 - 1).transpose(2, 0, 1)[None], dtype=np.float32)
    return planes


def _unit(rows: Floats) -> Floats:
    units: Floats = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6)
    return units
