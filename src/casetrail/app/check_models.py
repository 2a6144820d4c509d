"""Self-tests of models: each is loaded and run on a drawn picture, and its answers are held to their contract."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from casetrail.app.drawn_pictures import draw_face, draw_figure, draw_street
from casetrail.app.model_catalogue import CatalogueEntry
from casetrail.app.models import ModelFiles, ResolvedModel
from casetrail.governance.consent import ConsentRecord, ConsentStatus, FaceConsent, check_face_consent
from casetrail.model.arrays import Array, Floats
from casetrail.model.errors import CasetrailError, IntegrityError
from casetrail.model.models import AccuracyClass, ModelRole
from casetrail.model.time import UtcInterval
from casetrail.presence.detector import Detector
from casetrail.sightings.describers import (
    ClothingEmbedder,
    FaceDetector,
    FaceEmbedder,
    Faces,
    MaskClassifier,
    SilhouetteSegmenter,
)

SELF_TEST = "self-test"
ABSENT = "not on this machine"


@dataclass(frozen=True)
class ModelOpeners:
    """How a model of each role is opened."""

    person_detector: Callable[[ResolvedModel], Detector]
    clothing: Callable[[ResolvedModel], ClothingEmbedder]
    silhouette: Callable[[ResolvedModel], SilhouetteSegmenter]
    face_detector: Callable[[ResolvedModel], FaceDetector]
    masks: Callable[[ResolvedModel], MaskClassifier]
    face_embedder: Callable[[ResolvedModel], FaceEmbedder]


@dataclass(frozen=True)
class ModelCheck:
    """What became of one model's self-test; `milliseconds` of one run after the first."""

    name: str
    role: ModelRole
    accuracy: AccuracyClass
    ok: bool
    milliseconds: float | None
    place: str
    problem: str = ""
    absent: bool = False


def check_model(entry: CatalogueEntry, files: ModelFiles, openers: ModelOpeners, now_us: int) -> ModelCheck:
    """Find a model, load it, run its self-test twice; a model that is not here is a problem, not an error."""
    place, took, problem = "", None, ""
    try:
        found = files.find_model(entry) if entry.files else None
        if found is None and entry.files:
            problem = ABSENT
        else:
            place = found.place if found else "built in"
            took = _run_twice(ResolvedModel(entry, found.paths if found else (), place), openers, now_us)
    except CasetrailError as error:
        problem = str(error)
    absent = problem == ABSENT
    return ModelCheck(entry.name, entry.role, entry.accuracy, took is not None, took, place, problem, absent)


def _run_twice(model: ResolvedModel, openers: ModelOpeners, now_us: int) -> float:
    """Milliseconds of the second run. Raises IntegrityError when the answers break their contract or differ."""
    ask = _question(model, openers, now_us)
    first = ask()
    started = time.perf_counter()
    second = ask()
    took = 1000 * (time.perf_counter() - started)
    if not all(np.array_equal(before, after) for before, after in zip(first, second, strict=True)):
        raise IntegrityError("the same picture gave other answers the second time", where=model.entry.name)
    return round(took, 1)


def _question(model: ResolvedModel, openers: ModelOpeners, now_us: int) -> Callable[[], tuple[Array, ...]]:
    """A function that asks the model about its drawn picture and checks the answer."""
    match model.entry.role:
        case ModelRole.PERSON_DETECTOR:
            detector = openers.person_detector(model)
            return lambda: _ask_detector(detector)
        case ModelRole.CLOTHING:
            clothing = openers.clothing(model)
            return lambda: _ask_clothing(clothing)
        case ModelRole.SILHOUETTE:
            silhouette = openers.silhouette(model)
            return lambda: _ask_silhouette(silhouette)
        case ModelRole.FACE_DETECTOR:
            faces = openers.face_detector(model)
            return lambda: _ask_face_detector(faces)
        case ModelRole.MASK:
            masks = openers.masks(model)
            return lambda: _ask_masks(masks)
        case ModelRole.FACE_EMBEDDING:
            embedder, consent = openers.face_embedder(model), _drawn_consent(now_us)
            return lambda: _ask_face_embedder(embedder, consent)


def _ask_detector(detector: Detector) -> tuple[Array, ...]:
    street = draw_street()
    found = detector.detect([street])[0]
    _require(found.xyxy.shape == (len(found.confidence), 4), "boxes are not (n, 4)")
    _require_finite(found.xyxy, found.confidence)
    _require(bool((found.confidence >= 0).all() and (found.confidence <= 1).all()), "a confidence is not in 0..1")
    return found.xyxy, found.confidence


def _ask_clothing(embedder: ClothingEmbedder) -> tuple[Array, ...]:
    red, blue = draw_figure((40, 40, 200), (60, 60, 60)), draw_figure((200, 80, 30), (40, 40, 40))
    vectors = embedder.embed([red, blue, red], [None, None, None])
    _require_unit(vectors, 3)
    _require(bool(vectors[0] @ vectors[2] > vectors[0] @ vectors[1]), "other clothes are as alike as the same")
    return (vectors,)


def _ask_silhouette(segmenter: SilhouetteSegmenter) -> tuple[Array, ...]:
    figure = draw_figure((40, 40, 200), (60, 60, 60))
    mask = segmenter.segment([figure])[0]
    _require(mask.shape == figure.shape[:2], "the mask has not the size of its crop")
    _require_finite(mask)
    _require(bool(mask.min() >= 0 and mask.max() <= 1), "the mask is not in 0..1")
    return (mask,)


def _ask_face_detector(detector: FaceDetector) -> tuple[Array, ...]:
    faces = detector.detect([draw_face()[0]])[0]
    count = len(faces.confidence)
    _require(faces.xyxy.shape == (count, 4) and faces.landmarks.shape == (count, 5, 2), "faces have wrong shapes")
    _require_finite(faces.xyxy, faces.landmarks, faces.confidence)
    return faces.xyxy, faces.landmarks, faces.confidence


def _ask_masks(classifier: MaskClassifier) -> tuple[Array, ...]:
    image, faces = draw_face()
    readings = classifier.classify(image, faces)
    _require(len(readings) == 1 and 0 <= readings[0].confidence <= 1, "not one reading with a confidence in 0..1")
    tiny = Faces(faces.xyxy * 0.1, faces.landmarks * 0.1, faces.confidence)
    _require(classifier.classify(image, tiny)[0].confidence == 0, "a face below 24 px was read")
    return (np.array([readings[0].confidence]),)


def _ask_face_embedder(embedder: FaceEmbedder, consent: FaceConsent) -> tuple[Array, ...]:
    image, faces = draw_face()
    vectors = embedder.embed(image, faces, consent=consent)
    _require_unit(vectors, 1)
    return (vectors,)


def _drawn_consent(now_us: int) -> FaceConsent:
    """Proof for the drawn face only: nobody is in it, and the record says so."""
    text = "self-test on a drawn face; nobody is in the picture"
    day = UtcInterval(now_us, now_us + 1)
    record = ConsentRecord(SELF_TEST, ConsentStatus.GIVEN, day, text, "en", "self-test", "none")
    return check_face_consent(record, SELF_TEST, now_us)


def _require_unit(vectors: Floats, count: int) -> None:
    _require(vectors.ndim == 2 and len(vectors) == count, "not one vector for each crop")
    _require_finite(vectors)
    _require(bool(np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-4)), "a vector has not length 1")


def _require_finite(*arrays: Array) -> None:
    _require(all(bool(np.isfinite(array).all()) for array in arrays), "an answer is not finite")


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise IntegrityError(otherwise, where="self-test", todo="pull the model again with `casetrail models pull`")
