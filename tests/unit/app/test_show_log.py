"""Reading and verifying the log are acts: for some and for all, on record, and never onto a log that is doubted."""

import pytest

from casetrail.app.audit_checkpoint import publish_checkpoint
from casetrail.app.audit_ports import AuditPorts
from casetrail.app.case_ports import CasePorts
from casetrail.app.desk_gate import InstallationGate
from casetrail.app.show_log import EventWish, show_events
from casetrail.app.verify import Finding, KeptCheckpoint, Verified, verify_for
from casetrail.governance.audit import Actor, Role
from casetrail.model.errors import IntegrityError, RefusedError
from casetrail.testing.contracts.audit_log import make_event
from casetrail.testing.fake_audit_log import FakeAuditLog
from casetrail.testing.fake_case_store import FakeCaseStore
from casetrail.testing.fake_gate import FakeGate
from casetrail.testing.fake_policy import FakePolicy
from casetrail.testing.fake_presence_index import FakePresenceIndex
from casetrail.testing.fake_signing import FakeSigner, FakeVerifier, FakeWitnessKeys
from casetrail.testing.fake_vault import FakeVault

AUDITOR = Actor("auditor-1", Role.AUDITOR)


@pytest.fixture
def log() -> FakeAuditLog:
    """A log with four events of three cases."""
    log = FakeAuditLog()
    for number in range(4):
        log.record(make_event(number))
    return log


@pytest.fixture
def ports(log: FakeAuditLog) -> AuditPorts:
    """What reading it needs, under a text that permits everything."""
    gate = InstallationGate(log, FakePolicy(), lambda: 1)
    return AuditPorts(log, FakeSigner(), FakeVerifier(), FakeWitnessKeys(log), gate)


def verify(ports: AuditPorts, log: FakeAuditLog, role: Role = Role.AUDITOR, *kept: KeptCheckpoint) -> Verified:
    """Verify an installation without cases."""
    cases = CasePorts(FakeCaseStore(log), FakeVault(log), log, FakeGate(log))
    return verify_for(cases, FakePresenceIndex(log), ports, Actor("somebody", role), kept)


def test_what_was_shown_is_on_record_after_it(ports: AuditPorts, log: FakeAuditLog) -> None:
    """Events come as wished for, without the event of showing them; that says how many were shown."""
    assert [each.index for each in show_events(ports, EventWish(), AUDITOR)] == [0, 1, 2, 3]
    assert [each.index for each in show_events(ports, EventWish(begins="audit."), AUDITOR)] == [4]
    assert [each.index for each in show_events(ports, EventWish(actor_id="auditor-1", last=1), AUDITOR)] == [5]
    assert [each.event.counts["events"] for each in log.recorded[4:]] == [4, 1, 1]


def test_reading_about_a_case_stands_under_it(ports: AuditPorts, log: FakeAuditLog) -> None:
    """Whoever asks later what was done on a case sees who looked; a name that is no case is not written down."""
    case_id = log.recorded[0].event.case_id
    show_events(ports, EventWish(case_id), AUDITOR)
    assert log.recorded[-1].event.case_id == case_id
    assert show_events(ports, EventWish("Hong Gildong"), AUDITOR) == []
    assert log.recorded[-1].event.case_id is None


@pytest.mark.parametrize("role", [Role.INVESTIGATOR, Role.ADMINISTRATOR])
def test_the_log_is_not_for_everybody(ports: AuditPorts, log: FakeAuditLog, role: Role) -> None:
    """Who traces and who keeps the machine do not read who did what."""
    with pytest.raises(RefusedError, match="audit show is not for the"):
        show_events(ports, EventWish(), Actor("somebody", role))
    assert len(log.recorded) == 4


def test_nothing_is_shown_that_is_not_recorded(ports: AuditPorts, log: FakeAuditLog) -> None:
    """When the log cannot be written, it is not read out either."""
    log.failing = True
    with pytest.raises(IntegrityError):
        show_events(ports, EventWish(), AUDITOR)


@pytest.mark.parametrize("role", list(Role))
def test_anybody_verifies(ports: AuditPorts, log: FakeAuditLog, role: Role) -> None:
    """Whoever asks is on record; the head that is told is the one that was verified."""
    found = verify(ports, log, role)
    assert all(item.finding is Finding.WHOLE for item in found.checked)
    assert found.head is not None
    assert (found.head.size, log.acts[-1]) == (4, "audit.verify")
    assert log.recorded[-1].event.counts == {"stores": len(found.checked), "faulty": 0}


def test_a_doubted_log_stays_as_it_is(ports: AuditPorts, log: FakeAuditLog) -> None:
    """Where a checkpoint kept elsewhere does not fit, the fault is told and nothing is appended."""
    kept = KeptCheckpoint("kept.note", publish_checkpoint(ports).text)
    log.recorded.pop()
    found = verify(ports, log, Role.AUDITOR, kept)
    assert found.checked[-1].finding is Finding.FAULTY
    assert len(log.recorded) == 3
