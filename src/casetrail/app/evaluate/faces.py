"""Measuring face comparison on labelled pairs of pictures.

Comparing faces needs consent here as everywhere. Nobody in a published benchmark is a patient, so the operator
states in words under which terms these pictures may be compared (the data set's licence, the consent given for
it). The statement becomes a consent record of the pseudo-case `evaluation`, valid for one day; its hash is
written beside the numbers, so that what was claimed can be checked. No vector is kept.
"""

import csv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from casetrail.app.evaluate.similarity_metrics import area_under_roc, true_accepts
from casetrail.app.pictures import ReadImage, ignore_progress
from casetrail.app.provenance import build_provenance
from casetrail.governance.consent import ConsentRecord, ConsentStatus, FaceConsent, check_face_consent
from casetrail.model.arrays import Floats
from casetrail.model.errors import BadInputError, MissingError, RefusedError
from casetrail.model.time import SECOND_US, UtcInterval
from casetrail.sightings.describers import FaceDetector, FaceEmbedder, Faces

CASE = "evaluation"
LEAST_CONFIDENCE = 0.5
LEAST_STATEMENT = 20  # characters; a dot is no statement
COLUMNS = ("file_x", "file_y", "Decision")


@dataclass(frozen=True)
class FacePair:
    """Two picture files and whether they show the same person."""

    first: str
    second: str
    same: bool


@dataclass(frozen=True)
class FacesResult:
    """Area under the ROC curve, TAR at 1 % FAR, and how many pairs of each kind were compared or unreadable."""

    auc: float
    tar_at_far_1pct: float
    pairs_same: int
    pairs_different: int
    unreadable: int
    provenance: dict[str, object]


def consent_for_evaluation(statement: str, now_us: int) -> FaceConsent:
    """Proof of consent from the operator's statement. Raises RefusedError when it says nothing."""
    text = statement.strip()
    if len(text) < LEAST_STATEMENT:
        raise RefusedError(
            "no statement says under which terms these faces may be compared",
            where="evaluate faces",
            todo="state the data set, its licence or the consent given for it with `--consent-statement`",
        )
    day = UtcInterval(now_us, now_us + 86_400 * SECOND_US)
    record = ConsentRecord(CASE, ConsentStatus.GIVEN, day, text, "", "operator's statement", "the data set's publisher")
    return check_face_consent(record, CASE, now_us)


def read_pairs(path: Path) -> tuple[FacePair, ...]:
    """Pairs from a CSV with the columns file_x, file_y and Decision (Yes or No).

    Raises MissingError when the file is not there, BadInputError naming the line that is wrong.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except OSError as error:
        raise MissingError("the pairs cannot be read", where=str(path), todo="check the path") from error
    except UnicodeDecodeError as error:
        raise BadInputError("not a UTF-8 text", where=str(path), todo="save it as CSV in UTF-8") from error
    rows = csv.DictReader(lines)
    if not set(COLUMNS) <= set(rows.fieldnames or ()):
        raise BadInputError(f"the columns are not {', '.join(COLUMNS)}", where=str(path), todo="name them so")
    return tuple(_pair(row, f"{path}:{number}") for number, row in enumerate(rows, 2))


def evaluate_faces(
    pairs: tuple[FacePair, ...],
    images: Path,
    detector: FaceDetector,
    embedder: FaceEmbedder,
    read_image: ReadImage,
    consent: FaceConsent,
    on_picture: Callable[[int, int], None] = ignore_progress,
) -> FacesResult:
    """Compare the surest large face of each picture. A pair with a picture without a face is unreadable."""
    names = sorted({name for pair in pairs for name in (pair.first, pair.second)})
    vectors: dict[str, Floats | None] = {}
    for done, name in enumerate(names, 1):
        vectors[name] = _vector(_inside(images, name), detector, embedder, read_image, consent)
        on_picture(done, len(names))
    compared = [(vectors[pair.first], vectors[pair.second], pair.same) for pair in pairs]
    known = [
        (float(first @ second), same) for first, second, same in compared if first is not None and second is not None
    ]
    similarity, same = np.array([pair[0] for pair in known]), np.array([pair[1] for pair in known], dtype=bool)
    auc = area_under_roc(similarity, same)
    return FacesResult(
        auc,
        true_accepts(similarity[same], similarity[~same], 0.01),
        int(same.sum()),
        int((~same).sum()),
        len(pairs) - len(known),
        build_provenance([detector.stamp, embedder.stamp], {"consent_statement_sha256": consent.text_hash}),
    )


def _pair(row: dict[str, str], where: str) -> FacePair:
    decision = (row["Decision"] or "").strip().lower()
    if decision not in ("yes", "no") or not row["file_x"] or not row["file_y"]:
        raise BadInputError("not two file names and Yes or No", where=where, todo="mend the line")
    return FacePair(row["file_x"].strip(), row["file_y"].strip(), decision == "yes")


def _inside(images: Path, name: str) -> Path:
    """The file of that name below the folder, never outside it."""
    path = (images / name).resolve()
    if not path.is_relative_to(images.resolve()):
        raise BadInputError("a file of the pairs lies outside the folder of images", where=name[:80])
    return path


def _vector(
    path: Path, detector: FaceDetector, embedder: FaceEmbedder, read_image: ReadImage, consent: FaceConsent
) -> Floats | None:
    image = read_image(path)
    face = _main_face(detector.detect([image])[0])
    return None if face is None else embedder.embed(image, face, consent=consent)[0]


def _main_face(faces: Faces) -> Faces | None:
    """The largest face that is sure enough."""
    area = (faces.xyxy[:, 2] - faces.xyxy[:, 0]) * (faces.xyxy[:, 3] - faces.xyxy[:, 1])
    area = np.where(faces.confidence >= LEAST_CONFIDENCE, area, 0)
    if not area.any():
        return None
    best = [int(np.argmax(area))]
    return Faces(faces.xyxy[best], faces.landmarks[best], faces.confidence[best])
