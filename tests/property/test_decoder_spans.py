"""However a recording is cut into spans and views, each frame comes exactly once and is the right one."""

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from casetrail.bootstrap import open_decoder
from casetrail.footage.files import measure_size
from casetrail.footage.recordings import Recording
from casetrail.testing.drawn_files import Encoding, write_recording
from casetrail.testing.drawn_footage import read_number, street_scene

FRAMES = 30
MODEST = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module", params=["a.mp4", "a.ts", "a.264"])
def recording(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Recording:
    """Thirty frames with B-frames, a keyframe every seven."""
    scene = street_scene(1, frames=FRAMES, rate=Fraction(25))
    path = tmp_path_factory.mktemp("spans") / request.param
    write_recording(scene, path, Encoding("h264", keyframe_every=7, b_frames=2))
    return Recording("CAM01", str(path), 0, open_decoder(1).probe(str(path)), measure_size(path))


@MODEST
@given(cuts=st.sets(st.integers(1, FRAMES - 1), max_size=5))
def test_any_cuts(recording: Recording, cuts: set[int]) -> None:
    """Spans between any cuts add up to the whole."""
    decoder = open_decoder(1)
    pts = [packet.pts for packet in decoder.read_packets(recording)]
    ends = [pts[0], *(pts[cut] for cut in sorted(cuts)), recording.media.end_pts]
    numbers = [
        read_number(frame.image)
        for start, end in pairwise(ends)
        for frame in decoder.read_frames(recording, start, end)
    ]
    assert numbers == list(range(FRAMES))


@MODEST
@given(wanted=st.lists(st.integers(0, FRAMES - 1), max_size=8))
def test_any_views(recording: Recording, wanted: list[int]) -> None:
    """Any views, in any order, are the frames asked for."""
    decoder = open_decoder(1)
    pts = [packet.pts for packet in decoder.read_packets(recording)]
    numbers = [read_number(frame.image) for frame in decoder.read_views(recording, [pts[number] for number in wanted])]
    assert numbers == sorted(set(wanted))
