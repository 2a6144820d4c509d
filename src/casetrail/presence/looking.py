"""Looking at a segment as the sampling cascade decides: packets, checks, looks, and looks at doubtful moments.

One pass of decoding feeds every look of a moving stretch. A few seconds of decoded frames are kept back, not yet
brought to BGR, so that a doubtful moment can be looked at again without decoding it twice.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from casetrail.footage.decoder import DecodedFrame, Decoder, Packet
from casetrail.footage.recordings import Segment
from casetrail.model.arrays import Doubles, Flags, Integers
from casetrail.presence.detector import Detections, Detector
from casetrail.presence.input_sizes import USUAL_SCALE, choose_scales, measure_heights, merge, scales_to_try
from casetrail.presence.sampling import (
    ADAPTIVE,
    Reason,
    Sampling,
    SamplingRules,
    Stretch,
    choose_checks,
    choose_first,
    choose_left_out,
    cut_stretches,
    find_still,
    join_stretches,
    widen_found,
)

KEPT_S = 2.0
KEPT_BYTES = 160_000_000  # of decoded frames, whatever their pixels take: ten bits and full colour take four times more
SOMEBODY = 0.4  # least confidence at which a check counts as having found somebody

FindDoubt = Callable[[Sequence[Detections], Doubles], Sequence[tuple[float, float]]]
"""Tells in which spans `(start_s, end_s)` it is doubtful who is who, from detections and their seconds."""


@dataclass(frozen=True)
class Analysis:
    """What was looked at and found in a segment.

    `pts` int64 `(n,)` and `keyframe` bool `(n,)` of the frames looked at; `detections` of each, in pixels of the
    recording.
    """

    pts: Integers
    keyframe: Flags
    detections: tuple[Detections, ...]
    sampling: Sampling


@dataclass
class _Found:
    """Detections by pts, while looking."""

    detections: dict[int, Detections] = field(default_factory=dict)
    keyframe: dict[int, bool] = field(default_factory=dict)


def look(
    segment: Segment, decoder: Decoder, detector: Detector, rules: SamplingRules, find_doubt: FindDoubt
) -> Analysis:
    """Detections in those frames of a segment that are worth it. The same input gives the same answer.

    Raises what the decoder raises: BadInputError for a recording that changed, MissingError when it is gone.
    """
    packets = list(decoder.read_packets(segment.recording, segment.start_pts, segment.end_pts))
    looker = _Looker(segment, decoder, detector, rules, find_doubt)
    looker.choose_sizes(packets)
    pts = np.array([packet.pts for packet in packets], np.int64)
    reasons = looker.decide(packets, looker.seconds(pts))
    looker.left_out = choose_left_out(packets, looker.seconds(pts), rules)
    wanted = np.array([packet.pts for packet in packets if packet.pts not in looker.left_out], np.int64)
    stretches = cut_stretches(pts, segment.end_pts, reasons)
    for run in join_stretches(stretches, [packet.pts for packet in packets if packet.keyframe]):
        there = sum(int(((wanted >= one.start_pts) & (wanted < one.end_pts)).sum()) for one in run)
        looker.lost += max(0, there - looker.follow(run))
    return looker.analysis(stretches, len(packets))


def look_again(segment: Segment, decoder: Decoder, detector: Detector, sampling: Sampling) -> Analysis:
    """Look at exactly the frames that were looked at before, at the same size."""
    looker = _Looker(segment, decoder, detector, ADAPTIVE, lambda _found, _seconds: ())
    looker.sizes, looker.lost = sampling.input_sizes, sampling.lost
    packets = decoder.read_packets(segment.recording, segment.start_pts, segment.end_pts)
    looked = set(sampling.looked.tolist())
    looker.left_out = frozenset(packet.pts for packet in packets if packet.disposable) - looked
    looker.look_at_each(looked)
    return looker.analysis(sampling.stretches, sampling.frames)


class _Looker:
    """Does the looking and keeps what it finds."""

    def __init__(
        self, segment: Segment, decoder: Decoder, detector: Detector, rules: SamplingRules, find_doubt: FindDoubt
    ) -> None:
        self._segment, self._decoder, self._detector = segment, decoder, detector
        self._rules, self._find_doubt = rules, find_doubt
        media = segment.recording.media
        self._wh = (media.width, media.height)
        self.sizes: tuple[tuple[int, int], ...] = (detector.input_size(self._wh),)
        self.lost = 0
        self.left_out: frozenset[int] = frozenset()
        self._cell = -1
        self._scouted_s = -np.inf
        self._people = False
        self._keyframes_are_few = True
        self._found = _Found()
        self._tried: dict[tuple[int, tuple[int, int]], Detections] = {}

    def choose_sizes(self, packets: Sequence[Packet]) -> None:
        """Settle at which sizes the detector looks, by trying in a few keyframes."""
        rules = self._rules.sizes
        keyframes = [packet.pts for packet in packets if packet.keyframe]
        if not keyframes or self._at_scale(rules.enlarged) == self._at_scale(rules.reduced):
            return
        places = np.unique(np.linspace(0, len(keyframes) - 1, rules.probes).round().astype(int))
        frames = [frame for frame in map(self._frame_near, (keyframes[place] for place in places)) if frame is not None]
        found = [[self._try(frame, USUAL_SCALE)] for frame in frames]
        for scale in scales_to_try(self._heights(found), rules):
            for frame, here in zip(frames, found, strict=True):
                here.append(self._try(frame, scale))
        self.sizes = tuple(map(self._at_scale, choose_scales(self._heights(found), rules)))

    def _try(self, frame: DecodedFrame, scale: float) -> Detections:
        """People in a frame at a scale, kept for when it is looked at."""
        size = self._at_scale(scale)
        self._tried[frame.pts, size] = self._detect(frame, size)
        return self._tried[frame.pts, size]

    def _at_scale(self, scale: float) -> tuple[int, int]:
        return self._detector.input_size(self._wh, scale)

    def _heights(self, found: Sequence[Sequence[Detections]]) -> Doubles:
        """Heights of people, in pixels of the picture that the detector is usually given."""
        usual = self._at_scale(USUAL_SCALE)[1] / self._wh[1]
        return usual * measure_heights([merge(here) for here in found], self._rules.sizes)

    def seconds(self, pts: Integers) -> Doubles:
        """Seconds since the segment's start."""
        base = float(self._segment.recording.media.time_base)
        return np.asarray((pts - self._segment.start_pts) * base, np.float64)

    def decide(self, packets: Sequence[Packet], seconds: Doubles) -> list[Reason]:
        """Why each packet's stretch is looked at as it is; makes the checks that this takes."""
        if np.isinf(self._rules.looks_per_s):
            return [Reason.EVERY_FRAME] * len(packets)
        self._keyframes_are_few = not all(packet.keyframe for packet in packets)
        still = find_still(packets, seconds, self._wh[0] * self._wh[1], self._rules)
        if still is None:
            return [Reason.NO_SIZES] * len(packets)
        checks = choose_checks(packets, seconds, still, self._rules)
        first = choose_first(checks, packets, self._rules)
        people = set(self.check([packets[index].pts for index in first]))
        if 2 * len(people) > len(first):
            return [Reason.UNTOLD if calm else Reason.MOVING for calm in still]
        people |= set(self.check([packets[index].pts for index in checks if index not in first]))
        found_s = [float(seconds[index]) for index in checks if packets[index].pts in people]
        near = widen_found(still, seconds, found_s, self._rules)
        return [_reason(*pair) for pair in zip(still.tolist(), near.tolist(), strict=True)]

    def check(self, pts: Sequence[int]) -> list[int]:
        """Look at a frame at or soon after each of these pts; returns the pts at which somebody was there."""
        return [one for one in pts if self._somebody(one)]

    def look_at_each(self, pts: Collection[int]) -> None:
        """Look at exactly these frames."""
        for frame in self._scan(self._segment.start_pts, self._segment.end_pts):
            if frame.pts in pts:
                self._look_at(frame)

    def follow(self, run: Sequence[Stretch]) -> int:
        """Look at stretches in which people may be, several times a second and again where it is doubtful.

        They are decoded in one go, from the first to the last. Returns how many frames of them could be decoded.
        """
        decoded = 0
        frames = self._scan(run[0].start_pts, run[-1].end_pts)
        inside = (frame for frame in frames if any(one.start_pts <= frame.pts < one.end_pts for one in run))
        passed_over: list[DecodedFrame] = []
        for chunk in self._chunks(inside):
            decoded += len(chunk)
            due = [frame for frame in chunk if self._is_due(frame)]
            if self._scout(due):
                for frame in [*passed_over, *due]:
                    self._look_at(frame)
                passed_over = []
                if self._rules.doubt:
                    self._settle(chunk)
            else:
                passed_over = self._latest([*passed_over, *due])
            due.clear()
            chunk.clear()  # lets go of these pictures before the next are decoded
        return decoded

    def _scout(self, due: Sequence[DecodedFrame]) -> bool:
        """Look once every so often; whether somebody is there, so that it is worth looking closely."""
        if np.isinf(self._rules.looks_per_s):
            return True
        found = []
        for frame in due:
            second = self._second(frame)
            if second - self._scouted_s >= self._rules.scout_s - 1e-6 or second < self._scouted_s:
                self._scouted_s = second
                found.append(self._shows_somebody(frame))
        if found:
            self._people = any(found)
        return self._people

    def _latest(self, frames: Sequence[DecodedFrame]) -> list[DecodedFrame]:
        """Those of the last moments: whoever is found next may have been in them already."""
        since = self._second(frames[-1]) - 2 * self._rules.scout_s if frames else 0.0
        return [frame for frame in frames if self._second(frame) > since]

    def analysis(self, stretches: tuple[Stretch, ...], frames: int) -> Analysis:
        """Everything that was found, by pts."""
        order = sorted(self._found.detections)
        pts = np.array(order, np.int64)
        return Analysis(
            pts,
            np.array([self._found.keyframe[one] for one in order], bool),
            tuple(self._found.detections[one] for one in order),
            Sampling(stretches, frames, pts, self.sizes, self.lost),
        )

    def _frame_near(self, pts: int) -> DecodedFrame | None:
        """The first frame at `pts` or within a second of it that can be decoded."""
        end = pts + max(1, int(self._rules.window_s / self._segment.recording.media.time_base))
        return next(self._decoder.scan(self._segment.recording, pts, min(end, self._segment.end_pts)), None)

    def _somebody(self, pts: int) -> bool:
        frame = self._frame_near(pts)
        if frame is None:  # damaged: whether somebody is there cannot be told by a check
            return True
        return self._shows_somebody(frame)

    def _shows_somebody(self, frame: DecodedFrame) -> bool:
        self._look_at(frame)
        return bool((self._found.detections[frame.pts].confidence >= SOMEBODY).any())

    def _is_due(self, frame: DecodedFrame) -> bool:
        """Whether it begins a new look; keyframes always do, since a best view there is cheap to open."""
        if np.isinf(self._rules.looks_per_s):
            return True
        cell = int(self._second(frame) * self._rules.looks_per_s + 1e-6)
        due = cell != self._cell or (frame.keyframe and self._keyframes_are_few)
        self._cell = cell
        return due

    def _settle(self, chunk: Sequence[DecodedFrame]) -> None:
        """Look once more, in the middle, between two looks of the chunk where it is doubtful who is who."""
        since = int(chunk[0].pts - KEPT_S / self._segment.recording.media.time_base)
        near = sorted(pts for pts in self._found.detections if since <= pts <= chunk[-1].pts)
        moments = self.seconds(np.array(near, np.int64))
        there_s = self.seconds(np.array([frame.pts for frame in chunk], np.int64))
        for start_s, end_s in self._find_doubt([self._found.detections[pts] for pts in near], moments):
            between = np.flatnonzero((there_s > start_s) & (there_s < end_s))
            if len(between):
                middle = between[np.argmin(np.abs(there_s[between] - (start_s + end_s) / 2))]
                self._look_at(chunk[middle])

    def _scan(self, start_pts: int, end_pts: int) -> Iterator[DecodedFrame]:
        return self._decoder.scan(self._segment.recording, start_pts, end_pts, leave_out=self.left_out)

    def _second(self, frame: DecodedFrame) -> float:
        return float((frame.pts - self._segment.start_pts) * self._segment.recording.media.time_base)

    def _chunks(self, frames: Iterator[DecodedFrame]) -> Iterator[list[DecodedFrame]]:
        """Frames in groups of about two seconds, fewer when they are large."""
        base = float(self._segment.recording.media.time_base)
        chunk: list[DecodedFrame] = []
        kept = 0
        for frame in frames:
            large = len(chunk) > 1 and kept + frame.size_bytes > KEPT_BYTES
            if large or (chunk and (frame.pts - chunk[0].pts) * base >= KEPT_S):
                yield chunk
                chunk, kept = [], 0
            chunk.append(frame)
            kept += frame.size_bytes
        if chunk:
            yield chunk

    def _look_at(self, frame: DecodedFrame) -> None:
        if frame.pts in self._found.detections:
            return
        found = [self._tried.get((frame.pts, size)) or self._detect(frame, size) for size in self.sizes]
        self._found.detections[frame.pts] = merge(found)
        self._found.keyframe[frame.pts] = frame.keyframe

    def _detect(self, frame: DecodedFrame, size: tuple[int, int]) -> Detections:
        """People in a frame, looked at in one size, in pixels of the recording."""
        picture = frame.picture(size)
        found = self._detector.detect([picture], size)[0]
        scale = np.array(self._wh, np.float32) / np.array(picture.shape[1::-1], np.float32)
        return Detections(found.xyxy * np.tile(scale, 2), found.confidence)


def _reason(still: bool, near: bool) -> Reason:
    if not still:
        return Reason.MOVING
    return Reason.FOUND if near else Reason.STILL
