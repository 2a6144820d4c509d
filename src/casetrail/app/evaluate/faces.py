"""Measuring face comparison on labelled pairs of pictures.

Comparing faces needs consent here as everywhere. Nobody in a published benchmark is a patient, so the operator
states in words under which terms these pictures may be compared (the data set's licence, the consent given for
it). The statement becomes a consent record of the pseudo-case `evaluation`, valid for one day; its hash is
written beside the numbers, so that what was claimed can be checked. No vector is kept.
"""

import csv
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from casetrail.app.evaluate.similarity_metrics import area_under_roc, true_accepts
from casetrail.app.pictures import ReadImage, ignore_progress
from casetrail.app.provenance import build_provenance
from casetrail.governance.consent import ConsentRecord, ConsentStatus, FaceConsent, check_face_consent
from casetrail.model.arrays import Doubles, Floats
from casetrail.model.errors import BadInputError, MissingError, RefusedError
from casetrail.model.time import SECOND_US, UtcInterval
from casetrail.sightings.describers import FaceDetector, FaceEmbedder, Faces
from casetrail.sightings.face_evidence import face_log_ratio
from casetrail.sightings.face_quality import FaceQuality, read_quality
from casetrail.sightings.sightings import MaskState

CASE = "evaluation"
LEAST_CONFIDENCE = 0.5
STATES = (
    (MaskState.NONE, MaskState.NONE),
    (MaskState.NONE, MaskState.WORN),
    (MaskState.WORN, MaskState.WORN),
)
LEAST_STATEMENT = 20  # characters; a dot is no statement
COLUMNS = ("file_x", "file_y", "Decision")
MASKED = "masked"  # a column that may be there: how many of the two faces wear a mask


@dataclass(frozen=True)
class FacePair:
    """Two picture files, whether they show the same person, and how many of the two wear a mask (None: not said)."""

    first: str
    second: str
    same: bool
    masked: int | None = None


@dataclass(frozen=True)
class FacesByMask:
    """The same for pairs of which so many faces wear a mask, with the spread of their similarities.

    `cost` is that of the log-likelihood ratios casetrail gives them, in bits, 1 for saying nothing (Bruemmer and du
    Preez, Application-independent evaluation of speaker detection, 2006). Figures that need both kinds of pairs are
    nan where there is only one.
    """

    masked: int
    auc: float
    tar_at_far_1pct: float
    tar_at_far_0_1pct: float
    same_mean: float
    same_std: float
    different_mean: float
    different_std: float
    cost: float
    pairs_same: int
    pairs_different: int


