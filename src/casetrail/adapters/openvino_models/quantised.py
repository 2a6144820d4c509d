"""Convolutions in 8-bit integers, from ranges of values that were measured on recordings.

The stored model stays as it is. In memory its graph gets a rounding step (FakeQuantize) before every convolution and
every sum of two branches, and the runtime then computes what lies between two steps in whole numbers. Weights get
their steps from themselves, one per output channel; the ranges of what flows between layers are in
`quantisation_ranges/`, made by `benchmarks/measure_ranges.py`, and serve only the very files they were measured with.
Source: Jacob et al., Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only Inference
(CVPR 2018); shifts after Nagel et al., Data-Free Quantization through Weight Equalization and Bias Correction (2019).
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import openvino as ov
from openvino import opset13 as ops

from casetrail.model.arrays import Doubles, Floats
from casetrail.model.errors import IntegrityError
from casetrail.model.models import ModelStamp

LEVELS = 256  # of what flows between layers: asymmetric, zero is one of them
WEIGHT_LEVELS = 255  # symmetric about zero
CONVOLUTIONS = ("Convolution", "GroupConvolution")
PARTS = ("low", "high", "shift")  # of a stored file of ranges
SMALLEST = 1e-8


@dataclass(frozen=True)
class Ranges:
    """What was measured of one model file.

    `low` and `high` of what each layer gives, float64 `(1,)`, or `(channels,)` where only convolutions channel by
    channel read it. `shift`: what rounding takes from each output channel of a convolution on average, `(channels,)`.
    """

    low: Mapping[str, Doubles]
    high: Mapping[str, Doubles]
    shift: Mapping[str, Doubles]


@dataclass(frozen=True)
class Place:
    """An output of the graph that gets a rounding step; `by_channel` when only depthwise convolutions read it."""

    name: str
    output: Any
    by_channel: bool


def find_ranges(path: Path) -> Ranges | None:
    """The ranges for a model file; None when there are none for it, or this processor cannot use them safely."""
    folder = files("casetrail.adapters.openvino_models").joinpath("quantisation_ranges")
    known = folder.joinpath(f"{path.stem}.json")
    if not known.is_file():
        return None
    stored = json.loads(known.read_text(encoding="utf-8"))
    if stored["sha256"] != hash_files(path) or not sums_exactly():
        return None
    low, high, shift = ({name: np.array(values) for name, values in stored[part].items()} for part in PARTS)
    return Ranges(low, high, shift)


def hash_files(path: Path) -> str:
    """sha256 over a model's file, and over its weights where they lie beside it (`.bin`)."""
    weights = path.with_suffix(".bin")
    parts = [path, weights] if path.suffix == ".xml" else [path]
    return hashlib.sha256(b"".join(part.read_bytes() for part in parts)).hexdigest()


def in_eight_bits(stamp: ModelStamp) -> ModelStamp:
    """The stamp of the same model in 8-bit integers: results of the two must never be taken for each other's."""
    return replace(stamp, name=f"{stamp.name}-int8")


def quantise(model: Any, ranges: Ranges) -> Any:
    """A copy of an OpenVINO model whose convolutions run in 8-bit integers.

    Raises IntegrityError when a range is missing for a place that wants one.
    """
    copy = model.clone()
    places = find_places(copy)
    missing = sorted({place.name for place in places} - ranges.low.keys())
    if missing:
        raise IntegrityError("a measured range is missing", where=missing[0], todo="use the version in the lock file")
    for place in places:
        _round_place(place, ranges)
    for node in find_convolutions(copy):
        node.input(1).replace_source_output(rounded_weights(node))
        _add_shift(node, ranges.shift[node.get_friendly_name()])
    copy.validate_nodes_and_infer_types()
    return copy


def find_convolutions(model: Any) -> list[Any]:
    """The convolutions to be rounded, in the order of computation: all but the first, which `byte_input` rounds.

    The first one reads the picture, whose three channels one range fits badly once they are scaled.
    """
    return [node for node in model.get_ordered_ops() if node.get_type_name() in CONVOLUTIONS][1:]


def find_places(model: Any) -> list[Place]:
    """Where rounding steps belong: what convolutions read, and both sides of every sum of two branches.

    A maximum over neighbours changes no value's step, so the step before it serves behind it too.
    """
    found: dict[str, Place] = {}
    sums = [node for node in model.get_ordered_ops() if node.get_type_name() == "Add"]
    for node in [*find_convolutions(model), *sums]:
        depthwise = node.get_type_name() == "GroupConvolution"
        for value in _read_values(node):
            name = value.get_node().get_friendly_name()
            before = found.get(name, Place(name, value, True))
            found[name] = replace(before, by_channel=before.by_channel and depthwise)
    return list(found.values())


