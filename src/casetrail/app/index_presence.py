"""Use case: build the presence index (rung 1) of every recording that has none yet.

Units of about five minutes are planned here, done by workers that write what they found themselves, and counted
here. A unit is finished when its file is there, so an interrupted run goes on where it stopped, and repeating a
finished one changes nothing.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from casetrail.app.desk_gate import DeskGate, counted
from casetrail.app.engine import Done, Engine
from casetrail.app.settings import Settings
from casetrail.footage.cameras import Camera
from casetrail.footage.catalogue import Catalogue
from casetrail.footage.decoder import Decoder
from casetrail.footage.recordings import SEGMENT_US, Recording, Segment, cut_segments
from casetrail.governance.acts import Act
from casetrail.governance.audit import Actor, AuditEvent
from casetrail.model.errors import BadInputError, UsageError
from casetrail.model.ground_plane import GroundPlane
from casetrail.model.models import ModelStamp
from casetrail.model.time import SECOND_US
from casetrail.presence.detector import Detector
from casetrail.presence.index import PresenceIndex, SegmentKey
from casetrail.presence.segment_presences import USUAL, Method, find_presences, model_set, segment_key

LONGEST_UNIT_S = 86_400


@dataclass(frozen=True)
class WorkerPorts:
    """What one worker needs; opened once in each worker process."""

    decoder: Decoder
    detector: Detector
    index: PresenceIndex


@dataclass(frozen=True)
class IndexPorts:
    """What the planning side needs. `stamp`: of the detector that the workers will use."""

    catalogue: Catalogue
    index: PresenceIndex
    engine: Engine
    stamp: ModelStamp
    work: "IndexWork"
    gate: DeskGate

    @property
    def models(self) -> str:
        """The model set of everything that is indexed with these ports."""
        return model_set(self.stamp, self.work.method)

    def key_of(self, segment: Segment) -> SegmentKey:
        """The name of the unit of work that indexes a segment."""
        return segment_key(segment, self.stamp, self.work.method)


@dataclass(frozen=True)
class IndexUnit:
    """One segment to index, the ground plane of its camera, and the event of the act that was permitted."""

    segment: Segment
    ground: GroundPlane | None
    event: AuditEvent


@dataclass(frozen=True)
class UnitReport:
    """What a worker says about a unit that it finished."""

    presences: int
    frames: int
    frames_analysed: int
    frames_lost: int = 0


@dataclass(frozen=True)
class IndexWork:
    """The work function: pickles without its ports, which each worker opens for itself, once."""

    open_ports: Callable[[Settings], WorkerPorts]
    settings: Settings
    method: Method = USUAL

    def __reduce__(self) -> tuple[object, ...]:
        return IndexWork, (self.open_ports, self.settings, self.method)

    @cached_property
    def ports(self) -> WorkerPorts:
        """The worker's ports."""
        return self.open_ports(self.settings)

    def __call__(self, unit: IndexUnit) -> UnitReport:
        """Find the presences of a segment and write them."""
        ports = self.ports
        findings = find_presences(unit.segment, ports.decoder, ports.detector, unit.ground, self.method)
        looked, sampling = len(findings.sampling.looked), findings.sampling
        if sampling.frames and not looked:
            todo = "copy it again from its source"
            raise BadInputError("no frame of this segment can be decoded", where=unit.segment.recording.path, todo=todo)
        counts = {"presences": len(findings.presences), "frames": looked}
        event = counted(unit.event, counts)
        ports.index.write_segment(findings.key, findings.presences, findings.sampling, audit=event)
        return UnitReport(len(findings.presences), sampling.frames, looked, sampling.lost)


@dataclass(frozen=True)
class IndexFailure:
    """A unit that could not be indexed, or only in part: which, and why."""

    where: str
    what: str


@dataclass(frozen=True)
class IndexSummary:
    """What a run did: units done now, done before, failed; and the work that the ones done now took.

    `frames` were there to look at, `frames_analysed` went through the detector, `fps` is frames per second of
    the whole run. `models` names detector and rules. `doubts`: units that were indexed without the frames that
    cannot be decoded.
    """

    segments_done: int = 0
    segments_skipped: int = 0
    segments_failed: int = 0
    presences: int = 0
    frames: int = 0
    frames_analysed: int = 0
    seconds: float = 0.0
    models: str = ""
    failures: tuple[IndexFailure, ...] = field(default=())
    doubts: tuple[IndexFailure, ...] = field(default=())

    @property
    def fps(self) -> float:
        """Frames per second of the run."""
        return self.frames / self.seconds if self.seconds > 0 else 0.0


Progress = Callable[[IndexSummary, int], None]


def unseen(_so_far: IndexSummary, _of: int) -> None:
    """Progress that nobody watches."""


