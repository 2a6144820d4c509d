"""Due dates of everything, letting go when they come, legal holds, and catching up after a pause."""

import os
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from casetrail.app.audit_ports import AuditPorts
from casetrail.app.case_records import read_consent, read_sightings, write_sightings
from casetrail.app.close_case import CasePlaces, close_case
from casetrail.app.consent import record_consent
from casetrail.app.notice import NoticeWish, record_notice
from casetrail.app.open_case import CaseRequest, open_case
from casetrail.app.retention import (
    RetentionPorts,
    catch_up,
    find_due,
    hold,
    keep_running,
    move_due,
    release,
    run_retention,
    show_due,
)
from casetrail.governance.audit import AuditEvent
from casetrail.governance.cases import CaseState, Scope
from casetrail.governance.consent import ConsentRecord, ConsentStatus
from casetrail.governance.retention import DAY_US, DueKind
from casetrail.governance.roles import parse_actor
from casetrail.model.errors import BadInputError, IntegrityError, MissingError, RefusedError
from casetrail.model.time import SECOND_US, UtcInterval
from casetrail.presence.index import SegmentKey
from casetrail.sightings.sightings import MaskReading, Sighting
from casetrail.testing.fake_day_keys import FakeDayKeys
from casetrail.testing.fake_presence_index import FakePresenceIndex
from casetrail.testing.fake_signing import FakeSigner, FakeVerifier, FakeWitnessKeys
from casetrail.testing.staged_case import BASIS, START_US, Clock
from casetrail.testing.staged_office import INVESTIGATOR, PRIVACY_OFFICER, SUPERVISOR, StagedOffice, stage_office

DAY = "2026-03-02"
HOUR_US = 3600 * SECOND_US
PERIOD = UtcInterval(START_US, START_US + DAY_US)


class KeyedIndex(FakePresenceIndex):
    """An index that destroys the key of a day with it, as the port asks for."""

    def __init__(self, day_keys: FakeDayKeys) -> None:
        super().__init__()
        self._day_keys = day_keys

    def erase_day(self, day: str, *, audit: AuditEvent) -> int:
        """Destroy the key, then the day."""
        self._day_keys.destroy(day)
        return super().erase_day(day, audit=audit)


class Shelf:
    """An office under a real gate, with a folder for what is written out, and a day of presences."""

    def __init__(self, folder: Path) -> None:
        self.clock = Clock()
        self.office: StagedOffice = stage_office(self.clock)
        self.cases = self.office.ports
        log = self.cases.audit_log
        signed = AuditPorts(log, FakeSigner(), FakeVerifier(), FakeWitnessKeys(log), self.cases.gate)
        self.places = CasePlaces(folder / "output", folder / "store" / "receipts", signed)
        (folder / "store").mkdir()
        self.day_keys = FakeDayKeys(START_US)
        index = KeyedIndex(self.day_keys)
        key = SegmentKey("A", "R", 0, 10, UtcInterval(START_US, START_US + 1), "m")
        index.write_segment(key, [], audit=AuditEvent(INVESTIGATOR, "test"))
        self.day_keys.key_for(DAY, create=True)
        self.ports = RetentionPorts(self.cases, self.places, index, self.day_keys, folder / "store")

    def open(self) -> str:
        """A granted case."""
        wanted = CaseRequest("measles", PERIOD, BASIS, Scope(PERIOD))
        case_id = open_case(self.cases, wanted, INVESTIGATOR, self.clock()).case_id
        self.office.grant(case_id)
        return case_id

    def write(self, name: str, made_us: int) -> Path:
        """A file among the outputs or in the stores, written at some moment."""
        path = self.places.output_dir.parent / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"somebody")
        os.utime(path, ns=(made_us * 1000, made_us * 1000))
        return path

    def due(self) -> dict[str, int]:
        """When everything goes, by thing."""
        return {each.thing: each.due_us for each in find_due(self.ports)}


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    """An installation without a case."""
    return Shelf(tmp_path)


