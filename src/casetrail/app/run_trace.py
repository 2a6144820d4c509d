"""Running a trace: from a case and its anchors to the most probable case trace, stored in the case vault."""

from itertools import pairwise

import numpy as np

from casetrail.app.case_records import read_trace, write_trace
from casetrail.app.open_presences import count_opened
from casetrail.app.trace_work import Known, Progress, TracePorts, Work, advance, read_known
from casetrail.governance.access import check_working
from casetrail.governance.acts import Act
from casetrail.governance.audit import Actor, AuditEvent
from casetrail.governance.cases import CaseState
from casetrail.model.time import UtcInterval
from casetrail.presence.index import Reach
from casetrail.sightings.sightings import Sighting
from casetrail.trace.case_trace import Alternative, Answer, CaseTrace, Gap, TraceStep, Verdict
from casetrail.trace.inference import Inference
from casetrail.trace.review import ASK_ABOVE

VERDICTS = {Answer.YES: Verdict.CONFIRMED, Answer.NO: Verdict.REJECTED, Answer.UNSURE: Verdict.UNSURE}


def run_trace(ports: TracePorts, case_id: str, actor: Actor, progress: Progress | None = None) -> CaseTrace:
    """Find the index case in the footage that the scope allows, as far as the evidence leads.

    Steps: read the case and its anchors, build the gate, open presences best first, infer, store. Running again
    goes on from what is stored, and with live consent compares faces with those of sightings confirmed meanwhile.
    Raises RefusedError outside the case's state or scope, MissingError without a case.
    """
    ports.case.gate.permit(actor, Act.TRACE_RUN, case_id)
    known = read_known(ports.case, case_id)
    check_working(case_id, known.file.case.state)
    start_tracing(ports, known, actor)
    _compare_faces(ports, known)
    known = read_known(ports.case, case_id)
    return store_trace(ports, advance(ports, known, actor, progress), actor)


def start_tracing(ports: TracePorts, known: Known, actor: Actor) -> None:
    """Put an authorised case into tracing; a case further on stays where it is."""
    case = known.file.case
    if case.state is CaseState.AUTHORISED:
        event = AuditEvent(actor, "case.trace", case.case_id, basis=known.file.basis)
        ports.case.store.change_state(case.case_id, case.state, CaseState.TRACING, audit=event)


def _compare_faces(ports: TracePorts, known: Known) -> None:
    """Presences opened before anybody was confirmed had no face to be compared with; now they may."""
    if ports.compare_faces is None or not known.confirmed:
        return
    reaches = [Reach(sighting.camera_id, sighting.interval) for sighting in known.sightings.values()]
    opened = [each for each in ports.index.read_presences(reaches) if each.presence_id in known.sightings]
    confirmed = {sighting.presence_id for sighting in known.confirmed}
    ports.compare_faces(opened, [each for each in opened if each.presence_id in confirmed])


def store_trace(ports: TracePorts, work: Work, actor: Actor) -> CaseTrace:
    """Build the case trace of a work and put it into the vault, unless the same is there."""
    file = work.known.file
    trace = build_case_trace(work, ports.models)
    if read_trace(ports.case.vault, trace.case_id) != trace:
        counts = {"steps": len(trace.steps), "confirmed": len(trace.confirmed)}
        write_trace(ports.case.vault, trace, audit=AuditEvent(actor, "trace.store", trace.case_id, counts, file.basis))
    return trace


def build_case_trace(work: Work, models: tuple[str, ...]) -> CaseTrace:
    """The most probable case trace with its gaps and alternatives; every confirmed sighting is in it."""
    steps = _steps(work)
    shown = {step.presence_id for step in steps}
    alternatives = [
        Alternative(path.presence_ids, path.times_less_likely)
        for path in work.inference.alternatives
        if set(path.presence_ids) != shown
    ]
    opened = count_opened(work.known.sightings.values())
    case_id = work.known.file.case.case_id
    return CaseTrace(case_id, steps, _gaps(steps, work.inference), tuple(alternatives), opened, models)


def _steps(work: Work) -> tuple[TraceStep, ...]:
    """The best path without what was rejected or is hardly probable, and whatever was confirmed."""
    answers, best = work.known.answers, set(work.inference.best)
    steps = []
    for index, sighting in enumerate(work.inference.sightings):
        answer = answers.get(sighting.presence_id)
        proposed = sighting.presence_id in best and work.inference.probability[index] >= ASK_ABOVE
        if answer is Answer.YES or (proposed and answer is not Answer.NO):
            steps.append(_step(work, index, sighting))
    return tuple(steps)


def _step(work: Work, index: int, sighting: Sighting) -> TraceStep:
    reviewed = work.known.reviewed.get(sighting.presence_id)
    similarity = float(work.inference.similarity[index])
    return TraceStep(
        sighting.presence_id,
        sighting.camera_id,
        sighting.interval,
        float(work.inference.probability[index]),
        VERDICTS[reviewed.answer] if reviewed else Verdict.UNREVIEWED,
        None if np.isnan(similarity) else similarity,
        sighting.mask,
        reviewed.reviewer if reviewed else "",
    )


def _gaps(steps: tuple[TraceStep, ...], inference: Inference) -> tuple[Gap, ...]:
    index = {camera_id: row for row, camera_id in enumerate(inference.camera_ids)}
    return tuple(
        Gap(
            UtcInterval(first.interval.end_us, then.interval.start_us),
            first.camera_id,
            then.camera_id,
            inference.transit.walking_s(index[first.camera_id], index[then.camera_id]),
        )
        for first, then in pairwise(steps)
        if then.interval.start_us > first.interval.end_us
    )
