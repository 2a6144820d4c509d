"""How alike the views of one person are, and what several views do to the mask state.

`python benchmarks/mask_views.py DATA` with DATA as CASETRAIL_TEST_DATA names it; reads `facenet_pytorch_street`, in
which nobody wears a mask. Every sixth frame, faces of 50 px and more shrunk to set widths, people told apart by place.
Prints JSON: the intraclass correlation of the log-odds, and the states that draws of one, three and five views give.
"""

import json
import sys
from collections import Counter, defaultdict
from pathlib import Path

import cv2
import numpy as np

from casetrail import bootstrap
from casetrail.adapters.openvino_models.masks import CALIBRATION, AizooMaskClassifier, parts_of_odds
from casetrail.app.evaluate.masks import shrink_face
from casetrail.app.settings import Settings
from casetrail.sightings.describers import FaceDetector, Faces
from casetrail.sightings.masks import combine_masks
from casetrail.sightings.sightings import MaskReading, MaskState

WIDTHS_PX, LEAST_PX, LEAST_CONFIDENCE, EVERY = (24, 32, 48), 50, 0.6, 6
LEAST_VIEWS, DRAWS, VIEWS = 9, 200, (1, 3, 5)
NEAR = 0.9  # of a face's width that a person moves at most between looks
Looks = dict[tuple[int, int], list[float]]


def main(data: Path) -> None:
    """Look, group, draw, print."""
    models = bootstrap.open_describers(Settings())
    if models.faces is None or not isinstance(models.masks, AizooMaskClassifier):
        sys.exit("the face detector and the mask classifier are needed: set CASETRAIL_MODELS")
    looks = read_looks(data / "facenet_pytorch_street" / "examples" / "video.mp4", models.faces, models.masks)
    rows = []
    for width in WIDTHS_PX:
        people = [odds for (_, at), odds in sorted(looks.items()) if at == width and len(odds) >= LEAST_VIEWS]
        states = {str(count): draw_states(people, count, width) for count in VIEWS}
        rows.append({"width_px": width, "people": len(people), "correlation": correlation(people), "states": states})
    print(json.dumps(rows, indent=1))


def read_looks(path: Path, detector: FaceDetector, classifier: AizooMaskClassifier) -> Looks:
    """Log-odds of a mask by (person, width)."""
    looks: Looks = defaultdict(list)
    places: list[np.ndarray] = []
    recording, number = cv2.VideoCapture(str(path)), 0
    while (frame := recording.read())[0]:
        number += 1
        found = detector.detect([frame[1]])[0] if number % EVERY == 0 else None
        for index in range(0 if found is None else len(found.confidence)):
            face = Faces(*(part[index : index + 1] for part in (found.xyxy, found.landmarks, found.confidence)))
            full = float(face.xyxy[0, 2] - face.xyxy[0, 0])
            if full >= LEAST_PX and face.confidence[0] >= LEAST_CONFIDENCE:
                person = follow(places, (face.xyxy[0, :2] + face.xyxy[0, 2:]) / 2, NEAR * full)
                add_looks(looks, person, frame[1], face, classifier)
    return looks


def follow(places: list[np.ndarray], centre: np.ndarray, reach: float) -> int:
    """Which person is near, or a new one; their place moves along."""
    near = [person for person, place in enumerate(places) if np.linalg.norm(place - centre) < reach]
    if not near:
        places.append(centre)
        return len(places) - 1
    places[near[0]] = centre
    return near[0]


def add_looks(looks: Looks, person: int, frame: np.ndarray, face: Faces, classifier: AizooMaskClassifier) -> None:
    """One face at every width, cut out with twice its width around it."""
    around = 2 * (face.xyxy[0, 2] - face.xyxy[0, 0])
    x1, y1 = np.maximum(face.xyxy[0, :2] - around, 0).astype(int)
    x2, y2 = (face.xyxy[0, 2:] + around).astype(int)
    shift = np.array([x1, y1], dtype=np.float32)
    own = Faces(face.xyxy - np.tile(shift, 2), face.landmarks - shift, face.confidence)
    for width in WIDTHS_PX:
        small, seen = shrink_face(frame[y1:y2, x1:x2], own, width)
        odds = classifier.look(small, seen.xyxy[0])
        if odds is not None:
            looks[person, width].append(float(parts_of_odds(odds, width) @ CALIBRATION))


def correlation(people: list[list[float]]) -> float:
    """Intraclass correlation, one-way: variance between people over all variance."""
    size = np.mean([len(odds) for odds in people])
    within = np.mean([np.var(odds, ddof=1) for odds in people])
    between = np.var([np.mean(odds) for odds in people], ddof=1) - within / size
    return round(float(between / (between + within)), 2)


def draw_states(people: list[list[float]], count: int, width: int) -> dict[str, float]:
    """Share of each state over random draws of so many views, the same number for each person."""
    rng, states = np.random.default_rng(0), Counter[str]()
    for odds in people:
        for _ in range(DRAWS):
            masked = 1 / (1 + np.exp(-rng.choice(odds, count, replace=False)))
            readings = [
                MaskReading(MaskState.WORN, m) if m > 0.5 else MaskReading(MaskState.NONE, 1 - m) for m in masked
            ]
            states[combine_masks([(reading, width) for reading in readings]).state] += 1
    return {state: round(number / states.total(), 3) for state, number in sorted(states.items())}


if __name__ == "__main__":
    main(Path(sys.argv[1]))
