"""Facts of a file, counted by demuxing all of it, and the doubts that the count raises."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from casetrail.adapters.decoder.containers import OpenFile, check_length, mapped_errors, picture_streams
from casetrail.adapters.decoder.packets import Timeline, demux
from casetrail.footage.recordings import MediaFacts, RecordingKind
from casetrail.model.arrays import Flags, Integers
from casetrail.model.errors import BadInputError
from casetrail.model.time import SECOND_US

_LONGEST_PAUSE_S = 1.0
_RATE_TOLERANCE = 0.05
_SHORTER_S = 0.5
_HIGHEST_RATE = 300.0  # frames a second; no camera that watches a street takes more


@dataclass(frozen=True)
class Counted:
    """What demuxing showed: decodable presentation times (ascending), and the number of packets of each ill kind."""

    pts: Integers
    time_base: Fraction
    last_duration: int
    packets: int
    untimed: int = 0
    leading: int = 0
    repeated: int = 0
    backward: int = 0
    corrupt: int = 0
    notes: tuple[str, ...] = ()


def count_timed(file: OpenFile) -> Counted:
    """Count the packets of a container that states presentation times."""
    rows = []
    corrupt = 0
    with mapped_errors(file.path):
        for packet in demux(file):
            rows.append((packet.pts, packet.dts, packet.is_keyframe, packet.duration))
            corrupt += bool(packet.is_corrupt)
    timed = [row for row in rows if row[0] is not None]
    if not any(row[2] for row in timed):
        raise BadInputError("no frame of it can be decoded", where=file.path, todo="check the file")
    pts = np.array([row[0] for row in timed], np.int64)
    dts = np.array([row[1] for row in timed if row[1] is not None], np.int64)
    usable, leading = _decodable(pts, np.array([row[2] for row in timed], bool))
    shown = np.unique(usable)
    last = max((row for row in timed), key=lambda row: row[0])
    return Counted(
        shown,
        Fraction(file.stream.time_base),
        int(last[3] or 0),
        len(rows),
        untimed=len(rows) - len(timed),
        leading=leading,
        repeated=len(usable) - len(shown),
        backward=int((np.diff(dts) < 0).sum()),
        corrupt=corrupt,
    )


def count_untimed(file: OpenFile, timeline: Timeline) -> Counted:
    """Count the packets of a file that was given a timeline by counting."""
    usable, leading = _decodable(timeline.pts, timeline.keyframes)
    rate = _plain(1 / timeline.time_base)
    notes = [f"it states no times: frames are counted at {rate} per second"] if file.is_raw else []
    if not timeline.certain:
        notes.append("some of its packets show no frame: they may be damaged")
    return Counted(np.sort(usable), timeline.time_base, 1, len(timeline.pts), leading=leading, notes=tuple(notes))


def facts_of(file: OpenFile, counted: Counted) -> MediaFacts:
    """The facts, with every doubt as a phrase that a person can act on. Raises BadInputError for an absurd length."""
    codec = file.stream.codec_context
    first, end = int(counted.pts[0]), int(counted.pts[-1]) + (counted.last_duration or _usual_step(counted.pts))
    check_length(first, end, counted.time_base, file.path)
    return MediaFacts(
        RecordingKind.FILE,
        codec.name,
        codec.width,
        codec.height,
        counted.time_base,
        first,
        end,
        len(counted.pts),
        tuple(_doubts(file, counted, end)),
    )


def picture_doubts(picture: Any) -> tuple[str, ...]:
    """What is doubtful about a file by the first picture that it decodes to."""
    doubts = []
    if picture.interlaced_frame:
        doubts.append("its pictures are interlaced: moving people are combed, and found less well")
    turned = round(picture.rotation) % 360
    if turned:
        doubts.append(
            f"it asks to be shown turned by {turned} degrees; it is read as stored, where people do not stand"
        )
    return tuple(doubts)


def _decodable(pts: Integers, keyframes: Flags) -> tuple[Integers, int]:
    """Times that can be decoded (from the first keyframe on), and how many packets come before."""
    first = int(np.flatnonzero(keyframes)[0])
    usable = pts[first:][pts[first:] >= pts[first]]
    return usable, len(pts) - len(usable)


def _doubts(file: OpenFile, counted: Counted, end: int) -> Iterator[str]:
    yield from counted.notes
    streams = len(picture_streams(file.container))
    if streams > 1:
        yield f"it holds {streams} streams of pictures; only the first is read"
    if counted.untimed:
        yield f"{counted.untimed} packets carry no time; their frames are left out"
    if counted.leading:
        yield f"it does not start with a keyframe: its first {counted.leading} frames cannot be decoded"
    if counted.repeated:
        yield f"{counted.repeated} frames repeat a time; the first of each is taken"
    if counted.backward:
        yield f"times run backwards {counted.backward} times: parts may have been joined"
    if counted.corrupt:
        yield f"{counted.corrupt} packets are marked as damaged"
    yield from _spacing_doubts(file, counted)
    yield from _length_doubts(file, counted, end)


def _spacing_doubts(file: OpenFile, counted: Counted) -> Iterator[str]:
    if len(counted.pts) < 3:
        return
    steps_s = np.diff(counted.pts) * float(counted.time_base)
    usual_s, stated = float(np.median(steps_s)), file.stream.average_rate
    if stated and not file.is_raw and abs(float(stated) * usual_s - 1) > _RATE_TOLERANCE:
        yield f"the container states {_plain(stated)} frames per second, its frames stand at {1 / usual_s:.4g}"
    if usual_s * _HIGHEST_RATE < 1:
        yield f"its frames stand at {1 / usual_s:.4g} per second: its times cannot be right"
    pauses = np.flatnonzero(steps_s > max(_LONGEST_PAUSE_S, 5 * usual_s))
    if len(pauses):
        longest = int(pauses[np.argmax(steps_s[pauses])])
        since_s = float((counted.pts[longest] - counted.pts[0]) * counted.time_base)
        yield f"{len(pauses)} pauses within the file, the longest {steps_s[longest]:.1f} s at {since_s:.1f} s"


def _length_doubts(file: OpenFile, counted: Counted, end: int) -> Iterator[str]:
    """A container that announces more than is there was cut off."""
    announced = int(file.stream.frames or 0)
    if announced > counted.packets:
        yield f"it ends early: {counted.packets} of {announced} announced frames are there"
        return
    there_s, announced_s = float(end * counted.time_base), _announced_end_s(file)
    if announced_s is not None and announced_s - there_s > max(_SHORTER_S, 0.02 * announced_s):
        yield f"it ends early: {announced_s - there_s:.1f} s of what it announces are not there"


def _announced_end_s(file: OpenFile) -> float | None:
    """Where the pictures should end by the container's own word; None when it does not say so of the pictures."""
    stream, container = file.stream, file.container
    if file.is_raw:
        return None
    if stream.duration:
        return float(((stream.start_time or 0) + stream.duration) * stream.time_base)
    if container.duration and len(container.streams) == 1:
        return float((container.start_time or 0) + container.duration) / SECOND_US
    return None


def _usual_step(pts: Integers) -> int:
    return max(1, int(np.median(np.diff(pts)))) if len(pts) > 1 else 1


def _plain(rate: Fraction) -> str:
    return f"{float(rate):.6g}"
