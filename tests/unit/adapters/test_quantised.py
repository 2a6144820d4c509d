"""Convolutions in 8-bit integers: where they are used, and that they answer as the floats do."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import openvino as ov
import pytest
from openvino import opset13 as ops

from casetrail.adapters.openvino_models.person_detector import RetailPersonDetector
from casetrail.adapters.openvino_models.quantised import (
    Ranges,
    find_places,
    find_ranges,
    hash_files,
    quantise,
    sums_exactly,
    with_zero,
)
from casetrail.adapters.openvino_models.runtime import Network
from casetrail.app.drawn_pictures import draw_street
from casetrail.model.errors import IntegrityError
from casetrail.model.models import AccuracyClass, ModelRole, ModelStamp

STAMP = ModelStamp("person-detection-retail-0013", ModelRole.PERSON_DETECTOR, AccuracyClass.DEFAULT, "0" * 12)
DETECTOR = "person_detector/person-detection-retail-0013.xml"


@pytest.mark.parametrize(("low", "high"), [(-1.0, 2.0), (0.0, 5.0), (-3.0, 0.0), (-0.001, 7.0), (2.0, 4.0), (0.0, 0.0)])
def test_zero_is_a_step_of_every_range(low: float, high: float) -> None:
    """A range may grow, never shrink by more than half a step, and zero falls on one of its 256 steps."""
    lower, upper = (end[0] for end in with_zero(np.array([low]), np.array([high])))
    step = (upper - lower) / 255
    assert abs(lower / step - round(lower / step)) < 1e-6
    assert lower <= low + step / 2
    assert upper >= high - step / 2
    assert lower <= 0 <= upper


def test_steps_stand_before_convolutions_and_sums_but_not_before_the_picture() -> None:
    """The picture itself is not rounded; a maximum hands its step through; only depthwise inputs go by channel."""
    places = {place.name: place.by_channel for place in find_places(_drawn_network())}
    assert places == {"first": False, "pointwise": True, "depthwise": False}


def test_eight_bits_answer_as_floats_do() -> None:
    """Rounded, the drawn network gives nearly the same numbers, and not exactly the same: it was rounded."""
    exact, rounded_ = _both()
    assert not np.array_equal(exact, rounded_)
    assert np.abs(exact - rounded_).max() < 0.05 * np.abs(exact).max()


def test_a_shift_is_added_to_its_channel() -> None:
    """What rounding takes on average is given back channel by channel."""
    _, plain = _both()
    _, shifted = _both(shift={"last": np.array([0.0, 0.0, 5.0, 0.0])})
    assert np.allclose((shifted - plain).mean(axis=(0, 2, 3)), [0, 0, 5, 0], atol=1e-3)


def test_missing_range_is_an_integrity_error() -> None:
    """Half rounded is not a precision anybody measured."""
    with pytest.raises(IntegrityError, match="range is missing"):
        quantise(_drawn_network(), Ranges({}, {}, {}))


def test_files_that_were_not_measured_stay_in_floats(tmp_path: Path) -> None:
    """A file of the same name with other content has no ranges."""
    other = tmp_path / "person-detection-retail-0013.xml"
    other.write_text("<net/>")
    other.with_suffix(".bin").write_bytes(b"other")
    assert find_ranges(other) is None
    assert find_ranges(tmp_path / "never-measured.onnx") is None


def test_changed_weights_change_the_hash(tmp_path: Path) -> None:
    """The hash covers the weights, which lie in a file of their own."""
    model, weights = tmp_path / "m.xml", tmp_path / "m.bin"
    model.write_text("<net/>")
    weights.write_bytes(b"one")
    before = hash_files(model)
    weights.write_bytes(b"two")
    assert hash_files(model) != before


@pytest.mark.parametrize(("processor", "exactly"), [("AVX2", "False"), ("AVX512_CORE", "False")])
def test_processors_that_overflow_are_told(processor: str, exactly: str) -> None:
    """Kept to the instructions of an older x86 processor, the runtime overflows, and the question finds out."""
    program = "from casetrail.adapters.openvino_models.quantised import sums_exactly; print(sums_exactly())"
    asked = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "ONEDNN_MAX_CPU_ISA": processor},
        capture_output=True,
        text=True,
        check=True,
    )
    assert asked.stdout.strip() == exactly


class TestPersonDetector:
    """The default detector in both precisions."""

    def test_stamp_says_the_precision(self, models_dir: Path) -> None:
        """Presences of the two precisions are never taken for each other's."""
        exact = RetailPersonDetector(STAMP, models_dir / DETECTOR, 1, exact=True)
        usual = RetailPersonDetector(STAMP, models_dir / DETECTOR, 1)
        assert exact.stamp == STAMP
        assert usual.stamp.name == (f"{STAMP.name}-int8" if sums_exactly() else STAMP.name)

    def test_convolutions_run_in_integers(self, models_dir: Path) -> None:
        """The runtime took the rounding steps up: all 114 convolutions are integer ones, the first too."""
        if not sums_exactly():
            pytest.skip("this processor stays with floats")
        network = Network(models_dir / DETECTOR, 1, ranges=find_ranges(models_dir / DETECTOR))
        network.run(np.zeros((1, 64, 96, 3), np.uint8))
        kinds = _kinds_of_convolutions(network)
        assert len(kinds) == 114
        assert sum(kind.endswith("I8") for kind in kinds) == 114

    def test_same_people_on_any_number_of_threads(self, models_dir: Path) -> None:
        """The same picture gives the same boxes and confidences, whoever computes them."""
        street = draw_street()
        one, two = (RetailPersonDetector(STAMP, models_dir / DETECTOR, n).detect([street])[0] for n in (1, 2))
        assert np.array_equal(one.xyxy, two.xyxy)
        assert np.array_equal(one.confidence, two.confidence)


