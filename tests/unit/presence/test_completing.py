"""What an edge, a person or a wall cuts off a box is added again, and it is said which feet were not seen."""

import numpy as np

from casetrail.presence.completing import complete
from casetrail.presence.detector import Detections
from casetrail.presence.perspective import Perspective
from casetrail.presence.tracklets import Tracklet, build_tracklet

WH = (1000, 800)
ABOVE = Perspective(base=40, slope=0.2, tilt=0, middle=500, spread=0.05)
LEVEL = Perspective(base=-200, slope=1.0, tilt=0, middle=500, spread=0.05)
TIMES = np.arange(40) / 10
NOBODY = Detections(np.zeros((0, 4), np.float32), np.zeros(0, np.float32))


def walker(foot: np.ndarray, plane: Perspective = ABOVE, x: float = 300.0, tall: float = 1.0) -> np.ndarray:
    """Whole boxes of somebody whose feet are in these rows."""
    height = tall * plane.height_at(np.full(len(foot), x), foot)
    return np.stack([x - 0.2 * height, foot - height, x + 0.2 * height, foot], axis=1)


def fragment(boxes: np.ndarray) -> Tracklet:
    """A fragment of these boxes, one a frame."""
    return build_tracklet(np.arange(len(boxes)), boxes.astype(np.float32), np.full(len(boxes), 0.9))


def frames(*people: np.ndarray) -> list[Detections]:
    """Everybody's boxes frame by frame."""
    return [Detections(np.array(boxes, np.float32), np.full(len(boxes), 0.9)) for boxes in zip(*people, strict=True)]


def test_whole_boxes_stay_as_they_are() -> None:
    """Somebody seen whole, though taller than most, is left alone."""
    item = fragment(walker(np.linspace(400, 600, 40), tall=1.2))
    (made,) = complete([item], [NOBODY] * 40, ABOVE, TIMES, WH)
    assert made.xyxy.tolist() == item.xyxy.tolist()
    assert made.foot_seen.all()


def test_who_passes_behind_somebody_keeps_the_feet() -> None:
    """The lower half of a tall person is hidden for a second: it is added, and the feet count as unseen."""
    true = walker(np.linspace(400, 480, 40), tall=1.15)
    nearer = walker(np.full(40, 535.0))
    nearer[[*range(15), *range(25, 40)]] += [400, 0, 400, 0]
    seen = true.copy()
    seen[15:25, 3] = nearer[15:25, 1] + 20
    (made,) = complete([fragment(seen)], frames(seen, nearer), ABOVE, TIMES, WH)
    hidden = np.arange(15, 25)
    assert np.abs(made.xyxy[hidden] - true[hidden])[:, 3].max() < 7 < np.abs(seen[hidden] - true[hidden])[:, 3].min()
    assert not made.foot_seen[hidden].any()
    assert made.foot_seen[:10].all()


def test_who_passes_behind_a_wall_keeps_the_feet() -> None:
    """Nobody stands in front, but the feet leave the line from before to after and the head does not."""
    true = walker(np.linspace(400, 480, 40))
    seen = true.copy()
    seen[15:25, 3] -= 40
    (made,) = complete([fragment(seen)], [NOBODY] * 40, ABOVE, TIMES, WH)
    assert np.abs(made.xyxy - true).max() < 4
    assert np.flatnonzero(~made.foot_seen).tolist() == list(range(15, 25))


def test_from_eye_height_somebody_stays_as_high_as_before() -> None:
    """Where the head does not tell the feet, the height shortly before and after does."""
    true = walker(np.full(40, 500.0), LEVEL)
    nearer = walker(np.full(40, 560.0), LEVEL)
    nearer[[*range(15), *range(25, 40)]] += [400, 0, 400, 0]
    seen = true.copy()
    seen[15:25, 3] -= 120
    (made,) = complete([fragment(seen)], frames(seen, nearer), LEVEL, TIMES, WH)
    assert np.abs(made.xyxy - true).max() < 1


def test_a_head_above_the_picture_is_added() -> None:
    """Whoever walks out over the upper edge keeps the height; the box reaches beyond the picture."""
    true = walker(np.linspace(200, 30, 40))
    (made,) = complete([fragment(np.maximum(true, 0))], [NOBODY] * 40, ABOVE, TIMES, WH)
    assert np.abs(made.xyxy[-1] - true[-1]).max() < 0.1
    assert made.foot_seen.all()


def test_who_is_never_seen_whole_is_taken_as_most_are() -> None:
    """Without a whole box, somebody behind somebody else is as high as people are there."""
    true = walker(np.full(40, 450.0))
    nearer = walker(np.full(40, 540.0))
    seen = true.copy()
    seen[:, 3] -= 50
    (made,) = complete([fragment(seen)], frames(seen, nearer), ABOVE, TIMES, WH)
    assert np.abs(made.xyxy - true).max() < 1
    assert complete([], [NOBODY] * 40, ABOVE, TIMES, WH) == []
