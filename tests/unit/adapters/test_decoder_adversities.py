"""What the decoder says of files that are damaged, cut off, or no recordings at all."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from casetrail.bootstrap import open_decoder
from casetrail.footage.files import measure_size
from casetrail.footage.recordings import Recording, RecordingKind
from casetrail.model.errors import BadInputError, MissingError
from casetrail.testing.drawn_files import Encoding, write_image_sequence, write_images, write_recording
from casetrail.testing.drawn_footage import draw_image, read_images, read_number, street_scene

SCENE = street_scene(2, frames=40, rate=10)


def _recording(path: Path) -> Recording:
    return Recording("CAM01", str(path), 0, open_decoder(1).probe(str(path)), measure_size(path))


def _numbers(recording: Recording) -> list[int]:
    return [read_number(frame.image) for frame in open_decoder(1).read_frames(recording)]


def _cut(path: Path, share: float) -> Path:
    data = path.read_bytes()
    cut = path.with_name(f"cut_{path.name}")
    cut.write_bytes(data[: int(len(data) * share)])
    return cut


def _refused(path: Path, match: str) -> None:
    with pytest.raises(BadInputError, match=match) as caught:
        open_decoder(1).probe(str(path))
    assert path.name in str(caught.value)


def test_missing_file(tmp_path: Path) -> None:
    """A path where nothing is means missing, not bad."""
    with pytest.raises(MissingError, match="not there"):
        open_decoder().probe(str(tmp_path / "none.mp4"))


def test_empty_file(tmp_path: Path) -> None:
    """An empty file is told as empty."""
    (tmp_path / "empty.mp4").touch()
    _refused(tmp_path / "empty.mp4", "empty")


@pytest.mark.parametrize("name", ["text.mp4", "text.avi", "text.264", "text.ts"])
def test_text_file(tmp_path: Path, name: str) -> None:
    """A text file under a recording's name is refused."""
    (tmp_path / name).write_text("1\n00:00:01,000 --> 00:00:02,000\nthis is a subtitle\n" * 50)
    _refused(tmp_path / name, r".")


@pytest.mark.parametrize("name", ["list.m3u8", "list.mp4"])
def test_playlist(tmp_path: Path, name: str) -> None:
    """A playlist cannot make the decoder open the file that it names."""
    write_recording(SCENE, tmp_path / "real.ts")
    (tmp_path / name).write_text("#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\nreal.ts\n#EXT-X-ENDLIST\n")
    _refused(tmp_path / name, "cannot be read")


def test_sound_only(tmp_path: Path) -> None:
    """A file with sound and no pictures is refused."""
    path = tmp_path / "sound.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=16000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        frame.sample_rate, frame.pts = 16000, 0
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    _refused(path, "no pictures")


def test_sound_changes_nothing(tmp_path: Path) -> None:
    """The same pictures with and without sound give the same facts."""
    with_sound = _recording(write_recording(SCENE, tmp_path / "a.mp4", Encoding(sound=True)))
    without = _recording(write_recording(SCENE, tmp_path / "b.mp4", Encoding(sound=False)))
    assert with_sound.media == without.media


@pytest.mark.parametrize("wh", [(8, 64), (16_500, 16)])
def test_absurd_size(tmp_path: Path, wh: tuple[int, int]) -> None:
    """Pictures too small to show anybody, or too large to be true, are refused."""
    images = [np.zeros((wh[1], wh[0], 3), np.uint8)] * 2
    path = write_images(images, tmp_path / "size.avi", Fraction(10), Encoding("mjpeg", keyframe_every=1))
    _refused(path, f"{wh[0]} x {wh[1]}")


def test_unknown_codec(tmp_path: Path) -> None:
    """A codec that is not on the list is named."""
    path = tmp_path / "raw.avi"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for _ in range(3):
            frame = av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), np.uint8), format="bgr24")
            container.mux(stream.encode(frame.reformat(format="yuv420p")))
        container.mux(stream.encode(None))
    _refused(path, "ffv1")


