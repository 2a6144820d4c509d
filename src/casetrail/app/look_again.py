"""Use case: look at an indexed segment again, in the very frames that were looked at, and compare what is found.

It answers whoever doubts an index: with the same recording, detector and rules, are the same people found?
"""

from dataclasses import dataclass

import numpy as np

from casetrail.app.index_presence import WorkerPorts
from casetrail.app.sampling_mode import SamplingMode
from casetrail.footage.catalogue import Catalogue
from casetrail.footage.recordings import Segment
from casetrail.model.errors import MissingError, UsageError
from casetrail.model.ground_plane import GroundPlane
from casetrail.presence.index import PresenceIndex, Reach, SegmentKey
from casetrail.presence.presences import Presence
from casetrail.presence.segment_presences import Method, find_presences_again, model_set


@dataclass(frozen=True)
class LookedAgain:
    """A segment that was looked at again: how many frames, how many presences the index has and are found now, and
    how many of them are the same to the last digit.
    """

    segment_id: str
    camera_id: str
    decision: str
    looked: int
    indexed: int
    found: int
    same: int

    @property
    def all_same(self) -> bool:
        """Whether the index says what the recording shows."""
        return self.indexed == self.found == self.same


def look_at_segment_again(catalogue: Catalogue, ports: WorkerPorts, segment_id: str) -> LookedAgain:
    """Find the presences of a segment once more, and compare them with those of the index. Nothing is written.

    Raises MissingError when the segment is not indexed, its recording or the decision on its frames is gone; UsageError
    when another detector or other rules found it.
    """
    key = _key_of(ports.index, segment_id)
    method = _method_of(key, ports)
    sampling = ports.index.read_sampling(key)
    if sampling is None:
        raise MissingError("it was not stored which frames were looked at", where=f"segment {segment_id}")
    segment, ground = _segment_of(catalogue, key)
    again = find_presences_again(segment, ports.decoder, ports.detector, sampling, ground, method)
    stored = _stored(ports.index, key)
    found = {one.presence_id: one for one in again.presences}
    same = sum(_same(one, found.get(one.presence_id)) for one in stored)
    looked = len(again.sampling.looked)
    return LookedAgain(segment_id, key.camera_id, sampling.describe(), looked, len(stored), len(found), same)


def _key_of(index: PresenceIndex, segment_id: str) -> SegmentKey:
    for key in index.read_segments():
        if key.segment_id == segment_id:
            return key
    raise MissingError("no such segment is indexed", where=segment_id, todo="see `casetrail index --explain`")


def _method_of(key: SegmentKey, ports: WorkerPorts) -> Method:
    for mode in SamplingMode:
        if model_set(ports.detector.stamp, mode.method) == key.models:
            return mode.method
    what = "it was indexed with another detector or other rules"
    raise UsageError(what, where=f"segment {key.segment_id}, {key.models}", todo="look with the version that wrote it")


def _segment_of(catalogue: Catalogue, key: SegmentKey) -> tuple[Segment, GroundPlane | None]:
    cameras = {camera.camera_id: camera for camera in catalogue.read_cameras()}
    for recording in catalogue.read_recordings():
        if recording.recording_id == key.recording_id:
            camera = cameras[recording.camera_id]
            return Segment(recording, camera.clock, key.start_pts, key.end_pts), camera.ground
    raise MissingError("its recording is not in the catalogue any more", where=f"camera {key.camera_id}")


def _stored(index: PresenceIndex, key: SegmentKey) -> list[Presence]:
    reach = Reach(key.camera_id, key.interval.widened(1))
    return [
        one
        for one in index.read_presences([reach])
        if (one.recording_id, one.models) == (key.recording_id, key.models)
        and key.start_pts <= int(one.pts[0]) < key.end_pts
    ]


def _same(stored: Presence, found: Presence | None) -> bool:
    if found is None or len(stored.pts) != len(found.pts):
        return False
    pairs = ((stored.pts, found.pts), (stored.xyxy, found.xyxy), (stored.confidence, found.confidence))
    return all(np.array_equal(one, other) for one, other in pairs) and stored.views == found.views
