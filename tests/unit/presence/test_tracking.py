"""The tracker tells people apart by how they move, and would rather cut than merge."""

from dataclasses import replace

import numpy as np
import pytest

from casetrail.presence.detector import Detections
from casetrail.presence.tracking import STANDARD, track, without_duplicates
from casetrail.presence.tracklets import Tracklet

WH = (768, 576)
H, W = 80.0, 30.0
NOBODY = Detections(np.zeros((0, 4), np.float32), np.zeros(0, np.float32))


def boxes(*feet: tuple[float, float, float]) -> Detections:
    """Detections of people of 80 px at `(x, foot y, confidence)`."""
    rows = np.array([(x - W / 2, y - H, x + W / 2, y, sure) for x, y, sure in feet], np.float32).reshape(-1, 5)
    return Detections(rows[:, :4].copy(), rows[:, 4].copy())


def walk(frames: int, rate: float = 10.0, start: float = 100.0, speed: float = 60.0) -> np.ndarray:
    """Where somebody is in each frame who walks at so many pixels a second."""
    return start + speed * np.arange(frames) / rate


def feet(tracklet: Tracklet) -> np.ndarray:
    """Middle x of each row."""
    return (tracklet.xyxy[:, 0] + tracklet.xyxy[:, 2]) / 2


def times(frames: int, rate: float = 10.0) -> np.ndarray:
    """Seconds of each frame."""
    return np.arange(frames) / rate


@pytest.mark.parametrize("rate", [2.0, 7.0, 25.0])
def test_one_walker_is_one_tracklet_at_any_rate(rate: float) -> None:
    """The motion model takes its time from the clock, so no number depends on the frame rate."""
    frames = int(6 * rate)
    path = walk(frames, rate)
    (found,) = track([boxes((x, 300, 0.9)) for x in path], times(frames, rate), WH)
    assert (found.first, found.last) == (0, frames - 1)
    assert np.abs(feet(found) - path).max() < 2


def test_two_who_cross_keep_their_names() -> None:
    """People who pass each other on lanes of their own stay who they were."""
    right, left = walk(60), walk(60, start=500.0, speed=-60.0)
    found = track([boxes((a, 300, 0.9), (b, 330, 0.9)) for a, b in zip(right, left, strict=True)], times(60), WH)
    assert len(found) == 2
    assert sorted(round(float(feet(item)[-1] - feet(item)[0]), -1) for item in found) == [-350, 350]


def test_gap_is_bridged_and_marked() -> None:
    """Somebody who is hidden for two seconds behind a pillar is one tracklet; the gap has confidence 0."""
    seen = [boxes((x, 300, 0.9)) if not 25 <= n < 45 else NOBODY for n, x in enumerate(walk(70))]
    (found,) = track(seen, times(70), WH)
    assert len(found) == 70
    assert (found.confidence[25:45] == 0).all()
    assert (found.confidence[:25] > 0).all()
    assert np.abs(feet(found)[25:45] - walk(70)[25:45]).max() < 10


def test_doubtful_detections_continue_but_never_start() -> None:
    """Low confidence keeps a tracklet alive; alone it makes none."""
    path = walk(40)
    fading = [boxes((x, 300, 0.9 if n < 15 else 0.3)) for n, x in enumerate(path)]
    (found,) = track(fading, times(40), WH, replace(STANDARD, least_confidence=0.2))
    assert found.last == 39
    assert track([boxes((x, 300, 0.3)) for x in path], times(40), WH) == []


def test_newcomer_elsewhere_is_somebody_else() -> None:
    """Who vanishes on one side is not joined to who appears on the other."""
    seen = [boxes((100 + 2 * n, 300, 0.9)) if n < 30 else boxes((600 + 2 * n, 420, 0.9)) for n in range(60)]
    assert len(track(seen, times(60), WH)) == 2


def test_long_absence_is_cut() -> None:
    """After a longer absence than anybody could explain, a new tracklet begins."""
    seen = [boxes((300, 300, 0.9)) if n < 20 or n > 120 else NOBODY for n in range(140)]
    assert len(track(seen, times(140), WH)) == 2


def test_twins_after_a_gap_are_cut_not_guessed() -> None:
    """Where two would fit equally well after a gap, neither is chosen."""
    seen = [boxes((300, 300, 0.9)) for _ in range(20)] + [NOBODY] * 15
    seen += [boxes((280, 300, 0.9), (320, 300, 0.9)) for _ in range(20)]
    found = track(seen, times(55), WH)
    assert sorted((item.first, item.last) for item in found) == [(0, 19), (35, 54), (35, 54)]


def test_flicker_is_not_a_person() -> None:
    """A box of a frame or two, however sure, and a long doubtful one are both dropped."""
    flicker = [boxes((300, 300, 0.99)) if n in (10, 11) else NOBODY for n in range(40)]
    assert track(flicker, times(40), WH) == []
    ghost = [boxes((300, 300, 0.75 if n % 20 == 0 else 0.25)) for n in range(60)]
    assert track(ghost, times(60), WH) == []


