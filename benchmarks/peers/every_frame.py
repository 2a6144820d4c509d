"""What every peer does alike: look at each frame with the same detector, or read detections, and follow people.

A peer's script runs in that peer's own environment with one argument, a job in JSON: `tracker` its name, `rate`
frames a second, `tries` (each: `parameters` of the tracker, `least` confidence of a detection, `out` for MOT rows),
and either `detections` (npz: `frame`, `xyxy`, `confidence`, `frames`) or `recording`, `model`, `input_wh`, `threads`.
It prints one line of JSON: of each try the `frames`, the `seconds` of wall and the `cpu_seconds` of processor, opening
and compiling the model and writing the rows left out.
"""

import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

Step = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]  # xyxy, confidence -> who, where
Found = tuple[np.ndarray, np.ndarray]  # xyxy, confidence
LEAST_CONFIDENCE = 0.05


def run_job(makers: Mapping[str, Callable[..., Step]]) -> None:
    """Do the job that the command line names. `makers`: a fresh tracker's step by name."""
    job = json.loads(sys.argv[1])
    make = makers[job["tracker"]]
    print(json.dumps([_follow(make(job["rate"], **one["parameters"]), one, job) for one in job["tries"]]))


def _follow(step: Step, one: Mapping[str, Any], job: Mapping[str, Any]) -> dict[str, float]:
    """One try: every frame once, its people written."""
    found = _stored(job) if "detections" in job else _seen(job)
    next(found)  # everything is opened and compiled
    wall, processor = time.perf_counter(), time.process_time()
    rows: list[list[float]] = []
    frames = 0
    for xyxy, confidence in found:
        frames += 1
        sure = confidence >= one["least"]
        for person, box in zip(*step(xyxy[sure], confidence[sure]), strict=True):
            rows.append([frames, person, box[0], box[1], box[2] - box[0], box[3] - box[1], 1])
    took = {"seconds": time.perf_counter() - wall, "cpu_seconds": time.process_time() - processor, "frames": frames}
    np.savetxt(one["out"], np.array(rows).reshape(-1, 7), delimiter=",", fmt="%.3f")
    return took


def _stored(job: Mapping[str, Any]) -> Iterator[Found]:
    """Detections of each frame from a file, after one that means: ready."""
    data = np.load(job["detections"])
    parts = [data["frame"] == number for number in range(int(data["frames"]))]
    found = [(data["xyxy"][part], data["confidence"][part]) for part in parts]
    yield found[0]
    yield from found


def _seen(job: Mapping[str, Any]) -> Iterator[Found]:
    """Detections of each frame by decoding it and looking at it, after one that means: ready."""
    look = _open_detector(Path(job["model"]), tuple(job["input_wh"]), job["threads"])
    width, height = job["input_wh"]
    yield look(np.zeros((height, width, 3), np.uint8))
    yield from (look(image) for image in _frames(Path(job["recording"])))


def _open_detector(model: Path, input_wh: tuple[int, int], threads: int) -> Callable[[np.ndarray], Found]:
    """person-detection-retail-0013 in 32-bit floats at one input size, as its documentation says to use it."""
    import cv2
    import openvino as ov

    core = ov.Core()
    network = core.read_model(str(model))
    network.reshape([1, 3, input_wh[1], input_wh[0]])
    options = {"INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "LATENCY"}
    if threads:
        options["INFERENCE_NUM_THREADS"] = str(threads)
    compiled = core.compile_model(network, "CPU", options)

    def look(image: np.ndarray) -> Found:
        planes = cv2.resize(image, input_wh).transpose(2, 0, 1)[None].astype(np.float32)
        rows = compiled(np.ascontiguousarray(planes))[0].reshape(-1, 7)
        rows = rows[(np.cumsum(rows[:, 0] < 0) == 0) & (rows[:, 2] >= LEAST_CONFIDENCE)]
        height, width = image.shape[:2]
        xyxy = np.clip(rows[:, 3:7], 0, 1) * np.array([width, height, width, height], np.float32)
        return xyxy, rows[:, 2]

    return look


def _frames(recording: Path) -> Iterator[np.ndarray]:
    """Every frame of a file, or every picture of a folder in order of their names."""
    import cv2

    if recording.is_dir():
        yield from (cv2.imread(str(path)) for path in sorted(recording.rglob("*.jpg")))
        return
    source = cv2.VideoCapture(str(recording))
    while True:
        there, image = source.read()
        if not there:
            return
        yield image
