"""Byte surgery on drawn recordings: cut, rewritten, re-timed and mislabelled files. No real footage is in them."""

import random
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from av.stream import Disposition

from casetrail.model.arrays import Image
from casetrail.testing.drawn_files import Encoding, write_recording
from casetrail.testing.drawn_footage import Scene, draw_image, dressed, read_images, street_scene

FRAMES = 30
SCENE = street_scene(2, frames=FRAMES, rate=10)
SMALL = Scene(SCENE.figures, (160, 120), FRAMES, Fraction(10))
YEARS_TICKS = 5 * 365 * 86_400 * 1000  # five years in milliseconds

Edit = Callable[[int, Any], Any]


def large_scene(wh: tuple[int, int], frames: int) -> Iterator[Image]:
    """Pictures of any size in which seven people walk: not hostile, only large."""
    width, height = wh
    lanes = [(0.03 + 0.12 * person, 0.5 + 0.07 * person) for person in range(7)]
    figures = [
        dressed(person, ((0, x * width, y * height), (frames - 1, (0.95 - x) * width, y * height)), 0.24 * height)
        for person, (x, y) in enumerate(lanes)
    ]
    return read_images(Scene(tuple(figures), wh, frames))


def write_remuxed(path: Path, edit: Edit, *, options: dict[str, str] | None = None, every: int = 12) -> None:
    """The packets of a drawn recording in a new container, each as `edit(number, packet)` returns it, or not at all."""
    source = write_recording(SCENE, path.with_name(f".source{path.suffix}"), Encoding(keyframe_every=every))
    with av.open(str(source)) as old, av.open(str(path), "w", options=options or {}) as new:
        target = new.add_stream_from_template(old.streams.video[0])
        for number, packet in enumerate(one for one in old.demux(old.streams.video[0]) if one.size):
            edited = edit(number, packet)
            if edited is not None:
                edited.stream = target
                new.mux(edited)
    source.unlink()


def shuffled(number: int, packet: Any) -> Any:
    """An edit: times of presentation that do not follow the pictures."""
    packet.pts = packet.dts + (number * 7 % 11) * 100
    return packet


def doubled(number: int, packet: Any) -> Any:
    """An edit: two pictures at each time."""
    packet.pts = packet.dts + (100 if number % 2 == 0 else 0)
    return packet


def jumped(number: int, packet: Any) -> Any:
    """An edit: a clock that jumps five years in the middle (ticks are milliseconds)."""
    if number >= FRAMES // 2:
        packet.pts += YEARS_TICKS
        packet.dts += YEARS_TICKS
    return packet


def headless(number: int, packet: Any) -> Any:
    """An edit: the first keyframe is lost."""
    return packet if number > 0 else None


def write_encoded(
    path: Path,
    images: Iterable[Image],
    codec: str,
    pixels: str,
    *,
    rate: int = 10,
    options: dict[str, str] | None = None,
) -> None:
    """Pictures in a codec and pixel format that recorders seldom use."""
    with av.open(str(path), "w") as container:
        stream: Any = None
        for number, image in enumerate(images):
            if stream is None:
                stream = container.add_stream(codec, rate=rate, options=options or {})
                stream.height, stream.width = image.shape[:2]
                stream.pix_fmt = pixels
            frame = av.VideoFrame.from_ndarray(image, format="bgr24").reformat(format=pixels)
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def write_still(path: Path, wh: tuple[int, int], frames: int) -> None:
    """Motion JPEG of one grey picture of any size, compressed once."""
    data = cv2.imencode(".jpg", np.full((wh[1], wh[0], 3), 110, np.uint8))[1].tobytes()
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mjpeg", rate=10)
        stream.width, stream.height, stream.pix_fmt = *wh, "yuvj420p"
        for number in range(frames):
            packet = av.Packet(data)
            packet.stream, packet.time_base, packet.is_keyframe = stream, Fraction(1, 10), True
            packet.pts = packet.dts = number
            container.mux(packet)


def write_cover(path: Path, *, with_recording: bool = False) -> None:
    """Sound with a cover picture, as music players keep it; optionally with a recording after the cover."""
    with av.open(str(path), "w") as container:
        cover = container.add_stream("mjpeg", rate=10)
        cover.width, cover.height, cover.pix_fmt = 320, 240, "yuvj420p"
        cover.disposition = Disposition.attached_pic
        frame = av.VideoFrame.from_ndarray(np.full((240, 320, 3), 90, np.uint8), format="bgr24")
        packets = [*cover.encode(frame.reformat(format="yuvj420p")), *cover.encode(None)]
        rest = _second_stream(container) if with_recording else _sound(container, 4)
        for packet in [*packets, *rest]:
            container.mux(packet)


def write_sound(path: Path) -> None:
    """A file with sound and nothing else."""
    with av.open(str(path), "w") as container:
        for packet in _sound(container, 20):
            container.mux(packet)


def write_many_streams(path: Path, count: int) -> None:
    """A container with several streams of pictures: a recorder of several cameras, or somebody's trick."""
    with av.open(str(path), "w") as container:
        streams = [_tiny_stream(container) for _ in range(count)]
        for number in range(6):
            image = draw_image(SCENE, number)
            for stream in streams:
                frame = av.VideoFrame.from_ndarray(image, format="bgr24").reformat(format="yuv420p")
                frame.pts = number
                container.mux(stream.encode(frame))
        for stream in streams:
            container.mux(stream.encode(None))


