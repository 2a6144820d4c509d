"""Models that read pictures as bytes, in integers from the first convolution on."""

from typing import Any

import numpy as np
import openvino as ov
import pytest
from openvino import opset13 as ops

from casetrail.adapters.openvino_models.byte_input import read_bytes
from casetrail.adapters.openvino_models.quantised import sums_exactly
from casetrail.model.errors import IntegrityError

SCALE = np.array([0.0675, 0.0782, 0.0775], np.float32)
SHIFT = np.array([-4.14, -5.72, -6.57], np.float32)


@pytest.mark.skipif(not sums_exactly(), reason="integer sums overflow on this processor, which stays with floats")
def test_bytes_are_answered_as_floats_are() -> None:
    """Only the rounding of weights remains, which is under a hundredth of what the layer gives."""
    picture = np.random.default_rng(0).integers(0, 256, (1, 16, 24, 3)).astype(np.uint8)
    exact = _run(_drawn_stem(), picture.transpose(0, 3, 1, 2).astype(np.float32))
    found = _run(read_bytes(_drawn_stem()), picture)
    assert found.shape == exact.shape
    assert np.abs(found - exact)[..., 1:, 1:].max() < 0.01 * np.abs(exact).max()


def test_what_lies_beyond_the_edge_is_grey() -> None:
    """A grey picture has no edge: padding does not draw a black frame around it."""
    grey = np.round(-SHIFT / SCALE).astype(np.uint8)
    picture = np.broadcast_to(grey, (1, 16, 16, 3)).copy()
    exact = _run(_drawn_stem(), picture.transpose(0, 3, 1, 2).astype(np.float32))
    found = _run(read_bytes(_drawn_stem()), picture)
    black = _run(_drawn_stem(), np.zeros((1, 3, 16, 16), np.float32))
    assert np.abs(found - exact).max() < 0.25 * np.abs(black).max()


def test_whoever_asks_for_the_size_is_told_it() -> None:
    """Layers that place their boxes by the picture's height and width go on doing so."""
    picture = ops.parameter([1, 3, 16, 16], np.float32, name="picture")
    model = ov.Model([*_stem_of(picture), ops.shape_of(picture)], [picture])
    changed = read_bytes(model)
    changed.reshape([1, 32, 24, 3])
    compiled = ov.Core().compile_model(changed, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    answers = compiled(np.zeros((1, 32, 24, 3), np.uint8))
    assert answers[compiled.outputs[1]].tolist() == [1, 3, 32, 24]


def test_other_beginnings_are_refused() -> None:
    """A model that does not scale its picture first would be answered wrongly, so it is not read at all."""
    picture = ops.parameter([1, 3, 16, 16], np.float32, name="picture")
    with pytest.raises(IntegrityError, match="does not begin"):
        read_bytes(ov.Model([ops.relu(picture)], [picture]))


def _drawn_stem() -> Any:
    picture = ops.parameter([1, 3, -1, -1], np.float32, name="picture")
    return ov.Model(_stem_of(picture), [picture])


def _stem_of(picture: Any) -> list[Any]:
    weights = np.random.default_rng(1).normal(size=(8, 3, 3, 3)).astype(np.float32)
    scaled = ops.add(ops.multiply(picture, SCALE.reshape(1, 3, 1, 1)), SHIFT.reshape(1, 3, 1, 1))
    convolved = ops.convolution(scaled, weights, [2, 2], [1, 1], [1, 1], [1, 1])
    return [ops.add(convolved, np.full((1, 8, 1, 1), 0.5, np.float32))]


def _run(model: Any, picture: np.ndarray) -> np.ndarray:
    model.reshape(list(picture.shape))
    options = {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": "1"}
    compiled = ov.Core().compile_model(model, "CPU", options)
    return np.array(compiled(picture)[0])
