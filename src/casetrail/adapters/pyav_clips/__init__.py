"""Adapter of the ClipWriter port: H.264 in MP4 through PyAV, colours through OpenCV."""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import av.error
import cv2
from av.bitstream import BitStreamFilterContext

from casetrail.model.arrays import Image
from casetrail.model.errors import BadInputError, MissingError

# Two threads on any machine, and no marks of the encoder: a clip tells nothing of the machine that made it. `ultrafast`
# with the three tools that cost little takes a sixth less time than `superfast` in the same room, and is hardly less
# like the original (docs/adr/0010).
ENCODER = {
    "crf": "24",
    "preset": "ultrafast",
    "threads": "2",
    "flags": "+bitexact",
    "x264-params": "threads=2:sliced-threads=0:cabac=1:8x8dct=1:no-deblock=0",
}
CONTAINER = {"fflags": "+bitexact", "movflags": "+faststart"}
WITHOUT_REMARKS = "filter_units=remove_types=6"  # supplemental information (H.264 7.4.1): how it was encoded
NOMINAL_RATE = Fraction(25)  # only fills a field: every frame carries its own time


class PyavClipWriter:
    """Writes yuv420p H.264 without sound or metadata. `encoder`: options of libx264."""

    def __init__(self, encoder: Mapping[str, str] = ENCODER) -> None:
        self._encoder = dict(encoder)

    def write_clip(
        self, path: Path, frames: Iterable[tuple[int, Image]], wh: tuple[int, int], time_base: Fraction
    ) -> int:
        """Encode the pictures to `path`; the container is MP4 whatever the file is called."""
        written = 0
        try:
            with av.open(str(path), "w", format="mp4", options=CONTAINER) as file:
                stream = _open_stream(file, wh, time_base, self._encoder)
                quiet = BitStreamFilterContext(WITHOUT_REMARKS, stream)
                for tick, image in frames:
                    _mux(file, quiet, stream.encode(_picture(tick, image, wh, time_base)))
                    written += 1
                _mux(file, quiet, stream.encode(None))
        except av.error.FFmpegError as error:
            raise MissingError("the clip cannot be written", where=path.name, todo="check the disk") from error
        if not written:
            raise BadInputError("a clip needs at least one frame", where=path.name)
        return written


def _open_stream(file: Any, wh: tuple[int, int], time_base: Fraction, encoder: dict[str, str]) -> Any:
    stream = file.add_stream("libx264", rate=NOMINAL_RATE, options=encoder)
    stream.width, stream.height = wh
    stream.pix_fmt = "yuv420p"
    stream.codec_context.max_b_frames = 0
    stream.codec_context.gop_size = 25
    stream.codec_context.time_base = time_base
    stream.time_base = time_base
    return stream


def _mux(file: Any, quiet: BitStreamFilterContext, packets: Iterable[Any]) -> None:
    for packet in packets:
        file.mux(quiet.filter(packet))


def _picture(tick: int, image: Image, wh: tuple[int, int], time_base: Fraction) -> av.VideoFrame:
    if image.shape != (wh[1], wh[0], 3):
        raise BadInputError(f"a picture of shape {image.shape} does not belong to a clip of {wh[0]} by {wh[1]}")
    planes = cv2.cvtColor(image, cv2.COLOR_BGR2YUV_I420)
    picture = av.VideoFrame.from_ndarray(planes, format="yuv420p")
    picture.pts, picture.time_base = tick, time_base
    return picture
