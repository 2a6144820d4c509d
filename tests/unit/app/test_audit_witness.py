"""Publishing, countersigning and proving, with everything in memory."""

import json

import pytest

from casetrail.app.audit_checkpoint import check_checkpoint, check_kept_checkpoints, publish_checkpoint
from casetrail.app.audit_findings import examine_witness
from casetrail.app.audit_ports import AuditPorts
from casetrail.app.audit_receipts import sign_receipt
from casetrail.app.audit_witness import (
    add_witness,
    answer_request,
    check_witnessed,
    last_countersigned_us,
    list_countersignatures,
    receive_countersignature,
    request_countersignature,
)
from casetrail.app.desk_gate import InstallationGate
from casetrail.app.doctor import Health
from casetrail.app.settings import Settings
from casetrail.governance.audit import Actor, Role
from casetrail.governance.checkpoint import parse_checkpoint, parse_note
from casetrail.model.errors import BadInputError, IntegrityError, RefusedError, UsageError
from casetrail.testing.contracts.audit_log import make_event
from casetrail.testing.fake_audit_log import FakeAuditLog
from casetrail.testing.fake_policy import FakePolicy
from casetrail.testing.fake_signing import FakeSeenCheckpoints, FakeSigner, FakeVerifier, FakeWitnessKeys

NOW_US = 1_800_000_000_000_000
DAY_US = 86_400_000_000
WITNESS = FakeSigner("witness")
ACTOR = Actor("officer-1", Role.PRIVACY_OFFICER)


def _ports(events: int, name: str = "log", first: int = 0) -> AuditPorts:
    log = FakeAuditLog()
    for number in range(first, first + events):
        log.record(make_event(number))
    return AuditPorts(
        log, FakeSigner(name), FakeVerifier(), FakeWitnessKeys(log), InstallationGate(log, FakePolicy(), lambda: NOW_US)
    )


@pytest.fixture
def ports() -> AuditPorts:
    """A log with five events."""
    return _ports(5)


@pytest.fixture
def seen() -> FakeSeenCheckpoints:
    """What a witness remembers: nothing yet."""
    return FakeSeenCheckpoints()


def _countersign(ports: AuditPorts, seen: FakeSeenCheckpoints, now_us: int = NOW_US) -> None:
    request = request_countersignature(ports, ACTOR)
    answer = answer_request(request.text, ports.signer.public_key, seen, WITNESS, ports.verifier, now_us)
    receive_countersignature(ports, f"{answer.line}\n", ACTOR)


def test_a_checkpoint_is_published_once_per_size(ports: AuditPorts) -> None:
    """Publishing twice without an event between gives the same text; after one, the next is kept beside it."""
    first = publish_checkpoint(ports)
    assert publish_checkpoint(ports) == first
    ports.log.record(make_event())
    second = publish_checkpoint(ports)
    assert [parse_checkpoint(each).size for each in (first, second)] == [5, 6]
    assert check_kept_checkpoints(ports) == 2


@pytest.mark.parametrize(("first", "events", "said"), [(1, 6, "forked"), (0, 3, "truncated or rolled back")])
def test_nobody_signs_two_histories(ports: AuditPorts, first: int, events: int, said: str) -> None:
    """A log that does not continue its newest checkpoint is not signed again, and the reason is named."""
    other = _ports(events, first=first)
    other.log.add_checkpoint(5, publish_checkpoint(ports).text)
    with pytest.raises(IntegrityError, match=said):
        publish_checkpoint(other)


def test_a_checkpoint_of_another_log(ports: AuditPorts) -> None:
    """A checkpoint of another log is named as such, not taken for a fork."""
    with pytest.raises(IntegrityError, match="another log"):
        check_checkpoint(ports, publish_checkpoint(_ports(5, "elsewhere")).text)


