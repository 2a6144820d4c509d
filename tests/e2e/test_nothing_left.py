"""After a case is closed, nothing that described it is left in any byte of the installation or of its database."""

import base64
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from casetrail import bootstrap
from casetrail.app.access_request import receive_request
from casetrail.app.case_evidence import add_evidence, make_anchor
from casetrail.app.case_ports import CasePorts
from casetrail.app.case_records import (
    commit_request,
    read_case_file,
    write_grant,
    write_request,
    write_sightings,
    write_trace,
)
from casetrail.app.close_case import close_case
from casetrail.app.consent import record_consent
from casetrail.app.notice import NoticeWish, record_notice
from casetrail.app.open_case import CaseRequest, open_case
from casetrail.app.retention import run_retention
from casetrail.app.settings import Settings
from casetrail.governance.audit import Actor, AuditEvent, Role
from casetrail.governance.cases import CaseState, LegalBasis, Scope
from casetrail.governance.consent import ConsentRecord, ConsentStatus
from casetrail.governance.grants import GrantEntry, Request, RequestEntry
from casetrail.governance.rights import RightKind
from casetrail.model.errors import MissingError
from casetrail.model.time import SECOND_US, UtcInterval, day_of
from casetrail.presence.index import Reach
from casetrail.sightings.sightings import MaskReading, Sighting
from casetrail.sightings.turning import PURPOSE, Turning
from casetrail.testing.fake_gate import FakeGate
from casetrail.testing.made_presences import make_presence, make_segment
from casetrail.testing.postgres import PostgresServer
from casetrail.trace.case_trace import CaseTrace, Opened, TraceStep, Verdict

ACTOR = Actor("somebody-1", Role.INVESTIGATOR)
START_US = 1_772_452_800_000_000
HOUR_US, DAY_US = 3600 * SECOND_US, 86_400 * SECOND_US
PERIOD = UtcInterval(START_US, START_US + DAY_US)
EMBEDDING = np.random.default_rng(11).normal(size=256).astype(np.float32)
MARKER = "-Marker-홍길동-9c1f"
WORDS = [
    f"{what}{MARKER}"
    for what in (
        "Disease",
        "Document",
        "Statement",
        "Reference",
        "Consent",
        "Presence",
        "Asks",
        "Means",
        "Order",
        "Output",
    )
]


