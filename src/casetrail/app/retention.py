"""Letting things go when they are due: cases, days of presences, outputs, previews, consent, receipts, leftovers.

Nothing is scheduled anywhere: what is due is worked out from what is there, so that whatever was missed while the
machine was off goes at the next run, and a file that nobody knows of goes too. One thing that cannot be erased keeps
no other one.
"""

import contextlib
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from casetrail.app.case_ports import CasePorts
from casetrail.app.case_records import read_consent
from casetrail.app.close_case import CasePlaces, erase_case
from casetrail.app.consent import record_consent
from casetrail.app.erase_outputs import destroy_files, find_files
from casetrail.app.notice import read_notice
from casetrail.app.private_files import open_lock, replace_file
from casetrail.app.suspend_case import suspend_where_order_ended
from casetrail.governance import retention
from casetrail.governance.acts import Act
from casetrail.governance.audit import Actor, AuditEvent, Role
from casetrail.governance.case_store import CaseEntry, Hold
from casetrail.governance.cases import CaseState
from casetrail.governance.consent import ConsentStatus
from casetrail.governance.retention import DAY_US, Due, DueKind, check_hold, with_hold
from casetrail.model.errors import CasetrailError, MissingError
from casetrail.model.time import SECOND_US
from casetrail.presence.day_keys import DayKeys
from casetrail.presence.index import PresenceIndex

SCHEDULER = Actor("retention-scheduler", Role.PRIVACY_OFFICER)
EVERY_S = 300
_HOUR_US = 3600 * SECOND_US
_STAMP, _LOCK = "retention.last", "retention.lock"
_WRITTEN_HALF = ("*.tmp", "vault/*/*.tmp", "audit/*.tmp", "receipts/*.tmp")


@dataclass(frozen=True)
class RetentionPorts:
    """What retention reaches. `store_dir`: searched for what crashes left; `presence_days`: how long a day is kept."""

    case: CasePorts
    places: CasePlaces
    index: PresenceIndex
    day_keys: DayKeys
    store_dir: Path
    presence_days: int = retention.PRESENCE_DAYS


@dataclass(frozen=True)
class Kept:
    """What could not be erased, and why."""

    thing: str
    why: str


@dataclass
class RetentionRun:
    """What a run did: things that went, cases that now wait for their notice, and what could not be erased."""

    gone: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    suspended: tuple[str, ...] = ()
    kept: list[Kept] = field(default_factory=list)


def show_due(ports: RetentionPorts, actor: Actor) -> tuple[Due, ...]:
    """Everything that has a due date, the earliest first."""
    ports.case.gate.permit(actor, Act.RETENTION_SHOW)
    return find_due(ports)


def find_due(ports: RetentionPorts) -> tuple[Due, ...]:
    """Everything that has a due date, the earliest first, without asking anybody."""
    holds = {hold.thing: hold for hold in ports.case.store.read_holds()}
    entries = {entry.case_id: entry for entry in ports.case.store.read_cases()}
    found = [*_cases(entries, holds), *_days(ports, holds), *_outputs(ports, entries, holds), *_left_over(ports)]
    found += [*_consents(ports, entries), *_receipts(ports)]
    return tuple(sorted(found, key=lambda due: (due.due_us, due.thing)))


def run_retention(ports: RetentionPorts, now_us: int) -> RetentionRun:
    """Let everything go that is due and not held. Two runs at once do the work once."""
    with open_lock(ports.store_dir / _LOCK, exclusive=True):
        run = RetentionRun()
        for due in find_due(ports):
            if due.is_due(now_us):
                _let_go(ports, due, now_us, run)
        try:
            run.suspended = suspend_where_order_ended(ports.case, SCHEDULER)
        except CasetrailError as error:
            run.kept.append(Kept("cases without an order", str(error)))
        replace_file(ports.store_dir / _STAMP, b"")
        return run


def catch_up(ports: Callable[[], RetentionPorts], store_dir: Path, now_us: int) -> RetentionRun | None:
    """Run when the last run is five minutes back, or never was; None when it is not yet time, or nothing is here."""
    if not store_dir.is_dir():
        return None
    stamp = store_dir / _STAMP
    if stamp.exists() and 0 <= now_us // 1000 - stamp.stat().st_mtime_ns // 1_000_000 < EVERY_S * 1000:
        return None
    return run_retention(ports(), now_us)


