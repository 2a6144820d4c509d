"""Measure what flows between the layers of a model, for running its convolutions in 8-bit integers.

usage: measure_ranges.py MODEL_FILE [--out FILE]    (needs CASETRAIL_TEST_DATA)

Recordings that tracking, presences and redaction are measured on (opencv_vtest, towncentre, TUD-Campus, WILDTRACK) are
left out, so that those measurements stay honest. Writes JSON: per layer the range of its values, per convolution what
rounding shifts on average.
"""

import argparse
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import openvino as ov
from openvino import opset13 as ops

from casetrail.adapters.openvino_models.quantised import (
    find_convolutions,
    find_places,
    hash_files,
    rounded,
    rounded_weights,
)

RECORDINGS = {  # every so many frames
    "intel_one_by_one/one-by-one-person-detection.mp4": 400,
    "intel_people_detection/people-detection.264": 150,
    "ufes_4cam_lab/cam?.mp4": 67,
    "mmptrack_retail_3cam/output_cam?_with_tracking.mp4": 105,
    "epfl_lab_clips/*.mp4": 80,
    "facenet_pytorch_street/**/*.mp4": 26,
}
STILLS = {"mmptrack_retail_3cam/still_6views/*.jpg": 1, "tud_campus_frames/data/PETS/S3-MF1/**/*.jpg": 18}
WIDE, NARROW = [(544, 320), (960, 544)], [(640, 480)]  # in turns, by the shape of the picture
DIGITS = 4


@dataclass
class Extremes:
    """The least and greatest value of each channel, picture by picture."""

    low: list[np.ndarray]
    high: list[np.ndarray]

    def range(self, by_channel: bool) -> tuple[np.ndarray, np.ndarray]:
        """Of single channels the widest seen; of whole layers the mean over pictures, where rare peaks cost steps."""
        low, high = np.stack(self.low), np.stack(self.high)
        if by_channel:
            return low.min(axis=0), high.max(axis=0)
        return low.min(axis=1).mean(keepdims=True), high.max(axis=1).mean(keepdims=True)


