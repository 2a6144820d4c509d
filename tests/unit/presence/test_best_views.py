"""Best views are large, whole, uncovered, spread in time and cheap to decode; hidden feet are told."""

import numpy as np

from casetrail.presence.best_views import choose_views, find_hidden_feet, measure_cover, view_quality
from casetrail.presence.tracklets import Tracklet, build_tracklet

WH = (640, 480)


def standing(rows: list[tuple[float, float, float, float]], confidence: float = 0.9) -> Tracklet:
    """A tracklet with these boxes, one a frame."""
    return build_tracklet(np.arange(len(rows)), np.array(rows, np.float32), np.full(len(rows), confidence, np.float32))


def test_views_are_spread_and_best_first() -> None:
    """Each fifth of the time gives its best row; the best of all comes first."""
    quality = np.full(50, 0.5, np.float32)
    quality[[3, 14, 27, 33, 48]] = [0.6, 0.7, 0.9, 0.65, 0.8]
    views = choose_views(quality, np.arange(50) / 10, np.zeros(50, bool))
    assert views == [27, 48, 14, 33, 3]


def test_keyframe_wins_over_a_slightly_better_row() -> None:
    """A keyframe decodes alone, so it wins within a margin, and loses beyond."""
    keyframe = np.zeros(10, bool)
    keyframe[2] = True
    times_s = np.arange(10) / 25
    quality = np.full(10, 0.5, np.float32)
    quality[7], quality[2] = 0.8, 0.75
    assert choose_views(quality, times_s, keyframe) == [2]
    quality[2] = 0.5
    assert choose_views(quality, times_s, keyframe) == [7]


def test_short_presence_has_one_view_and_unseen_none() -> None:
    """Half a second gives one view; rows that nobody detected give none."""
    assert len(choose_views(np.full(5, 0.5, np.float32), np.arange(5) / 10, np.zeros(5, bool))) == 1
    assert choose_views(np.zeros(5, np.float32), np.arange(5) / 10, np.zeros(5, bool)) == []


def test_poor_view_is_left_out() -> None:
    """A stretch in which the person is hardly seen gives no view."""
    quality = np.concatenate([np.full(20, 0.9), np.full(20, 0.05)]).astype(np.float32)
    assert all(row < 20 for row in choose_views(quality, np.arange(40) / 10, np.zeros(40, bool)))


def test_quality_falls_with_cover_edge_and_distance() -> None:
    """Large, whole and uncovered is best."""
    whole = standing([(100, 100, 160, 260)])
    (best,) = view_quality(whole, np.zeros(1, np.float32), WH)
    (covered,) = view_quality(whole, np.full(1, 0.5, np.float32), WH)
    (cut,) = view_quality(standing([(0, 100, 60, 260)]), np.zeros(1, np.float32), WH)
    (far,) = view_quality(standing([(100, 100, 115, 140)]), np.zeros(1, np.float32), WH)
    assert best > covered
    assert best > cut
    assert best > far > 0
    assert view_quality(standing([(100, 100, 160, 260)], 0.0), np.zeros(1, np.float32), WH).tolist() == [0]


def test_nearer_person_covers_the_farther() -> None:
    """Whoever stands lower in the picture hides the other, not the other way round."""
    far, near = standing([(100, 100, 140, 200)]), standing([(100, 150, 140, 250)])
    (far_cover, far_feet), (near_cover, near_feet) = measure_cover([far, near], 1)
    assert far_cover[0] == 0.5
    assert far_feet[0] == 1
    assert (near_cover[0], near_feet[0]) == (0, 0)


def test_feet_are_hidden_by_edge_person_or_thing() -> None:
    """The picture's lower edge, somebody nearer, and a counter that cuts the box all hide the feet."""
    rows = [(100.0 + n, 200.0, 140.0 + n, 300.0) for n in range(30)]
    rows[10] = (110.0, 200.0, 150.0, 260.0)
    walker = standing(rows)
    times_s = np.arange(30) / 10
    behind = np.zeros(30, np.float32)
    behind[20] = 0.8
    assert np.flatnonzero(find_hidden_feet(walker, behind, times_s, WH)).tolist() == [10, 20]
    at_edge = standing([(100, 400, 140, 480), (100, 390, 140, 470)])
    assert find_hidden_feet(at_edge, np.zeros(2, np.float32), np.arange(2) / 10, WH).tolist() == [True, False]


def test_feet_are_unknown_in_a_long_gap_only() -> None:
    """A frame or two without detection leave the feet where they were; a second does not."""
    confidence = np.full(40, 0.9, np.float32)
    confidence[5:7] = confidence[15:25] = 0
    item = build_tracklet(np.arange(40), np.tile(np.array([[100, 200, 140, 300]], np.float32), (40, 1)), confidence)
    hidden = find_hidden_feet(item, np.zeros(40, np.float32), np.arange(40) / 10, WH)
    assert np.flatnonzero(hidden).tolist() == list(range(15, 25))


def test_worked_out_feet_are_hidden_and_no_good_view() -> None:
    """Rows whose feet the tracker worked out count as hidden feet, and as worse views."""
    boxes = np.tile(np.array([[100, 200, 140, 300]], np.float32), (2, 1))
    item = build_tracklet(np.arange(2), boxes, np.full(2, 0.9, np.float32), np.array([True, False]))
    assert find_hidden_feet(item, np.zeros(2, np.float32), np.arange(2) / 10, WH).tolist() == [False, True]
    seen, guessed = view_quality(item, np.zeros(2, np.float32), WH)
    assert guessed < seen