def test_everything_stored_has_a_due_date(shelf: Shelf) -> None:
    """Cases, days, outputs, previews, half-written files, consent and receipts: each has its own."""
    case_id = shelf.open()
    record_consent(shelf.cases, _consent(case_id), INVESTIGATOR)
    made = START_US + 5
    for name in ("clip.mp4", "previews/preview-1.jpg", ".clip.1a.mp4", "report.html.12ab34cd.tmp"):
        shelf.write(f"output/{case_id}/{name}", made)
    shelf.write("store/head.json.00.tmp", made)
    shelf.write("store/receipts/C-AAAA-2222.json", made)
    assert shelf.due() == {
        f"case {case_id}": START_US + 30 * DAY_US,
        f"day {DAY}": START_US + 14 * DAY_US,
        f"output {case_id}/clip.mp4": made + 14 * DAY_US,
        f"preview {case_id}/previews/preview-1.jpg": made + HOUR_US,
        f"temporary {case_id}/.clip.1a.mp4": made + HOUR_US,
        f"temporary {case_id}/report.html.12ab34cd.tmp": made + HOUR_US,
        "temporary head.json.00.tmp": made + HOUR_US,
        f"consent {case_id}": PERIOD.end_us,
        "receipt C-AAAA-2222": made + 5 * 365 * DAY_US,
    }


def test_each_thing_goes_when_it_is_due_and_not_before(shelf: Shelf) -> None:
    """A microsecond before its due date a thing is there, at it it is gone, whatever its kind."""
    case_id = shelf.open()
    record_consent(shelf.cases, _consent(case_id), INVESTIGATOR)
    for name in ("clip.mp4", "previews/preview-1.jpg", ".half.mp4"):
        shelf.write(f"output/{case_id}/{name}", START_US)
    due = {thing: due_us for thing, due_us in shelf.due().items() if not thing.startswith("case")}
    assert len(due) == 5
    for due_us in sorted(set(due.values())):
        assert run_retention(shelf.ports, due_us - 1).gone == []
        assert set(run_retention(shelf.ports, due_us).gone) == {thing for thing in due if due[thing] == due_us}
    assert set(shelf.due()) == {f"case {case_id}"}


def test_receipts_go_after_five_years(shelf: Shelf) -> None:
    """Receipts outlive their cases, and go in the end."""
    path = shelf.write("store/receipts/C-AAAA-2222.json", START_US)
    due_us = shelf.due()["receipt C-AAAA-2222"]
    assert run_retention(shelf.ports, due_us - 1).gone == [f"day {DAY}"]
    assert path.exists()
    assert run_retention(shelf.ports, due_us).gone == ["receipt C-AAAA-2222"]
    assert not path.exists()


def test_consent_that_ends_takes_its_similarities_with_it(shelf: Shelf) -> None:
    """At the end of its validity consent is expired, and no face similarity stays."""
    case_id = shelf.open()
    record_consent(shelf.cases, _consent(case_id), INVESTIGATOR)
    one = Sighting("p", "A", PERIOD, np.zeros(4, np.float32), 1.0, 1, MaskReading(), 0.7, 1.0)
    write_sightings(shelf.cases.vault, case_id, [one], audit=AuditEvent(INVESTIGATOR, "test", case_id))
    run_retention(shelf.ports, PERIOD.end_us)
    record = read_consent(shelf.cases.vault, case_id)
    assert record is not None
    assert record.status is ConsentStatus.EXPIRED
    assert {each.face_similarity for each in read_sightings(shelf.cases.vault, case_id).values()} == {None}


def test_a_due_case_whose_person_was_told_is_erased(shelf: Shelf) -> None:
    """With the notice on record a case goes on its due date, and the receipt says that the due date did it."""
    case_id = shelf.open()
    record_notice(shelf.cases, case_id, INVESTIGATOR, NoticeWish(), "letter", START_US)
    done = run_retention(shelf.ports, START_US + 30 * DAY_US)
    assert f"case {case_id}" in done.gone
    assert shelf.cases.store.read_case(case_id).state is CaseState.ERASED
    assert not shelf.cases.vault.has_case(case_id)
    assert (shelf.places.receipt_dir / f"{case_id}.json").exists()


