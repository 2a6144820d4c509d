"""The person detector in 8-bit integers beside the same in 32-bit floats, alternating in one process on one thread.

usage: precision.py [--tracking]    (needs CASETRAIL_TEST_DATA and CASETRAIL_MODELS)

Prints JSON: how many times as fast, how far the boxes agree, and with `--tracking` the figures of tracking with each.
Short clips are also tracked in copies with a little noise, as another camera of the same make would have recorded
them: how far the figures move then is what a difference between the two has to be held against.
"""

import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

import cv2
import numpy as np

from casetrail.adapters.trackeval import TrackEvalMeter
from casetrail.app.evaluate.tracking import TrackingPorts, evaluate_tracking, open_recording
from casetrail.app.settings import Settings
from casetrail.bootstrap import open_decoder, open_detector
from casetrail.model.geometry import box_overlap
from casetrail.presence.detector import Detections, Detector

SURE, SAME_BOX = 0.5, 0.7
EVERY = {
    "opencv_vtest/vtest.avi": 5,
    "towncentre/TownCentreXVID_5s_25fps.mp4": 10,
    "tud_campus_frames/data/TUD-Campus": 3,
}
SIZES = ((544, 320), (640, 480), (960, 544))
TRUTHS = {  # truth, and how many noisy copies
    "tud_campus_frames/data/TUD-Campus": ("tud_campus_frames/data/TUD-Campus/gt/gt.txt", 2),
    "tud_campus_frames/data/PETS/S3-MF1/img": ("tud_campus_frames/data/PETS/S3-MF1/gt/gt.txt", 0),
    "opencv_vtest/vtest.avi": ("opencv_vtest/gt/PETS09-S2L1/gt/gt.txt", 0),
}
NOISE = 2.0  # standard deviation, grey levels
REPEATS = 25


def main() -> None:
    """Measure speed and agreement, and tracking when asked to."""
    data = Path(os.environ["CASETRAIL_TEST_DATA"])
    floats, integers = (open_detector(Settings(), 1, exact=exact) for exact in (True, False))
    pictures = {name: _pictures(data / name, step) for name, step in EVERY.items()}
    measured: dict[str, object] = {
        "models": [floats.stamp.name, integers.stamp.name],
        "speedup": {f"{w}x{h}": _speedup(floats, integers, pictures, (w, h)) for w, h in SIZES},
        "agreement": {name: _agreement(floats, integers, each) for name, each in pictures.items()},
    }
    if "--tracking" in sys.argv:
        measured["tracking"] = {name: _tracking(data, name, (floats, integers)) for name in TRUTHS}
    print(json.dumps(measured, indent=2))


def _speedup(
    floats: Detector, integers: Detector, pictures: dict[str, list[np.ndarray]], size: tuple[int, int]
) -> float:
    """Milliseconds in floats over milliseconds in integers, medians of runs in turns, resizing included."""
    spent: dict[str, list[float]] = {"floats": [], "integers": []}
    picture = cv2.resize(next(iter(pictures.values()))[0], size)
    for _ in range(REPEATS):
        for name, detector in (("floats", floats), ("integers", integers)):
            started = time.perf_counter()
            detector.detect([picture], size)
            spent[name].append(time.perf_counter() - started)
    return round(median(spent["floats"][3:]) / median(spent["integers"][3:]), 2)


def _agreement(floats: Detector, integers: Detector, pictures: Sequence[np.ndarray]) -> dict[str, float]:
    """Shares of boxes of 0.5 and more that the other has too, at overlap 0.7, and how confidence differs on those."""
    pairs = [(floats.detect([picture])[0], integers.detect([picture])[0]) for picture in pictures]
    missed, moved = _compare(pairs)
    added, _ = _compare([(second, first) for first, second in pairs])
    return {
        "boxes_f32": sum(int((first.confidence >= SURE).sum()) for first, _ in pairs),
        "boxes_int8": sum(int((second.confidence >= SURE).sum()) for _, second in pairs),
        "of_f32_found": round(1 - missed, 4),
        "of_int8_found": round(1 - added, 4),
        "confidence_shift": round(float(np.mean(moved)), 4),
        "confidence_spread": round(float(np.std(moved)), 4),
    }


def _compare(pairs: Sequence[tuple[Detections, Detections]]) -> tuple[float, list[float]]:
    """Share of the first's sure boxes that the second lacks, and how much surer the second is of the others."""
    there, moved = [], []
    for first, second in pairs:
        sure = first.confidence >= SURE
        overlap = box_overlap(first.xyxy[sure], second.xyxy)
        same = overlap.max(axis=1, initial=0) >= SAME_BOX
        there.extend(same.tolist())
        if same.any():
            partner = second.confidence[overlap[same].argmax(axis=1)]
            moved.extend((partner - first.confidence[sure][same]).tolist())
    return 1 - float(np.mean(there)), moved


def _tracking(data: Path, name: str, detectors: Sequence[Detector]) -> dict[str, list[dict[str, float]]]:
    """HOTA, IDF1 and MOTA with each detector, every frame looked at: of the clip, then of its noisy copies."""
    truth, copies = TRUTHS[name]
    found: dict[str, list[dict[str, float]]] = {}
    for seed in range(copies + 1):
        for detector in detectors:
            ports = TrackingPorts(open_decoder(), Noisy(detector, seed) if seed else detector, TrackEvalMeter())
            measured = evaluate_tracking(data / name, data / truth, ports)
            figures = {"hota": measured.hota, "idf1": measured.idf1, "mota": measured.mota}
            found.setdefault(detector.stamp.name, []).append({key: round(each, 4) for key, each in figures.items()})
    return found


class Noisy:
    """A detector that sees every picture with a little noise; the same seed, the same noise."""

    def __init__(self, detector: Detector, seed: int) -> None:
        self._detector, self._random = detector, np.random.default_rng(seed)
        self.stamp, self.input_size = detector.stamp, detector.input_size

    def detect(self, images: Sequence[np.ndarray], size: tuple[int, int] | None = None, /) -> list[Detections]:
        """What the detector finds in the noisy pictures."""
        noisy = [image + self._random.normal(0, NOISE, image.shape) for image in images]
        return self._detector.detect([np.clip(np.round(each), 0, 255).astype(np.uint8) for each in noisy], size)


def _pictures(path: Path, step: int) -> list[np.ndarray]:
    decoder = open_decoder()
    source = open_recording(path, decoder)
    return [frame.image for index, frame in enumerate(decoder.read_frames(source)) if index % step == 0]


if __name__ == "__main__":
    main()
