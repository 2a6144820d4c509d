"""Where everybody seems to run, the clock is wrong, and people are followed as walkers."""

import numpy as np
import pytest

from casetrail.presence.detector import Detections
from casetrail.presence.pace import measure_stretch
from casetrail.presence.tracking import track
from casetrail.presence.tracklets import Tracklet, build_tracklet

WH = (768, 576)


def walker(speed: float, rows: int = 20) -> Tracklet:
    """Somebody of 80 px who covers so many pixels from row to row."""
    x = speed * np.arange(rows)
    boxes = np.stack([x, np.zeros(rows), x + 30, np.full(rows, 80.0)], axis=1)
    return build_tracklet(np.arange(rows), boxes, np.full(rows, 0.9))


@pytest.mark.parametrize(
    ("people", "expected"),
    [
        ([walker(4.0)] * 5, 1.0),
        ([walker(16.0)] * 5, 4.0),
        ([walker(16.0)] * 3, 1.0),
        ([walker(16.0)] * 3 + [walker(4.0)] * 4, 1.0),
        ([walker(16.0, rows=3)] * 5, 1.0),
        ([walker(16.0)] * 4 + [walker(0.0)] * 9, 4.0),
        ([], 1.0),
    ],
    ids=["they walk", "they run", "too few", "some run", "too briefly", "the others stand", "nobody"],
)
def test_seconds_are_stretched_only_when_all_seem_to_run(people: list[Tracklet], expected: float) -> None:
    """Ten rows a second: 4 px a row is half a height a second."""
    assert measure_stretch(people, np.arange(40) / 10) == pytest.approx(expected)


def test_people_of_a_fast_clock_stay_who_they_are() -> None:
    """Seven pictures a second that claim to be twenty-five: five people turn back while hidden, and stay five."""
    found = []
    for n in range(60):
        x = 60 + 8.5 * min(n, 60 - n)
        rows = [(x, 180 + 80 * lane) for lane in range(5) if not 27 <= n < 33]
        boxes = np.array([(x - 15, y - 80, x + 15, y) for x, y in rows], np.float32).reshape(-1, 4)
        found.append(Detections(boxes, np.full(len(rows), 0.9, np.float32)))
    assert [len(item) for item in track(found, np.arange(60) / 25, WH)] == [60] * 5
