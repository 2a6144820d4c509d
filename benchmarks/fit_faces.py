"""Measures what the similarity of two faces is worth, by width and by masks, for `casetrail.sightings.face_evidence`.

`python benchmarks/fit_faces.py DATA` with DATA as CASETRAIL_TEST_DATA names it. The pictures are published portraits
whose file names say who is who. Nobody's consent is documented, so the figures calibrate the technique and are no
claim about consented faces. Masks are drawn over the lower face by code. No vector is kept: JSON of means, spreads
and rates is printed. Each person's same pairs weigh together as the root of their number.
"""

import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from casetrail import bootstrap
from casetrail.app.clock import utc_now_us
from casetrail.app.evaluate.faces import consent_for_evaluation, log_ratio_cost
from casetrail.app.evaluate.mask_truth import TrueFace
from casetrail.app.evaluate.masks import find_face, shrink_face
from casetrail.app.evaluate.similarity_metrics import area_under_roc, true_accepts
from casetrail.app.pictures import find_pictures
from casetrail.app.settings import Settings
from casetrail.governance.consent import FaceConsent
from casetrail.sightings.describers import FaceDetector, FaceEmbedder, Faces
from casetrail.sightings.face_evidence import FaceCurve, curve_log_ratio
from casetrail.sightings.face_quality import read_quality
from casetrail.sightings.sightings import MaskState

STATEMENT = "published portraits used to calibrate a technique; no consent is documented and no claim is made"
WIDTHS_PX = (24, 32, 48)
COLOURS = ((235, 230, 225), (35, 30, 30), (205, 190, 130), (120, 110, 105))
SAME_PICTURE = 0.995  # one picture twice, at two sizes say, is no pair
LEAST_SIDE_PX, MOST_ENLARGED = 192, 4.0  # faces are looked for again in the small picture, as a trace does
NAMES = re.compile(r"[01]_[01]_([a-z]+)_\d+|([a-z]+(?:-[a-z]+)*)\d*(?:_(?!image).*)?\.")


@dataclass(frozen=True, eq=False)
class Portrait:
    """One picture of one person: vectors by (width, masked), in memory only. Width 0 is the picture as it is."""

    person: str
    vectors: dict[tuple[int, bool], np.ndarray]


def main(data: Path) -> None:
    """Embed, pair, fit, print."""
    models = bootstrap.open_describers(Settings())
    if models.faces is None or models.face_embedder is None:
        sys.exit("a face detector and a face embedding are needed: set CASETRAIL_MODELS")
    consent = consent_for_evaluation(STATEMENT, utc_now_us())
    paths = find_portraits(data)
    portraits = [read_portrait(path, number, models.faces, models.face_embedder, consent) for number, path in paths]
    rows = [describe(portraits, width, masked) for masked in (0, 1, 2) for width in (*WIDTHS_PX, 0)]
    print(json.dumps({"pictures": len(portraits), "rows": rows}, indent=1))


def find_portraits(data: Path) -> list[tuple[int, Path]]:
    """Pictures of one person each."""
    bare = find_pictures(data / "mask_cls160" / "dataset" / "without_mask")
    named = [path for path in find_pictures(data / "face_recognition_hamilton") if not re.match("two|32", path.name)]
    return list(enumerate((*bare, *named)))


def read_portrait(
    path: Path, number: int, detector: FaceDetector, embedder: FaceEmbedder, consent: FaceConsent
) -> Portrait:
    """Vectors of the face as it is and shrunk, bare and under a drawn mask, without faces that the gate refuses."""
    image, face = find_face(TrueFace(path, MaskState.NONE), bootstrap.open_image_reader()(path), detector)
    vectors = {}
    if face is not None:
        masked = draw_mask(image, face.landmarks[0], COLOURS[number % len(COLOURS)])
        for covered, picture in ((False, image), (True, masked)):
            for width, small, seen in views(picture, face, detector):
                if read_quality(small, seen.xyxy[0], seen.landmarks[0]).comparable:
                    vectors[width, covered] = embedder.embed(small, seen, consent=consent)[0]
    found = NAMES.match(path.name)
    person = next(filter(None, found.groups()), path.name) if found else path.name
    return Portrait(person, vectors)


def views(image: np.ndarray, face: Faces, detector: FaceDetector) -> Iterator[tuple[int, np.ndarray, Faces]]:
    """Width, picture and face, found anew in each picture."""
    full = float(face.xyxy[0, 2] - face.xyxy[0, 0])
    for width in (0, *(width for width in WIDTHS_PX if width < full)):
        small = image if width == 0 else shrink_face(image, face, width)[0]
        factor = min(MOST_ENLARGED, max(1.0, LEAST_SIDE_PX / small.shape[1]))
        larger = np.asarray(cv2.resize(small, None, fx=factor, fy=factor, interpolation=cv2.INTER_LINEAR))
        found = detector.detect([larger])[0]
        if len(found.confidence):
            best = [int(np.argmax(found.xyxy[:, 2] - found.xyxy[:, 0]))]
            yield width, small, Faces(found.xyxy[best] / factor, found.landmarks[best] / factor, found.confidence[best])


