"""Writes drawn scenes to files, in every form that a decoder must read."""

import configparser
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from casetrail.model.arrays import Image
from casetrail.model.time import media_us, to_datetime
from casetrail.testing.drawn_footage import DrawnCamera, Scene, mot_truth, read_images

_ENCODERS = {"h264": "libx264", "hevc": "libx265", "mpeg4": "mpeg4", "mjpeg": "mjpeg"}
_RAW_FORMATS = {".264": "h264", ".265": "hevc"}


@dataclass(frozen=True)
class Encoding:
    """How to compress: codec, frames from keyframe to keyframe, B-frames in between, and whether with sound."""

    codec: str = "h264"
    keyframe_every: int = 12
    b_frames: int = 0
    sound: bool = False


def write_recording(scene: Scene, path: Path, encoding: Encoding = Encoding()) -> Path:
    """Write a scene as a recording; the suffix chooses the container (.264 and .265 are raw streams)."""
    return write_images(read_images(scene), path, scene.rate, encoding)


def write_images(
    images: Iterable[Image],
    path: Path,
    rate: Fraction,
    encoding: Encoding = Encoding(),
    *,
    ticks: Iterable[int] | None = None,
) -> Path:
    """Write any BGR pictures as a recording; `ticks`: their pts in units of 1 / rate seconds (0, 1, 2...)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w", format=_RAW_FORMATS.get(path.suffix)) as container:
        _write_streams(container, images, rate, encoding, None if ticks is None else list(ticks))
    return path


def write_image_sequence(scene: Scene, folder: Path, *, suffix: str = ".jpg", seqinfo: bool = True) -> Path:
    """Write a scene as a MOT-style folder: `img1/000001.jpg` and on, `seqinfo.ini`, and the truth in `gt/gt.txt`."""
    (folder / "img1").mkdir(parents=True, exist_ok=True)
    (folder / "gt").mkdir(exist_ok=True)
    for number, image in enumerate(read_images(scene), start=1):
        cv2.imwrite(str(folder / "img1" / f"{number:06d}{suffix}"), image)
    (folder / "gt" / "gt.txt").write_text(mot_truth(scene))
    if seqinfo:
        _write_seqinfo(scene, folder, suffix)
    return folder


def write_walk(drawn: Iterable[DrawnCamera], folder: Path, encoding: Encoding = Encoding()) -> dict[str, Path]:
    """Write the recording of each camera as `CAM01_20260302T030000+0000.mp4`; returns the files by camera id."""
    written = {}
    for one in drawn:
        start = to_datetime(one.start_us).strftime("%Y%m%dT%H%M%S+0000")
        name = f"{one.camera.camera_id}_{start}.mp4"
        written[one.camera.camera_id] = write_recording(one.scene, folder / name, encoding)
    return written


def _write_streams(
    container: av.container.OutputContainer,
    images: Iterable[Image],
    rate: Fraction,
    encoding: Encoding,
    ticks: list[int] | None,
) -> None:
    stream = None
    sound = container.add_stream("aac", rate=16000) if encoding.sound else None
    for number, image in enumerate(images):
        stream = stream or _add_stream(container, image, rate, encoding)
        frame = av.VideoFrame.from_ndarray(image, format="bgr24").reformat(format=stream.pix_fmt)
        frame.pts, frame.time_base = (number if ticks is None else ticks[number]), 1 / rate
        container.mux(stream.encode(frame))
    if sound is not None:
        container.mux(_tone(sound, media_us(number + 1, 1 / rate)))
    if stream is not None:
        container.mux(stream.encode(None))


def _add_stream(
    container: av.container.OutputContainer, image: Image, rate: Fraction, encoding: Encoding
) -> av.VideoStream:
    stream = container.add_stream(_ENCODERS[encoding.codec], rate=rate, options=_options(encoding))
    stream.height, stream.width = image.shape[:2]
    stream.pix_fmt = "yuvj420p" if encoding.codec == "mjpeg" else "yuv420p"
    stream.codec_context.time_base = 1 / rate
    stream.codec_context.gop_size = encoding.keyframe_every
    stream.codec_context.max_b_frames = encoding.b_frames
    stream.codec_context.thread_count = 1
    return stream


def _options(encoding: Encoding) -> dict[str, str]:
    every, between = encoding.keyframe_every, encoding.b_frames
    if encoding.codec == "h264":
        fixed = f"keyint={every}:min-keyint={every}:scenecut=0:bframes={between}:b-adapt=0"
        return {"preset": "veryfast", "crf": "20", "x264-params": fixed}
    if encoding.codec == "hevc":
        fixed = f"keyint={every}:min-keyint={every}:scenecut=0:bframes={between}:b-adapt=0"
        return {"preset": "ultrafast", "crf": "20", "x265-params": f"log-level=none:pools=none:frame-threads=1:{fixed}"}
    return {"qscale": "3", "qmin": "2", "qmax": "4"}


def _tone(stream: av.AudioStream, length_us: int) -> list[av.Packet]:
    """A quiet tone as long as the recording, for tests that sound is never read."""
    wave = (0.1 * np.sin(np.arange(length_us * 16 // 1000) * 0.17)).astype(np.float32)
    packets: list[av.Packet] = []
    for start in range(0, len(wave) - 1024, 1024):
        frame = av.AudioFrame.from_ndarray(wave[None, start : start + 1024], format="fltp", layout="mono")
        frame.sample_rate, frame.pts = 16000, start
        packets += stream.encode(frame)
    packets += stream.encode(None)
    return packets


def _write_seqinfo(scene: Scene, folder: Path, suffix: str) -> None:
    info = configparser.ConfigParser()
    info.optionxform = str  # type: ignore[method-assign,assignment]  # MOT spells its keys in mixed case
    rate = scene.rate
    info["Sequence"] = {
        "name": folder.name,
        "imDir": "img1",
        "frameRate": str(rate if rate.denominator == 1 else float(rate)),
        "seqLength": str(scene.frames),
        "imWidth": str(scene.wh[0]),
        "imHeight": str(scene.wh[1]),
        "imExt": suffix,
    }
    with (folder / "seqinfo.ini").open("w") as file:
        info.write(file, space_around_delimiters=False)
