"""Packets of a file, each with its exact presentation time, from the keyframe at or before any moment.

A *timed* source trusts the times in the container and seeks. A *counted* source serves files without
usable times (raw streams; H.264 and HEVC in AVI): it learns the order of presentation from the decoder, which
follows the picture order count in the headers (ITU-T H.264 8.2.1, H.265 8.3.1), and counts.
"""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain, count
from typing import Any, Protocol

import av
import numpy as np

from casetrail.adapters.decoder.containers import OpenFile
from casetrail.model.arrays import Flags, Integers
from casetrail.model.errors import BadInputError

_REORDER_DEPTH = 64  # H.264 and HEVC hold back at most 16 pictures; two fields each, and room to spare
_BACK_OFF_S = (0, 2, 10, 60)
_USUAL_RATE = 25  # only when neither the stream nor the container states one


@dataclass(frozen=True)
class Timeline:
    """Presentation time of each packet in the order of the file, `(n,)` each, and the unit of those times."""

    pts: Integers
    keyframes: Flags
    time_base: Fraction
    certain: bool = True


class PacketSource(Protocol):
    """Packets with presentation times, in the order of decoding."""

    def packets_from(self, pts: int | None) -> Iterator[Any]:
        """Packets from the keyframe at or before `pts` on; from the first keyframe when it is None or earlier."""

    def keyframe_before(self, pts: int) -> int:
        """Presentation time of the keyframe that `packets_from(pts)` starts with."""


def demux(file: OpenFile) -> Iterator[Any]:
    """Every packet of the picture stream; damage that ends the file early ends them (probing notes it)."""
    packets = file.container.demux(file.stream)
    while True:
        try:
            packet = next(packets)
        except (StopIteration, av.error.InvalidDataError, av.error.EOFError):
            return
        if packet.size:
            yield packet


def in_presentation_order(packets: Iterator[Any]) -> Iterator[Any]:
    """The same packets by presentation time, holding back only a few."""
    held: list[tuple[int, int, Any]] = []
    order = count()
    for packet in packets:
        heapq.heappush(held, (packet.pts, next(order), packet))
        if len(held) > _REORDER_DEPTH:
            yield heapq.heappop(held)[2]
    while held:
        yield heapq.heappop(held)[2]


class TimedSource:
    """Packets of a container that states presentation times."""

    def __init__(self, file: OpenFile) -> None:
        self._file = file
        self._moved = file.used

    def packets_from(self, pts: int | None) -> Iterator[Any]:
        """Seek, and step further back until a keyframe at or before `pts` comes first."""
        for target in [] if pts is None else self._targets(pts):
            packets = self._seek(target)
            first = next(packets, None)
            if first is not None and pts is not None and first.pts <= pts:
                return chain([first], packets)
        return self._from_the_beginning()

    def keyframe_before(self, pts: int) -> int:
        """The pts that a seek lands on."""
        return int(next(self.packets_from(pts)).pts)

    def _targets(self, pts: int) -> Iterator[int]:
        for seconds in _BACK_OFF_S:
            yield pts - int(seconds / self._file.stream.time_base)

    def _seek(self, pts: int) -> Iterator[Any]:
        self._moved = True
        try:
            self._file.container.seek(pts, stream=self._file.stream, backward=True)
        except av.error.FFmpegError:  # no index entry that early: the caller steps back, at last to the beginning
            return iter(())
        return from_keyframe(demux(self._file))

    def _from_the_beginning(self) -> Iterator[Any]:
        if self._moved and self._file.beginning is not None:
            pts, place = self._file.beginning
            packets = self._seek(pts)
            first = next(packets, None)
            if first is not None and (first.pts, first.pos) == (pts, place):
                return chain([first], packets)
        if self._moved:
            self._file.rewind()
        self._moved = True
        packets = from_keyframe(demux(self._file))
        first = next(packets, None)
        if first is None:
            return iter(())
        self._file.beginning = None if first.pos is None or first.pos < 0 else (int(first.pts), int(first.pos))
        return chain([first], packets)


