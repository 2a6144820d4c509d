"""From a segment of a recording to its presences: decode, detect, track, point to the best views.

A person who is in the picture when a segment ends is two presences, one on either side of the border: each
segment stands alone, so that units can run anywhere, in any order, and be repeated. Whatever reads presences
joins them by place and time.
"""

from dataclasses import dataclass, field
from functools import partial

import numpy as np

from casetrail.footage.decoder import Decoder
from casetrail.footage.recordings import Segment
from casetrail.model.arrays import Doubles, Floats, Integers, frozen
from casetrail.model.ground_plane import GroundPlane, locate
from casetrail.model.ids import stable_id
from casetrail.model.models import ModelStamp
from casetrail.presence.best_views import choose_views, find_hidden_feet, measure_cover, view_quality
from casetrail.presence.detector import Detector
from casetrail.presence.doubt import doubtful_moments
from casetrail.presence.index import SegmentKey
from casetrail.presence.looking import Analysis, look, look_again
from casetrail.presence.presences import Presence, View
from casetrail.presence.sampling import ADAPTIVE, Sampling, SamplingRules
from casetrail.presence.tracking import STANDARD, TrackingRules, track
from casetrail.presence.tracklets import Tracklet, build_tracklet

QUANTUM_PX = 0.25
QUANTUM_CONFIDENCE = 1 / 256
VERSION = 7  # raise it whenever the same method would give other presences


@dataclass(frozen=True)
class Method:
    """How presences are found: which frames are looked at, and how people are followed."""

    sampling: SamplingRules = ADAPTIVE
    tracking: TrackingRules = STANDARD


USUAL = Method()


@dataclass(frozen=True)
class SegmentFindings:
    """The presences of a segment, and the frames that were looked at for them."""

    presences: tuple[Presence, ...]
    sampling: Sampling
    key: SegmentKey = field(repr=False)


def find_presences(
    segment: Segment,
    decoder: Decoder,
    detector: Detector,
    ground: GroundPlane | None = None,
    method: Method = USUAL,
) -> SegmentFindings:
    """The presences of a segment, by start. The same segment, models and method give the same presences.

    Raises what the decoder raises: BadInputError for a recording that changed, MissingError when it is gone.
    """
    image_wh = _wh(segment)
    find_doubt = partial(doubtful_moments, image_wh=image_wh, rules=method.tracking)
    analysis = look(segment, decoder, detector, method.sampling, find_doubt)
    return _follow(segment, analysis, segment_key(segment, detector.stamp, method), ground, method)


def find_presences_again(
    segment: Segment,
    decoder: Decoder,
    detector: Detector,
    sampling: Sampling,
    ground: GroundPlane | None = None,
    method: Method = USUAL,
) -> SegmentFindings:
    """What `find_presences` found, from the very frames that it looked at: the same presences, or something changed.

    Raises what the decoder raises.
    """
    analysis = look_again(segment, decoder, detector, sampling)
    return _follow(segment, analysis, segment_key(segment, detector.stamp, method), ground, method)


def segment_key(segment: Segment, stamp: ModelStamp, method: Method = USUAL) -> SegmentKey:
    """The name of the unit of work that indexes a segment with a detector and a method."""
    recording = segment.recording
    return SegmentKey(
        recording.camera_id,
        recording.recording_id,
        segment.start_pts,
        segment.end_pts,
        segment.interval,
        model_set(stamp, method),
    )


def model_set(stamp: ModelStamp, method: Method = USUAL) -> str:
    """The detector and the method in one short text: presences of different sets are not mixed."""
    return f"{stamp.name}@{stamp.sha256_12}/presence-{VERSION}-{stable_id(method)[:8]}"


def _wh(segment: Segment) -> tuple[int, int]:
    return segment.recording.media.width, segment.recording.media.height


