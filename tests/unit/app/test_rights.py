"""Statistics, the ledger, disclosure of places and consent receipts: counts and columns, never a person."""

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path

import pytest

from casetrail.app.access_request import answer_request, list_requests, read_requests, receive_request
from casetrail.app.case_records import write_trace
from casetrail.app.consent import record_consent
from casetrail.app.consent_receipt import make_consent_receipt
from casetrail.app.disclosure import make_disclosure, read_places
from casetrail.app.ledger import export_ledger, read_ledger
from casetrail.app.notice import NoticeWish, draft_notice, read_notice, record_notice
from casetrail.app.open_case import CaseRequest, open_case
from casetrail.app.statistics import AnnualStatistics, count_year, make_statistics
from casetrail.governance.audit import Actor, AuditEvent, RecordedEvent
from casetrail.governance.cases import CaseState, Scope
from casetrail.governance.consent import ConsentRecord, ConsentStatus
from casetrail.governance.disclosure import PublicPlace, build_disclosure, check_alert
from casetrail.governance.orders import AlertLevel
from casetrail.governance.rights import RequestStatus, RightKind
from casetrail.model.errors import BadInputError, MissingError, RefusedError, UsageError
from casetrail.model.time import SECOND_US, UtcInterval, parse_utc
from casetrail.sightings.sightings import MaskReading
from casetrail.testing.staged_case import BASIS, START_US, Clock
from casetrail.testing.staged_office import INVESTIGATOR, PRIVACY_OFFICER, SUPERVISOR, StagedOffice, stage_office
from casetrail.trace.case_trace import CaseTrace, Opened, TraceStep, Verdict

DAY_US = 86_400 * SECOND_US
PERIOD = UtcInterval(START_US, START_US + DAY_US)
NAME = "Somebody-77aa"


@pytest.fixture
def office() -> StagedOffice:
    """An office under a real gate, at alert level alert."""
    return stage_office(Clock())


@pytest.fixture
def case_id(office: StagedOffice) -> str:
    """A granted case."""
    wanted = CaseRequest("measles", PERIOD, BASIS, Scope(PERIOD))
    opened = open_case(office.ports, wanted, INVESTIGATOR, START_US).case_id
    office.grant(opened)
    return opened


def events_of(*acts: tuple[str, Mapping[str, int | float]], at: str = "2026-05-01T00:00:00Z") -> list[RecordedEvent]:
    """A log of such acts, one a microsecond, all on one case."""
    start = parse_utc(at)
    return [
        RecordedEvent(n, start + n, AuditEvent(Actor(f"actor-{n}", INVESTIGATOR.role), act, "C-1", counts, "abc"), "")
        for n, (act, counts) in enumerate(acts)
    ]


def test_the_numbers_of_a_year() -> None:
    """Acts are counted by kind, extents summed, and only those of the year asked for."""
    this = events_of(
        ("case.open", {}),
        ("trace.gate", {"camera_hours": 1.25}),
        ("trace.gate", {"camera_hours": 2.0}),
        ("presences.open", {"presences": 7, "views": 20}),
        ("case.close", {"faces_compared": 10, "faces_mattered": 4}),
        ("case.receipt", {"notified": 1}),
        ("case.receipt", {"notified": 0}),
        ("subject.answer", {"refused": 1, "late": 1}),
    )
    before = events_of(("case.open", {}), at="2025-12-31T23:00:00Z")
    found = count_year([*before, *this], 2026)
    assert (found.cases_opened, found.cases_erased, found.erased_without_notice) == (1, 2, 1)
    assert (found.camera_hours_reached, found.presences_described, found.views_described) == (3.2, 7, 20)
    assert (found.faces_compared, found.faces_mattered, found.faces_mattered_share) == (10, 4, 0.4)
    assert (found.requests_refused, found.requests_answered_late) == (1, 1)
    assert count_year(this, 2025).cases_opened == 0


def test_a_share_of_very_few_is_not_told() -> None:
    """Of fewer than five faces no share is told: it would tell of each."""
    found = count_year(events_of(("case.close", {"faces_compared": 4, "faces_mattered": 4})), 2026)
    assert found.faces_mattered_share is None


def test_statistics_have_no_room_for_a_person() -> None:
    """Every field is a number: no text could be put into any."""
    assert {field.type for field in fields(AnnualStatistics)} <= {int, float, float | None}


def test_who_may_make_statistics(office: StagedOffice) -> None:
    """An auditor may, an investigator may not; a year that cannot be meant is wrong usage."""
    assert make_statistics(office.ports, 2026, PRIVACY_OFFICER).cases_opened == 0
    with pytest.raises(RefusedError):
        make_statistics(office.ports, 2026, INVESTIGATOR)
    with pytest.raises(UsageError):
        make_statistics(office.ports, 26, PRIVACY_OFFICER)


