"""`evaluate presence`: are the people found, and how much faster than by looking at every frame?

The baseline is what a user would otherwise put together: the same detector on every frame, and ByteTrack. Both
run in this process, one after the other, as often as asked, on the same cores.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Protocol, TypeVar

import numpy as np

from casetrail.app.evaluate.head_truth import TruthFormat
from casetrail.app.evaluate.people_truth import read_people_truth
from casetrail.app.evaluate.person_recall import PeopleFigures, measure_people
from casetrail.app.evaluate.tracking import FrameBoxes, found_boxes, open_recording, true_boxes, whole_segment
from casetrail.app.provenance import build_provenance
from casetrail.app.sampling_mode import SamplingMode
from casetrail.footage.decoder import Decoder
from casetrail.footage.recordings import Recording
from casetrail.presence.detector import Detections, Detector
from casetrail.presence.input_sizes import PROBED_SCALES
from casetrail.presence.segment_presences import SegmentFindings, find_presences

Result = TypeVar("Result")
BASELINE_CONFIDENCES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7)  # the baseline is given the best of these


class EveryFrameTracker(Protocol):
    """Port: follows people from frame to frame, for comparison."""

    def follow(self, found: Detections) -> FrameBoxes:
        """Who is where in the next frame."""


@dataclass(frozen=True)
class PresencePorts:
    """What measuring needs. `exact_detector`: the same model in full precision, for the baseline."""

    decoder: Decoder
    detector: Detector
    exact_detector: Detector
    open_tracker: Callable[[float], EveryFrameTracker]


@dataclass(frozen=True)
class PresenceEvaluation:
    """The measured keys of `evaluate presence`; rates are fractions.

    `fps`, `baseline_fps`: frames of the recording per second of wall time, decoding included, medians over rounds;
    `speedup` is the ratio, `processor_speedup` the same of processor time, which other work on the machine disturbs
    less. `baseline_confidence`: the least confidence of detections that gave the baseline its best recall;
    `baseline_person_recall_strict`: its best by that count, at whatever confidence.
    """

    person_recall: float
    person_precision: float
    fragments_per_person: float
    person_recall_strict: float
    fps: float
    baseline_fps: float
    speedup: float
    processor_speedup: float
    baseline_person_recall: float
    baseline_person_precision: float
    baseline_fragments_per_person: float
    baseline_person_recall_strict: float
    baseline_confidence: float
    people: int
    frames: int
    frames_analysed: int
    rounds: int
    provenance: Mapping[str, object]


@dataclass(frozen=True)
class _Spent:
    wall_s: float
    processor_s: float


def evaluate_presence(
    recording: Path,
    truth: Path,
    ports: PresencePorts,
    form: TruthFormat = TruthFormat.MOT,
    frame_offset: int = 0,
    sampling: SamplingMode = SamplingMode.ADAPTIVE,
    rounds: int = 1,
) -> PresenceEvaluation:
    """Measure the presences of a recording against annotated people, beside ByteTrack on every frame.

    Raises MissingError when a file is not there, BadInputError when it is not what it should be.
    """
    source = open_recording(recording, ports.decoder)
    pts = np.array([packet.pts for packet in ports.decoder.read_packets(source)], np.int64)
    known = read_people_truth(truth, form, frame_offset, len(pts), (source.media.width, source.media.height))
    first, last = int(known.frame.min()), int(known.frame.max()) + 1
    there = true_boxes(known, last)[first:]
    _warm_up(source, ports)
    ours: list[_Spent] = []
    theirs: list[_Spent] = []
    for _ in range(rounds):
        spent, found = _timed(lambda: _find(source, ports, sampling))
        ours.append(spent)
        spent, detections = _timed(lambda: _every_frame(source, ports))
        theirs.append(spent)
    mine = measure_people(there, found_boxes(found.presences, pts[first:last]))
    baselines = _measure_baselines(detections[:last], first, there, ports, _rate(source))
    confidence, baseline = max(
        baselines.items(), key=lambda one: (one[1].person_recall, one[1].person_precision, -one[0])
    )
    return PresenceEvaluation(
        **vars(mine),
        fps=len(pts) / median(one.wall_s for one in ours),
        baseline_fps=len(pts) / median(one.wall_s for one in theirs),
        speedup=_ratio(theirs, ours, "wall_s"),
        processor_speedup=_ratio(theirs, ours, "processor_s"),
        baseline_person_recall=baseline.person_recall,
        baseline_person_precision=baseline.person_precision,
        baseline_fragments_per_person=baseline.fragments_per_person,
        baseline_person_recall_strict=max(one.person_recall_strict for one in baselines.values()),
        baseline_confidence=confidence,
        people=len(np.unique(known.person)),
        frames=len(pts),
        frames_analysed=len(found.sampling.looked),
        rounds=rounds,
        provenance=_provenance(recording, ports, found),
    )


def _find(source: Recording, ports: PresencePorts, sampling: SamplingMode) -> SegmentFindings:
    return find_presences(whole_segment(source), ports.decoder, ports.detector, method=sampling.method)


def _every_frame(source: Recording, ports: PresencePorts) -> list[Detections]:
    """Detections of every frame, each followed at once, as a user of the library would do it."""
    tracker, found = ports.open_tracker(_rate(source)), []
    for frame in ports.decoder.read_frames(source):
        (here,) = ports.exact_detector.detect([frame.image])
        tracker.follow(here)
        found.append(here)
    return found


def _measure_baselines(
    detections: Sequence[Detections], first: int, there: Sequence[FrameBoxes], ports: PresencePorts, rate: float
) -> dict[float, PeopleFigures]:
    """What ByteTrack finds, by the least confidence of the detections that it is given."""
    measured = {}
    for least in BASELINE_CONFIDENCES:
        tracker = ports.open_tracker(rate)
        followed = [tracker.follow(_surer(found, least)) for found in detections]
        measured[least] = measure_people(there, followed[first:])
    return measured


def _surer(found: Detections, least: float) -> Detections:
    kept = found.confidence >= least
    return Detections(found.xyxy[kept], found.confidence[kept])


def _warm_up(source: Recording, ports: PresencePorts) -> None:
    """Models are compiled before the clock starts, for both."""
    frame = next(ports.decoder.read_frames(source))
    wh = (source.media.width, source.media.height)
    for scale in PROBED_SCALES:
        ports.detector.detect([frame.image], ports.detector.input_size(wh, scale))
    ports.exact_detector.detect([frame.image])


def _timed(work: Callable[[], Result]) -> tuple[_Spent, Result]:
    wall_s, processor_s = time.perf_counter(), time.process_time()
    result = work()
    return _Spent(time.perf_counter() - wall_s, time.process_time() - processor_s), result


def _ratio(theirs: Sequence[_Spent], ours: Sequence[_Spent], name: str) -> float:
    return float(median(getattr(one, name) for one in theirs) / median(getattr(one, name) for one in ours))


def _rate(source: Recording) -> float:
    media = source.media
    return media.frames / float((media.end_pts - media.first_pts) * media.time_base)


def _provenance(recording: Path, ports: PresencePorts, found: SegmentFindings) -> dict[str, object]:
    parameters = {
        "recording": recording.name,
        "model_set": found.key.models,
        "sampling": found.sampling.describe(),
        "baseline": f"{ports.exact_detector.stamp.describe()}, ByteTrack on every frame",
        "baseline_confidences": BASELINE_CONFIDENCES,
    }
    return build_provenance([ports.detector.stamp, ports.exact_detector.stamp], parameters)