def _follow(
    segment: Segment, analysis: Analysis, key: SegmentKey, ground: GroundPlane | None, method: Method
) -> SegmentFindings:
    """The presences of the people that were seen where it was looked."""
    times_s, image_wh = _seconds(segment, analysis.pts), _wh(segment)
    found = track(analysis.detections, times_s, image_wh, method.tracking)
    tracklets = [_quantised(item, image_wh) for item in found]
    covers = measure_cover(tracklets, len(analysis.pts))
    maker = _PresenceMaker(segment, key, analysis, times_s, image_wh, ground)
    presences = [maker.make(item, *cover) for item, cover in zip(tracklets, covers, strict=True)]
    return SegmentFindings(tuple(presences), analysis.sampling, key)


@dataclass(frozen=True)
class _PresenceMaker:
    segment: Segment
    key: SegmentKey
    analysis: Analysis
    times_s: Doubles
    image_wh: tuple[int, int]
    ground: GroundPlane | None

    def make(self, item: Tracklet, covered: Floats, foot_covered: Floats) -> Presence:
        recording, clock = self.segment.recording, self.segment.clock
        pts, times_s = self.analysis.pts[item.frame], self.times_s[item.frame]
        utc_us = np.array([recording.to_utc_us(int(one), clock) for one in pts], np.int64)
        place = (self.key.segment_id, int(pts[0]), int(pts[-1]), item.xyxy[0].tolist(), item.xyxy[-1].tolist())
        return Presence(
            presence_id=stable_id(*place),
            camera_id=recording.camera_id,
            recording_id=recording.recording_id,
            pts=frozen(pts),
            utc_us=frozen(utc_us),
            xyxy=item.xyxy,
            confidence=item.confidence,
            foot_hidden=frozen(find_hidden_feet(item, foot_covered, times_s, self.image_wh)),
            foot_m=_on_ground(item, self.ground),
            views=self._views(item, covered, times_s),
            models=self.key.models,
        )

    def _views(self, item: Tracklet, covered: Floats, times_s: Doubles) -> tuple[View, ...]:
        quality = view_quality(item, covered, self.image_wh)
        keyframe = self.analysis.keyframe[item.frame]
        return tuple(
            View(
                int(self.analysis.pts[item.frame[row]]),
                _four(item.xyxy[row]),
                round(float(quality[row]), 3),
                bool(keyframe[row]),
            )
            for row in choose_views(quality, times_s, keyframe)
        )


def _seconds(segment: Segment, pts: Integers) -> Doubles:
    return np.asarray((pts - segment.start_pts) * float(segment.recording.media.time_base), np.float64)


def _quantised(item: Tracklet, image_wh: tuple[int, int]) -> Tracklet:
    """Boxes inside the picture in quarters of a pixel, confidence in 256ths: finer would only be noise."""
    limit = np.array([*image_wh, *image_wh], np.float32)
    xyxy = np.round(np.clip(item.xyxy, 0, limit) / QUANTUM_PX) * QUANTUM_PX
    confidence = np.round(item.confidence / QUANTUM_CONFIDENCE) * QUANTUM_CONFIDENCE
    confidence = np.where(item.confidence > 0, np.maximum(confidence, QUANTUM_CONFIDENCE), 0)
    return build_tracklet(item.frame, xyxy.astype(np.float32), confidence.astype(np.float32), item.foot_seen)


def _on_ground(item: Tracklet, ground: GroundPlane | None) -> Floats | None:
    if ground is None:
        return None
    foot_px = np.stack([(item.xyxy[:, 0] + item.xyxy[:, 2]) / 2, item.xyxy[:, 3]], axis=1)
    places = locate(ground, foot_px, np.zeros((len(foot_px), 2, 2)))
    metres: Floats = frozen(np.asarray(places.xy_m, np.float32))
    return metres


def _four(box: Floats) -> tuple[float, float, float, float]:
    x1, y1, x2, y2 = (float(value) for value in box)
    return x1, y1, x2, y2
