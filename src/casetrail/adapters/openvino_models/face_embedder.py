"""Face embedding: face-reidentification-retail-0095, on faces aligned by five landmarks, under consent only."""

from pathlib import Path

import cv2
import numpy as np

from casetrail.adapters.openvino_models.alignment import LANDMARKS, similarity_transform
from casetrail.adapters.openvino_models.pictures import planes, unit_rows
from casetrail.adapters.openvino_models.runtime import Network
from casetrail.governance.consent import FaceConsent
from casetrail.model.arrays import Floats, Image
from casetrail.model.errors import RefusedError
from casetrail.model.models import ModelStamp
from casetrail.sightings.describers import Faces

SIDE, SIZE = 128, 256


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