def write_patched(path: Path, codec: str, patch: Callable[[bytearray], None], suffix: str = "") -> None:
    """A drawn recording whose bytes were changed afterwards."""
    source = path.with_name(f".source{suffix or path.suffix}")
    data = bytearray(write_recording(SCENE, source, Encoding(codec, 1 if codec == "mjpeg" else 12)).read_bytes())
    source.unlink()
    patch(data)
    path.write_bytes(data)


def write_lying_vp8(path: Path, wh: tuple[int, int], *, honest: int = 0) -> None:
    """VP8 whose keyframes claim another size than their container, but for the first few (RFC 6386, 9.1)."""
    write_encoded(path, read_images(SCENE), "libvpx", "yuv420p", options={"g": "6"})
    start, stated, claimed = (b"\x9d\x01\x2a", _le16(320) + _le16(240), _le16(wh[0]) + _le16(wh[1]))
    data = path.read_bytes()
    parts = data.split(start + stated)
    joints = [start + (stated if number < honest else claimed) for number in range(len(parts) - 1)] + [b""]
    path.write_bytes(b"".join(part + joint for part, joint in zip(parts, joints, strict=True)))


def set_jpeg_size(data: bytearray, wh: tuple[int, int]) -> None:
    """Rewrite the size in every frame header (SOF0, ITU-T T.81 B.2.2) of a motion JPEG file."""
    at = data.find(b"\xff\xc0\x00\x11\x08")
    while at >= 0:
        data[at + 5 : at + 9] = wh[1].to_bytes(2, "big") + wh[0].to_bytes(2, "big")
        at = data.find(b"\xff\xc0\x00\x11\x08", at + 9)


def set_avi_size(data: bytearray, wh: tuple[int, int]) -> None:
    """Rewrite the size in the headers of an AVI file."""
    at = data.find(b"strf") + 8
    data[at + 4 : at + 12] = wh[0].to_bytes(4, "little") + wh[1].to_bytes(4, "little")
    main = data.find(b"avih") + 8
    data[main + 32 : main + 40] = wh[0].to_bytes(4, "little") + wh[1].to_bytes(4, "little")


def turn_mp4(data: bytearray) -> None:
    """Set the display matrix of an mp4 to a quarter turn (ISO/IEC 14496-12, 8.3.2)."""
    at = data.find(b"tkhd") + 4
    matrix = (0, 0x10000, 0, -0x10000, 0, 0, 0, 0, 0x40000000)
    data[at + 40 : at + 76] = b"".join(value.to_bytes(4, "big", signed=True) for value in matrix)


def overwrite(data: bytearray, share: float, length: int) -> None:
    """Overwrite bytes from a share of the file on, with a pattern that is no picture."""
    start = int(len(data) * share)
    data[start : start + length] = bytes((7 * place) % 251 for place in range(len(data[start : start + length])))


def spoil(data: bytearray, seed: int) -> None:
    """A few or many bytes changed, lost or repeated, more often near the headers; the same seed does the same."""
    chance = random.Random(seed)
    for _ in range(chance.choice((1, 2, 5, 20, 100))):
        at = chance.randrange(len(data) if chance.random() < 0.6 else min(900, len(data)))
        length = chance.randrange(1, 64)
        match chance.randrange(4):
            case 0:
                data[at] = chance.randrange(256)
            case 1:
                data[at : at + 4] = chance.choice((b"\xff" * 4, bytes(4), b"\x7f\xff\xff\xff", b"\x80\x00\x00\x00"))
            case 2 if len(data) > 10 * length:
                del data[at : at + length]
            case _:
                data[at:at] = data[at : at + length]


def write_png_header(path: Path, wh: tuple[int, int]) -> None:
    """A PNG of a few bytes whose header promises a huge picture (a decompression bomb)."""
    data = cv2.imencode(".png", np.zeros((8, 8, 3), np.uint8))[1].tobytes()
    sized = data[12:16] + wh[0].to_bytes(4, "big") + wh[1].to_bytes(4, "big") + data[24:29]
    path.write_bytes(data[:12] + sized + _crc(sized) + data[33:])


def write_pictures(folder: Path, names: Sequence[str], wh: tuple[int, int] = (160, 120)) -> Path:
    """A folder `img1` with a picture under each of these names, without `seqinfo.ini`."""
    inner = folder / "img1"
    inner.mkdir(parents=True)
    scene = Scene(SCENE.figures, wh, len(names), Fraction(10))
    for number, name in enumerate(names):
        cv2.imwrite(str(inner / name), draw_image(scene, number))
    return inner


def _second_stream(container: Any) -> list[Any]:
    stream, packets = _tiny_stream(container), []
    for number in range(10):
        frame = av.VideoFrame.from_ndarray(draw_image(SCENE, number), format="bgr24").reformat(format="yuv420p")
        frame.pts = number
        packets += stream.encode(frame)
    return [*packets, *stream.encode(None)]


def _tiny_stream(container: Any) -> Any:
    stream = container.add_stream("mpeg4", rate=10)
    stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
    return stream


def _sound(container: Any, blocks: int) -> list[Any]:
    stream = container.add_stream("aac", rate=16000)
    packets: list[Any] = []
    for number in range(blocks):
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        frame.sample_rate, frame.pts = 16000, number * 1024
        packets += stream.encode(frame)
    return [*packets, *stream.encode(None)]


def _le16(value: int) -> bytes:
    return value.to_bytes(2, "little")


def _crc(data: bytes) -> bytes:
    return zlib.crc32(data).to_bytes(4, "big")
