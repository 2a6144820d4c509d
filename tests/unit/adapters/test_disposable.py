"""Telling packets that no other picture needs."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from casetrail.adapters.decoder.disposable import tell_disposable
from casetrail.bootstrap import open_decoder
from casetrail.footage.files import measure_size
from casetrail.footage.recordings import Recording
from casetrail.testing.drawn_files import Encoding, write_image_sequence, write_recording
from casetrail.testing.drawn_footage import street_scene

SLICE, REFERRED_SLICE, EXTRA = b"\x01\xaa", b"\x61\xaa", b"\x06\xaa"


@dataclass(frozen=True)
class _Codec:
    name: str
    extradata: bytes | None = None


@dataclass(frozen=True)
class _Stream:
    codec_context: _Codec = field(default_factory=lambda: _Codec("h264"))


@pytest.mark.parametrize("codec", ["h264", "hevc", "mpeg4"])
def test_drawn_recordings_have_some(codec: str, tmp_path: Path) -> None:
    """With two B pictures between the others, at least a third of all packets is needed by no other."""
    path = write_recording(street_scene(1, frames=30), tmp_path / "drawn.mkv", Encoding(codec, b_frames=2))
    packets = _packets(path)
    assert sum(packet.disposable for packet in packets) >= 10
    assert not any(packet.disposable and packet.keyframe for packet in packets)


@pytest.mark.parametrize("encoding", [Encoding("h264"), Encoding("mpeg4")])
def test_without_b_pictures_all_are_needed(encoding: Encoding, tmp_path: Path) -> None:
    """Each picture is what the next refers to."""
    path = write_recording(street_scene(1, frames=30), tmp_path / "drawn.mkv", encoding)
    assert not any(packet.disposable for packet in _packets(path))


def test_pictures_that_stand_alone_need_no_other(tmp_path: Path) -> None:
    """Of Motion JPEG and of a folder of pictures each one can be left out."""
    scene = street_scene(1, frames=12)
    film = write_recording(scene, tmp_path / "drawn.avi", Encoding("mjpeg", keyframe_every=1))
    for path in (film, write_image_sequence(scene, tmp_path / "pictures")):
        assert [packet.disposable for packet in _packets(path)] == [True] * 12


def test_every_part_of_a_packet_counts() -> None:
    """Two fields in a packet: it can only be left out when neither is referred to."""
    tell = tell_disposable(_Stream())
    start = b"\x00\x00\x01"
    assert tell(start + EXTRA + start + SLICE + start + SLICE)
    assert not tell(start + SLICE + start + REFERRED_SLICE)


def test_packets_without_a_picture_are_kept() -> None:
    """What holds parameters only, is empty or is cut short is left to the decoder."""
    tell = tell_disposable(_Stream())
    for data in (b"", b"\x00\x00\x01", b"\x00\x00\x01" + EXTRA, b"\x01"):
        assert not tell(data)


def test_lengths_before_units() -> None:
    """In an mp4 units follow their lengths; a length that lies is not followed beyond the packet."""
    tell = tell_disposable(_Stream(_Codec("h264", b"\x01\x64\x00\x1f\xff")))
    assert tell(b"\x00\x00\x00\x02" + SLICE)
    assert not tell(b"\x00\x00\x00\x02" + SLICE + b"\xff\xff\xff\xff" + REFERRED_SLICE)


def test_hevc_in_several_layers_is_kept_whole() -> None:
    """A picture that its own layer does not need may be needed by the layer above; unknown layers count as several."""
    unused = b"\x00\x00\x01\x00\x01\xaa"
    for setup, expected in ((_sps(0), True), (_sps(1), False), (None, False)):
        assert tell_disposable(_Stream(_Codec("hevc", setup)))(unused) is expected


def test_other_codecs_are_kept_whole() -> None:
    """Where headers are not understood, nothing is left out."""
    assert not tell_disposable(_Stream(_Codec("vp9")))(b"\x00\x00\x01" + SLICE)


def _sps(layers_less_one: int) -> bytes:
    return bytes([0, 0, 1, 33 << 1, 1, layers_less_one << 1])


def _packets(path: Path):  # type: ignore[no-untyped-def]
    decoder = open_decoder(threads=1)
    return list(decoder.read_packets(Recording("CAM01", str(path), 0, decoder.probe(str(path)), measure_size(path))))
