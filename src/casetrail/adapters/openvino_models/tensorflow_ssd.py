"""SSD MobileNet v2 as TensorFlow stored it, cut down to its convolutions: what is around them is done here.

The stored graph holds a loop that resizes and one that suppresses boxes for each of 90 classes; with them it
takes three times as long to load and cannot be run on several tiles at once. Anchors and box coding follow the
detection configuration that the graph was exported from (six layers, scales 0.2 to 0.95, coder 10, 10, 5, 5);
source: Liu et al., SSD: Single Shot MultiBox Detector (ECCV 2016).
"""

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import openvino as ov
from openvino.frontend import FrontEndManager

from casetrail.model.arrays import Array, Floats

SIDE = 300
PERSON, CLASSES = 1, 91
GRIDS = (19, 10, 5, 3, 2, 1)
RATIOS = (1.0, 2.0, 0.5, 3.0, 1 / 3)
_INPUT = "Preprocessor/sub:0"
_BOXES = [f"BoxPredictor_{layer}/BoxEncodingPredictor/BiasAdd:0" for layer in range(len(GRIDS))]
_CLASSES = [f"BoxPredictor_{layer}/ClassPredictor/BiasAdd:0" for layer in range(len(GRIDS))]


def read_convolutions(path: Path) -> Any:
    """The stored graph from its scaled picture to its raw boxes and classes. Raises RuntimeError of the runtime."""
    front = FrontEndManager().load_by_framework("tf")
    graph = front.load(str(path))
    places = [graph.get_place_by_tensor_name(name) for name in (*_BOXES, *_CLASSES)]
    graph.extract_subgraph([graph.get_place_by_tensor_name(_INPUT)], places)
    whole = front.convert(graph)
    picture = [given for given in whole.get_parameters() if given.get_element_type() == ov.Type.f32]
    return ov.Model([result.input_value(0) for result in whole.get_results()], picture)


def scale_pixels(pictures: Array) -> Floats:
    """Pixels `(n, 300, 300, 3)` RGB, uint8, as the convolutions want them: -1..1."""
    scaled: Floats = pictures.astype(np.float32) * np.float32(2 / 255) - np.float32(1)
    return scaled


def decode_people(answers: dict[str, Floats]) -> tuple[Floats, Floats]:
    """Boxes `(n, 1917, 4)` as shares of the picture, and confidence `(n, 1917)` that each is a person."""
    count = len(answers[_name(_BOXES[0])])
    codes = np.concatenate([answers[_name(name)].reshape(count, -1, 4) for name in _BOXES], axis=1)
    classes = [answers[_name(name)].reshape(count, -1, CLASSES)[..., PERSON] for name in _CLASSES]
    centre, size = _anchors()
    middle = codes[..., 1::-1] / 10 * size + centre
    half = np.exp(codes[..., :1:-1] / 5) * size / 2
    boxes: Floats = np.concatenate([middle - half, middle + half], axis=-1)
    confidence: Floats = (1 / (1 + np.exp(-np.concatenate(classes, axis=1)))).astype(np.float32)
    return boxes, confidence


@cache
def _anchors() -> tuple[Floats, Floats]:
    """Centres and sizes `(1917, 2)` of the anchors, x before y, as shares of the picture."""
    scales = [*np.linspace(0.2, 0.95, len(GRIDS)), 1.0]
    centres, sizes = [], []
    for layer, grid in enumerate(GRIDS):
        shapes = _shapes(layer, scales[layer], scales[layer + 1])
        at = (np.arange(grid) + 0.5) / grid
        cells = np.stack(np.meshgrid(at, at), axis=-1).reshape(-1, 2)
        centres.append(np.repeat(cells, len(shapes), axis=0))
        sizes.append(np.tile(shapes, (len(cells), 1)))
    return np.concatenate(centres).astype(np.float32), np.concatenate(sizes).astype(np.float32)


def _shapes(layer: int, scale: float, following: float) -> Array:
    """Width and height of a layer's anchors; the first layer has three, one of them half as large."""
    pairs = [(scale, ratio) for ratio in RATIOS] + [(np.sqrt(scale * following), 1.0)]
    if layer == 0:
        pairs = [(0.1, 1.0), (scale, 2.0), (scale, 0.5)]
    return np.array([(size * np.sqrt(ratio), size / np.sqrt(ratio)) for size, ratio in pairs])


def _name(tensor: str) -> str:
    return tensor.partition(":")[0]
