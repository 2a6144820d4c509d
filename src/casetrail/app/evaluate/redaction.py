"""`evaluate redaction`: redact a recording with annotated heads and count those that stayed visible."""

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from casetrail.app.evaluate.head_truth import BoxTruth, TruthFormat, read_body_truth, read_head_truth
from casetrail.app.evaluate.tracking import open_recording
from casetrail.app.evidence_ports import Finders
from casetrail.app.look_through import Watched, look_through
from casetrail.app.provenance import build_provenance
from casetrail.app.read_ahead import read_ahead
from casetrail.evidence.captions import LINES
from casetrail.evidence.clip_writer import ClipWriter
from casetrail.evidence.mosaic import Mosaic
from casetrail.evidence.redaction import RedactionPlan, RedactionSettings, plan_redaction, redact_frame
from casetrail.evidence.sheets import plan_sheet
from casetrail.footage.recordings import Recording
from casetrail.model.arrays import Floats, Image
from casetrail.model.errors import BadInputError

LEAST_COVERED = 0.70  # a head counts as covered when so much of its box is masked


@dataclass(frozen=True)
class RedactionPorts:
    """What measuring needs: a clip is looked through, painted and encoded as one that is made for a case."""

    finders: Finders
    clips: ClipWriter


@dataclass(frozen=True)
class CoveredBox:
    """An annotated box: `frame` of the recording from 0, `share` 0..1 of it that was masked, `xyxy` pixels."""

    frame: int
    person: int
    share: float
    xyxy: tuple[int, int, int, int]


@dataclass(frozen=True)
class WholeBodies:
    """The mode in which people lose their whole body: `covered_share` of each body's box, mean over bodies."""

    bodies: int
    covered_share: float
    masked_area_share: float


@dataclass(frozen=True)
class RedactionEvaluation:
    """Measured keys of `evaluate redaction`; shares 0..1.

    `frame_recall`: heads covered over heads, frame by frame; `track_leak_rate`: people with a head uncovered in any
    frame over people; `masked_area_share`: mean over frames; `fps`: of looking, planning, painting and encoding
    together; `frames`: those with a truth; `heads`: their heads inside the picture, wholly hidden ones included;
    `looks`: frames in which people were looked for; `seconds`: of each part of the work, and `core_seconds`: those of
    all processor cores together, which say what it costs on a machine that is busy otherwise.
    """

    frame_recall: float
    track_leak_rate: float
    frames: int
    heads: int
    masked_area_share: float
    fps: float
    looks: int
    seconds: Mapping[str, float]
    core_seconds: Mapping[str, float]
    uncovered: tuple[CoveredBox, ...]
    whole_bodies: WholeBodies
    provenance: Mapping[str, object]


@dataclass(frozen=True)
class Coverage:
    """What a plan covers of every annotated box inside the picture; `area` 0..1: of the picture in each frame."""

    boxes: tuple[CoveredBox, ...]
    area: tuple[float, ...]

    @property
    def uncovered(self) -> tuple[CoveredBox, ...]:
        """Those of which too little is masked."""
        return tuple(box for box in self.boxes if box.share < LEAST_COVERED)

    @property
    def recall(self) -> float:
        """Share of boxes that are covered."""
        return 1 - len(self.uncovered) / len(self.boxes)

    @property
    def leak_rate(self) -> float:
        """Share of people of whom something stayed uncovered in any frame."""
        return len({box.person for box in self.uncovered}) / len({box.person for box in self.boxes})

    @property
    def masked_area_share(self) -> float:
        """Mean over frames."""
        return sum(self.area) / len(self.area)


