"""What comparing consented faces gives in the simulated city: seldom readable, one of the two masked, as measured."""

from dataclasses import dataclass

from casetrail.sightings.face_evidence import CURVES, face_log_ratio
from casetrail.sightings.sightings import MaskState
from casetrail.testing.city.clothing import Rows
from casetrail.testing.city.hashing import mix_keys, normals_of, uniform_of

READABLE = 0.15  # of presences: towards the camera, near enough and sharp
FACE_PX = 32.0
_READ, _ALIKE = 50, 51


@dataclass(frozen=True)
class Faces:
    """Comparisons with one index case, who wears a mask where they are filmed and none in the reference."""

    seed: int
    case: int

    def compare(self, rows: Rows) -> list[tuple[float | None, float | None]]:
        """Similarity and what it is worth, None twice where no face can be read; the same whenever it is asked."""
        curve = next(each for each in CURVES if each.least_px == FACE_PX and each.masked == 1)
        readable = uniform_of(mix_keys(self.seed, _READ, rows.row)) < READABLE
        drawn = normals_of(mix_keys(self.seed, _ALIKE, self.case, rows.row), 1)[:, 0]
        same = rows.person == self.case
        mean = [curve.same_mean if one else curve.different_mean for one in same]
        std = [curve.same_std if one else curve.different_std for one in same]
        states = (MaskState.WORN, MaskState.NONE)
        found = [float(m + s * z) for m, s, z in zip(mean, std, drawn, strict=True)]
        return [
            (alike, face_log_ratio(alike, FACE_PX, states)) if seen else (None, None)
            for alike, seen in zip(found, readable, strict=True)
        ]