def test_the_whole_round(ports: AuditPorts, seen: FakeSeenCheckpoints) -> None:
    """Request, countersignature, receipt of it: twice, the second proved to continue the first."""
    add_witness(ports, WITNESS.public_key, ACTOR)
    for moment in (NOW_US, NOW_US + DAY_US):
        _countersign(ports, seen, moment)
    found = list_countersignatures(ports)
    assert [each.witness for each in found] == ["witness", "witness"]
    assert found[0].size < found[1].size
    assert last_countersigned_us(ports) == NOW_US + DAY_US
    acts = [each.event.act for each in ports.log.read_events()]
    assert acts[5:] == ["witness.add", *["witness.request", "witness.receive"] * 2]


def test_a_witness_does_not_countersign_a_rewritten_log(ports: AuditPorts, seen: FakeSeenCheckpoints) -> None:
    """History that was written anew after a witness saw it is not countersigned."""
    add_witness(ports, WITNESS.public_key, ACTOR)
    _countersign(ports, seen)
    forged = _ports(12, first=1)
    old_size = list_countersignatures(ports)[0].size
    request = request_countersignature(forged, ACTOR, old_size)
    with pytest.raises(IntegrityError, match="does not continue"):
        answer_request(request.text, ports.signer.public_key, seen, WITNESS, ports.verifier, NOW_US)


def test_a_witness_says_where_it_stands(ports: AuditPorts, seen: FakeSeenCheckpoints) -> None:
    """When an answer was lost, the witness names the size it saw, and the request from there is countersigned."""
    add_witness(ports, WITNESS.public_key, ACTOR)
    lost = request_countersignature(ports, ACTOR)
    answer_request(lost.text, ports.signer.public_key, seen, WITNESS, ports.verifier, NOW_US)
    again = request_countersignature(ports, ACTOR)
    with pytest.raises(BadInputError, match="--old-size 7"):
        answer_request(again.text, ports.signer.public_key, seen, WITNESS, ports.verifier, NOW_US)
    right = request_countersignature(ports, ACTOR, 7)
    answer = answer_request(right.text, ports.signer.public_key, seen, WITNESS, ports.verifier, NOW_US)
    assert receive_countersignature(ports, answer.line, ACTOR)[0].size == parse_checkpoint(right.note).size


def test_a_request_signed_by_somebody_else(ports: AuditPorts, seen: FakeSeenCheckpoints) -> None:
    """A witness countersigns only what the log that it knows has signed, and remembers nothing else."""
    request = request_countersignature(_ports(4, "elsewhere"), ACTOR)
    with pytest.raises(IntegrityError, match="not signed"):
        answer_request(request.text, ports.signer.public_key, seen, WITNESS, ports.verifier, NOW_US)
    assert seen.read_seen(ports.signer.public_key) is None


def test_an_unknown_witness_is_not_taken_in(ports: AuditPorts, seen: FakeSeenCheckpoints) -> None:
    """What somebody countersigned on whom nobody relies changes nothing."""
    request = request_countersignature(ports, ACTOR)
    answer = answer_request(request.text, ports.signer.public_key, seen, WITNESS, ports.verifier, NOW_US)
    before = ports.log.read_checkpoints()
    with pytest.raises(BadInputError, match="no countersignature"):
        receive_countersignature(ports, answer.line, ACTOR)
    assert ports.log.read_checkpoints() == before


def test_a_forged_answer_is_not_taken_in(ports: AuditPorts, seen: FakeSeenCheckpoints) -> None:
    """A line in the name of a witness that it did not sign is refused."""
    add_witness(ports, WITNESS.public_key, ACTOR)
    request = request_countersignature(ports, ACTOR)
    answer = answer_request(request.text, ports.signer.public_key, seen, WITNESS, ports.verifier, NOW_US)
    forged = type(answer)(answer.name, answer.key_id, answer.value[:-1] + bytes([answer.value[-1] ^ 1]))
    with pytest.raises(IntegrityError, match="forged"):
        receive_countersignature(ports, forged.line, ACTOR)


