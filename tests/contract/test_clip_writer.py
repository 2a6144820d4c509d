"""Every clip writer keeps the ClipWriter contract; the real one leaves nothing but timed pictures in its file."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from casetrail.adapters.pyav_clips import PyavClipWriter
from casetrail.evidence.clip_writer import ClipWriter
from casetrail.model.errors import MissingError
from casetrail.testing.contracts.clip_writer import TIME_BASE, WH, ClipWriterContract, clip_pictures
from casetrail.testing.fake_clip_writer import FakeClipWriter


class TestFakeClipWriter(ClipWriterContract):
    """The fake."""

    @pytest.fixture
    def writer(self) -> ClipWriter:
        """A fresh fake."""
        return FakeClipWriter()


class TestPyavClipWriter(ClipWriterContract):
    """H.264 in MP4."""

    @pytest.fixture
    def writer(self) -> ClipWriter:
        """The writer."""
        return PyavClipWriter()

    def test_times_and_pictures_come_back(self, writer: ClipWriter, tmp_path: Path) -> None:
        """Every frame stands at exactly tick * time_base, about as bright as it was."""
        path, given = tmp_path / "clip.mp4", clip_pictures()
        writer.write_clip(path, given, WH, TIME_BASE)
        with av.open(str(path)) as file:
            frames = list(file.decode(video=0))
        assert [Fraction(frame.pts) * frame.time_base for frame in frames] == [tick * TIME_BASE for tick, _ in given]
        means = [frame.to_ndarray(format="bgr24").mean() for frame in frames]
        assert np.allclose(means, [picture.mean() for _, picture in given], atol=4)

    def test_the_same_pictures_give_the_same_file(self, writer: ClipWriter, tmp_path: Path) -> None:
        """Threads change nothing: evidence can be made again, byte for byte."""
        noise = np.random.default_rng(3).integers(0, 255, (40, WH[1], WH[0], 3), dtype=np.uint8)
        for name in ("one.mp4", "two.mp4"):
            writer.write_clip(tmp_path / name, list(enumerate(noise)), WH, TIME_BASE)
        assert (tmp_path / "one.mp4").read_bytes() == (tmp_path / "two.mp4").read_bytes()

    def test_no_sound_no_metadata(self, writer: ClipWriter, tmp_path: Path) -> None:
        """One stream of pictures, in a form that plays everywhere; no title, date, place or encoder in the file."""
        path = tmp_path / "clip.mp4"
        writer.write_clip(path, clip_pictures(), WH, TIME_BASE)
        with av.open(str(path)) as file:
            assert [stream.type for stream in file.streams] == ["video"]
            assert file.streams.video[0].codec_context.pix_fmt == "yuv420p"
            told = {*file.metadata, *file.streams.video[0].metadata}
        assert told <= {"major_brand", "minor_version", "compatible_brands", "language", "handler_name"}
        assert not any(mark in path.read_bytes() for mark in (b"Lavf", b"Lavc", b"x264", b"clip.mp4"))

    def test_a_folder_that_is_not_there(self, writer: ClipWriter, tmp_path: Path) -> None:
        """A place that cannot be written is missing, said in one line."""
        with pytest.raises(MissingError):
            writer.write_clip(tmp_path / "gone" / "clip.mp4", clip_pictures(), WH, TIME_BASE)
