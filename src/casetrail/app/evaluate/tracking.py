"""`evaluate tracking`: index a recording with annotated people and measure how well they were told apart.

The figures are those of TrackEval, over every frame from the first to the last annotated one. Frames that were
not analysed are interpolated, so that looking at fewer frames can only cost accuracy, never hide it.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from casetrail.app.evaluate.mot_truth import MotTruth, read_mot_truth
from casetrail.app.provenance import build_provenance
from casetrail.app.sampling_mode import SamplingMode
from casetrail.footage.cameras import ClockOffset
from casetrail.footage.decoder import Decoder
from casetrail.footage.files import measure_size
from casetrail.footage.recordings import MediaFacts, Recording, Segment
from casetrail.model.arrays import Floats, Integers
from casetrail.model.errors import BadInputError
from casetrail.presence.detector import Detector
from casetrail.presence.presences import Presence
from casetrail.presence.segment_presences import SegmentFindings, find_presences


@dataclass(frozen=True)
class FrameBoxes:
    """Who is where in one frame: `person` int64 `(n,)`, `xyxy` float32 `(n, 4)` pixels."""

    person: Integers
    xyxy: Floats


@dataclass(frozen=True)
class TrackingFigures:
    """HOTA, DetA, AssA (Luiten et al. 2021), IDF1 (Ristani et al. 2016), MOTA, ID switches (Bernardin et al. 2008)."""

    hota: float
    deta: float
    assa: float
    idf1: float
    mota: float
    id_switches: int


class TrackingMeter(Protocol):
    """Port: computes the published metrics of multi-object tracking."""

    def measure(self, truth: Sequence[FrameBoxes], found: Sequence[FrameBoxes]) -> TrackingFigures:
        """Compare what was found with the truth; both hold the same frames in the same order."""


@dataclass(frozen=True)
class TrackingPorts:
    """What measuring needs."""

    decoder: Decoder
    detector: Detector
    meter: TrackingMeter


@dataclass(frozen=True)
class TrackingEvaluation:
    """The measured keys of `evaluate tracking`; rates are fractions, `fps` and `realtime_factor` of the whole job."""

    hota: float
    deta: float
    assa: float
    idf1: float
    mota: float
    id_switches: int
    frames: int
    frames_analysed: int
    fps: float
    realtime_factor: float
    models: tuple[str, ...]
    provenance: Mapping[str, object]


def evaluate_tracking(
    recording: Path, truth: Path, ports: TrackingPorts, sampling: SamplingMode = SamplingMode.EVERY_FRAME
) -> TrackingEvaluation:
    """Measure the presences of a recording (a file, or a MOT-style folder) against MOT ground truth.

    Raises MissingError when a file is not there, BadInputError when it is not what it should be or when the
    truth speaks of frames that the recording does not have.
    """
    known = read_mot_truth(truth)
    source = open_recording(recording, ports.decoder)
    started_s = time.perf_counter()
    found = find_presences(whole_segment(source), ports.decoder, ports.detector, method=sampling.method)
    seconds = time.perf_counter() - started_s
    pts = np.array([packet.pts for packet in ports.decoder.read_packets(source)], np.int64)
    annotated = _annotated_pts(known, pts, truth)
    figures = ports.meter.measure(true_boxes(known, len(annotated)), found_boxes(found.presences, annotated))
    return TrackingEvaluation(
        **vars(figures),
        frames=found.sampling.frames,
        frames_analysed=len(found.sampling.looked),
        fps=found.sampling.frames / seconds,
        realtime_factor=_length_s(source.media) / seconds,
        models=(ports.detector.stamp.describe(),),
        provenance=_provenance(source, ports.detector, found),
    )


def open_recording(path: Path, decoder: Decoder) -> Recording:
    """A recording outside any installation, of a camera that has no name, starting at 0."""
    media = decoder.probe(str(path))
    return Recording("EVALUATED", str(path), 0, media, measure_size(path))


def whole_segment(source: Recording) -> Segment:
    """The recording as one unit of work."""
    return Segment(source, ClockOffset(0.0, 0.0), source.media.first_pts, source.media.end_pts)


def true_boxes(truth: MotTruth, frames: int) -> list[FrameBoxes]:
    """The truth of each of the first `frames` frames."""
    return [FrameBoxes(truth.person[rows], truth.xyxy[rows]) for rows in (truth.frame == n for n in range(frames))]


def found_boxes(presences: Sequence[Presence], pts: Integers) -> list[FrameBoxes]:
    """Who was found in the frames with these `pts` `(n,)`, interpolated where a frame was not analysed."""
    people: list[list[int]] = [[] for _ in pts]
    boxes: list[list[Floats]] = [[] for _ in pts]
    for number, presence in enumerate(presences):
        first, last = np.searchsorted(pts, [presence.pts[0], presence.pts[-1] + 1])
        sides = [np.interp(pts[first:last], presence.pts, presence.xyxy[:, side]) for side in range(4)]
        for place, box in zip(range(first, last), np.stack(sides, axis=1), strict=True):
            people[place].append(number)
            boxes[place].append(box)
    return [
        FrameBoxes(np.array(who, np.int64), np.array(where, np.float32).reshape(-1, 4))
        for who, where in zip(people, boxes, strict=True)
    ]


def _annotated_pts(truth: MotTruth, pts: Integers, path: Path) -> Integers:
    """The pts of the frames up to the last annotated one."""
    if not len(truth.frame):
        raise BadInputError("the truth annotates nobody", where=str(path), todo="name another truth file")
    last = int(truth.frame.max())
    if truth.frame.min() < 0 or last >= len(pts):
        what = f"the truth annotates frame {last + 1}, the recording has {len(pts)}"
        raise BadInputError(what, where=str(path), todo="name the truth file of this recording")
    return pts[: last + 1]


def _length_s(media: MediaFacts) -> float:
    return float((media.end_pts - media.first_pts) * media.time_base)


def _provenance(source: Recording, detector: Detector, found: SegmentFindings) -> dict[str, object]:
    parameters = {
        "recording": Path(source.path).name,
        "model_set": found.key.models,
        "sampling": found.sampling.describe(),
    }
    return build_provenance([detector.stamp], parameters)
