"""From a confirmed case trace to contacts in the vault: announced first, opened only where needed."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from casetrail.app.case_ports import CasePorts
from casetrail.app.case_records import write_trace
from casetrail.app.find_contacts import (
    ContactPorts,
    confirm_contact,
    find_contacts,
    read_contacts,
    read_definitions,
)
from casetrail.app.open_case import CaseRequest, open_case
from casetrail.app.write_line_list import write_line_list
from casetrail.contacts.findings import FindingVerdict
from casetrail.footage.cameras import Camera
from casetrail.governance.audit import Actor, AuditEvent, Role
from casetrail.governance.cases import LegalBasis, Scope
from casetrail.model.errors import IntegrityError, MissingError, RefusedError, UsageError
from casetrail.model.time import SECOND_US, UtcInterval
from casetrail.presence.presences import Presence
from casetrail.sightings.sightings import MaskReading, MaskState, Sighting
from casetrail.testing.fake_audit_log import FakeAuditLog
from casetrail.testing.fake_case_store import FakeCaseStore
from casetrail.testing.fake_catalogue import FakeCatalogue
from casetrail.testing.fake_gate import FakeGate
from casetrail.testing.fake_presence_index import FakePresenceIndex
from casetrail.testing.fake_vault import FakeVault
from casetrail.testing.made_presences import make_segment
from casetrail.testing.staged_case import grant_case
from casetrail.testing.staged_presences import START_US, stage_plane, stage_presence, standing
from casetrail.trace.case_trace import CaseTrace, Opened, TraceStep, Verdict

ACTOR = Actor("tester", Role.INVESTIGATOR)
HOUR = UtcInterval(START_US, START_US + 3600 * SECOND_US)
INDEX = stage_presence("index", standing(0, 8), seconds=(0, 30))
BESIDE = stage_presence("beside", standing(0.8, 8), seconds=(5, 25))
AWAY = stage_presence("away", standing(0, 16), seconds=(5, 25))
ELSEWHERE = stage_presence("elsewhere", standing(0, 8), camera_id="CAM02")
WHO_ONLY, WITH_MASKS = read_definitions(["who-2021-02"]), read_definitions(["who-2021-02", "kdca-2022-01"])


@dataclass
class Staged:
    """A case with ports, and what was opened."""

    case_id: str
    ports: ContactPorts
    log: FakeAuditLog
    opened: list[str] = field(default_factory=list)

    def open_presences(self, presences: Sequence[Presence]) -> list[Sighting]:
        """Everybody without a mask."""
        self.opened += [one.presence_id for one in presences]
        return [
            Sighting(
                one.presence_id, one.camera_id, one.interval, one.xyxy[0], 0.5, 1, MaskReading(MaskState.NONE, 0.9)
            )
            for one in presences
        ]


def _stage(scope: Scope, *, verdict: Verdict = Verdict.CONFIRMED, traced: bool = True) -> Staged:
    log = FakeAuditLog()
    case = CasePorts(FakeCaseStore(log), FakeVault(log), log, FakeGate(log))
    basis = LegalBasis("Agency", "2026-1", "2026-03-01", "IDCPA 76-2(1)")
    case_id = grant_case(case, open_case(case, CaseRequest("measles", HOUR, basis, scope), ACTOR, START_US)).case_id
    catalogue, index = FakeCatalogue(log), FakePresenceIndex(log)
    cameras = [Camera("CAM01", ground=stage_plane()), Camera("CAM02", ground=stage_plane())]
    catalogue.add_cameras(cameras, audit=AuditEvent(ACTOR, "stage"))
    for camera_id, presences in (("CAM01", [INDEX, BESIDE, AWAY]), ("CAM02", [ELSEWHERE])):
        index.write_segment(make_segment(camera_id, START_US), presences, audit=AuditEvent(ACTOR, "stage"))
    if traced:
        step = TraceStep("index", "CAM01", INDEX.interval, 0.95, verdict, 0.6, MaskReading(MaskState.WORN, 0.9))
        trace = CaseTrace(case_id, (step,), (), (), Opened(), ())
        write_trace(case.vault, trace, audit=AuditEvent(ACTOR, "stage"))
    staged = Staged(case_id, ContactPorts(case, index, catalogue), log)
    staged.ports = replace(staged.ports, open_presences=staged.open_presences)
    return staged


@pytest.fixture
def staged() -> Staged:
    """A traced and confirmed case."""
    return _stage(Scope(HOUR))


def test_only_people_near_the_index_case_are_contacts(staged: Staged) -> None:
    """One person beside, one far off and one on another camera: one contact."""
    found = find_contacts(staged.case_id, WHO_ONLY, staged.ports, ACTOR)
    assert [one.presence_ids for one in found.contacts] == [("beside",)]
    assert found.contacts[0].findings[0].verdict is FindingVerdict.NOT_MET
    assert found.contacts[0].exposures[0].duration_s == pytest.approx(20, abs=0.5)


def test_stored_contacts_read_back_equal(staged: Staged) -> None:
    """What the vault holds is what was found."""
    found = find_contacts(staged.case_id, WITH_MASKS, staged.ports, ACTOR)
    assert read_contacts(staged.ports.case.vault, staged.case_id) == found


def test_nobody_is_opened_for_a_definition_without_masks(staged: Staged) -> None:
    """Mask states are looked at only when a definition asks for them."""
    find_contacts(staged.case_id, WHO_ONLY, staged.ports, ACTOR)
    assert staged.opened == []


def test_only_people_within_an_exposure_are_opened(staged: Staged) -> None:
    """A definition that asks for masks opens those who were near, nobody else, and shows both states."""
    found = find_contacts(staged.case_id, WITH_MASKS, staged.ports, ACTOR)
    assert staged.opened == ["beside"]
    exposure = found.contacts[0].exposures[0]
    assert (exposure.index_mask.state, exposure.other_mask.state) == (MaskState.WORN, MaskState.NONE)


def test_event_comes_before_reading(staged: Staged) -> None:
    """When the audit log cannot be written, nothing is found."""
    staged.log.failing = True
    with pytest.raises(IntegrityError):
        find_contacts(staged.case_id, WHO_ONLY, staged.ports, ACTOR)
    staged.log.failing = False
    find_contacts(staged.case_id, WHO_ONLY, staged.ports, ACTOR)
    assert staged.log.acts[-2:] == ["contacts.find", "contacts.store"]


def test_unconfirmed_sightings_have_no_contacts() -> None:
    """A proposal that nobody confirmed is no ground for naming contacts."""
    proposed = _stage(Scope(HOUR), verdict=Verdict.UNREVIEWED)
    with pytest.raises(UsageError, match="confirmed"):
        find_contacts(proposed.case_id, WHO_ONLY, proposed.ports, ACTOR)


def test_case_must_be_traced_and_definitions_named(staged: Staged) -> None:
    """Without a trace something is missing; without a definition the call makes no sense."""
    untraced = _stage(Scope(HOUR), traced=False)
    with pytest.raises(MissingError, match="trace run"):
        find_contacts(untraced.case_id, WHO_ONLY, untraced.ports, ACTOR)
    with pytest.raises(UsageError, match="definition"):
        find_contacts(staged.case_id, (), staged.ports, ACTOR)


def test_camera_outside_the_scope_is_refused() -> None:
    """A sighting on a camera that the order does not cover gives no contacts."""
    outside = _stage(Scope(HOUR, cameras=frozenset({"CAM02"})))
    with pytest.raises(RefusedError, match="CAM01"):
        find_contacts(outside.case_id, WHO_ONLY, outside.ports, ACTOR)


def test_confirmation_stays_when_contacts_are_found_anew(staged: Staged) -> None:
    """A reviewer's word is bound to the presences, so that finding contacts again keeps it."""
    find_contacts(staged.case_id, WHO_ONLY, staged.ports, ACTOR)
    assert confirm_contact(staged.case_id, "K-01", "R-7", staged.ports, ACTOR).contacts[0].confirmed
    again = find_contacts(staged.case_id, WITH_MASKS, staged.ports, ACTOR)
    assert again.contacts[0].reviewer == "R-7"


def test_confirming_nobody_is_refused(staged: Staged) -> None:
    """A pseudonym that is not listed, or contacts that were never found, cannot be confirmed."""
    with pytest.raises(MissingError):
        confirm_contact(staged.case_id, "K-01", "R-7", staged.ports, ACTOR)
    find_contacts(staged.case_id, WHO_ONLY, staged.ports, ACTOR)
    with pytest.raises(UsageError):
        confirm_contact(staged.case_id, "K-09", "R-7", staged.ports, ACTOR)


def test_line_list_is_private_and_expires_with_the_case(staged: Staged, tmp_path: Path) -> None:
    """Both files are for their owner only, and rows carry the date by which the case must be closed."""
    find_contacts(staged.case_id, WHO_ONLY, staged.ports, ACTOR)
    paths = write_line_list(staged.case_id, tmp_path / "out", staged.ports.case, ACTOR)
    assert {path.stat().st_mode & 0o777 for path in paths} == {0o600}
    rows = list(csv.DictReader(paths[0].read_text(encoding="utf-8").splitlines()))
    assert [row["status"] for row in rows] == ["", "UNCONFIRMED"]
    assert all(row["expires_utc"] > "2026-03-02" for row in rows)
    assert staged.log.acts[-1] == "contacts.export"
