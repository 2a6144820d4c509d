"""A staged case: drawn cameras, the presences of everybody on them, and an open case, all behind fakes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from casetrail.app.case_ports import CasePorts, OpeningPorts
from casetrail.app.case_records import commit_request, read_case, read_case_file, write_grant, write_request
from casetrail.app.open_case import CaseRequest, open_case
from casetrail.footage.recordings import Recording
from casetrail.governance.audit import Actor, AuditEvent, Role
from casetrail.governance.cases import Case, LegalBasis, Method, Scope
from casetrail.governance.grants import (
    LONGEST_GRANT_US,
    GrantEntry,
    Request,
    RequestEntry,
    new_grant_id,
    new_request_id,
)
from casetrail.model.arrays import frozen
from casetrail.model.ids import stable_id
from casetrail.model.time import SECOND_US, UtcInterval
from casetrail.presence.presences import MOST_VIEWS, Presence, View
from casetrail.sightings.describers import Describers
from casetrail.testing.counting_describers import counting_describers
from casetrail.testing.drawn_footage import DrawnCamera, Scene, TruthBox, find_truth, walk_scenes
from casetrail.testing.fake_audit_log import FakeAuditLog
from casetrail.testing.fake_case_store import FakeCaseStore
from casetrail.testing.fake_catalogue import FakeCatalogue
from casetrail.testing.fake_decoder import SIZE_BYTES, FakeDecoder
from casetrail.testing.fake_gate import FakeGate
from casetrail.testing.fake_vault import FakeVault

START_US = 1_772_452_800_000_000
ACTOR = Actor("staged-1", Role.INVESTIGATOR)
APPROVER = Actor("staged-2", Role.SUPERVISOR)
BASIS = LegalBasis("Staged Agency", "2026-17", "2026-03-01", "IDCPA 76-2(1)")


@dataclass
class Clock:
    """A clock that tests set."""

    utc_us: int = START_US

    def __call__(self) -> int:
        """The moment it was set to."""
        return self.utc_us


@dataclass
class StagedCase:
    """Ports, the open case, and the presences by camera and person; person 0 walks past every camera."""

    ports: OpeningPorts
    case: Case
    audit_log: FakeAuditLog
    decoder: FakeDecoder
    presences: Mapping[tuple[str, int], Presence]
    clock: Clock = field(default_factory=Clock)

    @property
    def walker(self) -> tuple[Presence, ...]:
        """Presences of the person who walks, camera by camera."""
        return tuple(presence for (_, person), presence in self.presences.items() if person == 0)

    @property
    def everybody(self) -> tuple[Presence, ...]:
        """Every presence."""
        return tuple(self.presences.values())


def stage_case(
    *,
    cameras: int = 3,
    others: int = 1,
    scope: Scope | None = None,
    method: Method = Method.CLOTHING,
    describers: Describers | None = None,
    case_ports: CasePorts | None = None,
    broken: Sequence[str] = (),
    height_px: float = 72.0,
) -> StagedCase:
    """An open case on a drawn walk. `broken`: cameras whose recording cannot be decoded; `height_px` of people."""
    log, clock = FakeAuditLog(), Clock()
    drawn = [_taller(each, height_px) for each in walk_scenes(cameras, start_us=START_US, others=others)]
    decoder = FakeDecoder({_path(each): each.scene for each in drawn}, broken=[f"{name}.drawn" for name in broken])
    recordings = {each.camera.camera_id: _recording(each) for each in drawn}
    catalogue = FakeCatalogue()
    event = AuditEvent(ACTOR, "stage")
    catalogue.add_cameras([each.camera for each in drawn], audit=event)
    catalogue.add_recordings(recordings.values(), audit=event)
    case_ports = case_ports or CasePorts(FakeCaseStore(log), FakeVault(log), log, FakeGate(log))
    ports = OpeningPorts(case_ports, catalogue, decoder, describers or counting_describers(), clock)
    period = UtcInterval(START_US - 86_400 * SECOND_US, START_US + 86_400 * SECOND_US)
    scope = scope or Scope(UtcInterval(START_US, START_US + 3_600 * SECOND_US), method=method)
    drafted = open_case(case_ports, CaseRequest("measles", period, BASIS, scope), ACTOR, clock())
    case = grant_case(case_ports, drafted)
    presences = {
        (each.camera.camera_id, person): presence
        for each in drawn
        for person, presence in find_presences(each, recordings[each.camera.camera_id]).items()
    }
    return StagedCase(ports, case, log, decoder, presences, clock)


def grant_case(ports: CasePorts, case: Case, scope: Scope | None = None) -> Case:
    """The case with its scope, or another, granted by a second person for a day from `START_US` on."""
    file = read_case_file(ports.store, ports.vault, case.case_id)
    request = Request(new_request_id(), case.case_id, scope or case.scope, "WO-1")
    write_request(ports.vault, request, audit=AuditEvent(ACTOR, "stage"))
    entry = RequestEntry(request.request_id, case.case_id, ACTOR.actor_id, START_US, commit_request(request, file.salt))
    ports.store.add_request(entry, audit=AuditEvent(ACTOR, "stage"))
    valid = UtcInterval(START_US, START_US + LONGEST_GRANT_US)
    grant = GrantEntry(new_grant_id(), case.case_id, request.request_id, APPROVER.actor_id, valid)
    write_grant(ports.vault, grant, audit=AuditEvent(APPROVER, "stage"))
    ports.store.add_grant(grant, audit=AuditEvent(APPROVER, "stage"))
    return read_case(ports.store, ports.vault, case.case_id)


def find_presences(drawn: DrawnCamera, recording: Recording) -> dict[int, Presence]:
    """The presence of each figure of a drawn camera, exactly where it was drawn."""
    boxes: dict[int, list[TruthBox]] = {}
    for box in find_truth(drawn.scene):
        boxes.setdefault(box.person, []).append(box)
    return {person: _presence(drawn, recording, person, found) for person, found in sorted(boxes.items())}


def _presence(drawn: DrawnCamera, recording: Recording, person: int, boxes: Sequence[TruthBox]) -> Presence:
    pts = np.asarray([box.frame for box in boxes], dtype=np.int64)
    chosen = np.linspace(0, len(boxes) - 1, min(MOST_VIEWS, len(boxes))).round().astype(int)
    views = [View(boxes[at].frame, boxes[at].xyxy, 0.9 - 0.1 * abs(2 - n), False) for n, at in enumerate(chosen)]
    return Presence(
        presence_id=stable_id(drawn.camera.camera_id, person),
        camera_id=drawn.camera.camera_id,
        recording_id=recording.recording_id,
        pts=frozen(pts),
        utc_us=frozen(np.asarray([recording.to_utc_us(int(each), drawn.camera.clock) for each in pts])),
        xyxy=frozen(np.asarray([box.xyxy for box in boxes], dtype=np.float32)),
        confidence=frozen(np.full(len(boxes), 0.9, dtype=np.float32)),
        foot_hidden=frozen(np.zeros(len(boxes), dtype=bool)),
        foot_m=None,
        views=tuple(views),
        models="staged",
    )


def _recording(drawn: DrawnCamera) -> Recording:
    """The recording as it was before anything broke it."""
    facts = FakeDecoder({_path(drawn): drawn.scene}).probe(_path(drawn))
    return Recording(drawn.camera.camera_id, _path(drawn), drawn.start_us, facts, SIZE_BYTES)


def _taller(drawn: DrawnCamera, height_px: float) -> DrawnCamera:
    figures = tuple(replace(figure, height_px=height_px) for figure in drawn.scene.figures)
    scene: Scene = replace(drawn.scene, figures=figures)
    return replace(drawn, scene=scene)


def _path(drawn: DrawnCamera) -> str:
    return f"{drawn.camera.camera_id}.drawn"
