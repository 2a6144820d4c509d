"""A file that is read several times in a row is opened once."""

import os
from collections.abc import Callable
from pathlib import Path

import av
import pytest

from casetrail.adapters.decoder.kept_file import KeptFile
from casetrail.bootstrap import open_decoder
from casetrail.footage.files import measure_size
from casetrail.footage.recordings import Recording
from casetrail.testing.drawn_files import Encoding, write_recording
from casetrail.testing.drawn_footage import read_number, street_scene

SCENE = street_scene(1, frames=40)


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths that were opened so far."""
    paths: list[str] = []
    plain: Callable[..., object] = av.open

    def counted(path: str, *rest: object, **options: object) -> object:
        paths.append(path)
        return plain(path, *rest, **options)

    monkeypatch.setattr(av, "open", counted)
    return paths


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.avi"])
def test_every_way_of_reading_uses_one_opening(name: str, tmp_path: Path, opened: list[str]) -> None:
    """Packets, a frame of a read that stops early, a span, and all frames: one opening, and the right frames."""
    codec = "mpeg4" if name.endswith("avi") else "h264"
    path = write_recording(SCENE, tmp_path / name, Encoding(codec, b_frames=0 if codec == "mpeg4" else 2))
    decoder = open_decoder(1)
    recording = Recording("CAM01", str(path), 0, decoder.probe(str(path)), measure_size(path))
    opened.clear()
    pts = [packet.pts for packet in decoder.read_packets(recording)]
    next(iter(decoder.scan(recording, pts[20])))
    keyframes = [read_number(frame.image) for frame in decoder.read_frames(recording, keyframes_only=True)]
    span = [read_number(frame.image) for frame in decoder.read_frames(recording, pts[13], pts[16])]
    whole = [read_number(frame.image) for frame in decoder.read_frames(recording)]
    assert (len(opened), keyframes, span, whole) == (1, [0, 12, 24, 36], [13, 14, 15], list(range(40)))


def test_a_file_that_was_written_again_is_opened_again(tmp_path: Path, opened: list[str]) -> None:
    """Same name and size, but written since: what is kept open is the old one."""
    path = write_recording(SCENE, tmp_path / "a.mp4", Encoding())
    opened.clear()
    files = KeptFile(1)
    for _ in range(2):
        with files.open(str(path)):
            pass
    os.utime(path, ns=(0, 1_000_000_000))
    with files.open(str(path)):
        pass
    assert len(opened) == 2


def test_two_readers_have_two_files(tmp_path: Path, opened: list[str]) -> None:
    """Reading twice at once mixes nothing up."""
    path = write_recording(SCENE, tmp_path / "a.mp4", Encoding(b_frames=2))
    decoder = open_decoder(1)
    recording = Recording("CAM01", str(path), 0, decoder.probe(str(path)), measure_size(path))
    opened.clear()
    pairs = zip(decoder.read_frames(recording), decoder.read_frames(recording), strict=True)
    numbers = [(read_number(one.image), read_number(other.image)) for one, other in pairs]
    assert numbers == [(number, number) for number in range(40)]
    assert len(opened) == 2


def test_what_failed_is_not_kept(tmp_path: Path, opened: list[str]) -> None:
    """After an error nobody knows where the file stands."""
    path = write_recording(SCENE, tmp_path / "a.mp4", Encoding())
    opened.clear()
    files = KeptFile(1)
    with pytest.raises(ValueError, match="broken"), files.open(str(path)):
        raise ValueError("broken")
    with files.open(str(path)) as file:
        assert not file.used
    assert len(opened) == 2
