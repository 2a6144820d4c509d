"""Prediction: how likely each unopened presence is the next or last sighting, so that the likeliest is opened first."""

from collections.abc import Mapping, Sequence

import numpy as np

from casetrail.model.arrays import Doubles
from casetrail.model.time import SECOND_US, UtcInterval
from casetrail.trace.anchors import Anchor
from casetrail.trace.inference import Surroundings
from casetrail.trace.places import build_places


def predict_presences(
    unopened: Sequence[tuple[str, UtcInterval]],
    likely: Mapping[tuple[str, UtcInterval], float],
    anchors: Sequence[Anchor],
    around: Surroundings,
) -> Doubles:
    """Relative probability `(n,)` that each unopened (camera, interval) holds the person, before looking.

    `likely`: opened (camera, interval) with their probability. From each of these and each anchor the person
    goes on, or came from, somewhere: choice of camera times transit density over the crowd of that camera.
    """
    named = [anchor for anchor in anchors if anchor.place is not None]
    places = build_places(around.cameras, named)
    camera = around.cameras.indices([camera_id for camera_id, _ in unopened])
    start = np.array([interval.start_us for _, interval in unopened], np.float64)
    end = np.array([interval.end_us for _, interval in unopened], np.float64)
    count = len(around.cameras.camera_ids)
    sources = [(count + row, a.interval, a.reliability) for row, a in enumerate(named)]
    index = {camera_id: row for row, camera_id in enumerate(around.cameras.camera_ids)}
    sources += [(index[camera_id], interval, p) for (camera_id, interval), p in likely.items()]
    total = np.full(len(unopened), 1e-12)
    for source, interval, probability in sources:
        after = (start - interval.end_us) / SECOND_US
        before = (interval.start_us - end) / SECOND_US
        seconds = np.where(after >= before, after, before)
        if source >= count:
            seconds = np.maximum(seconds, 0.0)
        origin = np.full(len(unopened), source)
        reach = np.exp(places.transit.log_density(origin, camera, seconds) + places.choice[origin, camera])
        total += probability * np.asarray(reach)
    return np.asarray(total / around.crowd_per_s[camera])