def draw_mask(image: np.ndarray, points: np.ndarray, colour: tuple[int, int, int]) -> np.ndarray:
    """The lower face under a plain polygon, from the bridge of the nose to the chin."""
    eyes, mouth = points[:2].mean(axis=0), points[3:].mean(axis=0)
    across, down = points[1] - points[0], mouth - eyes
    shape = (
        (0.12, 0.3),
        (-0.12, 0.3),
        (-0.95, 0.42),
        (-0.85, 1.0),
        (-0.35, 1.75),
        (0.35, 1.75),
        (0.85, 1.0),
        (0.95, 0.42),
    )
    corners = np.array([eyes + x * across + y * down for x, y in shape])
    drawn = image.copy()
    cv2.fillPoly(drawn, [np.rint(corners * 8).astype(np.int32)], colour, lineType=cv2.LINE_AA, shift=3)
    return drawn


def describe(portraits: list[Portrait], width: int, masked: int) -> dict[str, object]:
    """One condition: a face as it is against one of that width, `masked` of both under a drawn mask."""
    pairs = list(pair_up(portraits, (0, masked == 2), (width, masked > 0)))
    cosines, same = np.array([pair[0] for pair in pairs]), np.array([pair[1] == pair[2] for pair in pairs])
    weights = weigh([pair[1] if pair[1] == pair[2] else "" for pair in pairs])
    curve = fit(cosines, same, weights, width, masked)
    half = halve(portraits)
    halves = np.array([[half[pair[1]], half[pair[2]]] for pair in pairs])
    costs = []
    for one in (0, 1):
        inside, outside = (halves == one).all(axis=1), (halves != one).all(axis=1)
        held_out = fit(cosines[inside], same[inside], weights[inside], width, masked)
        ratios = np.array([curve_log_ratio(cosine, held_out) for cosine in cosines[outside]])
        costs.append(log_ratio_cost(ratios[same[outside]], ratios[~same[outside]]))
    return {
        "width_px": width,
        "masked": masked,
        "same": int(same.sum()),
        "different": int((~same).sum()),
        "people_with_pairs": len({pair[1] for pair in pairs if pair[1] == pair[2]}),
        "auc": round(area_under_roc(cosines, same), 3),
        "tar_at_far_1pct": round(true_accepts(cosines[same], cosines[~same], 0.01), 3),
        "tar_at_far_0_1pct": round(true_accepts(cosines[same], cosines[~same], 0.001), 3),
        "curve": [
            round(value, 3) for value in (curve.same_mean, curve.same_std, curve.different_mean, curve.different_std)
        ],
        "cost_held_out": [round(cost, 3) for cost in costs],
    }


def pair_up(
    portraits: list[Portrait], one: tuple[int, bool], other: tuple[int, bool]
) -> Iterator[tuple[float, str, str]]:
    """Cosine and both people, for every two pictures that are not the same."""
    for first in portraits:
        for second in portraits:
            if first is second or one not in first.vectors or other not in second.vectors:
                continue
            plain = [each.vectors.get((0, False)) for each in (first, second)]
            if plain[0] is not None and plain[1] is not None and float(plain[0] @ plain[1]) > SAME_PICTURE:
                continue
            yield float(first.vectors[one] @ second.vectors[other]), first.person, second.person


def weigh(people: list[str]) -> np.ndarray:
    """Of each pair: one over the root of how many pairs that person has."""
    counts = Counter(people)
    return np.array([counts[person] ** -0.5 if person else 1.0 for person in people])


def fit(cosines: np.ndarray, same: np.ndarray, weights: np.ndarray, width: int, masked: int) -> FaceCurve:
    """Weighted means and standard deviations of both kinds of pairs; one person never spreads less than strangers."""
    values = []
    for kind in (same, ~same):
        mean = np.average(cosines[kind], weights=weights[kind])
        values += [float(mean), float(np.sqrt(np.average((cosines[kind] - mean) ** 2, weights=weights[kind])))]
    values[1] = max(values[1], values[3] * 1.01)  # a handful of pairs can look too tidy
    return FaceCurve(width, masked, *values)


def halve(portraits: list[Portrait]) -> dict[str, int]:
    """Half 0 or 1 of each person: by number of pictures, in turn, so that both halves have pairs."""
    counts = Counter(portrait.person for portrait in portraits)
    order = sorted(counts, key=lambda person: (-counts[person], person))
    return {person: place % 2 for place, person in enumerate(order)}


if __name__ == "__main__":
    main(Path(sys.argv[1]))
