"""Turning embeddings by a rotation that belongs to one case: alike within the case, meaningless between cases.

A rotation drawn uniformly (Haar measure: QR of a Gaussian matrix with the signs of R, Mezzadri 2007) keeps every
cosine inside the case. Two cases have two rotations, so vectors of the same coat have nothing in common there, and
no description that leaves a case says anything beside one from elsewhere.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from casetrail.model.arrays import Doubles, frozen
from casetrail.sightings.sightings import Sighting

PURPOSE = "turning of embeddings"


def build_turning(secret: bytes, size: int) -> Doubles:
    """Orthogonal float64 `(size, size)` that follows from the secret alone, on any machine."""
    count = size * size
    stream = np.frombuffer(hashlib.shake_256(secret).digest(16 * count), dtype="<u8").reshape(2, count)
    uniform = (stream >> np.uint64(11)).astype(np.float64) * 2.0**-53
    normal = np.sqrt(-2.0 * np.log1p(-uniform[0])) * np.cos(2.0 * np.pi * uniform[1])  # Box and Muller 1958
    matrix, upper = np.linalg.qr(normal.reshape(size, size))
    return np.asarray(matrix * np.sign(np.diag(upper)), np.float64)


class Turning:
    """Turns embeddings of one case; its rotation is built at first use and lives as long as this object."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._rotation: Doubles | None = None

    def turned(self, sightings: Iterable[Sighting]) -> list[Sighting]:
        """The same sightings with their embeddings turned, in one multiplication."""
        listed = list(sightings)
        if not listed:
            return []
        together = np.stack([sighting.embedding for sighting in listed]).astype(np.float64)
        if self._rotation is None or len(self._rotation) != together.shape[1]:
            self._rotation = build_turning(self._secret, together.shape[1])
        rows = (together @ self._rotation).astype(np.float32)
        return [replace(one, embedding=frozen(row)) for one, row in zip(listed, rows, strict=True)]