def test_new_traces_wait_for_the_witness(ports: AuditPorts, seen: FakeSeenCheckpoints) -> None:
    """Without a witness nothing waits; with one, its word is needed and may not be too old."""
    check_witnessed(ports, NOW_US)
    add_witness(ports, WITNESS.public_key, ACTOR)
    with pytest.raises(RefusedError, match="yet"):
        check_witnessed(ports, NOW_US)
    _countersign(ports, seen)
    check_witnessed(ports, NOW_US + 7 * DAY_US)
    with pytest.raises(RefusedError, match="8 days old"):
        check_witnessed(ports, NOW_US + 8 * DAY_US)


def test_the_days_of_a_witness_are_set_shorter_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """A setting may ask for the witness more often, never less."""
    monkeypatch.setenv("CASETRAIL_WITNESS_DAYS", "3")
    assert Settings().witness_days == 3
    monkeypatch.setenv("CASETRAIL_WITNESS_DAYS", "8")
    with pytest.raises(ValueError, match="witness_days"):
        Settings()


def test_a_witness_is_not_dropped_unnoticed(ports: AuditPorts, seen: FakeSeenCheckpoints) -> None:
    """Where a log was countersigned, an emptied list of witnesses stops new traces instead of freeing them."""
    add_witness(ports, WITNESS.public_key, ACTOR)
    _countersign(ports, seen)
    emptied = AuditPorts(ports.log, ports.signer, ports.verifier, FakeWitnessKeys(ports.log), ports.gate)
    with pytest.raises(RefusedError, match="list of witnesses"):
        check_witnessed(emptied, NOW_US)


def test_the_word_of_a_witness_on_another_history(ports: AuditPorts, seen: FakeSeenCheckpoints) -> None:
    """A countersigned checkpoint that the log does not continue is an integrity failure, not a fresh word."""
    add_witness(ports, WITNESS.public_key, ACTOR)
    _countersign(ports, seen)
    text = ports.log.read_checkpoints()[-1]
    other = _ports(20, "log")
    other.witnesses.add_witness(WITNESS.public_key, audit=make_event())
    other.log.add_checkpoint(parse_checkpoint(parse_note(text)).size, text)
    with pytest.raises(IntegrityError, match="forked"):
        check_witnessed(other, NOW_US)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.PRIVACY_OFFICER])
def test_only_a_privacy_officer_adds_a_witness(ports: AuditPorts, role: Role) -> None:
    """Who traces, grants, audits or keeps the machine cannot add a witness of their own."""
    with pytest.raises(RefusedError):
        add_witness(ports, WITNESS.public_key, Actor("somebody", role))
    assert ports.witnesses.read_witnesses() == ()


def test_a_witness_is_added_once(ports: AuditPorts) -> None:
    """Two witnesses of one name would be one that can be exchanged."""
    add_witness(ports, WITNESS.public_key, ACTOR)
    with pytest.raises(UsageError):
        add_witness(ports, WITNESS.public_key, ACTOR)


@pytest.mark.parametrize(
    ("witnessed", "age_days", "health"), [(False, 0, "note"), (True, 0, "ok"), (True, 9, "missing")]
)
def test_the_doctor_says_how_it_stands(
    ports: AuditPorts, seen: FakeSeenCheckpoints, witnessed: bool, age_days: int, health: str
) -> None:
    """No witness is worth knowing, a fresh one is fine, a stale one is missing."""
    if witnessed:
        add_witness(ports, WITNESS.public_key, ACTOR)
        assert examine_witness(ports, NOW_US).health is Health.MISSING
        _countersign(ports, seen)
    assert examine_witness(ports, NOW_US + age_days * DAY_US).health == health


def test_a_receipt_needs_its_event(ports: AuditPorts) -> None:
    """A receipt carries the event's own bytes and a proof in the checkpoint; without the event there is none."""
    receipt = json.loads(sign_receipt(ports, {"case_id": "C-0001", "number": 4}, 4))
    assert json.loads(receipt["event"])["counts"] == {"number": 4}
    assert receipt["inclusion"]["size"] == 5
    with pytest.raises(UsageError):
        sign_receipt(ports, {"case_id": "C-0001"}, 9)
