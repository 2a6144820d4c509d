"""Contract of the EveryFrameTracker port: people keep their names from frame to frame."""

from collections.abc import Callable

import numpy as np

from casetrail.app.evaluate.presence import EveryFrameTracker
from casetrail.presence.detector import Detections


def _walkers(frame: int) -> Detections:
    """Two people who walk towards each other on lanes of their own."""
    boxes = [[20 + 4 * frame, 100, 60 + 4 * frame, 200], [400 - 4 * frame, 240, 440 - 4 * frame, 340]]
    return Detections(np.array(boxes, np.float32), np.array([0.95, 0.9], np.float32))


class EveryFrameTrackerContract:
    """Every tracker passes these. A subclass gives the fixture `open_tracker`: from frames a second to a tracker."""

    def test_people_keep_their_names(self, open_tracker: Callable[[float], EveryFrameTracker]) -> None:
        """Once they have been seen for a while, two walkers are two people, each always the same one."""
        tracker = open_tracker(10.0)
        followed = [tracker.follow(_walkers(frame)) for frame in range(30)]
        named = [dict(zip(one.xyxy[:, 1] > 150, one.person, strict=True)) for one in followed[10:]]
        assert all(len(one) == 2 for one in named)
        assert len({one[False] for one in named}) == len({one[True] for one in named}) == 1

    def test_boxes_are_where_people_are(self, open_tracker: Callable[[float], EveryFrameTracker]) -> None:
        """Boxes are float32 `(n, 4)`, near the detections of their frame."""
        tracker = open_tracker(10.0)
        last = [tracker.follow(_walkers(frame)) for frame in range(20)][-1]
        assert last.xyxy.dtype == np.float32
        order = np.argsort(last.xyxy[:, 1])
        assert np.abs(last.xyxy[order] - _walkers(19).xyxy).max() < 12

    def test_nobody_is_nobody(self, open_tracker: Callable[[float], EveryFrameTracker]) -> None:
        """A frame without detections names nobody, and the next one works."""
        tracker = open_tracker(10.0)
        nobody = Detections(np.zeros((0, 4), np.float32), np.zeros(0, np.float32))
        assert tracker.follow(nobody).xyxy.shape == (0, 4)
        tracker.follow(_walkers(0))

    def test_each_recording_starts_afresh(self, open_tracker: Callable[[float], EveryFrameTracker]) -> None:
        """Two trackers know nothing of each other: the same detections give the same names."""
        one, other = ([t.follow(_walkers(frame)) for frame in range(12)] for t in map(open_tracker, (10.0, 10.0)))
        partition = [[len(set(frame.person.tolist())) for frame in run] for run in (one, other)]
        assert partition[0] == partition[1]
