"""Measuring the mask state on pictures of faces whose state is known, by size of the face."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import ceil

import numpy as np

from casetrail.app.evaluate.mask_truth import TrueFace
from casetrail.app.pictures import ReadImage, ignore_progress
from casetrail.app.provenance import build_provenance
from casetrail.model.arrays import Floats, Image
from casetrail.model.geometry import box_overlap
from casetrail.sightings.describers import FaceDetector, Faces, MaskClassifier
from casetrail.sightings.masks import combine_masks, read_mask
from casetrail.sightings.sightings import MaskReading, MaskState

SIZES_PX = (16, 24, 32, 48, 96)  # widths that faces are shrunk to
LARGE_PX = 24
MARGIN = 0.25  # pictures that are nothing but a face get a black border, or no detector finds it
SAME_FACE = 0.3  # intersection over union of a face that was found with one that was annotated
CONFIDENCES = (0.0, 0.8, 0.9, 0.95, 0.98, 1.0)  # edges of the table of claimed against true

Read = tuple[MaskState, dict[int, MaskReading]]


@dataclass(frozen=True)
class MasksAtSize:
    """Results for faces of one width in pixels; 0 stands for the pictures as they are. Shares of nothing are nan."""

    face_px: int
    recall_worn: float
    recall_bare: float
    recall_badly: float
    badly_called_worn: float
    unknown_rate: float
    wrong_rate: float
    opposite_rate: float
    n: int


@dataclass(frozen=True)
class MasksClaimed:
    """How sure readings were and how many of them were right, `confidence` from `low` up, all sizes together."""

    low: float
    confidence: float
    right: float
    n: int


@dataclass(frozen=True)
class MasksResult:
    """Share of masked faces called worn, of bare faces called none, of badly worn masks called so, and of all unknown.

    A face that is not found, or too small, counts as unknown; `large` is the same without those of 24 px and less.
    `wrong_rate` is the share of all faces called something else, `opposite_rate` the share of worn and bare faces that
    were taken for each other.
    """

    recall_worn: float
    recall_bare: float
    recall_badly: float
    badly_called_worn: float
    unknown_rate: float
    wrong_rate: float
    opposite_rate: float
    not_found_rate: float
    n: int
    large: MasksAtSize
    by_size: tuple[MasksAtSize, ...]
    by_confidence: tuple[MasksClaimed, ...]
    provenance: dict[str, object]


def evaluate_masks(
    truth: Sequence[TrueFace],
    detector: FaceDetector,
    classifier: MaskClassifier,
    read_image: ReadImage,
    on_picture: Callable[[int, int], None] = ignore_progress,
) -> MasksResult:
    """Read each face once as it is, and once shrunk to each width below its own."""
    read: list[Read] = []
    for done, face in enumerate(truth, 1):
        read.append((face.state, _read(face, read_image(face.picture), detector, classifier)))
        on_picture(done, len(truth))
    whole = _count(0, read)
    return MasksResult(
        whole.recall_worn,
        whole.recall_bare,
        whole.recall_badly,
        whole.badly_called_worn,
        whole.unknown_rate,
        whole.wrong_rate,
        whole.opposite_rate,
        sum(not found for _, found in read) / len(read),
        whole.n,
        _count(0, [(truth, found) for truth, found in read if LARGE_PX in found]),
        tuple(_count(size, read) for size in SIZES_PX),
        _claimed(read),
        build_provenance([detector.stamp, classifier.stamp], {"face_px": list(SIZES_PX), "margin": MARGIN}),
    )


def find_face(truth: TrueFace, image: Image, detector: FaceDetector) -> tuple[Image, Faces | None]:
    """The picture that the face was looked for in, and the face: the one annotated, or else the largest."""
    by = round(MARGIN * max(image.shape[:2])) if truth.xyxy is None else 0
    image = np.pad(image, ((by, by), (by, by), (0, 0)))
    return image, _find(truth, detector.detect([image])[0])


def shrunk_faces(image: Image, face: Faces) -> dict[int, tuple[Image, Faces]]:
    """The picture and its face as they are under 0, and shrunk to each width of `SIZES_PX` below the face's own."""
    width = float(face.xyxy[0, 2] - face.xyxy[0, 0])
    smaller = {size: shrink_face(image, face, size) for size in SIZES_PX if size < width}
    return {0: (image, face), **smaller}


