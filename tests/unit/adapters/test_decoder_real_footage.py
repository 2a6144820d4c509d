"""The decoder on real recordings (needs CASETRAIL_TEST_DATA)."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from casetrail.bootstrap import open_decoder
from casetrail.footage.files import measure_size
from casetrail.footage.recordings import Recording

pytestmark = pytest.mark.needs_data


def _recording(path: Path) -> Recording:
    return Recording("CAM01", str(path), 0, open_decoder(1).probe(str(path)), measure_size(path))


def test_vtest(shared_data: Path) -> None:
    """The PETS recording has 795 frames at 10 per second and keyframes at 0, 250, 500 and 750."""
    recording = _recording(shared_data / "opencv_vtest" / "vtest.avi")
    media = recording.media
    assert (media.frames, media.time_base, media.first_pts, media.end_pts, media.doubts) == (
        795,
        Fraction(1, 10),
        0,
        795,
        (),
    )
    packets = list(open_decoder(1).read_packets(recording))
    assert [packet.pts for packet in packets if packet.keyframe] == [0, 250, 500, 750]


def test_vtest_views_equal_frames(shared_data: Path) -> None:
    """A view fetched alone is, to the last bit, the frame of reading through."""
    recording = _recording(shared_data / "opencv_vtest" / "vtest.avi")
    decoder = open_decoder(1)
    through = {frame.pts: frame.image for frame in decoder.read_frames(recording, 240, 520)}
    views = list(decoder.read_views(recording, [517, 250, 263, 250]))
    assert [view.pts for view in views] == [250, 263, 517]
    assert all(np.array_equal(view.image, through[view.pts]) for view in views)


def test_raw_stream(shared_data: Path) -> None:
    """The raw H.264 recording is counted at the 12 frames per second in its own headers."""
    recording = _recording(shared_data / "intel_people_detection" / "people-detection.264")
    media = recording.media
    assert (media.frames, media.time_base, media.end_pts) == (596, Fraction(1, 12), 596)
    decoder = open_decoder(1)
    through = {frame.pts: frame.image for frame in decoder.read_frames(recording, 495, 505)}
    views = list(decoder.read_views(recording, [499, 500, 501]))
    assert sorted(through) == list(range(495, 505))
    assert all(np.array_equal(view.image, through[view.pts]) for view in views)


def test_reordered_mp4(shared_data: Path) -> None:
    """A high-definition mp4 with B-frames: 126 frames, each once, evenly spaced."""
    recording = _recording(shared_data / "towncentre" / "TownCentreXVID_5s_25fps.mp4")
    pts = [frame.pts for frame in open_decoder(1).read_frames(recording)]
    assert pts == list(range(0, 126 * 512, 512))
