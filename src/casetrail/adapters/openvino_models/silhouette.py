"""Silhouettes: MediaPipe selfie segmentation on person crops."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from casetrail.adapters.openvino_models.pictures import planes, resized
from casetrail.adapters.openvino_models.runtime import Network
from casetrail.model.arrays import Floats, Image
from casetrail.model.models import ModelStamp

SIDE = 256


class SelfieSilhouetteSegmenter:
    """A soft mask per crop; usable on about two crops in three, and weak in the dark."""

    def __init__(self, stamp: ModelStamp, path: Path, threads: int = 0) -> None:
        self.stamp = stamp
        self._network = Network(path, threads)

    def segment(self, crops: Sequence[Image]) -> list[Floats]:
        """A soft mask `(h, w)` 0..1 for each crop, in that crop's own size."""
        return [self._segment(crop) for crop in crops]

    def _segment(self, crop: Image) -> Floats:
        answers = self._network.run(planes(resized(crop, (SIDE, SIDE)), rgb=True, divide=255.0))
        mask = next(iter(answers.values())).reshape(SIDE, SIDE)
        own_size = cv2.resize(mask, crop.shape[1::-1], interpolation=cv2.INTER_LINEAR)
        soft: Floats = np.clip(own_size, 0, 1).astype(np.float32)
        return soft
