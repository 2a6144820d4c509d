"""Opening, describing and closing a case with real stores: nothing readable on disk, and nothing left at the end."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from casetrail.adapters.audit_files import AuditFiles
from casetrail.adapters.case_store import SqlCaseStore
from casetrail.adapters.vault_files import KeyFile, VaultFiles
from casetrail.app.audit_ports import AuditPorts
from casetrail.app.case_evidence import add_evidence, make_anchor
from casetrail.app.case_ports import CasePorts
from casetrail.app.case_records import read_anchors, read_case, read_sightings, write_sightings
from casetrail.app.close_case import CasePlaces, Receipt, close_case
from casetrail.app.consent import record_consent, withdraw_consent
from casetrail.app.notice import NoticeWish, record_notice
from casetrail.app.open_case import CaseRequest, list_cases, open_case
from casetrail.app.verify import Finding, check_whole, verify_installation
from casetrail.governance.audit import AuditEvent
from casetrail.governance.cases import Case, CaseState, LegalBasis, Scope
from casetrail.governance.consent import ConsentRecord, ConsentStatus
from casetrail.model.errors import BadInputError, IntegrityError, MissingError, RefusedError
from casetrail.model.time import SECOND_US, UtcInterval
from casetrail.presence.index import SegmentKey
from casetrail.sightings.sightings import MaskReading, MaskState, Sighting
from casetrail.testing.fake_audit_log import FakeAuditLog
from casetrail.testing.fake_case_store import FakeCaseStore
from casetrail.testing.fake_gate import FakeGate
from casetrail.testing.fake_presence_index import FakePresenceIndex
from casetrail.testing.fake_signing import FakeSigner, FakeVerifier, FakeWitnessKeys
from casetrail.testing.fake_vault import FakeVault
from casetrail.testing.staged_case import ACTOR, BASIS, START_US, grant_case, stage_case

PERIOD = UtcInterval(START_US, START_US + 86_400 * SECOND_US)
NAME = "Gildong-Marker-71c4"
EMBEDDING = np.random.default_rng(7).normal(size=256).astype(np.float32)
EVENT = AuditEvent(ACTOR, "test")


def request(scope: Scope | None = None, basis: LegalBasis = BASIS, disease: str = "measles") -> CaseRequest:
    """What a case needs."""
    return CaseRequest(disease, PERIOD, basis, scope or Scope(PERIOD))


@pytest.fixture
def ports(tmp_path: Path) -> CasePorts:
    """Real stores in a folder."""
    store, log = tmp_path / "store", AuditFiles(tmp_path / "store" / "audit", lambda: START_US)
    vault = VaultFiles(store / "vault", KeyFile(tmp_path / "keys" / "kek"), log)
    return CasePorts(SqlCaseStore(store / "casetrail.db", log), vault, log, FakeGate(log))


@pytest.fixture
def fakes() -> CasePorts:
    """Fake stores on one log."""
    log = FakeAuditLog()
    return CasePorts(FakeCaseStore(log), FakeVault(log), log, FakeGate(log))


def fill(ports: CasePorts, tmp_path: Path) -> Case:
    """A case with markers everywhere: testimony, consent, an embedding, a disease, output files."""
    case = open_case(ports, request(disease=f"measles {NAME}"), ACTOR, START_US)
    row = {"kind": "testimony", "start": "2026-03-02T12:00:00Z", "statement": NAME, "reference": NAME}
    add_evidence(ports, case.case_id, [make_anchor(row, {})], ACTOR)
    record_consent(ports, consent(case, NAME), ACTOR)
    sighting = Sighting("p-1", "CAM01", PERIOD, EMBEDDING, 0.5, 3, MaskReading(MaskState.WORN, 0.5), 0.7)
    write_sightings(ports.vault, case.case_id, [sighting], audit=EVENT)
    output = tmp_path / "output" / case.case_id / "clips"
    output.mkdir(parents=True)
    (output / "step-1.mp4").write_bytes(NAME.encode())
    return case


def consent(case: Case, text: str = "I agree.", status: ConsentStatus = ConsentStatus.GIVEN) -> ConsentRecord:
    """A consent record of a case."""
    return ConsentRecord(case.case_id, status, PERIOD, text, "en", "on paper", "Room 3")


def close(ports: CasePorts, tmp_path: Path, case: Case) -> Receipt:
    """Close a case of an installation in a folder, the person having been told."""
    signed = AuditPorts(ports.audit_log, FakeSigner(), FakeVerifier(), FakeWitnessKeys(ports.audit_log), ports.gate)
    places = CasePlaces(tmp_path / "output", tmp_path / "store" / "receipts", signed)
    if ports.vault.has_case(case.case_id):
        record_notice(ports, case.case_id, ACTOR, NoticeWish(), "letter", START_US)
    return close_case(ports, places, case.case_id, ACTOR, START_US)


def all_bytes(folder: Path) -> bytes:
    """Contents and names of all files under a folder."""
    return b"\x00".join(p.read_bytes() + str(p).encode() for p in sorted(folder.rglob("*")) if p.is_file())


def test_an_opened_case(fakes: CasePorts) -> None:
    """A case with a legal basis is a draft, reads as it was asked for, and stands in the register."""
    case = open_case(fakes, request(Scope(PERIOD, frozenset({"A"}), views=7)), ACTOR, START_US)
    assert case.state is CaseState.DRAFT
    assert read_case(fakes.store, fakes.vault, case.case_id) == case
    assert (case.legal_basis, case.infectious_period, case.scope.views) == (BASIS, PERIOD, 7)
    (summary,) = list_cases(fakes, ACTOR)
    assert (summary.case, summary.entry.due_us) == (case, START_US + 30 * 86_400 * SECOND_US)


def test_every_step_of_opening_is_on_record(fakes: CasePorts) -> None:
    """The log tells what was asked for in numbers, and commits to the document without naming it."""
    open_case(fakes, request(Scope(PERIOD, frozenset({"A", "B"}), views=7)), ACTOR, START_US)
    events = [recorded.event for recorded in fakes.audit_log.read_events()]
    assert [event.act for event in events] == ["case.open", "case.create_key", "case.describe"]
    assert {event.basis for event in events} == {events[0].basis}
    assert events[0].counts == {"cameras": 2, "hours": 24.0, "views": 7}
    assert BASIS.document not in str(events)
    assert BASIS.authority not in str(events)


@pytest.mark.parametrize(
    "wrong",
    [
        request(basis=LegalBasis("", "", "", "")),
        request(basis=LegalBasis("KDCA", "", "2026-03-01", "IDCPA 18")),
        request(Scope(UtcInterval(PERIOD.start_us - 1, PERIOD.end_us))),
        request(Scope(UtcInterval(PERIOD.start_us, PERIOD.end_us + 1))),
    ],
)
def test_what_is_refused_leaves_nothing(fakes: CasePorts, wrong: CaseRequest) -> None:
    """Without a whole legal basis, or with a scope beyond the infectious period, no case comes to be."""
    with pytest.raises(RefusedError):
        open_case(fakes, wrong, ACTOR, START_US)
    assert list(fakes.audit_log.read_events()) == []
    assert list_cases(fakes, ACTOR) == []


@pytest.mark.parametrize("wrong", [request(disease="  "), request(Scope(PERIOD, views=0))])
def test_a_case_needs_its_numbers(fakes: CasePorts, wrong: CaseRequest) -> None:
    """A case without a disease or a budget is bad input."""
    with pytest.raises(BadInputError):
        open_case(fakes, wrong, ACTOR, START_US)


def test_consent_that_was_given_is_written_down(fakes: CasePorts) -> None:
    """Consent without its text, language, method or place to withdraw it is not taken; a refusal needs none."""
    case = open_case(fakes, request(), ACTOR, START_US)
    with pytest.raises(BadInputError, match="text"):
        record_consent(fakes, consent(case, ""), ACTOR)
    assert record_consent(fakes, consent(case, "", ConsentStatus.REFUSED), ACTOR).similarities_erased == 0
    with pytest.raises(BadInputError):
        withdraw_consent(fakes, open_case(fakes, request(), ACTOR, START_US).case_id, ACTOR)


@pytest.mark.parametrize("status", [each for each in ConsentStatus if each is not ConsentStatus.GIVEN])
def test_anything_but_given_erases_face_similarities(fakes: CasePorts, status: ConsentStatus) -> None:
    """Withdrawn, refused, expired or merely requested: no face similarity stays, and the rest of a sighting does."""
    case = open_case(fakes, request(), ACTOR, START_US)
    record_consent(fakes, consent(case), ACTOR)
    numbers = {"p-1": 0.7, "p-2": None}
    sightings = [Sighting(k, "A", PERIOD, EMBEDDING, 0.5, 3, MaskReading(), value) for k, value in numbers.items()]
    write_sightings(fakes.vault, case.case_id, sightings, audit=EVENT)
    assert record_consent(fakes, consent(case, status=status), ACTOR).similarities_erased == 1
    held = read_sightings(fakes.vault, case.case_id)
    assert {sighting.face_similarity for sighting in held.values()} == {None}
    assert np.array_equal(held["p-1"].embedding, EMBEDDING)


def test_consent_can_be_withdrawn_while_a_case_is_suspended(fakes: CasePorts) -> None:
    """Suspension keeps nobody from withdrawing, and nobody can give consent meanwhile."""
    case = open_case(fakes, request(), ACTOR, START_US)
    record_consent(fakes, consent(case), ACTOR)
    grant_case(fakes, case)
    fakes.store.change_state(case.case_id, CaseState.AUTHORISED, CaseState.SUSPENDED, audit=EVENT)
    assert withdraw_consent(fakes, case.case_id, ACTOR).status is ConsentStatus.WITHDRAWN
    with pytest.raises(RefusedError):
        record_consent(fakes, consent(case), ACTOR)


def test_no_marker_is_readable_while_the_case_is_open(ports: CasePorts, tmp_path: Path) -> None:
    """Nothing that describes the case is readable in any file of the stores, while the vault reads all of it."""
    case = fill(ports, tmp_path)
    stored = all_bytes(tmp_path / "store") + all_bytes(tmp_path / "keys")
    assert NAME.encode() not in stored
    assert EMBEDDING.tobytes() not in stored
    assert EMBEDDING[:16].tobytes() not in stored
    assert b"measles" not in stored
    assert BASIS.document.encode() not in stored
    assert read_anchors(ports.vault, case.case_id)[0].statement == NAME


def test_no_marker_is_left_after_closing(ports: CasePorts, tmp_path: Path) -> None:
    """After closing no byte of the whole data folder tells of the case but its pseudonym; the receipt proves it."""
    case, other = fill(ports, tmp_path), open_case(ports, request(), ACTOR, START_US)
    receipt = close(ports, tmp_path, case)
    left = all_bytes(tmp_path)
    assert NAME.encode() not in left
    assert EMBEDDING[:16].tobytes() not in left
    assert not (tmp_path / "store" / "vault" / case.case_id).exists()
    assert not (tmp_path / "output" / case.case_id).exists()
    assert ports.store.read_case(case.case_id).state is CaseState.ERASED
    assert read_case(ports.store, ports.vault, other.case_id) == other
    written = json.loads(receipt.path.read_text())
    assert written["statement"] == {
        "case_id": case.case_id,
        "erased_utc": "2026-03-02T12:00:00.000Z",
        "by": "case.close",
        "records": 6,
        "outputs": 1,
        "notified": 1,
    }
    event = list(ports.audit_log.read_events())[receipt.audit_index]
    assert (event.event.act, event.event.case_id) == ("case.receipt", case.case_id)
    assert written["inclusion"]["index"] == receipt.audit_index


def test_a_closed_case_is_closed(ports: CasePorts, tmp_path: Path) -> None:
    """A closed case can be neither read, worked on nor closed again."""
    case = fill(ports, tmp_path)
    close(ports, tmp_path, case)
    with pytest.raises(MissingError):
        read_case(ports.store, ports.vault, case.case_id)
    with pytest.raises(RefusedError, match="erased already"):
        close(ports, tmp_path, case)
    (summary,) = list_cases(ports, ACTOR)
    assert summary.case is None
    assert summary.fault


@pytest.mark.parametrize(
    "step",
    [
        "casetrail.app.close_case._erase_vault",
        "casetrail.app.close_case.erase_outputs",
        "casetrail.app.close_case.replace_file",
    ],
)
def test_a_cut_off_closing_goes_on(
    ports: CasePorts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """Closing that ended before any of its steps can be repeated; whether the receipt was missing or not."""
    case = fill(ports, tmp_path)

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(step, stop)
    with pytest.raises(KeyboardInterrupt):
        close(ports, tmp_path, case)
    monkeypatch.undo()
    assert ports.store.read_case(case.case_id).state in {CaseState.CLOSING, CaseState.ERASED}
    close(ports, tmp_path, case)
    assert NAME.encode() not in all_bytes(tmp_path)
    assert (tmp_path / "store" / "receipts" / f"{case.case_id}.json").exists()


def test_a_link_among_outputs_is_not_followed(ports: CasePorts, tmp_path: Path) -> None:
    """Closing removes a link in place of the output folder, and nothing behind it."""
    case = open_case(ports, request(), ACTOR, START_US)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "keep").write_text("kept")
    (tmp_path / "output").mkdir()
    (tmp_path / "output" / case.case_id).symlink_to(elsewhere)
    close(ports, tmp_path, case)
    assert (elsewhere / "keep").read_text() == "kept"
    assert not (tmp_path / "output" / case.case_id).is_symlink()


def test_a_whole_installation_verifies(ports: CasePorts, tmp_path: Path) -> None:
    """Log, register and vaults are found whole, an erased case's vault gone."""
    case, other = fill(ports, tmp_path), open_case(ports, request(), ACTOR, START_US)
    close(ports, tmp_path, other)
    checked = {item.store: item for item in verify_installation(ports)}
    assert checked["audit log"].things == ports.audit_log.read_head().size
    assert checked[f"vault of {case.case_id}"].things == 5
    assert checked[f"vault of {other.case_id}"].finding is Finding.GONE
    check_whole(tuple(checked.values()))


