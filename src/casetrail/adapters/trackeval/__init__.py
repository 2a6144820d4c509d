"""TrackingMeter by TrackEval (Luiten and Hoffhues, 2020), the reference implementation of HOTA."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import trackeval

from casetrail.app.evaluate.tracking import FrameBoxes, TrackingFigures
from casetrail.model.arrays import Integers
from casetrail.model.geometry import box_overlap

_QUIET = {"PRINT_CONFIG": False, "THRESHOLD": 0.5}


class TrackEvalMeter:
    """HOTA, DetA and AssA as means over all localisation levels; IDF1, MOTA and ID switches at an overlap of 0.5."""

    def measure(self, truth: Sequence[FrameBoxes], found: Sequence[FrameBoxes]) -> TrackingFigures:
        """Compare frame by frame."""
        data = _sequence(truth, found)
        hota = trackeval.metrics.HOTA().eval_sequence(data)
        clear = trackeval.metrics.CLEAR(_QUIET).eval_sequence(data)
        identity = trackeval.metrics.Identity(_QUIET).eval_sequence(data)
        return TrackingFigures(
            hota=float(np.mean(hota["HOTA"])),
            deta=float(np.mean(hota["DetA"])),
            assa=float(np.mean(hota["AssA"])),
            idf1=float(identity["IDF1"]),
            mota=float(clear["MOTA"]),
            id_switches=int(clear["IDSW"]),
        )


def _sequence(truth: Sequence[FrameBoxes], found: Sequence[FrameBoxes]) -> dict[str, Any]:
    """Both sides in the form that TrackEval's metrics read, with identities counted from 0."""
    true_names, true_ids = _numbered(truth)
    found_names, found_ids = _numbered(found)
    pairs = zip(truth, found, strict=True)
    return {
        "num_timesteps": len(truth),
        "num_gt_ids": len(true_names),
        "num_tracker_ids": len(found_names),
        "num_gt_dets": sum(len(ids) for ids in true_ids),
        "num_tracker_dets": sum(len(ids) for ids in found_ids),
        "gt_ids": true_ids,
        "tracker_ids": found_ids,
        "similarity_scores": [box_overlap(one.xyxy, other.xyxy).astype(np.float64) for one, other in pairs],
    }


def _numbered(frames: Sequence[FrameBoxes]) -> tuple[Integers, list[Integers]]:
    every = np.concatenate([frame.person for frame in frames]) if frames else np.zeros(0, np.int64)
    names = np.unique(every)
    return names, [np.searchsorted(names, frame.person) for frame in frames]
