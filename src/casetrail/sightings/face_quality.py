"""Whether a face shows enough to be compared, and how much its view should count. No face is compared here."""

from dataclasses import dataclass

import numpy as np

from casetrail.model.arrays import Doubles, Floats, Image
from casetrail.sightings.face_geometry import read_pose

LEAST_COMPARED_PX = 24.0  # width of the face: below it most faces show too little, and no curve was measured
LEAST_SHARPNESS = 0.3  # below it the same face is less and less like itself, which must not speak against anyone
MOST_TURNED = 0.45  # distances between the eyes by which the nose is off: few faces turned further were measured
SIDE_PX = 48
EYES = np.array([[0.37, 0.47], [0.63, 0.47]]) * SIDE_PX  # where the eyes lie in the patch that is looked at
FULL_WIDTH_PX, FULL_SHARPNESS = 48.0, 0.6  # more of either does not make faces more alike


@dataclass(frozen=True)
class FaceQuality:
    """What one face shows. `width_px` of its box, `sharpness` as `read_quality` says, `turned` as in `FacePose`."""

    width_px: float
    sharpness: float
    turned: float

    @property
    def comparable(self) -> bool:
        """Whether it may be compared at all."""
        return self.width_px >= LEAST_COMPARED_PX and self.sharpness >= LEAST_SHARPNESS and self.turned <= MOST_TURNED

    @property
    def weight(self) -> float:
        """How much its view counts beside others, 0..1: small, unsharp and turned faces less."""
        size = min(self.width_px / FULL_WIDTH_PX, 1.0)
        return size * min(self.sharpness / FULL_SHARPNESS, 1.0) * (1 - min(self.turned, MOST_TURNED))


def read_quality(image: Image, xyxy: Floats, landmarks: Floats) -> FaceQuality:
    """Quality of the face with box `(4,)` and points `(5, 2)`, in pixels of the picture.

    Sharpness: spread of the Laplacian over the spread of the grey values, both on the face brought to 48 pixels by
    its eyes. It does not depend on contrast, and falls with defocus, motion, compression and enlargement alike.
    """
    grey = _upright(image, landmarks[:2].astype(np.float64))
    inner = grey[1:-1, 1:-1]
    change = grey[1:-1, 2:] + grey[1:-1, :-2] + grey[2:, 1:-1] + grey[:-2, 1:-1] - 4 * inner
    sharpness = float(change.std()) / max(float(inner.std()), 1.0)
    return FaceQuality(float(xyxy[2] - xyxy[0]), sharpness, read_pose(landmarks).turned)


def _upright(image: Image, eyes: Doubles) -> Doubles:
    """The face as grey values `(48, 48)`, bilinear, eyes level and in their place; the edge goes on outside."""
    along, wanted = eyes[1] - eyes[0], EYES[1] - EYES[0]
    turn = complex(*along) / complex(*wanted) if np.linalg.norm(along) > 0 else 0j
    y, x = np.mgrid[:SIDE_PX, :SIDE_PX]
    at = turn * ((x - EYES[0, 0]) + 1j * (y - EYES[0, 1])) + complex(*eyes[0])
    column = np.clip(at.real, 0, image.shape[1] - 1.001)
    row = np.clip(at.imag, 0, image.shape[0] - 1.001)
    left, top = column.astype(np.int64), row.astype(np.int64)
    share_x, share_y = column - left, row - top

    def grey(down: int, across: int) -> Doubles:
        rows, columns = np.minimum(top + down, image.shape[0] - 1), np.minimum(left + across, image.shape[1] - 1)
        return np.asarray(image[rows, columns].mean(axis=-1))

    upper = grey(0, 0) * (1 - share_x) + grey(0, 1) * share_x
    lower = grey(1, 0) * (1 - share_x) + grey(1, 1) * share_x
    return np.asarray(upper * (1 - share_y) + lower * share_y)
