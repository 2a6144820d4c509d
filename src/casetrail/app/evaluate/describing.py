"""What describing one view costs on this machine, so that a simulated city may count it."""

import time

import numpy as np

from casetrail.app.evaluate.city import DescribingCost
from casetrail.model.arrays import Image
from casetrail.sightings.describers import ClothingEmbedder

CROPS, ROUNDS = 32, 3
CROP_HW = (160, 64)
PUBLISHED = DescribingCost(
    12.9, "person-reidentification-retail-0286, one thread of an AVX-512 core, not measured here"
)


def measure_cost(embedder: ClothingEmbedder | None) -> DescribingCost:
    """Milliseconds for each of 32 crops, the quickest of three rounds; a published figure without a model."""
    if embedder is None:
        return PUBLISHED
    rng = np.random.default_rng(0)
    crops: list[Image] = list(rng.integers(0, 255, (CROPS, *CROP_HW, 3)).astype(np.uint8))
    embedder.embed(crops[:2], [None] * 2)
    best = min(_seconds(embedder, crops) for _ in range(ROUNDS))
    return DescribingCost(
        1000 * best / CROPS, f"{embedder.stamp.describe()}, measured on this machine", (embedder.stamp,)
    )


def _seconds(embedder: ClothingEmbedder, crops: list[Image]) -> float:
    began = time.perf_counter()
    embedder.embed(crops, [None] * len(crops))
    return time.perf_counter() - began
