"""Cuts people out of recordings and pictures: `python cut_people.py DATA MODELS OUT.npz`.

Each crop is 80x160 pixels, the person's box in its middle 64x128, with a soft silhouette. `opencv_vtest` and
`tud_campus_frames/data/PETS` (the same camera and people) are left out, so that the demonstration stays an honest
check, and so is `reid_iitd_col780`, on which the result is measured.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from casetrail.adapters.model_files.model_files import LocalModelFiles
from casetrail.app.models import resolve
from casetrail.bootstrap import open_person_detector, open_silhouette_segmenter
from casetrail.model.models import ModelRole

CROP_WH, MARGIN = (80, 160), 0.125  # margin: of the box, on every side
LEAST_HEIGHT_PX, LEAST_CONFIDENCE = 60, 0.6
FOLDERS = {  # folder, and how many frames of each recording are looked at
    "towncentre": 60,
    "tud_campus_frames/data/TUD-Campus/img1": 71,
    "ufes_4cam_lab": 90,
    "mmptrack_retail_3cam": 80,
    "intel_one_by_one": 90,
    "intel_people_detection": 90,
    "epfl_lab_clips": 60,
    "facenet_pytorch_street": 50,
    "face_recognition_hamilton": 60,
    "wildtrack_4view_frame/overlays": 4,
    "mask_voc38/images": 38,
}
BODIES = "wildtrack_4view_frame/best_shots"


def main(data: Path, models: Path, out: Path) -> None:
    """Cut everybody, find silhouettes, write them with the folder each came from."""
    files = LocalModelFiles(models, out.parent)
    detector = open_person_detector(resolve(ModelRole.PERSON_DETECTOR, files), threads=1)
    segmenter = open_silhouette_segmenter(resolve(ModelRole.SILHOUETTE, files), threads=1)
    crops, masks, sources, grounds = [], [], [], []
    for source, frame in _frames(data):
        people = [frame_whole(frame)] if source == BODIES else list(_cut(frame, detector))
        crops += people
        masks += [(mask * 255).astype(np.uint8) for mask in segmenter.segment(people)]
        sources += [source] * len(people)
        grounds.append(cv2.resize(frame, (320, 240), interpolation=cv2.INTER_AREA))
        if len(grounds) % 100 == 0:
            sys.stderr.write(f"{source}: {len(crops)} people in {len(grounds)} pictures\n")
    np.savez(out, crops=np.stack(crops), masks=np.stack(masks), sources=np.array(sources), grounds=np.stack(grounds))
    sys.stderr.write(f"{len(crops)} people\n")


def frame_whole(picture: np.ndarray) -> np.ndarray:
    """A picture that is somebody's box already, with its edges repeated as margin."""
    high, wide = (round(MARGIN * side) for side in picture.shape[:2])
    return cv2.resize(cv2.copyMakeBorder(picture, high, high, wide, wide, cv2.BORDER_REPLICATE), CROP_WH)


def _frames(data: Path) -> Iterator[tuple[str, np.ndarray]]:
    for folder, most in FOLDERS.items():
        for path in sorted((data / folder).rglob("*")):
            if path.suffix in {".mp4", ".264"}:
                yield from ((folder, frame) for frame in _spread(path, most))
        stills = [path for path in sorted((data / folder).rglob("*")) if path.suffix in {".jpg", ".png", ".jpeg"}]
        yield from ((folder, cv2.imread(str(path))) for path in stills)
    yield from ((BODIES, cv2.imread(str(path))) for path in sorted((data / BODIES).rglob("*_body.png")))


def _spread(path: Path, most: int) -> Iterator[np.ndarray]:
    """So many frames, evenly spread over the recording."""
    frames, capture = [], cv2.VideoCapture(str(path))
    while (taken := capture.read())[0]:
        frames.append(taken[1])
    for at in np.unique(np.linspace(0, len(frames) - 1, min(most, len(frames))).astype(int)):
        yield frames[at]


def _cut(frame: np.ndarray, detector: Any) -> Iterator[np.ndarray]:
    found = detector.detect([frame])[0]
    for box in found.xyxy[found.confidence >= LEAST_CONFIDENCE]:
        x1, y1, x2, y2 = box
        if y2 - y1 >= LEAST_HEIGHT_PX and 1.4 < (y2 - y1) / max(x2 - x1, 1) < 4.5:
            wide, high = MARGIN * (x2 - x1), MARGIN * (y2 - y1)
            yield _window(frame, (x1 - wide, y1 - high, x2 + wide, y2 + high))


def _window(frame: np.ndarray, xyxy: tuple[float, float, float, float]) -> np.ndarray:
    """The window at crop size; edges of the frame are repeated beyond it."""
    x1, y1, x2, y2 = (round(float(value)) for value in xyxy)
    high, wide = frame.shape[:2]
    columns, rows = np.clip(np.arange(x1, x2), 0, wide - 1), np.clip(np.arange(y1, y2), 0, high - 1)
    window = frame[np.ix_(rows, columns)]
    return cv2.resize(window, CROP_WH, interpolation=cv2.INTER_AREA if y2 - y1 > 320 else cv2.INTER_LINEAR)


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:4]))