class CountedSource:
    """Packets of a file without usable times, each given the time that its timeline says."""

    def __init__(self, file: OpenFile, timeline: Timeline) -> None:
        self._file = file
        self._timeline = timeline
        self._keys = np.flatnonzero(timeline.keyframes)
        self._next = 0

    def packets_from(self, pts: int | None) -> Iterator[Any]:
        """Read on to the keyframe, or once more from the beginning when it is already behind."""
        wanted = int(self._keys[0]) if pts is None else self._key_index(pts)
        if wanted < self._next:
            self._file.rewind()
            self._next = 0
        # Decoding may have been drained for an earlier view; a drained decoder takes nothing more until flushed.
        self._file.stream.codec_context.flush_buffers()
        return self._stamped(wanted)

    def keyframe_before(self, pts: int) -> int:
        """The pts of the keyframe, from the timeline alone."""
        return int(self._timeline.pts[self._key_index(pts)])

    def _stamped(self, wanted: int) -> Iterator[Any]:
        for packet in demux(self._file):
            number = self._next
            self._next += 1
            if wanted <= number < len(self._timeline.pts):
                packet.pts, packet.dts = int(self._timeline.pts[number]), None
                yield packet

    def _key_index(self, pts: int) -> int:
        behind = self._keys[self._timeline.pts[self._keys] <= pts]
        return int(behind[-1]) if len(behind) else int(self._keys[0])


def count_timeline(file: OpenFile) -> Timeline:
    """The timeline of a file without usable times: its n-th picture stands at the n-th tick.

    Raises BadInputError when the file holds no keyframe.
    """
    stream = file.stream
    rate = stream.codec_context.framerate or stream.average_rate or _USUAL_RATE
    stamped, dts, keyframes = _numbered(file), [], []
    reorders = bool(stream.codec_context.has_b_frames)
    shown: list[int] = []
    for packet, stated in stamped:
        dts.append(stated)
        keyframes.append(bool(packet.is_keyframe))
        shown += _labels(packet) if reorders else [packet.pts]
    shown += _labels(None, stream) if reorders else []
    if not any(keyframes):
        raise BadInputError("no frame of it can be decoded", where=file.path, todo="check the file")
    ticks, time_base = _ticks(file, dts, 1 / Fraction(rate))
    return Timeline(ticks[_ranks(shown, len(dts))], np.array(keyframes, bool), time_base, len(shown) == len(dts))


def from_keyframe(packets: Iterator[Any]) -> Iterator[Any]:
    """Packets from the first keyframe on, without those that lack a time."""
    started = False
    for packet in packets:
        started = started or (bool(packet.is_keyframe) and packet.pts is not None)
        if started and packet.pts is not None:
            yield packet


def _ticks(file: OpenFile, dts: list[int | None], time_base: Fraction) -> tuple[Integers, Fraction]:
    """Ascending times: those of the container when it states enough of them, else 0, 1, 2 and so on."""
    stated = sorted({tick for tick in dts if tick is not None})
    if len(stated) == len(dts) and not file.is_raw:
        return np.array(stated, np.int64), Fraction(file.stream.time_base)
    return np.arange(len(dts), dtype=np.int64), time_base


def _numbered(file: OpenFile) -> Iterator[tuple[Any, int | None]]:
    """Packets stamped with their number in the file, each with the decoding time that it came with."""
    for number, packet in enumerate(demux(file)):
        stated = packet.dts
        packet.pts = packet.dts = number
        yield packet, stated


def _labels(packet: Any, stream: Any = None) -> list[int]:
    """Numbers of the packets whose pictures the decoder now puts out, in the order in which it shows them."""
    try:
        pictures = packet.decode() if stream is None else stream.decode(None)
    except (av.error.InvalidDataError, av.error.EOFError):
        return []
    return [picture.pts for picture in pictures if picture.pts is not None]


def _ranks(shown: list[int], packets: int) -> Integers:
    """The place of each packet in the order of presentation; one that shows nothing follows the packet before it."""
    place = dict(zip(shown, range(len(shown)), strict=True))
    key = np.full(packets, -1, np.int64)
    for number in range(packets):
        key[number] = place.get(number, key[number - 1] if number else -1)
    return np.argsort(np.argsort(key, kind="stable"), kind="stable")