@dataclass(frozen=True)
class FacesResult:
    """Area under the ROC curve, TAR at 1 % and 0.1 % FAR, and how many pairs were compared or unreadable.

    `too_poor` pairs were compared here although the quality gate would have kept one of their faces out. `by_mask` has
    a line for each number of masks that the pairs name.
    """

    auc: float
    tar_at_far_1pct: float
    tar_at_far_0_1pct: float
    pairs_same: int
    pairs_different: int
    unreadable: int
    too_poor: int
    by_mask: tuple[FacesByMask, ...]
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
    """Pairs from a CSV with the columns file_x, file_y and Decision (Yes or No), and perhaps masked (0, 1 or 2).

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
    found: dict[str, _Face | None] = {}
    for done, name in enumerate(names, 1):
        found[name] = _read(_inside(images, name), detector, embedder, read_image, consent)
        on_picture(done, len(names))
    faces = [(found[pair.first], found[pair.second], pair) for pair in pairs]
    known = [_compare(first, second, pair) for first, second, pair in faces if first is not None and second is not None]
    similarity, same = np.array([one.similarity for one in known]), np.array([one.same for one in known], dtype=bool)
    return FacesResult(
        area_under_roc(similarity, same),
        true_accepts(similarity[same], similarity[~same], 0.01),
        true_accepts(similarity[same], similarity[~same], 0.001),
        int(same.sum()),
        int((~same).sum()),
        len(pairs) - len(known),
        sum(one.too_poor for one in known),
        tuple(_by_mask(masked, known) for masked in (0, 1, 2) if any(one.masked == masked for one in known)),
        build_provenance([detector.stamp, embedder.stamp], {"consent_statement_sha256": consent.text_hash}),
    )


def log_ratio_cost(same: Doubles, different: Doubles) -> float:
    """What natural log-likelihood ratios cost, in bits, as in `FacesByMask`: 0 perfect, 1 what silence costs."""
    misses, alarms = np.logaddexp(0, -same).mean(), np.logaddexp(0, different).mean()
    return float((misses + alarms) / 2 / np.log(2))


@dataclass(frozen=True, eq=False)
class _Face:
    vector: Floats = field(repr=False)
    quality: FaceQuality


@dataclass(frozen=True)
class _Compared:
    similarity: float
    log_ratio: float
    same: bool
    masked: int | None
    too_poor: bool


def _compare(first: _Face, second: _Face, pair: FacePair) -> _Compared:
    similarity = float(first.vector @ second.vector)
    width = min(first.quality.width_px, second.quality.width_px)
    ratio = 0.0 if pair.masked is None else face_log_ratio(similarity, width, STATES[pair.masked])
    too_poor = not (first.quality.comparable and second.quality.comparable)
    return _Compared(similarity, 0.0 if too_poor else ratio, pair.same, pair.masked, too_poor)


def _by_mask(masked: int, known: list[_Compared]) -> FacesByMask:
    same, different = ([one for one in known if one.masked == masked and one.same is kind] for kind in (True, False))
    alike, other = (np.array([one.similarity for one in some]) for some in (same, different))
    ratios = [np.array([one.log_ratio for one in some]) for some in (same, different)]
    both = bool(len(alike) and len(other))
    kind = np.arange(len(alike) + len(other)) < len(alike)
    return FacesByMask(
        masked,
        area_under_roc(np.concatenate([alike, other]), kind) if both else math.nan,
        true_accepts(alike, other, 0.01) if both else math.nan,
        true_accepts(alike, other, 0.001) if both else math.nan,
        *_spread(alike),
        *_spread(other),
        log_ratio_cost(ratios[0], ratios[1]) if both else math.nan,
        len(alike),
        len(other),
    )


def _spread(values: Doubles) -> tuple[float, float]:
    return (float(values.mean()), float(values.std())) if len(values) else (math.nan, math.nan)


def _pair(row: dict[str, str], where: str) -> FacePair:
    decision = (row["Decision"] or "").strip().lower()
    if decision not in ("yes", "no") or not row["file_x"] or not row["file_y"]:
        raise BadInputError("not two file names and Yes or No", where=where, todo="mend the line")
    masked = (row.get(MASKED) or "").strip()
    if masked not in ("", "0", "1", "2"):
        raise BadInputError(f"column {MASKED} is not 0, 1 or 2", where=where, todo="mend the line or leave it empty")
    return FacePair(row["file_x"].strip(), row["file_y"].strip(), decision == "yes", int(masked) if masked else None)


def _inside(images: Path, name: str) -> Path:
    """The file of that name below the folder, never outside it."""
    path = (images / name).resolve()
    if not path.is_relative_to(images.resolve()):
        raise BadInputError("a file of the pairs lies outside the folder of images", where=name[:80])
    return path


def _read(
    path: Path, detector: FaceDetector, embedder: FaceEmbedder, read_image: ReadImage, consent: FaceConsent
) -> _Face | None:
    image = read_image(path)
    face = _main_face(detector.detect([image])[0])
    if face is None:
        return None
    quality = read_quality(image, face.xyxy[0], face.landmarks[0])
    return _Face(embedder.embed(image, face, consent=consent)[0], quality)


def _main_face(faces: Faces) -> Faces | None:
    """The largest face that is sure enough."""
    area = (faces.xyxy[:, 2] - faces.xyxy[:, 0]) * (faces.xyxy[:, 3] - faces.xyxy[:, 1])
    area = np.where(faces.confidence >= LEAST_CONFIDENCE, area, 0)
    if not area.any():
        return None
    best = [int(np.argmax(area))]
    return Faces(faces.xyxy[best], faces.landmarks[best], faces.confidence[best])