def evaluate_redaction(
    recording: Path,
    heads: Path,
    form: TruthFormat,
    frame_offset: int,
    ports: RedactionPorts,
    progress: Callable[[int, int], None] | None = None,
) -> RedactionEvaluation:
    """Measure redaction of a recording against annotated heads, as a clip is made of it.

    Raises MissingError when a file is not there, BadInputError when it is not what it should be, or when no head
    of it lies in the recording.
    """
    truth, bodies = (read(heads, form, frame_offset) for read in (read_head_truth, read_body_truth))
    source, settings, clock = open_recording(recording, ports.finders.decoder), RedactionSettings(), _Clock()
    look_through(ports.finders, source, source.media.first_pts, source.media.first_pts + 1)  # so that models are loaded
    with clock.part("look"):
        seen = _look(ports, source, progress)
    with clock.part("plan"):
        plan = _plan(source, seen, settings)
    with clock.part("paint_and_encode"):
        _write_clip(ports, source, plan)
    covered = measure_coverage(truth, plan, seen.frames, where=str(heads))
    whole = _plan(source, seen, RedactionSettings(whole_bodies=True))
    whole_covered = measure_coverage(bodies, whole, seen.frames, where=str(heads))
    parameters = {"recording": recording.name, "frame_offset": frame_offset, "least_covered": LEAST_COVERED}
    stamps = [ports.finders.detector.stamp, ports.finders.faces.stamp]
    return RedactionEvaluation(
        frame_recall=covered.recall,
        track_leak_rate=covered.leak_rate,
        frames=len(covered.area),
        heads=len(covered.boxes),
        masked_area_share=covered.masked_area_share,
        fps=len(seen.frames) / sum(clock.seconds.values()),
        looks=len(seen.looks),
        seconds=clock.seconds,
        core_seconds=clock.core_seconds,
        uncovered=covered.uncovered,
        whole_bodies=_whole_bodies(whole_covered),
        provenance=build_provenance(stamps, parameters | asdict(settings)),
    )


def measure_coverage(truth: BoxTruth, plan: RedactionPlan, frames: tuple[int, ...], *, where: str) -> Coverage:
    """How much of each annotated box inside the picture a plan covers; `frames`: the pts of each frame.

    Raises BadInputError when no box lies in the recording.
    """
    pattern, boxes, area = Mosaic(plan.wh), list[CoveredBox](), list[float]()
    for frame in np.intersect1d(truth.frame, np.arange(len(frames))).tolist():
        regions = plan.regions_at(frames[frame])
        covered = pattern.cover(regions)
        area.append(pattern.share(regions))
        for row in np.flatnonzero(truth.frame == frame):
            x1, y1, x2, y2 = _inside(truth.xyxy[row], plan.wh)
            if x2 > x1 and y2 > y1:
                share = float(covered[y1:y2, x1:x2].mean())
                boxes.append(CoveredBox(frame, int(truth.person[row]), share, (x1, y1, x2, y2)))
    if not boxes:
        raise BadInputError("no head of the truth lies in the recording", where=where, todo="check --frame-offset")
    return Coverage(tuple(boxes), tuple(area))


def _look(ports: RedactionPorts, source: Recording, progress: Callable[[int, int], None] | None) -> Watched:
    media = source.media

    def tell(done: int) -> None:
        if progress is not None:
            progress(done, media.frames)

    return look_through(ports.finders, source, media.first_pts, media.end_pts, tell)


def _plan(source: Recording, seen: Watched, settings: RedactionSettings) -> RedactionPlan:
    media = source.media
    return plan_redaction(seen.looks, (), (media.width, media.height), media.time_base, settings, frames=seen.frames)


def _write_clip(ports: RedactionPorts, source: Recording, plan: RedactionPlan) -> None:
    """A clip of the whole recording, thrown away at once."""
    sheet, pattern, media = plan_sheet([plan.wh], LINES), Mosaic(plan.wh), source.media

    def paint() -> Iterator[tuple[int, Image]]:
        for frame in ports.finders.decoder.scan(source):
            painted = redact_frame(frame.picture(), plan.regions_at(frame.pts), pattern)
            yield frame.pts - media.first_pts, sheet.lay(painted)

    # The file has no name, so that nothing is left of it even when this process is killed: heads may be visible in it.
    with tempfile.TemporaryFile() as nameless:
        pictures = read_ahead(paint())
        try:
            ports.clips.write_clip(Path(f"/dev/fd/{nameless.fileno()}"), pictures, sheet.wh, media.time_base)
        finally:
            pictures.close()


def _inside(box: Floats, wh: tuple[int, int]) -> tuple[int, int, int, int]:
    x1, y1, x2, y2 = (int(side) for side in np.clip(np.rint(box), 0, [*wh, *wh]))
    return x1, y1, x2, y2


def _whole_bodies(covered: Coverage) -> WholeBodies:
    shares = [body.share for body in covered.boxes]
    return WholeBodies(len(shares), sum(shares) / len(shares), covered.masked_area_share)


class _Clock:
    """Seconds that parts of the work took, by the wall and of all cores together."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.core_seconds: dict[str, float] = {}

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Measure what runs inside."""
        wall_s, cores_s = time.perf_counter(), time.process_time()
        yield
        self.seconds[name] = time.perf_counter() - wall_s
        self.core_seconds[name] = time.process_time() - cores_s
