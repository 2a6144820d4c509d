"""Making a report: on record first, for its owner only, and honest about what was not confirmed."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from casetrail.app.case_ports import CasePorts
from casetrail.app.case_records import write_anchors, write_consent, write_trace
from casetrail.app.find_contacts import ContactPorts, find_contacts, read_definitions
from casetrail.app.make_report import ReportPorts, make_report
from casetrail.app.open_case import CaseRequest, open_case
from casetrail.evidence.report import Language, ReportContent
from casetrail.footage.cameras import Camera
from casetrail.governance.audit import Actor, AuditEvent, Role
from casetrail.governance.authorities import UNLISTED
from casetrail.governance.cases import CaseState, LegalBasis, Scope
from casetrail.governance.consent import ConsentRecord, ConsentStatus
from casetrail.model.errors import BadInputError, IntegrityError, MissingError, RefusedError, UsageError
from casetrail.model.geometry import LatLon
from casetrail.model.time import SECOND_US, UtcInterval
from casetrail.sightings.sightings import MaskReading, MaskState
from casetrail.testing.fake_audit_log import FakeAuditLog
from casetrail.testing.fake_case_store import FakeCaseStore
from casetrail.testing.fake_catalogue import FakeCatalogue
from casetrail.testing.fake_gate import FakeGate
from casetrail.testing.fake_presence_index import FakePresenceIndex
from casetrail.testing.fake_report_renderer import FakeReportRenderer
from casetrail.testing.fake_vault import FakeVault
from casetrail.testing.made_presences import make_segment
from casetrail.testing.staged_case import grant_case
from casetrail.testing.staged_presences import START_US, stage_plane, stage_presence, standing
from casetrail.trace.anchors import Anchor, AnchorKind
from casetrail.trace.case_trace import CaseTrace, Gap, Opened, TraceStep, Verdict

ACTOR = Actor("tester", Role.INVESTIGATOR)
STAGE = AuditEvent(ACTOR, "stage")
HOUR = UtcInterval(START_US, START_US + 3600 * SECOND_US)
PLACE = LatLon(37.5, 127.0)
INDEX = stage_presence("index", standing(0, 8), seconds=(0, 30))
BESIDE = stage_presence("beside", standing(0.8, 8), seconds=(5, 25))
LATER = stage_presence("later", standing(0, 8), seconds=(60, 70), camera_id="CAM02")
JPEG = b"\xff\xd8\xff\xe0 a drawn picture"


@dataclass
class Staged:
    """A traced case, its ports, and the fakes behind them."""

    case_id: str
    ports: ReportPorts
    log: FakeAuditLog
    renderer: FakeReportRenderer
    stills: list[str] = field(default_factory=list)

    def still(self, step: TraceStep) -> bytes:
        """A picture of a step."""
        self.stills.append(step.presence_id)
        return JPEG

    def make(self, **wishes: object) -> ReportContent:
        """Make the report and return what was rendered."""
        make_report(self.ports, self.case_id, ACTOR, **wishes)  # type: ignore[arg-type]
        return self.renderer.contents[-1]

    @property
    def state(self) -> CaseState:
        """Where the case stands."""
        return self.ports.case.store.read_case(self.case_id).state


def _step(presence_id: str, camera_id: str, interval: UtcInterval, verdict: Verdict) -> TraceStep:
    return TraceStep(presence_id, camera_id, interval, 0.95, verdict, 0.6, MaskReading(MaskState.WORN, 0.9), "R-7")


def _stage(folder: Path, *, states: tuple[CaseState, ...] = (), traced: bool = True) -> Staged:
    log, renderer = FakeAuditLog(), FakeReportRenderer()
    case = CasePorts(FakeCaseStore(log), FakeVault(log), log, FakeGate(log))
    basis = LegalBasis("Agency", "2026-1", "2026-03-01", "IDCPA 76-2(1)")
    drafted = open_case(case, CaseRequest("measles", HOUR, basis, Scope(HOUR)), ACTOR, START_US)
    case_id = grant_case(case, drafted).case_id
    catalogue, index = FakeCatalogue(log), FakePresenceIndex(log)
    cameras = [
        Camera("CAM01", "First", PLACE, 0.0, 48.0, ground=stage_plane()),
        Camera("CAM02", "Second", PLACE.moved(20, 0), 0.0, 48.0),
        Camera("CAM09", "Far away", PLACE.moved(5000, 0), 0.0, 48.0),
    ]
    catalogue.add_cameras(cameras, audit=STAGE)
    for camera_id, presences in (("CAM01", [INDEX, BESIDE]), ("CAM02", [LATER])):
        index.write_segment(make_segment(camera_id, START_US), presences, audit=STAGE)
    if traced:
        steps = (
            _step("index", "CAM01", INDEX.interval, Verdict.CONFIRMED),
            _step("later", "CAM02", LATER.interval, Verdict.UNREVIEWED),
        )
        gap = Gap(UtcInterval(INDEX.interval.end_us, LATER.interval.start_us), "CAM01", "CAM02", None)
        write_trace(case.vault, CaseTrace(case_id, steps, (gap,), (), Opened(), ("drawn",)), audit=STAGE)
    for after in states:
        case.store.change_state(case_id, case.store.read_case(case_id).state, after, audit=STAGE)
    ports = ReportPorts(case, catalogue, index, renderer, folder / "output", lambda: START_US)
    return Staged(case_id, ports, log, renderer)


@pytest.fixture
def staged(tmp_path: Path) -> Staged:
    """A case whose review is complete."""
    return _stage(tmp_path, states=(CaseState.TRACING, CaseState.REVIEWED))


@pytest.fixture
def unfinished(tmp_path: Path) -> Staged:
    """A case that is still being traced."""
    return _stage(tmp_path, states=(CaseState.TRACING,))


def test_report_is_written_for_its_owner_only(staged: Staged) -> None:
    """The file lies among the outputs of its case, where closing the case reaches it, and nobody else reads it."""
    path = make_report(staged.ports, staged.case_id, ACTOR)
    assert path == staged.ports.output_dir / staged.case_id / "report.html"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert staged.case_id in path.read_text(encoding="utf-8")


def test_a_reviewed_case_becomes_reported_and_may_be_reported_again(staged: Staged) -> None:
    """The state follows the file; a second report changes nothing more."""
    assert staged.make().reviewed
    assert staged.state is CaseState.REPORTED
    assert staged.make().reviewed
    assert staged.log.acts.count("case.report") == 1


def test_an_unfinished_case_is_reported_unconfirmed_and_stays(unfinished: Staged) -> None:
    """A report of proposals says so and moves nothing."""
    content = unfinished.make()
    assert not content.reviewed
    assert [each.confirmed for each in content.steps] == [True, False]
    assert unfinished.state is CaseState.TRACING


def test_the_event_comes_first(staged: Staged) -> None:
    """When the audit log cannot be written, there is no file, no still and no change of state."""
    staged.log.failing = True
    with pytest.raises(IntegrityError):
        staged.make(stills=staged.still)
    assert not (staged.ports.output_dir / staged.case_id).exists()
    assert staged.stills == []
    assert staged.state is CaseState.REVIEWED
    staged.log.failing = False
    staged.make()
    assert staged.log.acts[-2:] == ["report.make", "case.report"]


def test_steps_are_numbered_with_stills_and_names(staged: Staged) -> None:
    """Each step gets its own picture and the name of its camera."""
    steps = staged.make(stills=staged.still).steps
    assert [(each.number, each.camera_name) for each in steps] == [(1, "First"), (2, "Second")]
    assert staged.stills == ["index", "later"]
    assert all(each.still is not None and each.still.data == JPEG for each in steps)


def _gone(step: TraceStep) -> bytes:
    raise MissingError("the recording is gone")


@pytest.mark.parametrize("stills", [_gone, lambda step: None])
def test_a_still_that_is_gone_is_said(staged: Staged, stills: Callable[[TraceStep], bytes | None]) -> None:
    """A recording past its retention does not stop the report, and the report does not hide it."""
    content = staged.make(stills=stills)
    assert [each.still for each in content.steps] == [None, None]
    assert "the recordings of these sightings are gone" in content.notes


def test_bytes_that_are_no_picture_are_refused(staged: Staged) -> None:
    """Whatever else a still would be never gets into the page."""
    with pytest.raises(BadInputError):
        staged.make(stills=lambda step: b"<svg/>")
    assert staged.state is CaseState.REVIEWED


def test_the_plan_has_the_foot_path_and_no_faraway_camera(staged: Staged) -> None:
    """The calibrated step is a path, the other a mark; a camera kilometres away is not drawn."""
    catalogue = staged.ports.catalogue
    plan = staged.make().plan
    assert {each.camera_id for each in plan.cameras} == {"CAM01", "CAM02"}
    assert len(catalogue.read_cameras()) == 3
    assert [walk.number for walk in plan.walks] == [1, 2]


def test_a_presence_that_the_index_lost_is_said(staged: Staged) -> None:
    """After its day was erased from the index, a sighting has no foot path and the report says why."""
    empty = replace(staged.ports, index=FakePresenceIndex(staged.log))
    staged.ports = empty
    content = staged.make()
    assert "the presence index no longer holds these sightings" in content.notes
    assert not any(walk.measured for walk in content.plan.walks)


def test_the_detector_is_among_the_models(staged: Staged) -> None:
    """What found the people is named beside what described them."""
    assert staged.make().models == ("person-detection-retail-0013", "drawn")


def test_contacts_come_with_the_text_they_were_judged_by(staged: Staged) -> None:
    """Contacts are those in the vault; a definition is quoted only when its hash is the one that was applied."""
    assert staged.make().contacts is None
    ports = ContactPorts(staged.ports.case, staged.ports.index, staged.ports.catalogue)
    one, other = read_definitions(["who-2021-02", "ecdc-2020-04"])
    find_contacts(staged.case_id, [one, replace(other, sha256="0" * 64)], ports, ACTOR)
    content = staged.make()
    assert [contact.presence_ids for contact in content.contacts or ()] == [("beside",)]
    assert [each.title != "" for each in content.definitions] == [True, False]


def test_statements_are_held_against_the_footage(staged: Staged) -> None:
    """Each anchor of the case has a finding, and one with a place stands on the plan."""
    anchor = Anchor(AnchorKind.CARD, INDEX.interval, PLACE.moved(0, 8), 5.0, 0.9, "card-1")
    write_anchors(staged.ports.case.vault, staged.case_id, [anchor], audit=STAGE)
    content = staged.make()
    assert [each.anchor for each in content.findings] == [anchor]
    assert [each.number for each in content.plan.statements] == [1]


def test_language_is_one_that_there_is(staged: Staged) -> None:
    """Korean is written; anything unknown is refused before the log says anything."""
    assert staged.make(language="ko").language is Language.KOREAN
    events = len(staged.log.acts)
    with pytest.raises(UsageError, match="en, ko"):
        staged.make(language="xx")
    assert len(staged.log.acts) == events


def test_a_case_that_was_not_traced_has_no_report(tmp_path: Path) -> None:
    """Nothing to say yet: the error names the command that comes first."""
    with pytest.raises(MissingError, match="trace run"):
        _stage(tmp_path, traced=False).make()


def test_a_suspended_case_is_refused(tmp_path: Path) -> None:
    """Nobody makes a report of a case on which nobody may work."""
    suspended = _stage(tmp_path, states=(CaseState.TRACING, CaseState.SUSPENDED))
    with pytest.raises(RefusedError, match="suspended"):
        suspended.make()


def test_doubts_of_the_legal_basis_are_no_notes_of_the_plan(staged: Staged) -> None:
    """An authority that is not listed, and consent that was withdrawn, are said apart from what could not be drawn."""
    assert (staged.make().doubts, staged.make().consent_withdrawn, staged.make().notes) == ((UNLISTED,), False, ())
    record = ConsentRecord(staged.case_id, ConsentStatus.WITHDRAWN, HOUR, "I agree.", "en", "on paper", "Room 3")
    write_consent(staged.ports.case.vault, record, audit=STAGE)
    assert staged.make().consent_withdrawn