def _forms(word: str) -> dict[str, bytes]:
    """Ways in which a word may lie in a file. Of base64 those digits that do not depend on what stands before it."""
    data, forms = word.encode(), {"utf-8": word.encode(), "hex": word.encode().hex().encode()}
    forms |= {kind: word.encode(kind) for kind in ("utf-16-le", "utf-16-be", "utf-32-le")}
    for shift in range(3):
        coded = base64.b64encode(b"x" * shift + data).rstrip(b"=")
        forms[f"base64+{shift}"] = coded[-(-8 * shift // 6) + bool(shift) : -3]
    forms["json"] = json.dumps(word)[1:-1].encode()
    return forms


def _needles(turned: np.ndarray) -> dict[str, bytes]:
    needles = {f"{MARKER} as {form}": data for form, data in _forms(MARKER).items()}
    for name, vector in (("embedding", EMBEDDING), ("turned embedding", turned)):
        for kind in ("<f4", ">f4", "<f8"):
            needles[f"{name} as {kind}"] = vector[40:48].astype(kind).tobytes()
        needles[f"{name} as base64"] = base64.b64encode(vector[:120].astype("<f4").tobytes())[40:120]
        needles[f"{name} as text"] = repr(float(vector[5]))[:10].encode()
    return needles


def _find(folders: list[Path], needles: dict[str, bytes]) -> set[tuple[str, str]]:
    """Where any needle lies: in contents or names of files."""
    found = set()
    for path in (path for folder in folders for path in folder.rglob("*")):
        data = str(path).encode() + (path.read_bytes() if path.is_file() else b"")
        found |= {(path.name, name) for name, needle in needles.items() if needle in data}
    return found


@dataclass
class Office:
    """An installation with real stores, and every folder that holds bytes of it."""

    settings: Settings
    ports: CasePorts
    folders: list[Path]


@pytest.fixture(params=["file", "server"])
def office(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    """An installation on SQLite or PostgreSQL; temporary files lie inside the searched folder too."""
    folders, database = [tmp_path], ""
    if request.param == "server":
        server: PostgresServer = request.getfixturevalue("postgres")
        folders, database = [tmp_path, server.folder], server.address
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    settings = Settings(data=tmp_path / "data", database=database)
    real = bootstrap.open_case_ports(settings)
    return Office(settings, replace(real, gate=FakeGate(real.audit_log)), folders)


def _fill(office: Office) -> tuple[str, np.ndarray]:
    """A case with a marker in everything that a case may hold; its id, and the embedding as it is kept."""
    ports, (disease, document, statement, reference, consent, presence, asks, _, order, _) = office.ports, WORDS
    wanted = CaseRequest(disease, PERIOD, LegalBasis("Agency", document, "2026-03-01", "IDCPA 18"), Scope(PERIOD))
    case_id = open_case(ports, wanted, ACTOR, START_US).case_id
    row = {"kind": "testimony", "start": "2026-03-02T12:00:00Z", "statement": statement, "reference": reference}
    add_evidence(ports, case_id, [make_anchor(row, {})], ACTOR)
    record_consent(ports, ConsentRecord(case_id, ConsentStatus.GIVEN, PERIOD, consent, "ko", "paper", "Room 3"), ACTOR)
    _grant(ports, case_id, order)
    sighting = Sighting(presence, "CAM01", PERIOD, EMBEDDING, 0.5, 3, MaskReading(), 0.71, 1.5)
    turned = Turning(ports.vault.read_secret(case_id, PURPOSE)).turned([sighting])
    for _ in range(3):  # replaced twice, so that older files were there
        write_sightings(ports.vault, case_id, turned, audit=AuditEvent(ACTOR, "test", case_id))
    step = TraceStep(presence, "CAM01", PERIOD, 0.9, Verdict.CONFIRMED, 0.5, MaskReading(), "reviewer")
    trace = CaseTrace(case_id, (step,), (), (), Opened(1, 1.0, 1, 3), ("model",))
    write_trace(ports.vault, trace, audit=AuditEvent(ACTOR, "test", case_id))
    receive_request(ports, case_id, RightKind.ACCESS, asks, ACTOR, START_US)
    return case_id, turned[0].embedding


def _grant(ports: CasePorts, case_id: str, order: str) -> None:
    asked = Request("R-1", case_id, Scope(PERIOD), order)
    commitment = commit_request(asked, read_case_file(ports.store, ports.vault, case_id).salt)
    event = AuditEvent(ACTOR, "test", case_id)
    ports.store.add_request(RequestEntry("R-1", case_id, "one", START_US, commitment), audit=event)
    write_request(ports.vault, asked, audit=event)
    grant = GrantEntry("G-1", case_id, "R-1", "two", UtcInterval(START_US, START_US + HOUR_US))
    write_grant(ports.vault, grant, audit=event)
    ports.store.add_grant(grant, audit=event)


def _write_outputs(office: Office, case_id: str) -> None:
    """Whatever a run, an export or a crash may leave outside the vault, in plain bytes."""
    folder, marker = office.settings.output_dir / case_id, WORDS[-1]
    forms = list(_forms(marker).values())
    names = ["clip.mp4", "report.html", "export/linelist.csv", "previews/preview-1.jpg", ".clip.0af3.mp4", "core.4711"]
    names += ["diagnostics/trace.log", f"report-{marker}.html", "report.html.12ab34cd.tmp"]
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"\x00".join(forms) + EMBEDDING.tobytes())
    (office.settings.store_dir / "vault" / case_id / "contents.12ab34cd.tmp").write_bytes(marker.encode())


def _close(office: Office, case_id: str) -> Path:
    record_notice(office.ports, case_id, ACTOR, NoticeWish(), WORDS[7], START_US)
    places = bootstrap.open_case_places(office.settings)
    return close_case(office.ports, places, case_id, ACTOR, START_US).path


def test_the_search_finds_every_form(tmp_path: Path) -> None:
    """A marker planted in any of its forms, anywhere in a file, is found: an empty result means something."""
    needles = _needles(EMBEDDING)
    for number, needle in enumerate(needles.values()):
        (tmp_path / str(number)).write_bytes(b"\xff" * number + needle + b"\xff")
    assert {name for _, name in _find([tmp_path], needles)} == needles.keys()
    for shift in range(4):
        text = base64.b64encode(b"-" * shift + MARKER.encode() + b"-" * 5)
        assert any(data in text for form, data in _forms(MARKER).items() if form.startswith("base64"))


def test_an_open_case_is_readable_nowhere_but_in_its_outputs(office: Office) -> None:
    """While a case is open, stores, keys and database hold none of its markers; what was written out does."""
    case_id, turned = _fill(office)
    assert _find(office.folders, _needles(turned)) == set()
    _write_outputs(office, case_id)
    found = {name for name, _ in _find(office.folders, _needles(turned))}
    assert {"clip.mp4", "core.4711", ".clip.0af3.mp4", "preview-1.jpg"} <= found


def test_nothing_is_left_of_a_closed_case(office: Office) -> None:
    """After closing there is no marker in any byte or name of the installation, its database and its log of writes."""
    case_id, turned = _fill(office)
    _write_outputs(office, case_id)
    _close(office, case_id)
    assert _find(office.folders, _needles(turned)) == set()
    assert office.ports.store.read_case(case_id).state is CaseState.ERASED
    assert not list(office.settings.data.rglob(f"*{case_id}*/*"))


def test_nothing_is_left_of_a_case_that_was_due(office: Office) -> None:
    """Retention leaves as little as a person who closes, a week after the due date when nobody sent the notice."""
    case_id, turned = _fill(office)
    _write_outputs(office, case_id)
    ports = replace(bootstrap.open_retention_ports(office.settings), case=office.ports)
    due_us = office.ports.store.read_case(case_id).due_us
    assert run_retention(ports, due_us).waiting == [f"case {case_id}"]
    assert office.ports.store.read_case(case_id).state is CaseState.CLOSING
    assert f"case {case_id}" in run_retention(ports, due_us + 7 * DAY_US).gone
    assert _find(office.folders, _needles(turned)) == set()
    receipt = json.loads((office.settings.store_dir / "receipts" / f"{case_id}.json").read_text())
    assert (receipt["statement"]["notified"], receipt["statement"]["by"]) == (0, "retention.case")


@pytest.mark.parametrize("office", ["file"], indirect=True)
def test_the_receipt_verifies_with_nothing_but_python(office: Office, tmp_path: Path) -> None:
    """Receipt, verifier and public key, carried elsewhere, verify in a bare Python; a changed receipt does not."""
    case_id, _ = _fill(office)
    receipt = _close(office, case_id)
    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(receipt.parent, elsewhere)
    key = bootstrap.open_audit_ports(office.settings).signer.public_key.text
    command = [sys.executable, "-I", "-S", "verify_casetrail_log.py", "--receipt", receipt.name, "--key", key]

    def verify() -> int:
        return subprocess.run(command, cwd=elsewhere, env={}, capture_output=True, check=False).returncode

    assert verify() == 0
    changes: list[Callable[[str], str]] = [
        lambda text: text.replace('"records": ', '"records": 1'),
        lambda text: text.replace(case_id, "C-AAAA-AAAA"),
        lambda text: text.replace('"notified": 1', '"notified": 0'),
    ]
    for change in changes:
        (elsewhere / receipt.name).write_text(change(receipt.read_text()))
        assert verify() == 6


@pytest.mark.parametrize("office", ["file"], indirect=True)
def test_statistics_that_survive_hold_no_person(office: Office) -> None:
    """What the log keeps of a closed case are numbers, its pseudonym and commitments whose salt is gone."""
    case_id, turned = _fill(office)
    _close(office, case_id)
    events = [recorded.event for recorded in office.ports.audit_log.read_events(case_id)]
    closing = next(event for event in events if event.act == "case.close")
    assert closing.counts == {"presences": 1, "views": 3, "faces_compared": 1, "faces_mattered": 1}
    assert all(isinstance(count, int | float) for event in events for count in event.counts.values())
    log = (office.settings.store_dir / "audit" / "log.jsonl").read_bytes()
    assert not [name for name, needle in _needles(turned).items() if needle in log]


@pytest.mark.parametrize("office", ["file"], indirect=True)
def test_a_day_of_presences_goes_with_its_key(office: Office) -> None:
    """Fourteen days after a day was first indexed its key and files are gone; other days stay, and it stays gone."""
    settings, event = office.settings, AuditEvent(ACTOR, "test")
    index = bootstrap.open_presence_index(settings)
    for start_us in (START_US, START_US + 2 * DAY_US):
        index.write_segment(make_segment(start_us=start_us), [make_presence(start_us=start_us)], audit=event)
    keys = settings.key_dir / "days"
    old, new = (keys / f"{day_of(at)}.key" for at in (START_US, START_US + 2 * DAY_US))
    bytes_of_key, made_ns = old.read_bytes(), new.stat().st_mtime_ns
    os.utime(old, ns=(made_ns - 10**9, made_ns - 10**9))
    ports = replace(bootstrap.open_retention_ports(settings), case=office.ports)
    assert run_retention(ports, made_ns // 1000 + 14 * DAY_US - 1).gone == [f"day {day_of(START_US)}"]
    assert _find([settings.data], {"key": bytes_of_key, "day": b"day=" + day_of(START_US).encode()}) == set()
    assert new.exists()
    assert list(index.read_presences([Reach("CAM01", UtcInterval(START_US, START_US + HOUR_US))])) == []
    with pytest.raises(MissingError):
        index.write_segment(make_segment(start_us=START_US, models="other"), [], audit=event)
