"""What holds for any detections: the tracker invents nobody, loses its head over nothing, and repeats itself."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from casetrail.adapters.presence_index.columns import build_table, read_rows
from casetrail.presence.detector import Detections
from casetrail.presence.tracking import track
from casetrail.presence.tracklets import foot_height_width, to_xyxy
from casetrail.testing.made_presences import make_presence, make_segment, same_presence

WH = (640, 480)
COORDINATE = st.floats(0, 600, width=32)
BOX = st.tuples(COORDINATE, COORDINATE, st.floats(1, 200, width=32), st.floats(1, 300, width=32))
FRAME = st.lists(st.tuples(BOX, st.floats(0.0625, 1, width=32)), max_size=4)


def detections(frame: list[tuple[tuple[float, float, float, float], float]]) -> Detections:
    """Any boxes with any confidences."""
    boxes = np.array([(x, y, x + w, y + h) for (x, y, w, h), _ in frame], np.float32).reshape(-1, 4)
    return Detections(boxes, np.array([sure for _, sure in frame], np.float32))


@settings(max_examples=60, deadline=None)
@given(st.lists(FRAME, max_size=15), st.lists(st.floats(0.001, 5), min_size=15, max_size=15))
def test_any_detections_give_sound_tracklets(frames: list, steps: list[float]) -> None:
    """Finite boxes, unbroken frames, seen at both ends, no more people in a frame than were ever detected at once."""
    found = [detections(frame) for frame in frames]
    times_s = np.cumsum(steps)[: len(frames)]
    tracklets = track(found, times_s, WH)
    for item in tracklets:
        assert np.isfinite(item.xyxy).all()
        assert item.frame.tolist() == list(range(item.first, item.last + 1))
        assert item.confidence[0] > 0
        assert item.confidence[-1] > 0
    for frame, one in enumerate(found):
        seen = sum(item.confidence[frame - item.first] > 0 for item in tracklets if item.first <= frame <= item.last)
        assert seen <= len(one.confidence)


@settings(max_examples=30, deadline=None)
@given(st.lists(FRAME, max_size=12))
def test_same_detections_give_same_tracklets(frames: list) -> None:
    """Tracking is a function."""
    found, times_s = [detections(frame) for frame in frames], np.arange(len(frames)) / 10
    first, second = track(found, times_s, WH), track(found, times_s, WH)
    assert [item.xyxy.tobytes() for item in first] == [item.xyxy.tobytes() for item in second]


@settings(max_examples=30, deadline=None)
@given(st.integers(5, 40), st.floats(-80, 80), st.floats(0.25, 4))
def test_size_of_the_picture_does_not_matter(frames: int, speed: float, zoom: float) -> None:
    """The same walk filmed with twice the pixels gives the same tracklets, twice as large."""
    x = 320 + speed * np.arange(frames) / 10
    walk = [np.array([[a - 15, 200, a + 15, 280]], np.float32) for a in x]
    times_s, sure = np.arange(frames) / 10, np.array([0.9], np.float32)
    small = track([Detections(box, sure) for box in walk], times_s, WH)
    large = track([Detections(box * np.float32(zoom), sure) for box in walk], times_s, tuple(int(s * zoom) for s in WH))
    assert [len(item) for item in small] == [len(item) for item in large]
    assert all(np.allclose(a.xyxy * zoom, b.xyxy, atol=0.02 * zoom + 0.01) for a, b in zip(small, large, strict=True))


@given(st.lists(BOX, min_size=1, max_size=5))
def test_box_forms_agree(rows: list[tuple[float, float, float, float]]) -> None:
    """Middle x, foot, height and width say the same as the corners."""
    xyxy = np.array([(x, y, x + w, y + h) for x, y, w, h in rows], np.float32)
    assert np.allclose(to_xyxy(foot_height_width(xyxy)), xyxy, atol=1e-3)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.builds(
            make_presence,
            start_us=st.integers(-(2**50), 2**50),
            frames=st.integers(1, 30),
            number=st.integers(0, 10**6),
            on_ground=st.booleans(),
        ),
        max_size=5,
        unique_by=lambda item: item.presence_id,
    )
)
def test_columns_lose_nothing(presences: list) -> None:
    """Any presences come back from their columns in every bit."""
    read = {item.presence_id: item for item in read_rows(build_table(make_segment(), presences))}
    assert len(read) == len(presences)
    assert all(same_presence(item, read[item.presence_id]) for item in presences)
