"""Within-camera tracking of a recording, read to its end: detections in, tracklets out. No appearance is used.

Duplicates go first, then detections are associated frame by frame, forwards and backwards, and cut where the two
contradict each other. Boxes that something cuts are made whole. Fragments that are long enough to tell how somebody
moves are joined over gaps; what is left goes into the gaps or is joined last. Tracklets that no person explains are
dropped, gaps are filled, and nobody is claimed who is mostly outside the picture.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from casetrail.model.arrays import Doubles
from casetrail.model.geometry import box_area, box_cover, box_overlap
from casetrail.presence.association import AssociationRules
from casetrail.presence.completing import complete
from casetrail.presence.detector import Detections
from casetrail.presence.gaps import take_into_gaps
from casetrail.presence.linking import LinkRules, link
from casetrail.presence.pace import follow
from casetrail.presence.perspective import learn_perspective
from casetrail.presence.smoothing import smooth
from casetrail.presence.tracklets import Tracklet, build_tracklet, foot_height_width, to_xyxy


@dataclass(frozen=True)
class TrackingRules:
    """Everything the tracker may be told. Confidences and shares 0..1; times in seconds.

    A fragment of `telling_rows` tells how somebody moves. Who leaves the place by less than `standing` of the height
    must be at least `least_standing` sure. A tracklet begins and ends with at least `least_inside` of the box inside
    the picture.
    """

    association: AssociationRules = field(default_factory=AssociationRules)
    linking: LinkRules = field(default_factory=LinkRules)
    same_overlap: float = 0.5
    nested_cover: float = 0.9
    telling_rows: int = 4
    gap_overlap: float = 0.4
    least_confidence: float = 0.45
    least_standing: float = 0.6
    standing: float = 0.5
    least_rows: int = 3
    least_s: float = 0.2
    smoothing_s: float = 0.4
    least_inside: float = 0.5


STANDARD = TrackingRules()


def track(
    detections: Sequence[Detections],
    times_s: Doubles,
    image_wh: tuple[int, int],
    rules: TrackingRules = STANDARD,
) -> list[Tracklet]:
    """Tracklets of the people in a recording, in order of first frame.

    `detections`: of each analysed frame; `times_s` `(n,)`: its seconds, rising; `image_wh`: picture size in
    pixels. The same input gives the same tracklets. Filled gaps have confidence 0.
    """
    single = [without_duplicates(found, rules) for found in detections]
    fragments, _, times_s = follow(single, times_s, rules.association)
    perspective = learn_perspective(single, image_wh)
    if perspective is not None:
        fragments = complete(fragments, single, perspective, times_s, image_wh)
    telling = [item for item in fragments if len(item) >= rules.telling_rows]
    rest = [item for item in fragments if len(item) < rules.telling_rows]
    linked = link(telling, times_s, image_wh, rules.linking)
    linked, rest = take_into_gaps(linked, rest, times_s, rules.gap_overlap)
    joined = link([*linked, *rest], times_s, image_wh, rules.linking)
    people = [item for item in joined if _is_person(item, times_s, rules)]
    smoothed = [smooth(item, times_s, rules.smoothing_s, perspective) for item in people]
    inside = [_inside(_fill(item, times_s), image_wh, rules.least_inside) for item in smoothed]
    return sorted(
        [item for item in inside if len(item)], key=lambda item: (item.first, item.last, item.xyxy[0].tolist())
    )


def without_duplicates(found: Detections, rules: TrackingRules = STANDARD) -> Detections:
    """The detections without second boxes of one person: much the same box, or one that lies within a surer one."""
    order = np.argsort(-found.confidence, kind="stable")
    xyxy = found.xyxy[order]
    same = box_overlap(xyxy, xyxy) > rules.same_overlap
    nested = box_cover(xyxy, xyxy) > rules.nested_cover
    keep: list[int] = []
    for index in range(len(order)):
        if not (same[index, keep] | nested[index, keep]).any():
            keep.append(index)
    kept = np.sort(order[keep]) if keep else np.zeros(0, np.int64)
    return Detections(found.xyxy[kept], found.confidence[kept])


def _is_person(tracklet: Tracklet, times_s: Doubles, rules: TrackingRules) -> bool:
    lasted_s = times_s[tracklet.last] - times_s[tracklet.first]
    least = rules.least_confidence if _moves(tracklet, rules.standing) else rules.least_standing
    sure = float(np.median(tracklet.confidence)) >= least
    return sure and len(tracklet) >= rules.least_rows and lasted_s >= rules.least_s


def _moves(tracklet: Tracklet, standing: float) -> bool:
    """Whether the feet leave their place by more than a share of the height: a thing that looks human never does."""
    values = foot_height_width(tracklet.xyxy)
    low, high = np.percentile(values[:, :2], [10, 90], axis=0)
    return bool((high - low).max() > standing * np.median(values[:, 2]))


def _inside(tracklet: Tracklet, image_wh: tuple[int, int], least: float) -> Tracklet:
    """From the first to the last row of which at least this share lies inside the picture; nothing of somebody of whom
    there is no such row, unless the head is in the picture.
    """
    seen = np.clip(tracklet.xyxy, 0, np.array([*image_wh, *image_wh], np.float32))
    rows = np.flatnonzero(box_area(seen) >= least * box_area(tracklet.xyxy))
    if len(rows):
        return tracklet.rows(np.arange(rows[0], rows[-1] + 1))
    return tracklet if np.median(tracklet.xyxy[:, 1]) > 0 else tracklet.rows(rows)


def _fill(tracklet: Tracklet, times_s: Doubles) -> Tracklet:
    """The tracklet with a row for every frame between its first and last; new rows have confidence 0."""
    frames = np.arange(tracklet.first, tracklet.last + 1)
    moments = times_s[tracklet.frame]
    values = foot_height_width(tracklet.xyxy)
    filled = np.stack([np.interp(times_s[frames], moments, values[:, axis]) for axis in range(4)], axis=1)
    confidence = np.zeros(len(frames), np.float32)
    confidence[tracklet.frame - tracklet.first] = tracklet.confidence
    seen = np.ones(len(frames), bool)
    seen[tracklet.frame - tracklet.first] = tracklet.foot_seen
    return build_tracklet(frames, to_xyxy(filled.astype(np.float32)), confidence, seen)