def shrink_face(image: Image, face: Faces, width_px: float) -> tuple[Image, Faces]:
    """The picture averaged down until its face is so wide, as a camera farther away would see it."""
    scale = width_px / float(face.xyxy[0, 2] - face.xyxy[0, 0])
    wh = [max(1, ceil(side * scale)) for side in image.shape[1::-1]]
    columns, rows = (_averages(old, new) for old, new in zip(image.shape[1::-1], wh, strict=True))
    small = np.einsum("ry,yxc,sx->rsc", rows, image.astype(np.float32), columns, optimize=True)
    factor = np.array([wh[0] / image.shape[1], wh[1] / image.shape[0]], dtype=np.float32)
    shrunk = replace(face, xyxy=face.xyxy * np.tile(factor, 2), landmarks=face.landmarks * factor)
    return np.rint(small).astype(np.uint8), shrunk


def _read(truth: TrueFace, image: Image, detector: FaceDetector, classifier: MaskClassifier) -> dict[int, MaskReading]:
    """The state at each size that the face can be shrunk to, and under 0 as it is; empty where it is not found."""
    picture, face = find_face(truth, image, detector)
    if face is None:
        return {}
    return {size: _alone(*shrunk, classifier) for size, shrunk in shrunk_faces(picture, face).items()}


def _alone(image: Image, face: Faces, classifier: MaskClassifier) -> MaskReading:
    """What a presence would get that was seen in this one view."""
    return combine_masks([(read_mask(image, face, classifier), float(face.xyxy[0, 2] - face.xyxy[0, 0]))])


def _find(truth: TrueFace, faces: Faces) -> Faces | None:
    """The largest face, or the one that was annotated."""
    if not len(faces.confidence):
        return None
    fits = faces.xyxy[:, 2] - faces.xyxy[:, 0]
    if truth.xyxy is not None:
        fits = box_overlap(faces.xyxy, np.array([truth.xyxy], dtype=np.float32))[:, 0]
        if fits.max() < SAME_FACE:
            return None
    best = [int(np.argmax(fits))]
    return Faces(faces.xyxy[best], faces.landmarks[best], faces.confidence[best])


def _averages(old: int, new: int) -> Floats:
    """`(new, old)`: the share of each old pixel in each new one, by area."""
    edges = np.arange(new + 1) * old / new
    low, high = edges[:-1, None], edges[1:, None]
    pixel = np.arange(old)[None]
    shared = np.clip(np.minimum(high, pixel + 1) - np.maximum(low, pixel), 0, None)
    shares: Floats = (shared / shared.sum(axis=1, keepdims=True)).astype(np.float32)
    return shares


def _count(size: int, read: Iterable[Read]) -> MasksAtSize:
    """A face that was not found is unknown as it is, and has no smaller sizes."""
    pairs = [
        (truth, found.get(size, MaskReading()).state) for truth, found in read if size in found or not (size or found)
    ]
    worn, bare, badly = (
        [state for truth, state in pairs if truth is wanted]
        for wanted in (MaskState.WORN, MaskState.NONE, MaskState.BADLY)
    )
    unknown = _share([state for _, state in pairs], MaskState.UNKNOWN)
    right = sum(truth is state for truth, state in pairs)
    wrong = 1 - unknown - right / len(pairs) if pairs else float("nan")
    opposite = worn.count(MaskState.NONE) + bare.count(MaskState.WORN)
    return MasksAtSize(
        size,
        _share(worn, MaskState.WORN),
        _share(bare, MaskState.NONE),
        _share(badly, MaskState.BADLY),
        _share(badly, MaskState.WORN),
        unknown,
        max(0.0, wrong) if pairs else wrong,
        opposite / len(worn + bare) if worn or bare else float("nan"),
        len(pairs),
    )


def _claimed(read: Iterable[Read]) -> tuple[MasksClaimed, ...]:
    """Readings that claim a state, by how sure they are."""
    claims = [(one.confidence, one.state is truth) for truth, found in read for one in found.values() if one.confidence]
    rows = []
    for low, high in pairwise(CONFIDENCES):
        inside = [claim for claim in claims if low <= claim[0] < high or claim[0] == high == CONFIDENCES[-1]]
        if inside:
            confidence, right = np.mean(inside, axis=0)
            rows.append(MasksClaimed(low, float(confidence), float(right), len(inside)))
    return tuple(rows)


def _share(states: Sequence[MaskState], wanted: MaskState) -> float:
    return sum(state is wanted for state in states) / len(states) if states else float("nan")
