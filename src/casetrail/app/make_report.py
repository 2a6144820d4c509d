"""Making the report of a case: one self-contained file from what the vault holds, for its owner's eyes only."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path

from casetrail.app.case_ports import CasePorts
from casetrail.app.case_records import CaseFile, read_case_file, read_consent, read_sightings, read_trace
from casetrail.app.erase_outputs import keep_output
from casetrail.app.find_contacts import CaseContacts, read_contacts
from casetrail.app.gate import part_of
from casetrail.app.model_catalogue import read_model_catalogue
from casetrail.app.private_files import make_folder, replace_file
from casetrail.app.show_trace import build_findings
from casetrail.contacts.definitions import list_definitions, read_definition
from casetrail.evidence.report import (
    AppliedDefinition,
    Language,
    ReportContent,
    ReportRenderer,
    ReportStep,
    Still,
    Watched,
)
from casetrail.evidence.report_plan import Plan, Walked, build_plan
from casetrail.footage.cameras import Camera
from casetrail.footage.catalogue import Catalogue
from casetrail.footage.recordings import Recording
from casetrail.governance.access import check_working
from casetrail.governance.acts import Act
from casetrail.governance.audit import Actor, AuditEvent
from casetrail.governance.authorities import describe_doubts
from casetrail.governance.cases import Case, CaseState, Scope
from casetrail.governance.consent import ConsentStatus
from casetrail.model.errors import MissingError, UsageError
from casetrail.presence.index import PresenceIndex, Reach
from casetrail.presence.presences import Presence
from casetrail.sightings.vault import CaseVault
from casetrail.trace.case_trace import CaseTrace, TraceStep, Verdict
from casetrail.trace.reconcile import Finding

Stills = Callable[[TraceStep], bytes | None]

FILE_NAME = "report.html"
MOST_OTHER_CAMERAS, NEAR_M = 40, 150.0  # cameras that the index case did not pass, drawn when they stand near
NO_PATHS = "the presence index no longer holds these sightings"
NO_STILLS = "the recordings of these sightings are gone"


@dataclass(frozen=True)
class ReportPorts:
    """What making a report needs; the file goes to `output_dir/<case>/report.html`."""

    case: CasePorts
    catalogue: Catalogue
    index: PresenceIndex
    renderer: ReportRenderer
    output_dir: Path
    now_us: Callable[[], int]


def make_report(
    ports: ReportPorts,
    case_id: str,
    actor: Actor,
    *,
    language: Language | str = Language.ENGLISH,
    stills: Stills | None = None,
    zone: tzinfo | None = None,
) -> Path:
    """Write the report of a traced case and return its path. What is looked at is on record first.

    `stills` gives the redacted picture of a step (PNG or JPEG), or None; `zone` is the local time shown beside UTC,
    this machine's when None. A case whose review is complete becomes `reported`; any other is reported too, marked
    UNCONFIRMED throughout, and keeps its state. Raises MissingError when no trace was run, RefusedError when nobody
    may work on the case, UsageError for a language that there is not, IntegrityError when the log cannot be written.
    """
    language = parse_language(language)
    event = ports.case.gate.check(actor, Act.REPORT_MAKE, case_id)
    file = read_case_file(ports.case.store, ports.case.vault, case_id)
    check_working(case_id, file.case.state)
    trace = read_trace(ports.case.vault, case_id)
    if trace is None:
        raise MissingError("no trace was run", where=f"case {case_id}", todo=f"casetrail trace run {case_id}")
    counts = {"steps": len(trace.steps), "confirmed": len(trace.confirmed)}
    ports.case.audit_log.record(part_of(event, event.act, counts))
    content = build_content(ports, file, trace, actor, language=language, stills=stills, zone=zone)
    path = make_folder(ports.output_dir / case_id) / FILE_NAME
    replace_file(path, ports.renderer.render(content).encode())
    keep_output(ports.case.store, case_id, path)
    _settle(ports.case, file, actor)
    return path


def parse_language(text: str) -> Language:
    """A language by its code. Raises UsageError."""
    if text not in {language.value for language in Language}:
        raise UsageError(f"no report in {text[:10]!r}", todo=f"name one of {', '.join(Language)}")
    return Language(text)


def build_content(
    ports: ReportPorts,
    file: CaseFile,
    trace: CaseTrace,
    actor: Actor,
    *,
    language: Language,
    stills: Stills | None = None,
    zone: tzinfo | None = None,
) -> ReportContent:
    """Everything the report of this trace says. Reads the vault, the catalogue and the presence index."""
    case, vault = file.case, ports.case.vault
    cameras = {camera.camera_id: camera for camera in ports.catalogue.read_cameras()}
    recordings = ports.catalogue.read_recordings()
    steps = _report_steps(trace, cameras, stills)
    presences, notes = _read_presences(ports.index, [each.step for each in steps])
    if stills is not None and any(each.still is None for each in steps):
        notes = (*notes, NO_STILLS)
    found, findings = read_contacts(vault, case.case_id), build_findings(ports.case, ports.catalogue, trace)
    return ReportContent(
        case=case,
        actor=actor.actor_id,
        written_us=ports.now_us(),
        due_us=ports.case.store.read_case(case.case_id).due_us,
        language=language,
        zone=zone,
        steps=steps,
        gaps=trace.gaps,
        alternatives=trace.alternatives,
        opened=trace.opened,
        models=(*_detectors(presences), *trace.models),
        plan=_plan(case.scope, cameras, recordings, steps, presences, findings),
        watched=_watched(case.scope, cameras, recordings),
        findings=findings,
        definitions=() if found is None else _definitions(found),
        contacts=None if found is None else found.contacts,
        face_compared=any(one.face_similarity is not None for one in read_sightings(vault, case.case_id).values()),
        doubts=describe_doubts(case.legal_basis),
        consent_withdrawn=_is_withdrawn(case, vault),
        notes=notes,
    )


def _is_withdrawn(case: Case, vault: CaseVault) -> bool:
    record = read_consent(vault, case.case_id)
    return record is not None and record.status is ConsentStatus.WITHDRAWN


def _report_steps(trace: CaseTrace, cameras: Mapping[str, Camera], stills: Stills | None) -> tuple[ReportStep, ...]:
    kept = sorted((s for s in trace.steps if s.verdict is not Verdict.REJECTED), key=lambda step: step.interval)
    return tuple(
        ReportStep(number, step, _name_of(step.camera_id, cameras), _still(step, stills))
        for number, step in enumerate(kept, start=1)
    )


def _name_of(camera_id: str, cameras: Mapping[str, Camera]) -> str:
    return cameras[camera_id].name if camera_id in cameras else ""


def _still(step: TraceStep, stills: Stills | None) -> Still | None:
    """The picture of a step; none where its recording is gone by now, which the report says."""
    try:
        data = None if stills is None else stills(step)
    except MissingError:
        return None
    return None if data is None else Still(data)


def _read_presences(index: PresenceIndex, steps: Sequence[TraceStep]) -> tuple[dict[str, Presence], tuple[str, ...]]:
    """Presences of the case trace, for their foot paths; a note when the index lost any (its day was erased)."""
    wanted = {step.presence_id for step in steps}
    reaches = [Reach(step.camera_id, step.interval) for step in steps]
    try:
        held = {one.presence_id: one for one in index.read_presences(reaches) if one.presence_id in wanted}
    except MissingError:
        held = {}
    return held, () if wanted <= held.keys() else (NO_PATHS,)


def _detectors(presences: Mapping[str, Presence]) -> tuple[str, ...]:
    """Which detectors found these presences, said as the other models are."""
    names = sorted({one.models.split("@")[0] for one in presences.values()})
    known = {entry.name: entry.stamp.describe() for entry in read_model_catalogue()}
    return tuple(known.get(name, name) for name in names)


def _plan(
    scope: Scope,
    cameras: Mapping[str, Camera],
    recordings: Sequence[Recording],
    steps: Sequence[ReportStep],
    presences: Mapping[str, Presence],
    findings: Sequence[Finding],
) -> Plan:
    passed = [cameras[key] for key in dict.fromkeys(s.step.camera_id for s in steps) if key in cameras]
    others = [c for c in cameras.values() if scope.allows_camera(c.camera_id) and c not in passed]
    pictures_wh = {each.camera_id: (each.media.width, each.media.height) for each in recordings}
    walked = [Walked(s.number, s.step.camera_id, presences.get(s.step.presence_id)) for s in steps]
    named = [
        (number, each.anchor.place, each.anchor.radius_m)
        for number, each in enumerate(findings, start=1)
        if each.anchor.place is not None
    ]
    return build_plan([*passed, *_nearest(others, passed)], pictures_wh, walked, named)


def _nearest(others: Sequence[Camera], passed: Sequence[Camera]) -> list[Camera]:
    places = [camera.place for camera in passed if camera.place is not None]
    apart = [
        (min(camera.place.distance_m(place) for place in places), camera.camera_id, camera)
        for camera in others
        if camera.place is not None and places
    ]
    return [camera for metres, _, camera in sorted(apart, key=lambda each: each[:2]) if metres <= NEAR_M][
        :MOST_OTHER_CAMERAS
    ]


def _watched(scope: Scope, cameras: Mapping[str, Camera], recordings: Sequence[Recording]) -> tuple[Watched, ...]:
    inside = [
        (each.camera_id, each.interval(cameras[each.camera_id].clock).intersection(scope.interval))
        for each in recordings
        if each.camera_id in cameras and scope.allows_camera(each.camera_id)
    ]
    return tuple(Watched(camera_id, interval) for camera_id, interval in inside if interval is not None)


def _definitions(found: CaseContacts) -> tuple[AppliedDefinition, ...]:
    """What was applied; the words only of a text that has the very hash it had then."""
    shipped = {one.sha256: one for one in (read_definition(name) for name in list_definitions())}
    applied = []
    for name, sha256 in found.definitions:
        text = shipped.get(sha256)
        applied.append(
            AppliedDefinition(name, sha256)
            if text is None
            else AppliedDefinition(name, sha256, text.title, text.date, text.source, text.distance_m)
        )
    return tuple(applied)


def _settle(ports: CasePorts, file: CaseFile, actor: Actor) -> None:
    case = file.case
    if case.state is CaseState.REVIEWED:
        event = AuditEvent(actor, "case.report", case.case_id, basis=file.basis)
        ports.store.change_state(case.case_id, case.state, CaseState.REPORTED, audit=event)
