"""Recordings: one file (or image sequence) of one camera, and its place on the UTC timeline."""

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from casetrail.footage.cameras import ClockOffset
from casetrail.model.arrays import Image
from casetrail.model.ids import stable_id
from casetrail.model.time import SECOND_US, UtcInterval, media_us

SEGMENT_US = 300 * SECOND_US


class RecordingKind(StrEnum):
    """How the pictures are stored."""

    FILE = "file"
    IMAGES = "images"


@dataclass(frozen=True)
class MediaFacts:
    """What a decoder finds in a file: `first_pts`, `end_pts` (after the last frame) in units of `time_base` seconds."""

    kind: RecordingKind
    codec: str
    width: int
    height: int
    time_base: Fraction
    first_pts: int
    end_pts: int
    frames: int
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Recording:
    """A recording in place: nothing of it is copied. `start_us` is the first frame by the camera's own clock."""

    camera_id: str
    path: str
    start_us: int
    media: MediaFacts
    size_bytes: int
    sha256: str = ""

    @property
    def recording_id(self) -> str:
        """Stable id from camera, start, size and time base; it survives moving the file."""
        return stable_id(self.camera_id, self.start_us, self.size_bytes, self.media.time_base, self.media.end_pts)

    def to_utc_us(self, pts: int, clock: ClockOffset) -> int:
        """UTC of a frame: camera start + `(pts - first_pts) * time_base` - the camera clock's offset."""
        since = media_us(pts - self.media.first_pts, self.media.time_base)
        return self.start_us + since - round(clock.offset_s * SECOND_US)

    def to_pts(self, utc_us: int, clock: ClockOffset) -> int:
        """The last pts that is not after the moment (it may lie outside the recording)."""
        since = Fraction(utc_us - self.start_us + round(clock.offset_s * SECOND_US), SECOND_US)
        return self.media.first_pts + int(since / self.media.time_base // 1)

    def interval(self, clock: ClockOffset) -> UtcInterval:
        """The UTC interval that the recording covers."""
        return UtcInterval(self.to_utc_us(self.media.first_pts, clock), self.to_utc_us(self.media.end_pts, clock))


@dataclass(frozen=True)
class Segment:
    """A unit of work: `[start_pts, end_pts)` of one recording, about five minutes."""

    recording: Recording
    clock: ClockOffset
    start_pts: int
    end_pts: int

    @property
    def interval(self) -> UtcInterval:
        """The UTC interval of the segment."""
        return UtcInterval(
            self.recording.to_utc_us(self.start_pts, self.clock),
            self.recording.to_utc_us(self.end_pts, self.clock),
        )


@dataclass(frozen=True)
class Frame:
    """One picture: `pts` of its recording and the BGR pixels `(h, w, 3)`."""

    pts: int
    image: Image
    keyframe: bool = False


def cut_segments(recording: Recording, clock: ClockOffset, length_us: int = SEGMENT_US) -> tuple[Segment, ...]:
    """The recording in segments of five minutes (or another length); the last may be shorter."""
    media = recording.media
    step = max(1, int(Fraction(length_us, SECOND_US) / media.time_base))
    starts = range(media.first_pts, media.end_pts, step)
    return tuple(Segment(recording, clock, start, min(start + step, media.end_pts)) for start in starts)