@contextlib.contextmanager
def keep_running(run: Callable[[], object], every_s: float = EVERY_S) -> Iterator[None]:
    """Run retention again and again beside work that takes long, such as indexing or serving, until it ends."""
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(every_s):
            with contextlib.suppress(CasetrailError, OSError):  # the next command says what is wrong with a store
                run()

    thread = threading.Thread(target=watch, name="retention", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def move_due(ports: CasePorts, case_id: str, due_us: int, actor: Actor, now_us: int) -> CaseEntry:
    """Move the due date of a case earlier, to now at the earliest. Raises RefusedError for a later one.

    Never into the past: there the days in which the person can still be told would be over already.
    """
    event = ports.gate.check(actor, Act.RETENTION_MOVE, case_id)
    return ports.store.change_due(case_id, max(due_us, now_us), audit=event)


def hold(ports: CasePorts, thing: str, basis: str, actor: Actor, now_us: int) -> Hold:
    """Put a case, a day or an output under legal hold. Raises RefusedError without a named basis."""
    check_hold(thing, basis)
    made = Hold(thing, basis.strip(), now_us, actor.actor_id)
    ports.store.set_hold(made, audit=ports.gate.check(actor, Act.RETENTION_HOLD))
    return made


def release(ports: CasePorts, thing: str, actor: Actor) -> None:
    """End a legal hold; what is due by then goes at the next run. Raises MissingError when there is none."""
    ports.store.remove_hold(thing, audit=ports.gate.check(actor, Act.RETENTION_RELEASE))


def _cases(entries: dict[str, CaseEntry], holds: dict[str, Hold]) -> Iterator[Due]:
    for entry in entries.values():
        if entry.state is not CaseState.ERASED:
            yield with_hold(Due(DueKind.CASE, entry.case_id, entry.due_us), holds)


def _days(ports: RetentionPorts, holds: dict[str, Hold]) -> Iterator[Due]:
    """A day goes so long after it was first indexed: recordings of long ago are indexed when a case needs them."""
    for day in ports.day_keys.read_days():
        due_us = ports.day_keys.read_made_us(day) + ports.presence_days * DAY_US
        yield with_hold(Due(DueKind.DAY, day, due_us), holds)


def _outputs(ports: RetentionPorts, entries: dict[str, CaseEntry], holds: dict[str, Hold]) -> Iterator[Due]:
    folder = ports.places.output_dir
    for path, made_us in _made(find_files(folder) if folder.exists() else ()):
        name = path.relative_to(folder)
        case_id, kind = name.parts[0], _kind_of(name)
        lasting_us = retention.OUTPUT_DAYS * DAY_US if kind is DueKind.OUTPUT else _HOUR_US
        case_due_us = made_us if _is_gone(entries.get(case_id)) else entries[case_id].due_us
        yield with_hold(Due(kind, str(name), min(made_us + lasting_us, case_due_us)), holds, case_id)


def _made(paths: Iterable[Path]) -> Iterator[tuple[Path, int]]:
    """When each file was written; one that is gone by now is left out."""
    for path in paths:
        with contextlib.suppress(FileNotFoundError):
            yield path, path.lstat().st_mtime_ns // 1000


def _is_gone(entry: CaseEntry | None) -> bool:
    return entry is None or entry.state is CaseState.ERASED


def _kind_of(name: Path) -> DueKind:
    if name.name.startswith(".") or name.suffix == ".tmp":
        return DueKind.TEMPORARY
    return DueKind.PREVIEW if "previews" in name.parts or name.name.startswith("preview-") else DueKind.OUTPUT


def _left_over(ports: RetentionPorts) -> Iterator[Due]:
    """What a crash left half written in the stores."""
    found = (path for pattern in _WRITTEN_HALF for path in ports.store_dir.glob(pattern))
    for path, made_us in _made(found):
        yield Due(DueKind.TEMPORARY, str(path.relative_to(ports.store_dir)), made_us + _HOUR_US)


def _consents(ports: RetentionPorts, entries: dict[str, CaseEntry]) -> Iterator[Due]:
    for entry in entries.values():
        try:
            record = read_consent(ports.case.vault, entry.case_id) if entry.state is not CaseState.ERASED else None
        except CasetrailError:  # gone, or damaged: `audit verify` says which, and the case itself has a due date
            continue
        if record is not None and record.status is ConsentStatus.GIVEN:
            yield Due(DueKind.CONSENT, entry.case_id, record.validity.end_us)


def _receipts(ports: RetentionPorts) -> Iterator[Due]:
    for path, made_us in _made(ports.places.receipt_dir.glob("*.json")):
        yield Due(DueKind.RECEIPT, path.stem, made_us + retention.RECEIPT_DAYS * DAY_US)


def _let_go(ports: RetentionPorts, due: Due, now_us: int, run: RetentionRun) -> None:
    acts: dict[DueKind, Callable[[], bool]] = {
        DueKind.CASE: lambda: _erase_case(ports, due, now_us),
        DueKind.DAY: lambda: _erase_day(ports, due.name),
        DueKind.OUTPUT: lambda: _erase_file(ports, ports.places.output_dir / due.name, "output.erase"),
        DueKind.PREVIEW: lambda: _erase_file(ports, ports.places.output_dir / due.name, "preview.erase"),
        DueKind.TEMPORARY: lambda: _erase_left_over(ports, due.name),
        DueKind.CONSENT: lambda: _expire_consent(ports, due.name),
        DueKind.RECEIPT: lambda: _erase_file(ports, ports.places.receipt_dir / f"{due.name}.json", "receipt.erase"),
    }
    try:
        (run.gone if acts[due.kind]() else run.waiting).append(due.thing)
    except (CasetrailError, OSError) as error:
        run.kept.append(Kept(due.thing, str(error)))


def _erase_case(ports: RetentionPorts, due: Due, now_us: int) -> bool:
    """Stop the work at once; erase when the notice is on record, else some days later, which the receipt tells."""
    case_id = due.name
    state = ports.case.store.read_case(case_id).state
    event = AuditEvent(SCHEDULER, "retention.case", case_id)
    if state not in (CaseState.DRAFT, CaseState.CLOSING):
        ports.case.store.change_state(case_id, state, CaseState.CLOSING, audit=event)
    grace_over = now_us >= due.due_us + retention.NOTICE_DAYS * DAY_US
    if state is CaseState.DRAFT or grace_over or _can_go(ports.case, case_id):
        erase_case(ports.case, ports.places, event, now_us)
        return True
    return False


def _can_go(ports: CasePorts, case_id: str) -> bool:
    """Whether the notice is on record, or nothing is left that could tell."""
    try:
        return read_notice(ports.vault, case_id) is not None
    except MissingError:
        return True


def _erase_day(ports: RetentionPorts, day: str) -> bool:
    ports.index.erase_day(day, audit=AuditEvent(SCHEDULER, "retention.day"))
    return True


def _erase_file(ports: RetentionPorts, path: Path, act: str) -> bool:
    case_id = path.relative_to(ports.places.output_dir).parts[0] if path.is_relative_to(ports.places.output_dir) else ""
    known = {entry.case_id for entry in ports.case.store.read_cases()}
    ports.case.audit_log.record(AuditEvent(SCHEDULER, act, case_id if case_id in known else None, {"files": 1}))
    destroy_files([path])
    return True


def _erase_left_over(ports: RetentionPorts, name: str) -> bool:
    """In an output folder or in the stores, whichever it was found in; both are looked at."""
    for folder in (ports.places.output_dir, ports.store_dir):
        if (folder / name).exists() or (folder / name).is_symlink():
            ports.case.audit_log.record(AuditEvent(SCHEDULER, "temporary.erase", counts={"files": 1}))
            destroy_files([folder / name])
    return True


def _expire_consent(ports: RetentionPorts, case_id: str) -> bool:
    """Consent that has ended is marked so, and what rested on it goes."""
    record = read_consent(ports.case.vault, case_id)
    if record is not None:
        record_consent(ports.case, replace(record, status=ConsentStatus.EXPIRED), SCHEDULER)
    return True
