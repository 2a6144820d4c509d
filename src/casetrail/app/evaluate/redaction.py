"""`evaluate redaction`: redact a recording with annotated heads and count those that stayed visible."""

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from casetrail.app.evaluate.head_truth import HeadTruth, TruthFormat, read_head_truth
from casetrail.app.evaluate.tracking import open_recording
from casetrail.app.evidence_ports import Finders, look_through
from casetrail.app.provenance import build_provenance
from casetrail.evidence.mosaic import Mosaic
from casetrail.evidence.redaction import Look, RedactionSettings, plan_redaction, redact_frame
from casetrail.footage.recordings import Recording
from casetrail.model.arrays import Flags, Floats
from casetrail.model.errors import BadInputError

LEAST_COVERED = 0.70  # a head counts as covered when so much of its box is masked


@dataclass(frozen=True)
class RedactionEvaluation:
    """Measured keys of `evaluate redaction`; shares 0..1.

    `frame_recall`: heads covered over heads, frame by frame; `track_leak_rate`: people with a head uncovered in any
    frame over people; `masked_area_share`: mean over frames; `fps`: of looking, planning and painting together;
    `frames`: those with a truth; `heads`: their heads inside the picture.
    """

    frame_recall: float
    track_leak_rate: float
    frames: int
    heads: int
    masked_area_share: float
    fps: float
    provenance: Mapping[str, object]


def evaluate_redaction(
    recording: Path,
    heads: Path,
    form: TruthFormat,
    frame_offset: int,
    finders: Finders,
    progress: Callable[[int, int], None] | None = None,
) -> RedactionEvaluation:
    """Measure redaction of a recording against annotated heads.

    Raises MissingError when a file is not there, BadInputError when it is not what it should be, or when no head
    of it lies in the recording.
    """
    truth = read_head_truth(heads, form, frame_offset)
    source, settings = open_recording(recording, finders.decoder), RedactionSettings()
    started_s = time.perf_counter()
    looks = _look(source, finders, progress)
    wh = source.media.width, source.media.height
    plan = plan_redaction(looks, (), wh, source.media.time_base, settings)
    pattern, tally = Mosaic(wh), _Tally(truth, wh)
    frames = 0
    for frames, frame in enumerate(finders.decoder.read_frames(source), start=1):
        regions = plan.regions_at(frame.pts)
        redact_frame(frame.image, regions, pattern)
        tally.add(frames - 1, pattern.cover(regions))
    fps = frames / (time.perf_counter() - started_s)
    parameters = {"recording": recording.name, "frame_offset": frame_offset, "least_covered": LEAST_COVERED}
    provenance = build_provenance([finders.detector.stamp, finders.faces.stamp], parameters | asdict(settings))
    return tally.result(fps, provenance, where=str(heads))


def _look(source: Recording, finders: Finders, progress: Callable[[int, int], None] | None) -> list[Look]:
    looks = []
    for look in look_through(finders, source, source.media.first_pts, source.media.end_pts):
        looks.append(look)
        if progress is not None:
            progress(len(looks), source.media.frames)
    return looks


class _Tally:
    """Counts heads covered and heads left visible, frame by frame."""

    def __init__(self, truth: HeadTruth, wh: tuple[int, int]) -> None:
        self._truth, self._wh = truth, wh
        self._covered: list[bool] = []
        self._leaked: dict[int, bool] = {}
        self._area: list[float] = []

    def add(self, frame: int, covered: Flags) -> None:
        """Count the heads of a frame; `covered` `(h, w)` says which pixels are masked."""
        rows = np.flatnonzero(self._truth.frame == frame)
        if not len(rows):
            return
        self._area.append(float(covered.mean()))
        for row in rows:
            share = _share(covered, self._truth.xyxy[row])
            if share is not None:
                person = int(self._truth.person[row])
                self._covered.append(share >= LEAST_COVERED)
                self._leaked[person] = self._leaked.get(person, False) or share < LEAST_COVERED

    def result(self, fps: float, provenance: Mapping[str, object], *, where: str) -> RedactionEvaluation:
        """The figures. Raises BadInputError when there was no head to count."""
        if not self._covered:
            raise BadInputError("no head of the truth lies in the recording", where=where, todo="check --frame-offset")
        return RedactionEvaluation(
            frame_recall=sum(self._covered) / len(self._covered),
            track_leak_rate=sum(self._leaked.values()) / len(self._leaked),
            frames=len(self._area),
            heads=len(self._covered),
            masked_area_share=sum(self._area) / len(self._area),
            fps=fps,
            provenance=provenance,
        )


def _share(covered: Flags, head: Floats) -> float | None:
    """Share of a head box `(4,)` that is masked; None for a head outside the picture."""
    height, width = covered.shape
    x1, y1, x2, y2 = (int(side) for side in np.clip(np.rint(head), 0, [width, height, width, height]))
    return None if x2 <= x1 or y2 <= y1 else float(covered[y1:y2, x1:x2].mean())
