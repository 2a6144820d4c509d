"""Comparing faces with the consenting index case, in memory only (PIPA 22, 23). Two numbers come out.

Everything here asks for the proof of live consent, and nothing here is kept: neither crop nor vector.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from casetrail.governance.consent import FaceConsent
from casetrail.model.arrays import Floats
from casetrail.sightings.describers import FaceEmbedder
from casetrail.sightings.face_evidence import face_log_ratio
from casetrail.sightings.face_quality import FaceQuality, read_quality
from casetrail.sightings.masks import FaceView, combine_masks
from casetrail.sightings.sightings import MaskState


@dataclass(frozen=True, eq=False)
class FaceReference:
    """The index case's face while faces are compared: unit vector `(d,)`, width, mask state. Never kept."""

    vector: Floats = field(repr=False)
    width_px: float
    mask: MaskState


@dataclass(frozen=True)
class FaceComparison:
    """Cosine of two faces, -1..1, and what it is worth: natural log of the likelihood ratio, 0 for nothing."""

    similarity: float
    log_ratio: float


def build_reference(consent: FaceConsent, views: Sequence[FaceView], embedder: FaceEmbedder) -> FaceReference | None:
    """The index case's face from views of confirmed sightings; None when no face will do.

    Bare faces are taken where there are any, since a mask resembles other masks. Views are averaged by quality. It
    lives in memory while faces are compared, and is never written.
    """
    usable = _usable(views)
    bare = [one for one in usable if one[0].mask.state is MaskState.NONE]
    taken = bare or usable
    if not taken:
        return None
    vectors = [embedder.embed(view.image, view.faces, consent=consent)[0] for view, _ in taken]
    mean = np.average(vectors, axis=0, weights=[quality.weight for _, quality in taken])
    length = float(np.linalg.norm(mean))
    if length == 0:
        return None
    return FaceReference((mean / length).astype(np.float32), _width(taken), _mask(taken))


def compare_faces(
    consent: FaceConsent, reference: FaceReference | None, candidates: Sequence[FaceView], embedder: FaceEmbedder | None
) -> FaceComparison | None:
    """Cosine between the index case's face and a candidate's, averaged over views by quality, and what it is worth.

    None when there is no reference, no embedder, or no face that shows enough to be compared.
    """
    usable = _usable(candidates)
    if reference is None or embedder is None or not usable:
        return None
    cosines = [
        float(embedder.embed(view.image, view.faces, consent=consent)[0] @ reference.vector) for view, _ in usable
    ]
    similarity = float(np.average(cosines, weights=[quality.weight for _, quality in usable]))
    width = min(_width(usable), reference.width_px)
    return FaceComparison(similarity, face_log_ratio(similarity, width, (reference.mask, _mask(usable))))


def _usable(views: Sequence[FaceView]) -> list[tuple[FaceView, FaceQuality]]:
    pairs = [(view, read_quality(view.image, view.faces.xyxy[0], view.faces.landmarks[0])) for view in views]
    return [(view, quality) for view, quality in pairs if quality.comparable]


def _width(views: Sequence[tuple[FaceView, FaceQuality]]) -> float:
    widths, weights = [view.width_px for view, _ in views], [quality.weight for _, quality in views]
    return float(np.average(widths, weights=weights))


def _mask(views: Sequence[tuple[FaceView, FaceQuality]]) -> MaskState:
    return combine_masks([(view.mask, view.width_px) for view, _ in views]).state