def test_a_fault_in_one_store_does_not_hide_another(ports: CasePorts, tmp_path: Path) -> None:
    """A spoilt vault and a spoilt log are both told, and the first is the error."""
    case = fill(ports, tmp_path)
    vault = tmp_path / "store" / "vault" / case.case_id / "contents"
    vault.write_bytes(vault.read_bytes()[:-1] + b"\x00")
    log = tmp_path / "store" / "audit" / "log.jsonl"
    log.write_bytes(log.read_bytes().replace(b'"views":5000', b'"views":9999', 1))
    checked = verify_installation(ports)
    faulty = [item.store for item in checked if item.finding is Finding.FAULTY]
    assert faulty == ["audit log", f"vault of {case.case_id}"]
    with pytest.raises(IntegrityError, match="audit log"):
        check_whole(checked)


def test_a_vault_that_was_put_back_is_found(ports: CasePorts, tmp_path: Path) -> None:
    """A whole folder of the vault from an hour ago, with consent that was withdrawn since, is told by the log."""
    case = fill(ports, tmp_path)
    folder = tmp_path / "store" / "vault" / case.case_id
    shutil.copytree(folder, tmp_path / "copy")
    withdraw_consent(ports, case.case_id, ACTOR)
    shutil.rmtree(folder)
    shutil.copytree(tmp_path / "copy", folder)
    (found,) = [item for item in verify_installation(ports) if item.finding is Finding.FAULTY]
    assert found.store == f"vault of {case.case_id}"
    assert "put back" in found.fault


