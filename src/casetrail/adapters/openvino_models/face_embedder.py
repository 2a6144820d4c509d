"""Face embedding: face-reidentification-retail-0095, on faces aligned by five landmarks, under consent only."""

from pathlib import Path

import cv2
import numpy as np

from casetrail.adapters.openvino_models.pictures import planes, unit_rows
from casetrail.adapters.openvino_models.runtime import Network
from casetrail.governance.consent import FaceConsent
from casetrail.model.arrays import Doubles, Floats, Image
from casetrail.model.errors import RefusedError
from casetrail.model.models import ModelStamp
from casetrail.sightings.describers import Faces

SIDE, SIZE = 128, 256
LANDMARKS = np.array(
    [[0.3156, 0.4616], [0.6827, 0.4599], [0.5003, 0.6405], [0.3495, 0.8247], [0.6534, 0.8233]]
)  # eyes, nose, mouth corners of an aligned face, as shares of its side


class RetailFaceEmbedder:
    """Unit vectors of 256 numbers; each call asks for the proof of live consent (PIPA 23)."""

    def __init__(self, stamp: ModelStamp, path: Path, threads: int = 0) -> None:
        self.stamp = stamp
        self._network = Network(path, threads)

    def embed(self, image: Image, faces: Faces, *, consent: FaceConsent) -> Floats:
        """Unit vectors `(n, 256)` of the faces, for comparison in memory only. Raises RefusedError without consent."""
        if not isinstance(consent, FaceConsent):
            raise RefusedError(
                "a face may be compared only under a checked consent record",
                where="face embedding",
                todo="record the patient's written consent with `casetrail case consent`",
            )
        vectors = [self._embed(image, landmarks) for landmarks in faces.landmarks]
        return unit_rows(np.stack(vectors)) if vectors else np.zeros((0, SIZE), dtype=np.float32)

    def _embed(self, image: Image, landmarks: Floats) -> Floats:
        turn = similarity_transform(landmarks.astype(np.float64), LANDMARKS * SIDE)
        aligned: Image = np.asarray(cv2.warpAffine(image, turn, (SIDE, SIDE), flags=cv2.INTER_LINEAR))
        return self._network.run(planes(aligned))["658"].reshape(-1)


def similarity_transform(source: Doubles, target: Doubles) -> Doubles:
    """The `(2, 3)` turn, scale and shift that brings points `(n, 2)` nearest to others, by least squares.

    Source: S. Umeyama, Least-squares estimation of transformation parameters, PAMI 1991; here in its linear form
    for the plane, unknowns a, b, x, y of `(a -b; b a) p + (x, y)`.
    """
    x, y = source[:, 0], source[:, 1]
    zero, one = np.zeros_like(x), np.ones_like(x)
    rows = np.concatenate([np.stack([x, -y, one, zero], axis=1), np.stack([y, x, zero, one], axis=1)])
    a, b, shift_x, shift_y = np.linalg.lstsq(rows, np.concatenate([target[:, 0], target[:, 1]]), rcond=None)[0]
    return np.array([[a, -b, shift_x], [b, a, shift_y]])
