"""Comparing faces with the consenting index case, in memory only (PIPA 22, 23). One number comes out.

Everything here asks for the proof of live consent, and nothing here is kept: neither crop nor vector.
"""

from collections.abc import Sequence

import numpy as np

from casetrail.governance.consent import FaceConsent
from casetrail.model.arrays import Floats
from casetrail.sightings.describers import FaceEmbedder
from casetrail.sightings.masks import FaceView

LEAST_COMPARED_PX = 20.0  # the embedding is usable down to about 16-20 px of face


def build_reference(consent: FaceConsent, views: Sequence[FaceView], embedder: FaceEmbedder) -> Floats | None:
    """Unit vector `(d,)` of the index case's face from views of confirmed sightings; None when no face will do.

    It lives in memory while faces are compared, and is never written.
    """
    vectors = [embedder.embed(view.image, view.faces, consent=consent)[0] for view in _usable(views)]
    if not vectors:
        return None
    mean = np.mean(vectors, axis=0)
    length = float(np.linalg.norm(mean))
    return None if length == 0 else (mean / length).astype(np.float32)


def compare_faces(
    consent: FaceConsent, reference: Floats | None, candidates: Sequence[FaceView], embedder: FaceEmbedder | None
) -> float | None:
    """Cosine between the index case's face and a candidate's, averaged over views by face width.

    None when there is no reference, no embedder, or no face of at least `LEAST_COMPARED_PX`.
    """
    usable = _usable(candidates)
    if reference is None or embedder is None or not usable:
        return None
    similarities = [float(embedder.embed(view.image, view.faces, consent=consent)[0] @ reference) for view in usable]
    return float(np.average(similarities, weights=[view.width_px for view in usable]))


def _usable(views: Sequence[FaceView]) -> list[FaceView]:
    return [view for view in views if view.width_px >= LEAST_COMPARED_PX]
