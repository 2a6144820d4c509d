"""Measuring the mask state on pictures of faces with a mask and of bare faces, by size of the face."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from math import ceil
from pathlib import Path

import numpy as np

from casetrail.app.pictures import ReadImage, find_pictures, ignore_progress
from casetrail.app.provenance import build_provenance
from casetrail.model.arrays import Floats, Image
from casetrail.sightings.describers import FaceDetector, Faces, MaskClassifier
from casetrail.sightings.sightings import MaskState

SIZES_PX = (16, 24, 32, 48, 96)  # widths that faces are shrunk to
MARGIN = 0.25  # pictures that are nothing but a face get a black border, or no detector finds it


@dataclass(frozen=True)
class MasksAtSize:
    """Results for faces of one width in pixels; 0 stands for the pictures as they are."""

    face_px: int
    recall_worn: float
    recall_bare: float
    unknown_rate: float
    wrong_rate: float
    n: int


@dataclass(frozen=True)
class MasksResult:
    """Share of masked faces called worn, of bare faces called none, and of all called unknown.

    A face that is not found counts as unknown. `wrong_rate` is the share called the opposite.
    """

    recall_worn: float
    recall_bare: float
    unknown_rate: float
    wrong_rate: float
    n: int
    by_size: tuple[MasksAtSize, ...]
    provenance: dict[str, object]


def evaluate_masks(
    worn: Path,
    bare: Path,
    detector: FaceDetector,
    classifier: MaskClassifier,
    read_image: ReadImage,
    on_picture: Callable[[int, int], None] = ignore_progress,
) -> MasksResult:
    """Read the largest face of each picture in two folders. Raises MissingError when a folder holds no picture."""
    named = [(path, MaskState.WORN) for path in find_pictures(worn)]
    named += [(path, MaskState.NONE) for path in find_pictures(bare)]
    states: list[tuple[MaskState, dict[int, MaskState]]] = []
    for done, (path, truth) in enumerate(named, 1):
        states.append((truth, _read(read_image(path), detector, classifier)))
        on_picture(done, len(named))
    whole = _count(0, states)
    return MasksResult(
        whole.recall_worn,
        whole.recall_bare,
        whole.unknown_rate,
        whole.wrong_rate,
        whole.n,
        tuple(_count(size, states) for size in SIZES_PX),
        build_provenance([detector.stamp, classifier.stamp], {"face_px": list(SIZES_PX), "margin": MARGIN}),
    )


def _read(image: Image, detector: FaceDetector, classifier: MaskClassifier) -> dict[int, MaskState]:
    """The state at each size that the face can be shrunk to, and under 0 as it is."""
    by = round(MARGIN * max(image.shape[:2]))
    image = np.pad(image, ((by, by), (by, by), (0, 0)))
    face = _largest(detector.detect([image])[0])
    if face is None:
        return {0: MaskState.UNKNOWN}
    width = float(face.xyxy[0, 2] - face.xyxy[0, 0])
    smaller = [size for size in SIZES_PX if size < width]
    states = {0: classifier.classify(image, face)[0].state}
    for size in smaller:
        states[size] = classifier.classify(*_shrunk(image, face, size / width))[0].state
    return states


def _largest(faces: Faces) -> Faces | None:
    if not len(faces.confidence):
        return None
    best = [int(np.argmax(faces.xyxy[:, 2] - faces.xyxy[:, 0]))]
    return Faces(faces.xyxy[best], faces.landmarks[best], faces.confidence[best])


def _shrunk(image: Image, face: Faces, scale: float) -> tuple[Image, Faces]:
    """The picture averaged down to a share of its size, as a camera farther away would see it."""
    wh = [max(1, ceil(side * scale)) for side in image.shape[1::-1]]
    columns, rows = (_averages(old, new) for old, new in zip(image.shape[1::-1], wh, strict=True))
    small = np.einsum("ry,yxc,sx->rsc", rows, image.astype(np.float32), columns, optimize=True)
    factor = np.array([wh[0] / image.shape[1], wh[1] / image.shape[0]], dtype=np.float32)
    shrunk = replace(face, xyxy=face.xyxy * np.tile(factor, 2), landmarks=face.landmarks * factor)
    return np.rint(small).astype(np.uint8), shrunk


def _averages(old: int, new: int) -> Floats:
    """`(new, old)`: the share of each old pixel in each new one, by area."""
    edges = np.arange(new + 1) * old / new
    low, high = edges[:-1, None], edges[1:, None]
    pixel = np.arange(old)[None]
    shared = np.clip(np.minimum(high, pixel + 1) - np.maximum(low, pixel), 0, None)
    shares: Floats = (shared / shared.sum(axis=1, keepdims=True)).astype(np.float32)
    return shares


def _count(size: int, states: Iterable[tuple[MaskState, dict[int, MaskState]]]) -> MasksAtSize:
    read = [(truth, found[size]) for truth, found in states if size in found]
    worn = [state for truth, state in read if truth is MaskState.WORN]
    bare = [state for truth, state in read if truth is MaskState.NONE]
    unknown = _share([state for _, state in read], MaskState.UNKNOWN)
    right = sum(truth is state for truth, state in read)
    wrong = 1 - unknown - right / len(read) if read else float("nan")
    return MasksAtSize(size, _share(worn, MaskState.WORN), _share(bare, MaskState.NONE), unknown, wrong, len(read))


def _share(states: Sequence[MaskState], wanted: MaskState) -> float:
    return sum(state is wanted for state in states) / len(states) if states else float("nan")