def main() -> None:
    """Measure ranges, then shifts with these ranges, and write both."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    data = Path(os.environ["CASETRAIL_TEST_DATA"])
    batches = [_batch(picture, index) for index, picture in enumerate(_pictures(data))]
    model = ov.Core().read_model(str(arguments.model))
    low, high = measure_ranges(model, batches)
    stored = {
        "model": arguments.model.stem,
        "sha256": hash_files(arguments.model),
        "pictures": len(batches),
        "low": _written(low),
        "high": _written(high),
        "shift": _written(measure_shifts(model, low, high, batches)),
    }
    out = arguments.out or _package_folder() / f"{arguments.model.stem}.json"
    out.parent.mkdir(exist_ok=True)
    out.write_text(_as_lines(stored), encoding="utf-8")


def measure_ranges(model: Any, batches: list[np.ndarray]) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """The lower and upper end of what each place of the graph gives."""
    copy = model.clone()
    places = find_places(copy)
    ends = [reduce(place.output, _spots()) for place in places for reduce in (ops.reduce_min, ops.reduce_max)]
    copy.add_outputs([end.output(0) for end in ends])
    extremes = [Extremes([], []) for _ in places]
    for answers in _answers(copy, batches, len(ends)):
        for extreme, low, high in zip(extremes, answers[::2], answers[1::2], strict=True):
            extreme.low.append(low)
            extreme.high.append(high)
    pairs = {place.name: each.range(place.by_channel) for place, each in zip(places, extremes, strict=True)}
    return {name: low for name, (low, _) in pairs.items()}, {name: high for name, (_, high) in pairs.items()}


def measure_shifts(
    model: Any, low: dict[str, np.ndarray], high: dict[str, np.ndarray], batches: list[np.ndarray]
) -> dict[str, np.ndarray]:
    """What each output channel of a convolution loses on average when its input and its weights are rounded.

    Each convolution stands beside a rounded twin that reads the same values, so no error of earlier layers counts.
    """
    copy = model.clone()
    convolutions = find_convolutions(copy)
    twins = [_twin(node, low, high) for node in convolutions]
    lost = [
        ops.reduce_mean(ops.subtract(node.output(0), twin.output(0)), _spots())
        for node, twin in zip(convolutions, twins, strict=True)
    ]
    copy.add_outputs([each.output(0) for each in lost])
    total = [np.zeros(1)] * len(lost)
    for answers in _answers(copy, batches, len(lost)):
        total = [before + answer for before, answer in zip(total, answers, strict=True)]
    names = [node.get_friendly_name() for node in convolutions]
    return {name: each / len(batches) for name, each in zip(names, total, strict=True)}


def _twin(node: Any, low: dict[str, np.ndarray], high: dict[str, np.ndarray]) -> Any:
    """The convolution again, on rounded values and with rounded weights."""
    value = node.input_value(0)
    source = value.get_node()
    while source.get_friendly_name() not in low:  # behind a maximum
        source = source.input_value(0).get_node()
    name = source.get_friendly_name()
    given = node.get_attributes()
    make = ops.group_convolution if node.get_type_name() == "GroupConvolution" else ops.convolution
    return make(
        rounded(value, low[name], high[name]),
        rounded_weights(node),
        given["strides"],
        given["pads_begin"],
        given["pads_end"],
        given["dilations"],
        auto_pad=given["auto_pad"],
    )


def _answers(model: Any, batches: list[np.ndarray], count: int) -> Iterator[list[np.ndarray]]:
    """The last `count` outputs, each `(channels,)`, for each picture."""
    core, compiled = ov.Core(), {}
    for batch in batches:
        if batch.shape not in compiled:
            shaped = model.clone()
            shaped.reshape(list(batch.shape))
            compiled[batch.shape] = core.compile_model(shaped, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
        answers = compiled[batch.shape](batch)
        yield [answers[port].ravel().astype(np.float64) for port in compiled[batch.shape].outputs[-count:]]


def _pictures(data: Path) -> Iterator[np.ndarray]:
    """Frames and stills of the recordings above, BGR."""
    for pattern, step in RECORDINGS.items():
        for path in sorted(data.glob(pattern)):
            with av.open(str(path)) as container:
                for index, frame in enumerate(container.decode(video=0)):
                    if index % step == 0:
                        yield frame.to_ndarray(format="bgr24")
    for pattern, step in STILLS.items():
        for path in sorted(data.glob(pattern))[::step]:
            yield cv2.imread(str(path))


def _batch(picture: np.ndarray, index: int) -> np.ndarray:
    """A picture as the model reads it, at one of the sizes that pictures of its shape are read at."""
    sizes = WIDE if Fraction(picture.shape[1], picture.shape[0]) > Fraction(3, 2) else NARROW
    small = cv2.resize(picture, sizes[index % len(sizes)])
    return np.ascontiguousarray(small.transpose(2, 0, 1)[None], dtype=np.float32)


def _spots() -> Any:
    """All axes but the channels."""
    return ops.constant(np.array([0, 2, 3]))


def _written(values: dict[str, np.ndarray]) -> dict[str, list[float]]:
    return {name: [float(f"{value:.{DIGITS}g}") for value in each] for name, each in values.items()}


def _as_lines(value: dict[str, Any]) -> str:
    """JSON with a line for each layer."""
    rows = (_as_lines(each) if isinstance(each, dict) else json.dumps(each) for each in value.values())
    lines = ",\n".join(f"{json.dumps(name)}: {row.strip()}" for name, row in zip(value, rows, strict=True))
    return "{\n" + lines + "\n}\n"


def _package_folder() -> Path:
    return Path(__file__).parents[1] / "src/casetrail/adapters/openvino_models/quantisation_ranges"


if __name__ == "__main__":
    main()
