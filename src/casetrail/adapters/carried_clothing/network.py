"""The carried network: weights that lie in the package, the graph they fill, and running it with OpenVINO.

Four residual blocks on a crop of 64x128 pixels, pooled in four bands from head to foot. In the layers that have
`gain` and `shift` half of the channels are normalised picture by picture, as in IBN-Net (Pan et al., ECCV 2018), so
that a camera's colour cast weighs less. `training/clothing` in the sources is how the weights came about.
"""

import hashlib
import io
from collections.abc import Mapping
from functools import cached_property
from importlib import resources
from typing import Any

import numpy as np
import openvino as ov
from openvino import opset13 as ops

from casetrail.model.arrays import Floats
from casetrail.model.errors import IntegrityError

WEIGHTS = "clothing_network_1.npz"
WIDTH, HEIGHT, SIZE, BANDS = 64, 128, 256, 4
STRIDES = (1, 2, 2, 1)  # of the blocks; the stem has 4
EPSILON = 1e-5

Weights = Mapping[str, Floats]


class CarriedNetwork:
    """The network, read and compiled when first used. `sha256_12`: how the hash of its weights must begin.

    Runs in 32-bit floats, so that every processor gives the same numbers. `threads` 0 lets the runtime choose.
    """

    def __init__(self, sha256_12: str, threads: int = 0) -> None:
        self._sha256_12, self._threads = sha256_12, threads

    def run(self, planes: Floats) -> Floats:
        """`(256,)` numbers of one crop `(1, 3, 128, 64)`, BGR -1..1. Raises IntegrityError for wrong weights."""
        answer: Floats = np.array(self._compiled(planes)[0], dtype=np.float32).reshape(-1)
        return answer

    @cached_property
    def _compiled(self) -> Any:
        options = {"INFERENCE_PRECISION_HINT": "f32", "PERFORMANCE_HINT": "LATENCY"}
        if self._threads:
            options["INFERENCE_NUM_THREADS"] = str(self._threads)
        return ov.Core().compile_model(build_network(read_weights(self._sha256_12)), "CPU", options)


def read_weights(sha256_12: str) -> Weights:
    """The weights of the package as floats. Raises IntegrityError when they are not those that the stamp names."""
    content = resources.files(__package__).joinpath(WEIGHTS).read_bytes()
    if not hashlib.sha256(content).hexdigest().startswith(sha256_12):
        raise IntegrityError(
            "the carried clothing weights are not those of the catalogue (sha256 differs)",
            where=WEIGHTS,
            todo="install casetrail again",
        )
    with np.load(io.BytesIO(content)) as held:
        return {name: _whole(held, name) for name in held.files if not name.endswith(".scale")}


def _whole(held: Mapping[str, Any], name: str) -> Floats:
    """An array as floats; convolutions and the head are kept as whole numbers with a scale per output channel."""
    values = held[name].astype(np.float32)
    if f"{name}.scale" not in held:
        return np.asarray(values, dtype=np.float32)
    scaled: Floats = values * held[f"{name}.scale"].astype(np.float32).reshape(-1, *[1] * (values.ndim - 1))
    return scaled


def build_network(weights: Weights) -> Any:
    """The graph: `(1, 3, 128, 64)` to `(1, 256)`."""
    crop = ops.parameter([1, 3, HEIGHT, WIDTH], np.float32, name="crop")
    maps = ops.relu(_layer(crop, weights, "stem", 4, 3))
    for number, stride in enumerate(STRIDES):
        maps = _block(maps, weights, f"block{number}", stride)
    channels = weights[f"block{len(STRIDES) - 1}.second"].shape[0]
    bands = ops.reduce_mean(ops.reshape(maps, np.array([1, channels, BANDS, -1]), False), np.array([3]))
    flat = ops.reshape(bands, np.array([1, channels * BANDS]), False)
    vector = ops.matmul(flat, ops.constant(weights["head"]), False, True)
    return ov.Model([ops.add(vector, ops.constant(weights["head.bias"][None]))], [crop], "carried clothing")


def _block(maps: Any, weights: Weights, name: str, stride: int) -> Any:
    inner = ops.relu(_layer(maps, weights, f"{name}.first", stride, 1))
    inner = _layer(inner, weights, f"{name}.second", 1, 1)
    short = _layer(maps, weights, f"{name}.short", stride, 0) if f"{name}.short" in weights else maps
    return ops.relu(ops.add(inner, short))


def _layer(maps: Any, weights: Weights, name: str, stride: int, margin: int) -> Any:
    """A convolution with its bias, and where there is a gain, the first channels normalised by themselves."""
    steps, margins, ones = [stride] * 2, [margin] * 2, [1, 1]
    made = ops.convolution(maps, ops.constant(weights[name]), steps, margins, margins, ones)
    made = ops.add(made, ops.constant(weights[f"{name}.bias"].reshape(1, -1, 1, 1)))
    if f"{name}.gain" not in weights:
        return made
    gain, shift = (weights[f"{name}.{part}"].reshape(1, -1, 1, 1) for part in ("gain", "shift"))
    parts = ops.variadic_split(made, np.int64(1), np.array([gain.shape[1], -1]))
    alone = ops.mvn(parts.output(0), np.array([2, 3]), True, EPSILON, "inside_sqrt")
    alone = ops.add(ops.multiply(alone, ops.constant(gain)), ops.constant(shift))
    return ops.concat([alone, parts.output(1)], 1)