def test_the_presence_index_is_verified(fakes: CasePorts) -> None:
    """Each presence of the index counts once; a changed file is a fault, a day whose key went is none."""
    stage = stage_case()
    index = FakePresenceIndex()
    for each in stage.everybody:
        key = SegmentKey(each.camera_id, each.recording_id, 0, 1000, UtcInterval(START_US, START_US + 10**9), "m")
        here = [other for other in stage.everybody if other.camera_id == each.camera_id]
        index.write_segment(key, here, audit=EVENT)
    found = verify_installation(fakes, index)[-1]
    assert (found.store, found.finding, found.things) == ("presence index", Finding.WHOLE, len(stage.everybody))


@pytest.mark.parametrize(
    ("error", "finding"),
    [(IntegrityError("a file was changed"), Finding.FAULTY), (MissingError("the day's key is gone"), Finding.WHOLE)],
)
def test_faults_of_the_presence_index(
    fakes: CasePorts, monkeypatch: pytest.MonkeyPatch, error: Exception, finding: Finding
) -> None:
    """A changed file is a fault; a day whose key was destroyed is not."""
    stage, index = stage_case(), FakePresenceIndex()
    one = stage.walker[0]
    key = SegmentKey(one.camera_id, one.recording_id, 0, 1000, UtcInterval(START_US, START_US + 10**9), "m")
    index.write_segment(key, [one], audit=EVENT)

    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(index, "read_presences", fail)
    found = verify_installation(fakes, index)[-1]
    assert (found.finding, found.things) == (finding, 0)