def test_the_ledger_names_each_use_and_its_end() -> None:
    """Each use has a line with form, recipient and basis; what was destroyed afterwards says when and by whom."""
    log = events_of(
        ("evidence.clip", {"steps": 2}),
        ("evidence.look", {"views": 3}),
        ("trace.run", {}),
        ("outputs.erase", {"files": 1}),
        ("subject.copy", {"steps": 1}),
    )
    clip, still, copy = read_ledger(log)
    assert (clip.file, clip.recipient, clip.basis) == ("clip of C-1, event 0", "actor-0", "IDCPA 76-2; document abc")
    assert (clip.destroyed, clip.destroyer, clip.kept_until) == ("2026-05-01", "actor-3", "2026-05-15")
    assert (still.kept_until, still.destroyed) == ("not kept", "")
    assert (copy.recipient, copy.use, copy.destroyed) == ("data subject", "provided to the data subject", "")


def test_exporting_the_ledger_is_an_act(office: StagedOffice) -> None:
    """The ledger is CSV under its columns; who exported it is on record."""
    rows = list(csv.reader(io.StringIO(export_ledger(office.ports, PRIVACY_OFFICER))))
    assert rows[0][:4] == ["date", "file", "use", "recipient"]
    assert office.audit_log.acts[-1] == "ledger.export"
    with pytest.raises(RefusedError):
        export_ledger(office.ports, SUPERVISOR)


PLACES = {
    "A": PublicPlace("A", "Central Market", "Jung-gu"),
    "B": PublicPlace("B", "Station", "Yongsan-gu", all_contacts_known=True),
}
HOUR_US = 3600 * SECOND_US


def visit(camera_id: str, start_us: int, minutes: int = 10) -> tuple[str, UtcInterval]:
    """A stay under a camera."""
    return camera_id, UtcInterval(start_us, start_us + minutes * 60 * SECOND_US)


