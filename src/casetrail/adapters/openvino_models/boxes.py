"""Keeping one box per person or face."""

import numpy as np

from casetrail.model.arrays import Floats, Integers
from casetrail.model.geometry import box_cover, box_overlap


def keep_distinct(xyxy: Floats, confidence: Floats, *, overlap: float, cover: float = 1.01) -> Integers:
    """Indices of boxes, surest first, that neither overlap a surer one by more than `overlap` (intersection over
    union) nor share more than `cover` of the smaller of both with it.
    """
    order = np.argsort(-confidence, kind="stable")
    boxes = xyxy[order]
    shared = box_cover(boxes, boxes)
    clash = (box_overlap(boxes, boxes) > overlap) | (np.maximum(shared, shared.T) > cover)
    alive = np.ones(len(order), dtype=bool)
    for index in range(len(order)):
        if alive[index]:
            alive[index + 1 :] &= ~clash[index, index + 1 :]
    kept: Integers = order[alive]
    return kept


def inside(xyxy: Floats, wh: tuple[int, int]) -> Floats:
    """Boxes cut at the edges of the picture."""
    limits = np.array([wh[0], wh[1], wh[0], wh[1]], dtype=np.float32)
    cut: Floats = np.clip(xyxy, 0, limits).astype(np.float32)
    return cut