def test_a_due_case_whose_person_was_not_told_waits_sealed(shelf: Shelf) -> None:
    """Without a notice work stops on the due date; a week later the case goes all the same, and the log says how."""
    case_id = shelf.open()
    due_us = START_US + 30 * DAY_US
    assert run_retention(shelf.ports, due_us).waiting == [f"case {case_id}"]
    assert shelf.cases.store.read_case(case_id).state is CaseState.CLOSING
    assert run_retention(shelf.ports, due_us + 7 * DAY_US - 1).waiting == [f"case {case_id}"]
    assert f"case {case_id}" in run_retention(shelf.ports, due_us + 7 * DAY_US).gone
    receipts = [each.event for each in shelf.cases.audit_log.read_events(case_id) if each.event.act == "case.receipt"]
    assert [event.counts["notified"] for event in receipts] == [0]


def test_a_waiting_case_goes_once_the_person_is_told(shelf: Shelf) -> None:
    """The notice can still be recorded of a case that waits, which then closes as any other."""
    case_id = shelf.open()
    run_retention(shelf.ports, START_US + 30 * DAY_US)
    with pytest.raises(RefusedError, match="not been notified"):
        close_case(shelf.cases, shelf.places, case_id, INVESTIGATOR, START_US)
    record_notice(shelf.cases, case_id, INVESTIGATOR, NoticeWish(), "letter", START_US)
    assert close_case(shelf.cases, shelf.places, case_id, INVESTIGATOR, START_US).notified


def test_a_hold_keeps_a_thing_and_names_why(shelf: Shelf) -> None:
    """Under legal hold a case with its outputs, or a day, stays beyond its due date; afterwards it goes."""
    case_id = shelf.open()
    record_notice(shelf.cases, case_id, INVESTIGATOR, NoticeWish(), "letter", START_US)
    path = shelf.write(f"output/{case_id}/clip.mp4", START_US)
    for thing in (f"case {case_id}", f"day {DAY}"):
        hold(shelf.cases, thing, "court order 2026-7", PRIVACY_OFFICER, START_US)
    late = START_US + 60 * DAY_US
    assert run_retention(shelf.ports, late).gone == []
    assert {each.held for each in find_due(shelf.ports)} == {"court order 2026-7"}
    assert path.exists()
    with pytest.raises(RefusedError, match="legal hold"):
        close_case(shelf.cases, shelf.places, case_id, INVESTIGATOR, START_US)
    for thing in (f"case {case_id}", f"day {DAY}"):
        release(shelf.cases, thing, PRIVACY_OFFICER)
    assert {f"case {case_id}", f"day {DAY}"} <= set(run_retention(shelf.ports, late).gone)


def test_who_may_hold_and_for_what(shelf: Shelf) -> None:
    """Only the privacy officer holds, with a named basis, and only what can be held; nothing is released twice."""
    with pytest.raises(RefusedError, match="privacy officer"):
        hold(shelf.cases, f"day {DAY}", "court order", SUPERVISOR, START_US)
    with pytest.raises(RefusedError, match="named basis"):
        hold(shelf.cases, f"day {DAY}", "  ", PRIVACY_OFFICER, START_US)
    with pytest.raises(BadInputError):
        hold(shelf.cases, "everything", "court order", PRIVACY_OFFICER, START_US)
    with pytest.raises(MissingError):
        release(shelf.cases, f"day {DAY}", PRIVACY_OFFICER)


def test_a_due_date_moves_earlier_only(shelf: Shelf) -> None:
    """Moving it earlier makes the case go earlier; later is refused."""
    case_id = shelf.open()
    assert move_due(shelf.cases, case_id, START_US + DAY_US, INVESTIGATOR, START_US).due_us == START_US + DAY_US
    with pytest.raises(RefusedError, match="earlier"):
        move_due(shelf.cases, case_id, START_US + 2 * DAY_US, INVESTIGATOR, START_US)
    assert run_retention(shelf.ports, START_US + DAY_US).waiting == [f"case {case_id}"]


def test_a_due_date_does_not_move_into_the_past(shelf: Shelf) -> None:
    """Whoever moves it far back still leaves the days in which the person can be told: the case waits."""
    case_id = shelf.open()
    assert move_due(shelf.cases, case_id, 0, INVESTIGATOR, START_US).due_us == START_US
    assert run_retention(shelf.ports, START_US).waiting == [f"case {case_id}"]