def index_presence(
    ports: IndexPorts, actor: Actor, *, segment_s: float = SEGMENT_US / SECOND_US, on_progress: Progress = unseen
) -> IndexSummary:
    """Index every segment of every recording that is not indexed with this model set.

    `segment_s`: length of a unit in seconds; `on_progress` hears the summary so far and how many units there are
    to do. Raises UsageError when a recording was indexed in units of another length, RefusedError when the act is
    not permitted.
    """
    wanted = plan_units(ports, ports.gate.check(actor, Act.PRESENCE_INDEX), segment_s)
    units = [unit for unit in wanted if not ports.index.has_segment(ports.key_of(unit.segment))]
    _check_lengths(units, ports)
    started_s = time.monotonic()
    summary = IndexSummary(segments_skipped=len(wanted) - len(units), models=ports.models)
    on_progress(summary, len(units))
    for done in ports.engine.run(ports.work, units):
        summary = _counted(summary, done, time.monotonic() - started_s)
        on_progress(summary, len(units))
    return summary


def plan_units(ports: IndexPorts, event: AuditEvent, segment_s: float) -> list[IndexUnit]:
    """Every segment of every recording, by camera and time, under the event of a permitted act."""
    if not 0 < segment_s < LONGEST_UNIT_S:
        raise UsageError(f"a unit of work must be longer than 0 s and shorter than {LONGEST_UNIT_S} s")
    cameras = {camera.camera_id: camera for camera in ports.catalogue.read_cameras()}
    recordings = ports.catalogue.read_recordings()
    return [unit for one in recordings for unit in _units_of(one, cameras[one.camera_id], event, segment_s)]


def _units_of(recording: Recording, camera: Camera, event: AuditEvent, segment_s: float) -> Iterable[IndexUnit]:
    for segment in cut_segments(recording, camera.clock, round(segment_s * SECOND_US)):
        yield IndexUnit(segment, camera.ground, event)


def _check_lengths(units: Sequence[IndexUnit], ports: IndexPorts) -> None:
    """Refuse to index a stretch twice in units of different lengths: its people would be there twice."""
    if not units:
        return
    models = ports.models
    done: dict[str, list[SegmentKey]] = {}
    for key in ports.index.read_segments():
        if key.models == models:
            done.setdefault(key.recording_id, []).append(key)
    for unit in units:
        segment = unit.segment
        for key in done.get(segment.recording.recording_id, []):
            same = (key.start_pts, key.end_pts) == (segment.start_pts, segment.end_pts)
            if not same and key.start_pts < segment.end_pts and segment.start_pts < key.end_pts:
                raise UsageError(
                    "this recording was indexed in units of another length",
                    where=segment.recording.path,
                    todo="use the same --segment-s again",
                )


def _counted(summary: IndexSummary, done: Done[IndexUnit, UnitReport], seconds: float) -> IndexSummary:
    report = done.result
    if report is None:
        failure = IndexFailure(_name(done.unit.segment), done.failure)
        return _with(summary, seconds, segments_failed=1, failures=(failure,))
    return _with(
        summary,
        seconds,
        doubts=_doubts(done.unit.segment, report),
        segments_done=1,
        presences=report.presences,
        frames=report.frames,
        frames_analysed=report.frames_analysed,
    )


def _doubts(segment: Segment, report: UnitReport) -> tuple[IndexFailure, ...]:
    if not report.frames_lost:
        return ()
    what = f"{report.frames_lost} of its {report.frames} frames cannot be decoded: nobody is found in them"
    return (IndexFailure(_name(segment), what),)


def _with(
    summary: IndexSummary,
    seconds: float,
    *,
    failures: tuple[IndexFailure, ...] = (),
    doubts: tuple[IndexFailure, ...] = (),
    **more: int,
) -> IndexSummary:
    counted = {name: getattr(summary, name) + count for name, count in more.items()}
    told = replace(summary, failures=summary.failures + failures, doubts=summary.doubts + doubts)
    return replace(told, seconds=seconds, **counted)


def _name(segment: Segment) -> str:
    return f"{segment.recording.camera_id}, {segment.interval.describe()}"


@dataclass(frozen=True)
class SegmentSampling:
    """How one indexed segment was looked at, in one line."""

    segment_id: str
    camera_id: str
    start_us: int
    end_us: int
    decision: str


def explain_sampling(index: PresenceIndex) -> list[SegmentSampling]:
    """Which frames of every indexed segment were looked at, and why, by camera and time."""
    rows = []
    for key in index.read_segments():
        sampling = index.read_sampling(key)
        decision = "not stored" if sampling is None else sampling.describe()
        rows.append(
            SegmentSampling(key.segment_id, key.camera_id, key.interval.start_us, key.interval.end_us, decision)
        )
    return rows
