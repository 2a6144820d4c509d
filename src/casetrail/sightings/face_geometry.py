"""How a face is turned and how large it is, from its five points. Nothing here compares faces."""

from dataclasses import dataclass

import numpy as np

from casetrail.model.arrays import Floats

LEAST_LENGTH_PX = 1e-3
MOST_TURNED = 0.6  # beyond it one side of the face, and of a mask, is out of sight


@dataclass(frozen=True)
class FacePose:
    """Shape of one face in the picture.

    `eyes_px`: pixels between the eyes. `turned`: how far the nose lies from the middle of the eyes, along their line,
    in distances between the eyes: 0 from the front, about 0.35 half turned, above 0.6 in profile. `tilt_rad`: angle
    of that line, 0 level.
    """

    eyes_px: float
    turned: float
    tilt_rad: float

    @property
    def in_profile(self) -> bool:
        """Whether the face is turned so far that half of it cannot be seen."""
        return self.turned > MOST_TURNED


def read_pose(landmarks: Floats) -> FacePose:
    """Pose from `landmarks` `(5, 2)`: eyes, nose, mouth corners, in pixels."""
    along = landmarks[1] - landmarks[0]
    distance = max(float(np.linalg.norm(along)), LEAST_LENGTH_PX)
    nose = landmarks[2] - (landmarks[0] + landmarks[1]) / 2
    return FacePose(distance, abs(float(nose @ along)) / distance**2, float(np.arctan2(along[1], along[0])))
