"""Letting a model read pictures as they lie in memory: bytes, channels last.

The first layers of a detector bring bytes to floats, shift and scale each colour, and convolve. Bytes are whole
numbers already, so the first convolution can run in 8-bit integers without rounding what it reads: the scale of each
colour goes into its weights, the shift into its bias. All that rounding takes is in the weights.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import openvino as ov
from openvino import opset13 as ops

from casetrail.adapters.openvino_models.quantised import constant_values, is_constant, rounded, rounded_weights
from casetrail.model.arrays import Floats
from casetrail.model.errors import IntegrityError

GREY = 73.0  # what lies beyond the picture's edge, as the stored model has it on average over its colours


@dataclass(frozen=True)
class _Stem:
    """The first layers: each colour times `scale` plus `shift`, `(channels,)` each, then a convolution and its bias."""

    picture: Any
    convolution: Any
    bias: Any
    scale: Floats
    shift: Floats


def read_bytes(model: Any) -> Any:
    """A model whose input is `(n, 3, h, w)` floats, changed to read `(n, h, w, 3)` uint8 and to convolve them in
    8-bit integers; the given one is used up.

    Raises IntegrityError when the model does not begin with scaling and a convolution that has a bias.
    """
    stem = _find_stem(model)
    picture = ops.parameter(ov.PartialShape([-1, -1, -1, 3]), np.uint8, name=stem.picture.get_friendly_name())
    turned = ops.transpose(picture, ops.constant(np.array([0, 3, 1, 2], np.int64)))
    convolved = _in_integers(stem, turned)
    for reader in stem.bias.output(0).get_target_inputs():
        reader.replace_source_output(convolved)
    for reader in stem.picture.output(0).get_target_inputs():  # priors ask how large the picture is
        if reader.get_node().get_type_name() == "ShapeOf":
            reader.replace_source_output(turned.output(0))
    changed = ov.Model(model.get_results(), [picture], model.get_friendly_name())
    changed.validate_nodes_and_infer_types()
    return changed


def _in_integers(stem: _Stem, turned: Any) -> Any:
    """What the stem computes, from bytes. Zero stands for grey, so that padding with zeros pads with grey."""
    weights = constant_values(stem.convolution.input_value(1).get_node())
    scaled = (weights * stem.scale[None, :, None, None]).astype(np.float32)
    shift = (weights * (stem.shift + GREY * stem.scale)[None, :, None, None]).sum(axis=(1, 2, 3))
    centred = ops.subtract(ops.convert(turned, "f32"), ops.constant(np.full((1, 1, 1, 1), GREY, np.float32)))
    given = stem.convolution.get_attributes()
    read = rounded(centred.output(0), np.full(1, -GREY), np.full(1, 255 - GREY))
    shape = (given["strides"], given["pads_begin"], given["pads_end"], given["dilations"])
    convolved = ops.convolution(read, ops.constant(scaled), *shape, auto_pad=given["auto_pad"])
    convolved.input(1).replace_source_output(rounded_weights(convolved))
    bias = _constant_side(stem.bias).reshape(1, -1, 1, 1) + shift.reshape(1, -1, 1, 1)
    return ops.add(convolved, ops.constant(bias.astype(np.float32))).output(0)


def _find_stem(model: Any) -> _Stem:
    """The first layers of a model, which must be one multiplication, one sum, a convolution and its bias."""
    (picture,) = model.get_parameters()
    scaling = _only_reader(picture, "Multiply", picture)
    shifting = _only_reader(scaling, "Add", picture)
    convolution = _only_reader(shifting, "Convolution", picture)
    bias = _only_reader(convolution, "Add", picture)
    return _Stem(picture, convolution, bias, _constant_side(scaling).ravel(), _constant_side(shifting).ravel())


def _only_reader(node: Any, kind: str, picture: Any) -> Any:
    """The one node that reads what another gives, apart from asking for its shape."""
    readers = [reader.get_node() for reader in node.output(0).get_target_inputs()]
    found = [reader for reader in readers if reader.get_type_name() != "ShapeOf"]
    if len(found) != 1 or found[0].get_type_name() != kind:
        what = f"the model does not begin as one that reads bytes ({kind} is expected after {node.get_type_name()})"
        raise IntegrityError(what, where=picture.get_friendly_name(), todo="use the version in the lock file")
    return found[0]


def _constant_side(node: Any) -> Floats:
    """The stored numbers that a node adds or multiplies with."""
    sides = [node.input_value(side).get_node() for side in (0, 1)]
    return constant_values(next(side for side in sides if is_constant(side)))