def rounded(value: Any, low: Doubles, high: Doubles) -> Any:
    """An output of the graph in 256 steps from `low` to `high`, `(1,)` or `(channels,)`, moved so that zero is one."""
    low, high = with_zero(low, high)
    ends = [ops.constant(end.reshape(1, -1, 1, 1).astype(np.float32)) for end in (low, high)]
    return ops.fake_quantize(value, *ends, *ends, LEVELS).output(0)


def rounded_weights(node: Any) -> Any:
    """The weights of a convolution in 255 steps, as wide as the largest weight of each output channel."""
    weights = constant_values(node.input_value(1).get_node())
    channel_axes = 2 if node.get_type_name() == "GroupConvolution" else 1
    largest = np.abs(weights).max(axis=tuple(range(channel_axes, weights.ndim)), keepdims=True)
    largest = np.maximum(largest, SMALLEST)
    ends = [ops.constant(end.astype(np.float32)) for end in (-largest, largest)]
    return ops.fake_quantize(node.input_value(1), *ends, *ends, WEIGHT_LEVELS).output(0)


def with_zero(low: Doubles, high: Doubles) -> tuple[Doubles, Doubles]:
    """The range widened a little, until zero falls on one of its 256 steps: padding must stay exactly zero."""
    low, high = np.minimum(low, 0.0), np.maximum(high, SMALLEST)
    steps = LEVELS - 1
    below = np.round(-low / (high - low) * steps)
    step = np.maximum(-low / np.maximum(below, 1), high / np.maximum(steps - below, 1))
    return -below * step, (steps - below) * step


@cache
def sums_exactly() -> bool:
    """Whether this processor adds 8-bit products without overflow.

    Without VNNI or its like, x86 adds them in pairs of 16 bits, and large pairs stick at 32767. Such a processor
    gains little from 8 bits and would answer differently, so it stays with 32-bit floats. Asked by a convolution
    whose every pair is too large: 16 x 255 x 127.
    """
    picture = ops.parameter([1, 64, 8, 8], np.float32)
    weights = ops.constant(np.ones((64, 64, 1, 1), np.float32))
    plain = ops.convolution(rounded(picture, np.zeros(1), np.full(1, 255.0)), weights, [1, 1], [0, 0], [0, 0], [1, 1])
    plain.input(1).replace_source_output(rounded_weights(plain))
    compiled = ov.Core().compile_model(ov.Model([plain], [picture]), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    answer = compiled(np.full((1, 64, 8, 8), 255, np.float32))[0]
    return bool(np.allclose(answer, 64 * 255, rtol=1e-3))


def is_constant(node: Any) -> bool:
    """Whether a node is a stored number, be it stored in 16 bits and widened."""
    kind = node.get_type_name()
    return kind == "Constant" or (kind == "Convert" and is_constant(node.input_value(0).get_node()))


def constant_values(node: Any) -> Floats:
    """The numbers that a stored node holds, widened to 32 bits."""
    while node.get_type_name() != "Constant":
        node = node.input_value(0).get_node()
    values: Floats = node.get_data().astype(np.float32)
    return values


def _read_values(node: Any) -> list[Any]:
    """What a node reads that wants a rounding step, looked at behind maxima."""
    kind = node.get_type_name()
    if kind in CONVOLUTIONS:
        return [_behind_maxima(node.input_value(0))]
    if kind == "Add":
        sides = [node.input_value(0), node.input_value(1)]
        return [] if any(is_constant(side.get_node()) for side in sides) else [_behind_maxima(side) for side in sides]
    return []


def _behind_maxima(value: Any) -> Any:
    while value.get_node().get_type_name() == "MaxPool":
        value = value.get_node().input_value(0)
    return value


def _round_place(place: Place, ranges: Ranges) -> None:
    readers = [reader for reader in place.output.get_target_inputs() if reader.get_node().get_type_name() != "ShapeOf"]
    step = rounded(place.output, ranges.low[place.name], ranges.high[place.name])
    for reader in readers:
        reader.replace_source_output(step)


def _add_shift(node: Any, shift: Doubles) -> None:
    """Add a shift to the convolution's own, which is the constant that the next node adds."""
    values = shift.reshape(1, -1, 1, 1)
    readers = list(node.output(0).get_target_inputs())
    following = readers[0].get_node()
    if len(readers) == 1 and following.get_type_name() == "Add":
        for side in (0, 1):
            before = following.input_value(side).get_node()
            if is_constant(before):
                total = ops.constant((constant_values(before) + values).astype(np.float32))
                following.input(side).replace_source_output(total.output(0))
                return
    added = ops.add(node.output(0), ops.constant(values.astype(np.float32))).output(0)
    for reader in readers:
        reader.replace_source_output(added)