def test_one_thing_that_cannot_go_keeps_no_other(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault in one is told with its reason while everything else goes."""
    case_id = shelf.open()
    shelf.write(f"output/{case_id}/clip.mp4", START_US)

    def fail(*_: object, **__: object) -> int:
        raise IntegrityError("the index cannot be written")

    monkeypatch.setattr(shelf.ports.index, "erase_day", fail)
    done = run_retention(shelf.ports, START_US + 20 * DAY_US)
    assert [(kept.thing, "cannot be written" in kept.why) for kept in done.kept] == [(f"day {DAY}", True)]
    assert f"output {case_id}/clip.mp4" in done.gone


def test_outputs_of_no_case_go_at_once(shelf: Shelf) -> None:
    """What lies in the folder of an erased or unknown case is due since it was written; a link is not followed."""
    elsewhere = shelf.write("elsewhere/keep", START_US)
    shelf.write("output/C-GONE-GONE/clip.mp4", START_US)
    (shelf.places.output_dir / "C-GONE-GONE" / "link").symlink_to(elsewhere)
    run_retention(shelf.ports, 2**53)
    assert not list(shelf.places.output_dir.rglob("*.mp4"))
    assert elsewhere.read_bytes() == b"somebody"


def test_catching_up(shelf: Shelf) -> None:
    """The first command after a pause lets go what was due meanwhile; within five minutes nothing runs again."""
    now_us = 2**51
    assert catch_up(lambda: shelf.ports, shelf.ports.store_dir / "nowhere", now_us) is None
    done = catch_up(lambda: shelf.ports, shelf.ports.store_dir, now_us)
    assert done is not None
    assert done.gone == [f"day {DAY}"]
    stamp_us = (shelf.ports.store_dir / "retention.last").stat().st_mtime_ns // 1000
    assert catch_up(lambda: shelf.ports, shelf.ports.store_dir, stamp_us + 299 * SECOND_US) is None
    assert catch_up(lambda: shelf.ports, shelf.ports.store_dir, stamp_us + 301 * SECOND_US) is not None
    assert catch_up(lambda: shelf.ports, shelf.ports.store_dir, stamp_us - HOUR_US) is not None


def test_an_order_that_ended_suspends(shelf: Shelf) -> None:
    """A run suspends cases for whose disease no order is in force any more."""
    case_id = shelf.open()
    shelf.clock.utc_us = START_US + 29 * DAY_US + HOUR_US
    assert run_retention(shelf.ports, START_US).suspended == (case_id,)
    assert shelf.cases.store.read_case(case_id).state is CaseState.SUSPENDED


def test_looking_at_due_dates_is_on_record(shelf: Shelf) -> None:
    """Anybody with a role may look; that somebody did is in the log."""
    assert [each.kind for each in show_due(shelf.ports, parse_actor("auditor:somebody"))] == [DueKind.DAY]
    assert shelf.office.audit_log.acts[-1] == "retention.show"


def test_days_kept_for_as_long_as_is_set(shelf: Shelf) -> None:
    """The number of days is the installation's."""
    ports = replace(shelf.ports, presence_days=3)
    assert {each.thing: each.due_us for each in find_due(ports)} == {f"day {DAY}": START_US + 3 * DAY_US}


def _consent(case_id: str) -> ConsentRecord:
    return ConsentRecord(case_id, ConsentStatus.GIVEN, PERIOD, "I agree.", "en", "on paper", "Room 3")


def test_beside_long_work_it_runs_again_and_again() -> None:
    """While the work lasts retention runs at its interval, whatever one run runs into; afterwards it does not."""
    runs, enough = [], threading.Event()

    def run() -> None:
        runs.append(len(runs))
        if len(runs) >= 3:
            enough.set()
        raise IntegrityError("a store is damaged")

    with keep_running(run, every_s=0.001):
        assert enough.wait(30)
    after = len(runs)
    assert after >= 3
    threading.Event().wait(0.02)
    assert len(runs) == after
