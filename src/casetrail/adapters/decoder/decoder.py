"""Adapter of the Decoder port: files through PyAV, image sequences through OpenCV."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.video.reformatter import Interpolation, VideoReformatter

from casetrail.adapters.decoder import images
from casetrail.adapters.decoder.containers import OpenFile, mapped_errors
from casetrail.adapters.decoder.disposable import tell_disposable
from casetrail.adapters.decoder.facts import count_timed, count_untimed, facts_of, picture_doubts
from casetrail.adapters.decoder.kept_file import KeptFile
from casetrail.adapters.decoder.packets import (
    CountedSource,
    PacketSource,
    TimedSource,
    Timeline,
    count_timeline,
    in_presentation_order,
)
from casetrail.footage.decoder import DecodedFrame, Packet
from casetrail.footage.files import check_there, measure_size, written_us
from casetrail.footage.recordings import Frame, MediaFacts, Recording, RecordingKind
from casetrail.model.arrays import Image
from casetrail.model.errors import BadInputError

_MOST_TIMELINES = 8


class MediaDecoder:
    """Reads recordings where they lie. `threads`: decoding threads of one file; 0 lets PyAV choose."""

    def __init__(self, threads: int = 0) -> None:
        self._threads = threads
        self._files = KeptFile(threads)
        self._timelines: dict[tuple[str, int, int], Timeline] = {}

    def probe(self, path: str) -> MediaFacts:
        """Facts of a file or folder, counted by demuxing; one frame is decoded to prove that it can be."""
        if check_there(path).is_dir():
            return images.probe_sequence(path)
        with OpenFile(path, self._threads) as file:
            counted = count_timed(file) if file.states_times else count_untimed(file, self._timeline(file))
            facts = facts_of(file, counted)
        with OpenFile(path, self._threads) as file, mapped_errors(path):
            packets = self._source(file).packets_from(None)
            first = next(_decoded(file, packets), None)
            if first is None:
                raise BadInputError("no frame of it can be decoded", where=path, todo="check the file")
        return replace(facts, doubts=facts.doubts + picture_doubts(first))

    def read_packets(
        self, recording: Recording, start_pts: int | None = None, end_pts: int | None = None
    ) -> Iterator[Packet]:
        """Every decodable packet of a span in presentation order, without decoding."""
        _check_unchanged(recording)
        media = recording.media
        start = media.first_pts if start_pts is None else max(start_pts, media.first_pts)
        end = media.end_pts if end_pts is None else end_pts
        if media.kind is RecordingKind.IMAGES:
            yield from (one for one in images.sequence_packets(recording.path) if start <= one.pts < end)
            return
        with mapped_errors(recording.path), self._files.open(recording.path) as file:
            last, disposable = start - 1, tell_disposable(file.stream)
            packets = self._source(file).packets_from(None if start == media.first_pts else start)
            for packet in in_presentation_order(packets):
                if packet.pts >= end:
                    return
                if packet.pts > last:
                    last = packet.pts
                    yield Packet(packet.pts, packet.size, bool(packet.is_keyframe), disposable(packet))

    def read_frames(
        self,
        recording: Recording,
        start_pts: int | None = None,
        end_pts: int | None = None,
        *,
        keyframes_only: bool = False,
    ) -> Iterator[Frame]:
        """Frames with `start_pts <= pts < end_pts` in presentation order, each exactly once."""
        for frame in self.scan(recording, start_pts, end_pts, keyframes_only=keyframes_only):
            yield Frame(frame.pts, frame.picture(), frame.keyframe)

    def scan(
        self,
        recording: Recording,
        start_pts: int | None = None,
        end_pts: int | None = None,
        *,
        keyframes_only: bool = False,
        leave_out: Collection[int] = (),
    ) -> Iterator[DecodedFrame]:
        """The same frames, decoded, each brought to BGR when its picture is asked for."""
        _check_unchanged(recording)
        media = recording.media
        start = media.first_pts if start_pts is None else max(start_pts, media.first_pts)
        end = media.end_pts if end_pts is None else end_pts
        if media.kind is RecordingKind.IMAGES:
            there = sorted(images.find_sequence(recording.path).pictures)
            wanted = [pts for pts in there if start <= pts < end and pts not in leave_out]
            for frame in images.sequence_frames(recording.path, media, wanted):
                yield _Read(frame)
            return
        with mapped_errors(recording.path), self._files.open(recording.path) as file:
            packets = self._source(file).packets_from(None if start == media.first_pts else start)
            if keyframes_only:
                file.stream.codec_context.skip_frame = "NONKEY"
                packets = (packet for packet in packets if packet.is_keyframe)
            packets = _without(file, packets, lambda pts: pts < start or pts in leave_out)
            converter = VideoReformatter()
            for picture in _between(_decoded(file, packets), start, end):
                if picture.pts not in leave_out:
                    yield _Decoded(_same_size(picture, recording), converter)

    def read_views(self, recording: Recording, pts: Sequence[int]) -> Iterator[Frame]:
        """Exactly these frames, ascending; from each keyframe on, only up to the last view that needs it."""
        _check_unchanged(recording)
        wanted = sorted(set(pts))
        if recording.media.kind is RecordingKind.IMAGES:
            yield from images.sequence_frames(recording.path, recording.media, wanted)
            return
        with mapped_errors(recording.path), self._files.open(recording.path) as file:
            source = self._source(file)
            for keyframe, views in _by_keyframe(source, wanted):
                packets = _enough(source.packets_from(keyframe), set(views))
                packets = _without(file, packets, partial(_is_none_of, views))
                yield from _exactly(_decoded(file, packets), views, recording)

    def _source(self, file: OpenFile) -> PacketSource:
        return TimedSource(file) if file.states_times else CountedSource(file, self._timeline(file))

    def _timeline(self, file: OpenFile) -> Timeline:
        """Counting reads the whole file, so the last few timelines are kept while their files stay as they are."""
        place = Path(file.path)
        key = (file.path, measure_size(place), written_us(place))
        if key not in self._timelines:
            with mapped_errors(file.path), OpenFile(file.path, 1) as other:
                timeline = count_timeline(other)
            while len(self._timelines) >= _MOST_TIMELINES:
                self._timelines.pop(next(iter(self._timelines)))
            self._timelines[key] = timeline
        return self._timelines[key]


@dataclass(frozen=True)
class _Decoded:
    """A frame of a file. The converter is shared: setting one up costs more than a small picture."""

    frame: Any
    converter: VideoReformatter

    @property
    def pts(self) -> int:
        return int(self.frame.pts)

    @property
    def keyframe(self) -> bool:
        return bool(self.frame.key_frame)

    @property
    def size_bytes(self) -> int:
        return sum(plane.buffer_size for plane in self.frame.planes)

    def picture(self, wh: tuple[int, int] | None = None) -> Image:
        # One step is measured to cost a third of two. Averaging where it shrinks keeps thin things from vanishing.
        width, height = wh or (None, None)
        scaled = self.converter.reformat(self.frame, width, height, format="bgr24", interpolation=Interpolation.AREA)
        image: Image = np.asarray(scaled.to_ndarray(), np.uint8)
        return image


@dataclass(frozen=True)
class _Read:
    """A picture of an image sequence."""

    frame: Frame

    @property
    def pts(self) -> int:
        return self.frame.pts

    @property
    def keyframe(self) -> bool:
        return self.frame.keyframe

    @property
    def size_bytes(self) -> int:
        return self.frame.image.nbytes

    def picture(self, wh: tuple[int, int] | None = None) -> Image:
        return self.frame.image if wh is None else images.scaled(self.frame.image, wh)


def _check_unchanged(recording: Recording) -> None:
    if measure_size(check_there(recording.path)) != recording.size_bytes:
        todo = "run `casetrail footage check`"
        raise BadInputError("the recording changed since it was added", where=recording.path, todo=todo)


def _decoded(file: OpenFile, packets: Iterable[Any]) -> Iterator[Any]:
    """Pictures in presentation order. A damaged packet costs its own picture; probing has noted the damage."""
    for packet in packets:
        try:
            yield from packet.decode()
        except av.error.InvalidDataError:
            continue
    try:
        yield from file.stream.decode(None)
    except (av.error.InvalidDataError, av.error.EOFError):
        return


def _without(file: OpenFile, packets: Iterable[Any], needless: Callable[[int], bool]) -> Iterator[Any]:
    """The packets without those that are needless themselves and serve no other."""
    disposable = tell_disposable(file.stream)
    return (packet for packet in packets if not (needless(packet.pts) and disposable(packet)))


def _is_none_of(views: Collection[int], pts: int) -> bool:
    return pts not in views


def _between(pictures: Iterator[Any], start: int, end: int) -> Iterator[Any]:
    last = start - 1
    for picture in pictures:
        if picture.pts is None or picture.pts <= last:
            continue
        if picture.pts >= end:
            return
        last = picture.pts
        yield picture


def _by_keyframe(source: PacketSource, wanted: list[int]) -> list[tuple[int, list[int]]]:
    """Views grouped by the keyframe that each needs, so that nothing is decoded twice."""
    groups: dict[int, list[int]] = {}
    for pts in wanted:
        groups.setdefault(source.keyframe_before(pts), []).append(pts)
    return sorted(groups.items())


def _enough(packets: Iterator[Any], views: set[int]) -> Iterator[Any]:
    """Packets up to the last one that a view needs. After two keyframes beyond them all, none can follow."""
    missing, beyond = set(views), 0
    for packet in packets:
        beyond += bool(packet.is_keyframe) and packet.pts > max(views)
        if beyond > 1:
            return
        yield packet
        missing.discard(packet.pts)
        if not missing:
            return


def _exactly(pictures: Iterator[Any], views: list[int], recording: Recording) -> Iterator[Frame]:
    missing = set(views)
    for picture in pictures:
        if picture.pts in missing:
            missing.discard(picture.pts)
            own = _same_size(picture, recording)
            yield Frame(int(own.pts), own.to_ndarray(format="bgr24"), bool(own.key_frame))
    if missing:
        what = f"there is no decodable frame with pts {min(missing)}"
        raise BadInputError(what, where=recording.path, todo="run `casetrail footage check`")


def _same_size(picture: Any, recording: Recording) -> Any:
    if (picture.width, picture.height) != (recording.media.width, recording.media.height):
        raise BadInputError(
            "the size of its frames changes", where=recording.path, todo="split it where the size changes"
        )
    return picture
