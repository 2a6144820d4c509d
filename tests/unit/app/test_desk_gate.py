"""The gate of acts that concern no case: role, then policy text, then the event, before anything is written."""

from pathlib import Path

import pytest

from casetrail.app.add_cameras import add_cameras
from casetrail.app.add_footage import FootagePorts, add_footage
from casetrail.app.add_streets import add_streets
from casetrail.app.audit_checkpoint import make_checkpoint
from casetrail.app.audit_ports import AuditPorts
from casetrail.app.audit_witness import add_witness, receive_countersignature, request_countersignature
from casetrail.app.calibrate_camera import calibrate_camera
from casetrail.app.compact_index import MergingPorts, compact_index
from casetrail.app.desk_gate import InstallationGate, counted
from casetrail.footage.claims import ClaimListing
from casetrail.governance.acts import RULES, Act
from casetrail.governance.audit import Actor, Role
from casetrail.model.errors import RefusedError
from casetrail.testing.fake_audit_log import FakeAuditLog
from casetrail.testing.fake_catalogue import FakeCatalogue
from casetrail.testing.fake_decoder import FakeDecoder
from casetrail.testing.fake_policy import FakePolicy
from casetrail.testing.fake_presence_index import FakePresenceIndex
from casetrail.testing.fake_signing import FakeSigner, FakeVerifier, FakeWitnessKeys

KEEPER = Actor("keeper", Role.ADMINISTRATOR)
OFFICER = Actor("officer", Role.PRIVACY_OFFICER)
WITHOUT_CASE = [act for act in Act if not RULES[act].states and not RULES[act].needs]


@pytest.fixture
def log() -> FakeAuditLog:
    """What was recorded."""
    return FakeAuditLog()


def make_gate(log: FakeAuditLog, *forbidden: Act) -> InstallationGate:
    """A gate whose policy text permits everything else."""
    return InstallationGate(log, FakePolicy(lambda _actor, act, _context: Act(act) not in forbidden), lambda: 1)


@pytest.mark.parametrize("act", WITHOUT_CASE)
def test_role_and_policy_both_decide(act: Act, log: FakeAuditLog) -> None:
    """An act without a case is for the roles of the rule book, and for nobody where the text forbids it."""
    for role in Role:
        actor = Actor("somebody", role)
        if role in RULES[act].roles:
            assert make_gate(log).check(actor, act).policy == "0" * 64
            with pytest.raises(RefusedError, match="policy of this installation"):
                make_gate(log, act).permit(actor, act)
        else:
            with pytest.raises(RefusedError, match=f"not for the {role.replace('_', ' ')}"):
                make_gate(log).permit(actor, act)
    assert log.acts == []


def test_permitting_appends_and_checking_does_not(log: FakeAuditLog) -> None:
    """What only looks is recorded by the gate; a write is handed its event, and may say how much it wrote."""
    gate = make_gate(log)
    event = gate.check(KEEPER, Act.FOOTAGE_ADD)
    assert (log.acts, counted(event, {"recordings": 2}).counts) == ([], {"recordings": 2})
    assert gate.permit(KEEPER, Act.ORDER_LIST, counts={"orders": 1}) == log.recorded[-1].event


def test_an_act_on_a_case_is_not_for_this_gate(log: FakeAuditLog) -> None:
    """It knows no case, so it permits nothing that concerns one."""
    with pytest.raises(RefusedError, match="concerns a case"):
        make_gate(log).permit(Actor("one", Role.INVESTIGATOR), Act.TRACE_SHOW)


def test_the_catalogue_heeds_the_policy(log: FakeAuditLog, tmp_path: Path) -> None:
    """Cameras, streets, calibration and footage are refused before a file is read."""
    gate = make_gate(log, Act.CAMERAS_IMPORT, Act.CAMERAS_STREETS, Act.CAMERAS_CALIBRATE, Act.FOOTAGE_ADD)
    ports = FootagePorts(FakeCatalogue(log), gate, FakeDecoder({}))
    for act in (
        lambda: add_cameras(tmp_path / "absent", ports, KEEPER),
        lambda: add_streets(tmp_path / "absent", ports, KEEPER),
        lambda: calibrate_camera("CAM01", tmp_path / "absent", ports, KEEPER),
        lambda: add_footage(ClaimListing((), ()), ports, KEEPER),
    ):
        with pytest.raises(RefusedError, match="policy"):
            act()
    assert log.acts == []


def test_merging_heeds_the_policy(log: FakeAuditLog) -> None:
    """Putting the files of the index together is an act as well."""
    with pytest.raises(RefusedError, match="policy"):
        compact_index(MergingPorts(FakePresenceIndex(log), make_gate(log, Act.PRESENCE_MERGE)), KEEPER)


def test_the_log_heeds_the_policy(log: FakeAuditLog) -> None:
    """Publishing a checkpoint, adding, asking and hearing a witness."""
    gate = make_gate(log, Act.AUDIT_CHECKPOINT, Act.WITNESS_ADD, Act.WITNESS_REQUEST, Act.WITNESS_RECEIVE)
    ports = AuditPorts(log, FakeSigner(), FakeVerifier(), FakeWitnessKeys(log), gate)
    for act in (
        lambda: make_checkpoint(ports, OFFICER),
        lambda: add_witness(ports, FakeSigner("witness").public_key, OFFICER),
        lambda: request_countersignature(ports, OFFICER),
        lambda: receive_countersignature(ports, "", OFFICER),
    ):
        with pytest.raises(RefusedError, match="policy"):
            act()
    assert (log.acts, ports.witnesses.read_witnesses()) == ([], ())
