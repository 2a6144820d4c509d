"""Fits the calibration of the mask classifier, and checks it on pictures that it was not fitted on.

`python benchmarks/fit_masks.py DATA` with DATA as CASETRAIL_TEST_DATA names it (`mask_cls160` and `mask_voc38` below
it). Prints JSON: the coefficients fitted on everything, which go into the adapter, and what a fit on each half of the
pictures says about the other half. Faces are as they are and shrunk to the widths of `casetrail evaluate masks`.
"""

import hashlib
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.optimize import minimize

from casetrail import bootstrap
from casetrail.adapters.openvino_models.masks import (
    LEAST_FACE_CONFIDENCE,
    LEAST_FACE_PX,
    AizooMaskClassifier,
    parts_of_odds,
)
from casetrail.app.evaluate.mask_truth import TrueFace, read_mask_truth
from casetrail.app.evaluate.masks import find_face, shrunk_faces
from casetrail.app.settings import Settings
from casetrail.sightings.face_geometry import read_pose
from casetrail.sightings.masks import LEAST_CLAIMED
from casetrail.sightings.sightings import MaskState

PENALTY = 3.0  # of squared coefficients: a few hundred pictures bear no steep ones
EDGES = (0.5, 0.8, 0.9, 0.98, 1.0)


@dataclass(frozen=True)
class Look:
    """What the classifier saw of one face at one width, and whether it truly wears a mask."""

    parts: tuple[float, ...]
    masked: bool
    width_px: int
    half: int


def main(data: Path) -> None:
    """Look, fit, check, print."""
    dataset = data / "mask_cls160" / "dataset"
    truth = read_mask_truth(dataset / "with_mask", dataset / "without_mask", data / "mask_voc38")
    looks = [look for face in truth if face.state is not MaskState.BADLY for look in read_looks(face)]
    parts, masked = np.array([look.parts for look in looks]), np.array([look.masked for look in looks])
    half = np.array([look.half for look in looks])
    held_out = np.zeros(len(looks))
    for one in (0, 1):
        held_out[half == one] = probability(parts[half == one], fit(parts[half != one], masked[half != one]))
    coefficients = [round(float(value), 3) for value in fit(parts, masked)]
    widths = np.array([look.width_px for look in looks])
    print(json.dumps({"coefficients": coefficients, "held_out": describe(held_out, masked, widths)}, indent=1))


def read_looks(face: TrueFace) -> Iterator[Look]:
    """Every width of one face that is wide enough."""
    image, found = find_face(face, READ(face.picture), FACES)
    if found is None or found.confidence[0] < LEAST_FACE_CONFIDENCE or read_pose(found.landmarks[0]).in_profile:
        return
    half = hashlib.sha256(face.picture.name.encode()).digest()[0] % 2
    for size, (picture, smaller) in shrunk_faces(image, found).items():
        width = float(smaller.xyxy[0, 2] - smaller.xyxy[0, 0])
        seen = CLASSIFIER.look(picture, smaller.xyxy[0]) if width >= LEAST_FACE_PX else None
        if seen is not None:
            yield Look(tuple(parts_of_odds(seen, width)), face.state is MaskState.WORN, size, half)


def fit(parts: np.ndarray, masked: np.ndarray) -> np.ndarray:
    """Coefficients of a logistic function, all but the constant drawn towards 0."""

    def loss(values: np.ndarray) -> float:
        odds = parts @ values
        return float(np.logaddexp(0, np.where(masked, -odds, odds)).sum() + PENALTY * (values[:-1] ** 2).sum() / 2)

    return minimize(loss, np.zeros(parts.shape[1]), method="L-BFGS-B").x


def probability(parts: np.ndarray, coefficients: np.ndarray) -> np.ndarray:
    """That a mask is there."""
    return 1 / (1 + np.exp(-parts @ coefficients))


def describe(masked_probability: np.ndarray, masked: np.ndarray, widths: np.ndarray) -> dict[str, object]:
    """Claims at `LEAST_CLAIMED` by width, and how often claims of some sureness were right."""
    sure = np.maximum(masked_probability, 1 - masked_probability)
    right = (masked_probability > 0.5) == masked
    rows = {}
    for width in sorted(set(widths)):
        here = widths == width
        claimed = here & (sure >= LEAST_CLAIMED)
        rows[str(width)] = {
            "n": int(here.sum()),
            "recall_worn": float((claimed & right & masked).sum() / (here & masked).sum()),
            "recall_bare": float((claimed & right & ~masked).sum() / (here & ~masked).sum()),
            "opposite": float((claimed & ~right).sum() / here.sum()),
        }
    bins = [
        {
            "from": low,
            "n": int(inside.sum()),
            "confidence": float(sure[inside].mean()),
            "right": float(right[inside].mean()),
        }
        for low, high in zip(EDGES, (*EDGES[1:-1], 1.01), strict=False)
        if (inside := (sure >= low) & (sure < high)).any()
    ]
    return {"by_width": rows, "by_confidence": bins}


if __name__ == "__main__":
    models = bootstrap.open_describers(Settings())
    FACES, READ = models.faces, bootstrap.open_image_reader()
    CLASSIFIER = models.masks
    if FACES is None or not isinstance(CLASSIFIER, AizooMaskClassifier):
        sys.exit("the face detector and the mask classifier are needed: set CASETRAIL_MODELS")
    main(Path(sys.argv[1]))
