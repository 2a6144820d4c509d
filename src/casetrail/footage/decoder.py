"""Port: reading pictures out of recordings. Audio is never read."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from casetrail.footage.recordings import Frame, MediaFacts, Recording
from casetrail.model.arrays import Image


@dataclass(frozen=True)
class Packet:
    """A compressed picture, not decoded: what adaptive sampling looks at first.

    `disposable`: every other picture can be decoded without it.
    """

    pts: int
    size_bytes: int
    keyframe: bool
    disposable: bool = False


class DecodedFrame(Protocol):
    """A decoded picture that is brought to BGR only when it is asked for, at the size that is asked for.

    It holds the decoder's own memory: keep few at a time, and let go of them soon.
    """

    @property
    def pts(self) -> int:
        """Its presentation time in ticks of the recording."""

    @property
    def keyframe(self) -> bool:
        """Whether it decodes alone."""

    @property
    def size_bytes(self) -> int:
        """What it takes in memory while it is kept."""

    def picture(self, wh: tuple[int, int] | None = None) -> Image:
        """BGR pixels `(h, w, 3)`, scaled to `wh` in one step, or at their own size."""


class Decoder(Protocol):
    """Reads files (H.264, HEVC, MPEG-4; mp4, mkv, avi, ts, raw .264) and MOT-style image sequences."""

    def probe(self, path: str) -> MediaFacts:
        """Facts of a file, counted by demuxing it. Raises BadInputError that says what is wrong with it."""

    def read_packets(
        self, recording: Recording, start_pts: int | None = None, end_pts: int | None = None
    ) -> Iterator[Packet]:
        """Every packet with `start_pts <= pts < end_pts` in presentation order, without decoding."""

    def read_frames(
        self,
        recording: Recording,
        start_pts: int | None = None,
        end_pts: int | None = None,
        *,
        keyframes_only: bool = False,
    ) -> Iterator[Frame]:
        """Frames with `start_pts <= pts < end_pts` in presentation order, each exactly once.

        Raises BadInputError when the file changed or cannot be decoded, MissingError when it is gone.
        """

    def scan(
        self,
        recording: Recording,
        start_pts: int | None = None,
        end_pts: int | None = None,
        *,
        keyframes_only: bool = False,
        leave_out: Collection[int] = (),
    ) -> Iterator[DecodedFrame]:
        """The same frames as `read_frames`, not brought to BGR yet: who looks at few of them pays for few.

        Those whose pts is in `leave_out` do not come; the disposable ones among them are not even decoded.
        """

    def read_views(self, recording: Recording, pts: Sequence[int]) -> Iterator[Frame]:
        """Exactly the frames with these pts, in ascending order, decoding as little as possible."""
