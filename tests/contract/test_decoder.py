"""Every decoder keeps the Decoder contract, over every form of recording."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from casetrail.bootstrap import open_decoder
from casetrail.footage.decoder import Decoder
from casetrail.footage.files import measure_size
from casetrail.footage.recordings import Recording
from casetrail.testing.contracts.decoder import DecoderCase, DecoderContract
from casetrail.testing.drawn_files import Encoding, write_image_sequence, write_recording
from casetrail.testing.drawn_footage import Scene, street_scene
from casetrail.testing.fake_decoder import SIZE_BYTES, FakeDecoder

FORMS: dict[str, Encoding | None] = {
    "h264.mp4": Encoding("h264", b_frames=2, sound=True),
    "h264.mkv": Encoding("h264", b_frames=3),
    "h264.ts": Encoding("h264", b_frames=2),
    "h264.avi": Encoding("h264", b_frames=2),
    "hevc.mkv": Encoding("hevc", b_frames=2),
    "hevc.mp4": Encoding("hevc", b_frames=3),
    "mpeg4.avi": Encoding("mpeg4"),
    "mpeg4_b.avi": Encoding("mpeg4", b_frames=2),
    "mjpeg.avi": Encoding("mjpeg", keyframe_every=1),
    "raw.264": Encoding("h264"),
    "raw_b.264": Encoding("h264", b_frames=2),
    "raw_b.265": Encoding("hevc", b_frames=2),
    "sequence": None,
}
WriteCase = Callable[[str, Decoder], DecoderCase]


@pytest.fixture(scope="module")
def scene() -> Scene:
    """Three people, 40 frames, 12 a second."""
    return street_scene(3, frames=40, rate=Fraction(12))


@pytest.fixture(scope="module")
def write_case(scene: Scene, tmp_path_factory: pytest.TempPathFactory) -> WriteCase:
    """Writes the scene in one form, once, and probes it with a decoder."""
    folder = tmp_path_factory.mktemp("forms")

    def written(form: str) -> Path:
        encoding, path = FORMS[form], folder / form
        if path.exists():
            return path
        return write_recording(scene, path, encoding) if encoding else write_image_sequence(scene, path)

    def case(form: str, decoder: Decoder) -> DecoderCase:
        path, encoding = written(form), FORMS[form]
        recording = Recording("CAM01", str(path), 0, decoder.probe(str(path)), measure_size(path))
        return DecoderCase(decoder, recording, scene, tuple(range(0, 40, encoding.keyframe_every if encoding else 1)))

    return case


@pytest.mark.parametrize("form", FORMS)
class TestMediaDecoder(DecoderContract):
    """The adapter, over files and image sequences."""

    @pytest.fixture
    def case(self, form: str, write_case: WriteCase) -> DecoderCase:
        """The scene in one form."""
        return write_case(form, open_decoder(threads=1))


@pytest.mark.parametrize("form", ["h264.mp4", "raw_b.264"])
class TestMediaDecoderThreaded(DecoderContract):
    """The adapter, decoding on several threads."""

    @pytest.fixture
    def case(self, form: str, write_case: WriteCase) -> DecoderCase:
        """The scene in one form."""
        return write_case(form, open_decoder(threads=3))


class TestFakeDecoder(DecoderContract):
    """The fake."""

    @pytest.fixture
    def case(self, scene: Scene) -> DecoderCase:
        """The scene, served from memory."""
        decoder = FakeDecoder({"drawn": scene})
        recording = Recording("CAM01", "drawn", 0, decoder.probe("drawn"), SIZE_BYTES)
        return DecoderCase(decoder, recording, scene, tuple(range(0, 40, 12)))