def test_truncated_mp4(tmp_path: Path) -> None:
    """An mp4 whose index was at its lost end cannot be read, and says so."""
    _refused(_cut(write_recording(SCENE, tmp_path / "a.mp4"), 0.6), "cannot be read")


@pytest.mark.parametrize(("name", "codec"), [("a.avi", "mpeg4"), ("a.mkv", "h264")])
def test_truncated_container(tmp_path: Path, name: str, codec: str) -> None:
    """Where frames can still be decoded, what is missing is a doubt and the frames that are there come right."""
    recording = _recording(_cut(write_recording(SCENE, tmp_path / name, Encoding(codec)), 0.6))
    assert any("ends early" in doubt for doubt in recording.media.doubts)
    numbers = _numbers(recording)
    assert 5 < len(numbers) < 40
    assert numbers[:-1] == list(range(len(numbers) - 1))  # the last is the one that was cut through


def test_truncated_ts(tmp_path: Path) -> None:
    """A transport stream states no length: what is there is read."""
    numbers = _numbers(_recording(_cut(write_recording(SCENE, tmp_path / "a.ts"), 0.6)))
    assert numbers[:5] == [0, 1, 2, 3, 4]
    assert len(numbers) < 40


def test_stream_joined_in_the_middle(tmp_path: Path) -> None:
    """A transport stream that starts between keyframes begins at its first keyframe and says what is lost."""
    data = write_recording(SCENE, tmp_path / "a.ts", Encoding(b_frames=2)).read_bytes()
    header = data[: 3 * 188]
    (tmp_path / "b.ts").write_bytes(header + data[len(data) // 4 // 188 * 188 :])
    recording = _recording(tmp_path / "b.ts")
    assert any("keyframe" in doubt for doubt in recording.media.doubts)
    numbers = _numbers(recording)
    assert numbers == list(range(numbers[0], 40))
    assert len(numbers) == recording.media.frames == len(list(open_decoder().read_packets(recording)))


def test_pause_within_a_file(tmp_path: Path) -> None:
    """A recorder that paused leaves a doubt with the length of the pause, and pts keep it."""
    ticks = [*range(20), *range(70, 90)]
    images = [draw_image(SCENE, number) for number in range(40)]
    path = write_images(images, tmp_path / "pause.mp4", Fraction(10), ticks=ticks)
    recording = _recording(path)
    assert any("5.1 s at 1.9 s" in doubt for doubt in recording.media.doubts)
    seconds = [frame.pts * recording.media.time_base for frame in open_decoder().read_frames(recording)]
    assert seconds == [Fraction(tick, 10) for tick in ticks]


def test_wrong_rate(tmp_path: Path) -> None:
    """Frames that stand elsewhere than the container's rate says are a doubt; the frames' own times count."""
    media = _recording(write_images(read_images(SCENE), tmp_path / "a.mkv", Fraction(10), ticks=range(0, 80, 2))).media
    assert any("10 frames per second, its frames stand at 5" in doubt for doubt in media.doubts)
    assert abs(float((media.end_pts - media.first_pts) * media.time_base) - 8.0) <= 0.2


def test_raw_stream_states_no_times(tmp_path: Path) -> None:
    """A raw stream is counted at its own rate, and says so."""
    media = _recording(write_recording(SCENE, tmp_path / "a.264")).media
    assert (media.time_base, media.first_pts, media.end_pts) == (Fraction(1, 10), 0, 40)
    assert any("10 per second" in doubt for doubt in media.doubts)


def test_good_file_has_no_doubts(tmp_path: Path) -> None:
    """An undamaged file raises no doubt in any container."""
    for name in ("a.mp4", "a.mkv", "a.avi", "a.ts"):
        assert _recording(write_recording(SCENE, tmp_path / name)).media.doubts == ()


def test_damage_in_the_middle_costs_only_its_frames(tmp_path: Path) -> None:
    """Bytes overwritten in the middle leave the frames of other groups of pictures as they were."""
    path = write_recording(SCENE, tmp_path / "a.mkv", Encoding("mpeg4"))
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 200] = bytes(200)
    path.write_bytes(data)
    numbers = _numbers(_recording(path))
    assert {*range(12), *range(36, 40)} <= set(numbers)


def test_views_decode_no_group_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Several views of one group of pictures cost no more packets than the last of them needs."""
    recording = _recording(write_recording(SCENE, tmp_path / "a.mp4", Encoding(b_frames=0)))
    from casetrail.adapters.decoder import decoder as module

    fed: list[int] = []
    plain: Callable[..., object] = module._decoded

    def counted(file: object, packets: object) -> object:
        return plain(file, (fed.append(packet.pts) or packet for packet in packets))  # type: ignore[attr-defined]

    monkeypatch.setattr(module, "_decoded", counted)
    pts = [packet.pts for packet in open_decoder().read_packets(recording)]
    list(open_decoder(1).read_views(recording, [pts[12], pts[15], pts[17], pts[24]]))
    assert sorted(fed) == [*pts[12:18], pts[24]]


def test_image_sequence_facts(tmp_path: Path) -> None:
    """A sequence takes its rate from seqinfo.ini and counts from 0."""
    media = _recording(write_image_sequence(SCENE, tmp_path / "seq")).media
    assert (media.kind, media.time_base, media.end_pts, media.doubts) == (
        RecordingKind.IMAGES,
        Fraction(1, 10),
        40,
        (),
    )


def test_image_sequence_without_seqinfo(tmp_path: Path) -> None:
    """Without seqinfo.ini a rate is assumed, and the doubt says so."""
    media = _recording(write_image_sequence(SCENE, tmp_path / "seq", seqinfo=False)).media
    assert any("assumed" in doubt for doubt in media.doubts)


def test_image_sequence_with_a_hole(tmp_path: Path) -> None:
    """A missing picture leaves a pause: the ones after it keep their moments."""
    folder = write_image_sequence(SCENE, tmp_path / "seq")
    (folder / "img1" / "000011.jpg").unlink()
    recording = _recording(folder)
    frames = {frame.pts: read_number(frame.image) for frame in open_decoder().read_frames(recording)}
    assert frames == {number: number for number in range(40) if number != 10}
    assert any("1 pictures are missing" in doubt for doubt in recording.media.doubts)


def test_image_sequence_with_a_broken_picture(tmp_path: Path) -> None:
    """A picture that cannot be read is named."""
    folder = write_image_sequence(SCENE, tmp_path / "seq")
    recording = _recording(folder)
    victim = folder / "img1" / "000005.jpg"
    victim.write_bytes(b"x" * victim.stat().st_size)
    with pytest.raises(BadInputError, match=r"000005\.jpg"):
        _numbers(recording)


def test_image_sequence_of_two_sizes(tmp_path: Path) -> None:
    """A picture of another size than the first stops reading with its name."""
    folder = write_image_sequence(SCENE, tmp_path / "seq")
    cv2.imwrite(str(folder / "img1" / "000005.jpg"), np.zeros((64, 64, 3), np.uint8))
    with pytest.raises(BadInputError, match="another size"):
        _numbers(_recording(folder))


@pytest.mark.parametrize("rate", ["0", "-5", "fast", "1/0"])
def test_image_sequence_with_a_wrong_rate(tmp_path: Path, rate: str) -> None:
    """A frame rate that cannot be is refused."""
    folder = write_image_sequence(SCENE, tmp_path / "seq")
    info = folder / "seqinfo.ini"
    info.write_text(info.read_text().replace("frameRate=10", f"frameRate={rate}"))
    _refused(folder, "frameRate")


def test_image_sequence_stays_in_its_folder(tmp_path: Path) -> None:
    """imDir cannot lead out of the folder."""
    folder = write_image_sequence(SCENE, tmp_path / "seq")
    info = folder / "seqinfo.ini"
    info.write_text(info.read_text().replace("imDir=img1", "imDir=../elsewhere"))
    with pytest.raises(BadInputError, match="leads out"):
        open_decoder().probe(str(folder))


def test_empty_folder(tmp_path: Path) -> None:
    """A folder without pictures is refused."""
    (tmp_path / "img1").mkdir()
    _refused(tmp_path, "no pictures")