def test_thing_that_never_moves_must_be_sure() -> None:
    """A shape that is taken for a person now and then is dropped; who walks, or surely stands, is kept."""
    standing = [boxes((300, 300, 0.8 if n % 10 == 0 else 0.5)) for n in range(60)]
    assert track(standing, times(60), WH) == []
    walking = [boxes((x, 300, 0.8 if n % 10 == 0 else 0.5)) for n, x in enumerate(walk(60))]
    assert len(track(walking, times(60), WH)) == 1
    assert len(track([boxes((300, 300, 0.8))] * 60, times(60), WH)) == 1


def test_uneven_looks_make_no_difference() -> None:
    """Now five looks a second, now twenty-five: two people who walk towards each other and pass stay themselves."""
    looks = np.concatenate([np.arange(0, 3, 0.2), np.arange(3, 4, 0.04), np.arange(4, 8, 0.2)])
    right, left = 100 + 60 * looks, 580 - 60 * looks
    found = track([boxes((a, 300, 0.9), (b, 345, 0.9)) for a, b in zip(right, left, strict=True)], looks, WH)
    assert [len(item) for item in found] == [len(looks)] * 2
    assert sorted(round(float(feet(item)[-1] - feet(item)[0]), -1) for item in found) == [-470, 470]


def test_who_is_lost_among_others_is_cut_not_swapped() -> None:
    """Two who become one box and part again slowly: nobody is followed from the one into the other."""
    apart = np.concatenate([np.arange(60, 0, -6), np.zeros(8), np.arange(6, 66, 6)])
    seen = [boxes((300 - a, 300, 0.9), (300 + a, 300, 0.9)) if a > 12 else boxes((300, 300, 0.9)) for a in apart]
    found = track(seen, times(len(seen)), WH)
    assert len(found) == 4
    assert not any(item.first <= 8 and item.last >= 20 for item in found)


def test_second_boxes_of_one_person_go() -> None:
    """A box much like a surer one, or inside it, is the same person; a neighbour is not."""
    xyxy = np.array([[0, 0, 40, 100], [2, 0, 42, 98], [8, 2, 32, 50], [60, 0, 100, 100]], np.float32)
    kept = without_duplicates(Detections(xyxy, np.array([0.9, 0.8, 0.7, 0.6], np.float32)))
    assert kept.xyxy.tolist() == [xyxy[0].tolist(), xyxy[3].tolist()]


def test_jitter_is_smoothed() -> None:
    """The boxes of a tracklet are nearer to the truth than the detections that it was made of."""
    noise = np.random.default_rng(4).normal(0, 3, 80)
    path = walk(80)
    (found,) = track([boxes((x + e, 300, 0.9)) for x, e in zip(path, noise, strict=True)], times(80), WH)
    assert np.abs(feet(found) - path).mean() < 0.7 * np.abs(noise).mean()


def test_nobody_is_claimed_who_is_mostly_outside() -> None:
    """Of those who leave over the upper edge, the tracklet ends where less than half is left in the picture."""
    path = np.linspace(300, 10, 90)
    seen = [Detections(np.array([[300, max(y - H, 0), 330, y]], np.float32), np.ones(1, np.float32)) for y in path]
    (found,) = track(seen, times(90), WH)
    assert path[found.last] == pytest.approx(H / 2, abs=6)
    (everything,) = track(seen, times(90), WH, replace(STANDARD, least_inside=0.0))
    assert everything.last == 89


def test_head_and_shoulders_at_the_lower_edge_are_somebody() -> None:
    """Of those who walk along below the picture more than half is missing; their heads are there, so they stay."""
    whole = [(x, 300, 0.9) for x in walk(60)]
    rows = [boxes(one, (x, 608, 0.9)) for one, x in zip(whole, walk(60, start=200), strict=True)]
    for found in rows:
        np.minimum(found.xyxy, 576, out=found.xyxy)
    assert [len(item) for item in track(rows, times(60), WH)] == [60, 60]


def test_feet_behind_a_wall_are_worked_out_and_said_to_be() -> None:
    """A wall hides the legs of a walker for a second: the box stays whole, and its feet count as unseen."""
    seen = [boxes((x, 300, 0.9)) for x in walk(60)]
    for found in seen[25:35]:
        found.xyxy[:, 3] -= 0.2 * H
    (item,) = track(seen, times(60), WH)
    assert np.abs(item.xyxy[:, 3] - 300).max() < 4
    assert np.flatnonzero(~item.foot_seen).tolist() == list(range(25, 35))


def test_nobody_is_nothing() -> None:
    """No frames, or frames without anybody, give no tracklet."""
    assert track([], np.zeros(0), WH) == []
    assert track([NOBODY] * 5, times(5), WH) == []
