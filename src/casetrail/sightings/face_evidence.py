"""What the similarity of two faces is worth: how many times likelier it is for one person than for two.

It depends on how large the face is and on whether one of the two, or both, wear a mask: a mask hides half of what
tells people apart, and two masks resemble each other. So there is a curve for each case that was measured, and a face
that no measured curve fits gives no evidence at all. Only numbers come here, never a face.
"""

from dataclasses import dataclass

import numpy as np

from casetrail.sightings.sightings import MaskState

HIGHEST = 3.0  # natural log: about 20 to 1 for or against; thirteen people's faces bear no stronger claim
MASKED = (MaskState.WORN, MaskState.BADLY)
SOURCE = (
    "face-reidentification-retail-0095 on published portraits of no documented consent, masks drawn, "
    "benchmarks/fit_faces.py, docs/adr/0013; not a claim about consented faces"
)


@dataclass(frozen=True)
class FaceCurve:
    """Cosines of pairs whose smaller face is at least `least_px` wide, and of which `masked` (0, 1, 2) wear a mask.

    Mean and standard deviation for the same person and for different ones.
    """

    least_px: float
    masked: int
    same_mean: float
    same_std: float
    different_mean: float
    different_std: float


CURVES = (  # benchmarks/fit_faces.py; masked faces below 32 px told half of the people nothing: no curve
    FaceCurve(24, 0, 0.396, 0.208, 0.033, 0.113),
    FaceCurve(32, 0, 0.451, 0.222, 0.037, 0.114),
    FaceCurve(48, 0, 0.485, 0.213, 0.037, 0.113),
    FaceCurve(32, 1, 0.277, 0.195, 0.026, 0.104),
    FaceCurve(48, 1, 0.326, 0.178, 0.032, 0.105),
    FaceCurve(32, 2, 0.388, 0.213, 0.095, 0.135),
    FaceCurve(48, 2, 0.457, 0.198, 0.117, 0.142),
)


def face_log_ratio(similarity: float, width_px: float, states: tuple[MaskState, MaskState]) -> float:
    """Natural log of density(same person) / density(different people), within `HIGHEST`; never falls with similarity.

    `width_px`: of the smaller face. `states`: mask states of both; where one is unknown, the weakest of the curves that
    may apply counts. 0 where no curve was measured.
    """
    unknown = states.count(MaskState.UNKNOWN)
    least = sum(state in MASKED for state in states)
    curves = [_curve(width_px, masked) for masked in range(least, least + unknown + 1)]
    ratios = [0.0 if curve is None else curve_log_ratio(similarity, curve) for curve in curves]
    if min(ratios) < 0 < max(ratios):
        return 0.0
    return min(ratios, key=abs)


def curve_log_ratio(similarity: float, curve: FaceCurve) -> float:
    """The same for one curve."""
    at = max(similarity, _lowest(curve))
    same, different = (at - curve.same_mean) / curve.same_std, (at - curve.different_mean) / curve.different_std
    ratio = (different**2 - same**2) / 2 + np.log(curve.different_std / curve.same_std)
    return float(np.clip(ratio, -HIGHEST, HIGHEST))


def _curve(width_px: float, masked: int) -> FaceCurve | None:
    fits = [curve for curve in CURVES if curve.masked == masked and width_px >= curve.least_px]
    return max(fits, key=lambda curve: curve.least_px, default=None)


def _lowest(curve: FaceCurve) -> float:
    """Where the ratio of the two normals is smallest: below it the wider curve would wrongly win again."""
    same, different = 1 / curve.same_std**2, 1 / curve.different_std**2
    return (curve.different_mean * different - curve.same_mean * same) / (different - same)