def test_what_is_disclosed() -> None:
    """Named places by whole hours, each once; those without a name, with all contacts known, or old, are left out."""
    now_us = START_US + DAY_US
    old = START_US - 14 * DAY_US
    visits = [visit("A", START_US + 1), visit("A", START_US + 5), visit("B", START_US), visit("C", START_US)]
    found = build_disclosure([*visits, visit("A", old)], PLACES, now_us)
    assert [(one.place, one.district) for one in found] == [("Central Market", "Jung-gu")]
    assert found[0].hours == UtcInterval(START_US // HOUR_US * HOUR_US, START_US // HOUR_US * HOUR_US + HOUR_US)
    assert found[0].until_us == found[0].hours.end_us + 14 * DAY_US


@pytest.mark.parametrize("level", [None, AlertLevel.ATTENTION])
def test_nothing_is_disclosed_below_caution(level: AlertLevel | None) -> None:
    """Without an order, or at the lowest level, places are not told."""
    with pytest.raises(RefusedError, match="caution"):
        check_alert(level)
    check_alert(AlertLevel.CAUTION)


@pytest.mark.parametrize("district", ["Jung-gu 12", "", " ", "x" * 81])
def test_no_address_below_the_district(district: str) -> None:
    """A district is a name: numbers of streets and houses are refused."""
    with pytest.raises(BadInputError):
        PublicPlace("A", "Central Market", district)


def test_disclosing_a_traced_case(office: StagedOffice, case_id: str, tmp_path: Path) -> None:
    """Only confirmed sightings are told; the file holds no person and no case; an investigator may not do it."""
    mask = MaskReading()
    steps = [
        TraceStep("p1", "A", visit("A", START_US)[1], 0.9, Verdict.CONFIRMED, 0.5, mask, NAME),
        TraceStep("p2", "B", visit("B", START_US + HOUR_US)[1], 0.9, Verdict.CONFIRMED, 0.5, mask, NAME),
        TraceStep("p3", "A", visit("A", START_US + 5 * HOUR_US)[1], 0.9, Verdict.UNREVIEWED, 0.5, mask),
    ]
    trace = CaseTrace(case_id, tuple(steps), (), (), Opened(2, 1.0, 3, 9), ("m",))
    path = tmp_path / "disclosure.csv"
    with pytest.raises(MissingError):
        make_disclosure(office.ports, case_id, SUPERVISOR, PLACES, path, START_US)
    write_trace(office.ports.vault, trace, audit=AuditEvent(INVESTIGATOR, "test", case_id))
    with pytest.raises(RefusedError):
        make_disclosure(office.ports, case_id, INVESTIGATOR, PLACES, path, START_US)
    made = make_disclosure(office.ports, case_id, SUPERVISOR, PLACES, path, START_US)
    assert (len(made.places), made.left_out) == (1, 1)
    rows = list(csv.DictReader(io.StringIO(path.read_text())))
    assert [row["place"] for row in rows] == ["Central Market"]
    assert not any(word in path.read_text() for word in (case_id, NAME, "p1", "measles"))


def test_a_table_of_places(tmp_path: Path) -> None:
    """A table with its columns is read; one without, or with a strange word, is refused by its row."""
    path = tmp_path / "places.csv"
    path.write_text("camera_id,place,district,all_contacts_known\nA,Market,Jung-gu,yes\nB,시장,중구,\n")
    assert read_places(path) == {
        "A": PublicPlace("A", "Market", "Jung-gu", True),
        "B": PublicPlace("B", "시장", "중구"),
    }
    path.write_text("camera_id,place\nA,Market\n")
    with pytest.raises(BadInputError, match="district"):
        read_places(path)
    path.write_text("camera_id,place,district,all_contacts_known\nA,Market,Jung-gu,perhaps\n")
    with pytest.raises(BadInputError, match="row 2"):
        read_places(path)


def test_the_shape_of_a_consent_receipt(office: StagedOffice, case_id: str) -> None:
    """It has the sections of ISO/IEC TS 27560, the hash of the text and not the text, and where to withdraw."""
    with pytest.raises(MissingError):
        make_consent_receipt(office.ports, case_id, INVESTIGATOR)
    record = ConsentRecord(case_id, ConsentStatus.GIVEN, PERIOD, f"I, {NAME}, agree.", "en", "on paper", "Room 3")
    record_consent(office.ports, record, INVESTIGATOR)
    text = make_consent_receipt(office.ports, case_id, INVESTIGATOR)
    receipt = json.loads(text)
    assert list(receipt) == ["header", "pii_processing", "party_identification", "events"]
    assert receipt["header"]["pii_principal_id"] == case_id
    assert receipt["pii_processing"]["privacy_notice"]["sha256"] == record.text_hash
    (purpose,) = receipt["pii_processing"]["purposes"]
    assert purpose["withdrawal_method"] == "Room 3"
    assert purpose["recipient_third_parties"] == []
    assert receipt["events"][0]["event_state"] == "given"
    assert NAME not in text


def test_a_notice_says_what_was_done(office: StagedOffice, case_id: str) -> None:
    """Authority, document, articles and disease stand in both languages; what was sent is kept as a hash."""
    texts = [draft_notice(office.ports, case_id, INVESTIGATOR, NoticeWish(language)) for language in ("ko", "en")]
    for text in texts:
        assert all(word in text for word in (BASIS.authority, BASIS.document, BASIS.articles, "measles", case_id))
    assert texts[0] != texts[1]
    with pytest.raises(UsageError):
        draft_notice(office.ports, case_id, INVESTIGATOR, NoticeWish("fr"))
    with pytest.raises(BadInputError):
        record_notice(office.ports, case_id, INVESTIGATOR, NoticeWish("ko"), "  ", START_US)
    sent = record_notice(office.ports, case_id, INVESTIGATOR, NoticeWish("ko"), "letter", START_US)
    assert read_notice(office.ports.vault, case_id) == sent


def test_requests_have_ten_days(office: StagedOffice, case_id: str) -> None:
    """The clock starts at receipt; an answer after ten days is counted as late; open ones stand first."""
    first = receive_request(office.ports, case_id, RightKind.ACCESS, NAME, INVESTIGATOR, START_US)
    second = receive_request(office.ports, case_id, RightKind.CORRECTION, "", INVESTIGATOR, START_US + 1)
    assert first.due_us == START_US + 10 * DAY_US
    assert not first.is_late(first.due_us - 1)
    assert first.is_late(first.due_us)
    done = answer_request(
        office.ports, case_id, first.request_id, RequestStatus.GRANTED, "", PRIVACY_OFFICER, first.due_us
    )
    assert {"granted": 1, "late": 1}.items() <= office.audit_log.recorded[-1].event.counts.items()
    assert not done.is_late(first.due_us)
    assert [each.request_id for each in list_requests(office.ports, PRIVACY_OFFICER)] == [
        second.request_id,
        first.request_id,
    ]
    assert NAME not in str([each.event for each in office.audit_log.recorded])


def test_an_objection_stops_the_work(office: StagedOffice, case_id: str) -> None:
    """Asking for suspension suspends at once; only the privacy officer answers, and refusing needs a reason."""
    asked = receive_request(office.ports, case_id, RightKind.SUSPENSION, "", INVESTIGATOR, START_US)
    assert office.ports.store.read_case(case_id).state is CaseState.SUSPENDED
    with pytest.raises(RefusedError, match="privacy officer"):
        answer_request(office.ports, case_id, asked.request_id, RequestStatus.GRANTED, "", SUPERVISOR, START_US)
    with pytest.raises(RefusedError, match="reason"):
        answer_request(office.ports, case_id, asked.request_id, RequestStatus.REFUSED, " ", PRIVACY_OFFICER, START_US)
    with pytest.raises(BadInputError):
        answer_request(office.ports, case_id, asked.request_id, RequestStatus.OPEN, "", PRIVACY_OFFICER, START_US)
    with pytest.raises(MissingError):
        answer_request(office.ports, case_id, "S-none", RequestStatus.GRANTED, "", PRIVACY_OFFICER, START_US)
    answer_request(office.ports, case_id, asked.request_id, RequestStatus.REFUSED, "law", PRIVACY_OFFICER, START_US)
    assert [each.status for each in read_requests(office.ports, case_id)] == [RequestStatus.REFUSED]