def _both(shift: dict[str, np.ndarray] | None = None) -> tuple[np.ndarray, np.ndarray]:
    """What the drawn network answers exactly, and with rounding."""
    picture = np.random.default_rng(0).normal(size=(1, 3, 16, 16)).astype(np.float32)
    low, high, none = {}, {}, {name: np.zeros(4) for name in ("pointwise_convolution", "depthwise_convolution", "last")}
    model = _drawn_network()
    for place in find_places(model):
        probe = model.clone()
        probe.add_outputs([found.output for found in find_places(probe) if found.name == place.name])
        values = _run(probe, picture)[-1]
        axes = (0, 2, 3) if place.by_channel else None
        low[place.name], high[place.name] = np.atleast_1d(values.min(axis=axes)), np.atleast_1d(values.max(axis=axes))
    rounded_ = quantise(model, Ranges(low, high, none | (shift or {})))
    return _run(model, picture)[0], _run(rounded_, picture)[0]


def _run(model: Any, picture: np.ndarray) -> list[np.ndarray]:
    compiled = ov.Core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": "1"})
    answers = compiled(picture)
    return [np.array(answers[port]) for port in compiled.outputs]


def _drawn_network() -> Any:
    """A small network: a picture, three kinds of convolution, a maximum, and a sum of two branches."""
    weights = np.random.default_rng(1).normal(size=(4, 4, 3, 3)).astype(np.float32)
    picture = ops.parameter([1, 3, 16, 16], np.float32, name="picture")
    first = _named(ops.relu(_convolve(picture, weights[:, :3], "first_convolution")), "first")
    pointwise = _convolve(first, weights[:, :, :1, :1], "pointwise_convolution")
    pointwise = _named(ops.relu(pointwise), "pointwise")
    spots = ops.group_convolution(pointwise, weights[:, :1, None], [1, 1], [1, 1], [1, 1], [1, 1])
    spots = _named(spots, "depthwise_convolution")
    depthwise = _named(ops.relu(ops.add(spots, np.full((1, 4, 1, 1), 0.5, np.float32))), "depthwise")
    joined = ops.add(ops.add(first, depthwise), np.zeros((1, 4, 1, 1), np.float32))
    pooled = ops.max_pool(depthwise, [2, 2], [1, 1], [0, 0], [0, 0], [2, 2]).output(0)
    last = _convolve(pooled, weights, "last")
    return ov.Model([last, joined], [picture])


def _convolve(value: Any, weights: np.ndarray, name: str) -> Any:
    pads = [weights.shape[-1] // 2] * 2
    return _named(ops.convolution(value, weights, [1, 1], pads, pads, [1, 1]), name)


def _named(node: Any, name: str) -> Any:
    node.set_friendly_name(name)
    return node


def _kinds_of_convolutions(network: Network) -> list[str]:
    compiled = next(iter(network._compiled.values()))
    infos = [node.get_rt_info() for node in compiled.get_runtime_model().get_ordered_ops()]
    named = [(info["layerType"].astype(str), info["primitiveType"].astype(str)) for info in infos]
    return [kind for layer, kind in named if layer in ("Convolution", "GroupConvolution")]
