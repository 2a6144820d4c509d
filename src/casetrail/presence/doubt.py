"""When it is doubtful who is who, so that it is worth looking at more frames there."""

from collections.abc import Iterable, Sequence

import numpy as np

from casetrail.model.arrays import Doubles, Flags
from casetrail.presence.best_views import cut_by_edge
from casetrail.presence.detector import Detections
from casetrail.presence.pace import follow
from casetrail.presence.tracking import STANDARD, TrackingRules, without_duplicates
from casetrail.presence.tracklets import Tracklet


def doubtful_moments(
    detections: Sequence[Detections],
    times_s: Doubles,
    image_wh: tuple[int, int],
    rules: TrackingRules = STANDARD,
) -> list[tuple[float, float]]:
    """Steps `(start_s, end_s)` from one look to the next in which it is doubtful who is who, by start.

    There, reading forwards and backwards contradict each other, or somebody surely seen begins or ends inside the
    picture. A look at the middle of each step tells most. Arguments as in `track`.
    """
    single = [without_duplicates(found, rules) for found in detections]
    fragments, contradicted, _ = follow(single, times_s, rules.association)
    sure = [item for item in fragments if float(item.confidence.max()) >= rules.association.first]
    doubtful = np.zeros(max(len(times_s) - 1, 0), bool)
    for start, end in [*contradicted, *_sudden(sure, len(times_s), image_wh)]:
        doubtful[start:end] = True
    return [(float(times_s[step]), float(times_s[step + 1])) for step in np.flatnonzero(doubtful)]


def _sudden(fragments: Sequence[Tracklet], looks: int, image_wh: tuple[int, int]) -> Iterable[tuple[int, int]]:
    """The steps before fragments that begin, and after those that end, where the picture's edge is not near."""
    for item in fragments:
        at_edge: Flags = np.asarray(cut_by_edge(item.xyxy[[0, -1]], image_wh).any(axis=1))
        if not at_edge[0] and item.first > 0:
            yield item.first - 1, item.first
        if not at_edge[1] and item.last < looks - 1:
            yield item.last, item.last + 1
