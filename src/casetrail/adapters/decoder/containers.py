"""Opening files with PyAV: only known containers and codecs, only local files, sound never opened."""

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from typing import Any, Self

import av
from av.stream import Disposition

from casetrail.footage.files import check_there
from casetrail.model.errors import BadInputError

LARGEST_SIDE_PX = 16_384
LARGEST_AREA_PX = 100_000_000
SMALLEST_SIDE_PX = 16
USUAL_AREA_PX = 2_000_000
GROWTH = 4  # a frame larger than so many times what its file stated is not decoded
LONGEST_DAYS = 31  # recorders close a file long before; a clock that jumped does not

# A list of what is allowed, so that a playlist or a subtitle file cannot make FFmpeg open something else.
_CONTAINERS = "mov,mp4,m4a,3gp,matroska,webm,avi,mpegts,mpeg,asf,flv,h264,hevc,m4v,mpegvideo"
_CODECS = frozenset(
    {"h264", "hevc", "mpeg4", "msmpeg4", "msmpeg4v1", "msmpeg4v2", "mjpeg", "mpeg2video", "mpeg1video", "h263"}
    | {"vp8", "vp9", "av1", "libdav1d"}
)
_RAW = frozenset({"h264", "hevc", "m4v", "mpegvideo"})


class OpenFile:
    """A recording's file while it is open: one PyAV container whose first picture stream is read.

    Sound and every other stream stay closed. `threads`: 0 lets PyAV choose. Raises MissingError when the file
    is gone, BadInputError when it is no recording that can be read. `used`: whether it may stand anywhere, having been
    read before. `beginning`: pts and byte of its first keyframe, once known, to tell whether a seek found it.
    """

    def __init__(self, path: str, threads: int) -> None:
        self.path, self._threads = path, threads
        self.container = _open(path, threads)
        self.used = False
        self.beginning: tuple[int, int] | None = None

    @property
    def stream(self) -> Any:
        """The stream of pictures."""
        return picture_streams(self.container)[0]

    @property
    def is_raw(self) -> bool:
        """Whether the file is a bare stream without any container."""
        return self.container.format.name in _RAW

    @property
    def states_times(self) -> bool:
        """Whether packets carry the times at which pictures are shown.

        A raw stream carries none, and AVI only the order of decoding, which differs once H.264 or HEVC reorder.
        """
        in_avi = self.container.format.name == "avi"
        return not (self.is_raw or (in_avi and self.stream.codec_context.name in {"h264", "hevc"}))

    def rewind(self) -> None:
        """Stand at the first byte again. A new container: not every format can seek to its own beginning."""
        self.container.close()
        self.container = _open(self.path, self._threads)

    def use_again(self) -> None:
        """Be as just opened, but for where it stands."""
        self.used = True
        self.stream.codec_context.skip_frame = "DEFAULT"

    def close(self) -> None:
        """Let go of the file."""
        self.container.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def picture_streams(container: Any) -> list[Any]:
    """The streams of moving pictures; a cover or thumbnail, as players keep one beside the sound, is none."""
    return [stream for stream in container.streams.video if not stream.disposition & Disposition.attached_pic]


@contextmanager
def mapped_errors(path: str) -> Iterator[None]:
    """Turns every error of PyAV into a BadInputError that names the file."""
    try:
        yield
    except av.error.FFmpegError as error:
        what = f"cannot be read as a recording ({error.strerror or type(error).__name__})"
        raise BadInputError(what, where=path, todo="check the file, or export it again as mp4") from error


def check_size(width: int, height: int, path: str) -> None:
    """Raises BadInputError when a picture of this size is too small to show anybody or too large to be true."""
    too_large = max(width, height) > LARGEST_SIDE_PX or width * height > LARGEST_AREA_PX
    if too_large or min(width, height) < SMALLEST_SIDE_PX:
        raise BadInputError(f"pictures of {width} x {height} pixels are not usable", where=path, todo="check the file")


def check_length(first_pts: int, end_pts: int, time_base: Fraction, path: str) -> None:
    """Raises BadInputError when a recording claims to last longer than any: its clock jumped, or the file lies."""
    days = (end_pts - first_pts) * time_base / 86_400
    if days > LONGEST_DAYS:
        stated = f"{float(days):.0f}" if days < 1_000_000 else "a million or more"
        what = f"its frames lie {stated} days apart, at most {LONGEST_DAYS} can be: its clock jumped"
        raise BadInputError(what, where=path, todo="split it where the clock jumps")


def _open(path: str, threads: int) -> Any:
    check_there(path)
    with mapped_errors(path):
        options = {"format_whitelist": _CONTAINERS, "protocol_whitelist": "file"}
        container = av.open(path, options=options, metadata_errors="ignore")
    try:
        _prepare(container, path, threads)
    except BadInputError:
        container.close()
        raise
    return container


def _prepare(container: Any, path: str, threads: int) -> None:
    if not picture_streams(container):
        raise BadInputError("there are no pictures in the file", where=path, todo="check that it is a recording")
    stream = picture_streams(container)[0]
    codec = stream.codec_context
    if codec is None or codec.name not in _CODECS:
        name = "unknown" if codec is None else codec.name
        raise BadInputError(f"its codec {name} is not read here", where=path, todo="convert it to H.264")
    check_size(codec.width, codec.height, path)
    # Frames may claim any size later on; room is made before anybody could look at what they claim.
    codec.options = {"max_pixels": str(GROWTH * max(codec.width * codec.height, USUAL_AREA_PX))}
    stream.thread_type = "AUTO"
    codec.thread_count = threads
