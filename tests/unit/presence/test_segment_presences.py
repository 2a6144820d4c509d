"""From a drawn segment to its presences."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from casetrail.footage.cameras import ClockOffset
from casetrail.footage.recordings import Recording, Segment, cut_segments
from casetrail.model.geometry import box_overlap
from casetrail.model.ground_plane import GroundPlane
from casetrail.model.time import SECOND_US, parse_utc
from casetrail.presence.presences import MOST_VIEWS
from casetrail.presence.segment_presences import SegmentFindings, find_presences, segment_key
from casetrail.presence.tracking import STANDARD
from casetrail.testing.drawn_footage import Scene, find_truth, street_scene
from casetrail.testing.fake_decoder import SIZE_BYTES, FakeDecoder
from casetrail.testing.fake_detector import STAMP, FakeDetector
from casetrail.testing.made_presences import same_presence

START_US = parse_utc("2026-03-02T12:00:00Z")
CLOCK = ClockOffset(offset_s=2.5)


@pytest.fixture(scope="module")
def scene() -> Scene:
    """Three people on lanes of their own, 6 s."""
    return street_scene(3, frames=60, rate=Fraction(10))


def segments(scene: Scene, length_us: int = 300 * SECOND_US) -> tuple[Segment, ...]:
    """The scene's recording, cut."""
    media = FakeDecoder({"scene": scene}).probe("scene")
    return cut_segments(Recording("CAM01", "scene", START_US, media, SIZE_BYTES), CLOCK, length_us)


def find(scene: Scene, segment: Segment, ground: GroundPlane | None = None) -> SegmentFindings:
    """Presences of a segment of the scene."""
    return find_presences(segment, FakeDecoder({"scene": scene}), FakeDetector(), ground)


@pytest.fixture(scope="module")
def found(scene: Scene) -> SegmentFindings:
    """The presences of the whole scene."""
    return find(scene, segments(scene)[0])


def test_each_figure_is_one_presence(scene: Scene, found: SegmentFindings) -> None:
    """Three people give three presences whose boxes lie on the drawn ones."""
    assert len(found.presences) == 3
    truth = find_truth(scene)
    for presence in found.presences:
        for pts, box in zip(presence.pts[5::10], presence.xyxy[5::10], strict=True):
            drawn = np.array([one.xyxy for one in truth if one.frame == pts], np.float32)
            assert box_overlap(box[None], drawn).max() > 0.7


def test_time_is_exact_and_corrected_by_the_clock(found: SegmentFindings) -> None:
    """Every frame has the UTC that its pts and the camera's clock offset say."""
    for presence in found.presences:
        expected = START_US + presence.pts * (SECOND_US // 10) - 2_500_000
        assert presence.utc_us.tolist() == expected.tolist()


def test_work_is_counted(scene: Scene, found: SegmentFindings) -> None:
    """The findings say how much was looked at: under half the frames of a recording of ten a second."""
    assert (found.sampling.frames, len(found.sampling.looked)) == (60, 27)


def test_views_point_into_the_presence(found: SegmentFindings) -> None:
    """Views are few, best first, on frames of the presence, and carry its boxes."""
    for presence in found.presences:
        assert 1 <= len(presence.views) <= MOST_VIEWS
        qualities = [view.quality for view in presence.views]
        assert qualities == sorted(qualities, reverse=True)
        for view in presence.views:
            (row,) = np.flatnonzero(presence.pts == view.pts)
            assert tuple(presence.xyxy[row]) == view.xyxy


def test_boxes_are_quarter_pixels_inside_the_picture(found: SegmentFindings) -> None:
    """Boxes are quantised, read-only, and never leave the picture."""
    for presence in found.presences:
        assert (presence.xyxy * 4 == np.round(presence.xyxy * 4)).all()
        assert presence.xyxy.min() >= 0
        assert (presence.xyxy[:, [2, 3]] <= [320, 240]).all()
        assert not presence.xyxy.flags.writeable


def test_same_segment_gives_the_same_presences(scene: Scene, found: SegmentFindings) -> None:
    """Ids and every array are the same in a second run."""
    again = find(scene, segments(scene)[0])
    pairs = zip(found.presences, again.presences, strict=True)
    assert all(same_presence(one, other) for one, other in pairs)
    assert again.key == found.key


def test_border_cuts_a_person_in_two(scene: Scene) -> None:
    """Who is there when a segment ends is a presence on either side, without a shared frame."""
    first, second = (find(scene, segment) for segment in segments(scene, 3 * SECOND_US))
    assert (len(first.presences), len(second.presences)) == (3, 3)
    assert max(item.pts[-1] for item in first.presences) < 30 <= min(item.pts[0] for item in second.presences)
    ids = {item.presence_id for found in (first, second) for item in found.presences}
    assert len(ids) == 6


def test_ground_gives_metres(scene: Scene) -> None:
    """With a calibrated camera every foot has a place in metres; without one there is none."""
    plane = GroundPlane(np.diag([0.01, 0.02, 1.0]))
    presences = find(scene, segments(scene)[0], plane).presences
    for presence in presences:
        assert presence.foot_m is not None
        assert np.allclose(presence.foot_m, presence.foot_px * [0.01, 0.02], atol=1e-4)
    assert find(scene, segments(scene)[0]).presences[0].foot_m is None


def test_rules_and_models_name_the_unit(scene: Scene) -> None:
    """Other tracking rules or another detector make another unit of the same segment."""
    (segment,) = segments(scene)
    key = segment_key(segment, STAMP)
    assert key.segment_id == segment_key(segment, STAMP).segment_id
    assert key.segment_id != segment_key(segment, replace(STAMP, sha256_12="1" * 12)).segment_id
    assert key.segment_id != segment_key(segment, STAMP, replace(STANDARD, least_rows=9)).segment_id


def test_empty_scene_has_no_presence() -> None:
    """Nobody in the picture is no presence, and no error."""
    empty = Scene(frames=20)
    assert find(empty, segments(empty)[0]).presences == ()
