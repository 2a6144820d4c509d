"""The CaseStore contract on the database and the fake, and what only a database file can suffer."""

import multiprocessing
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from casetrail.adapters.case_store import SqlCaseStore
from casetrail.adapters.case_store.database import Database
from casetrail.governance.case_store import CaseEntry, CaseStore
from casetrail.governance.cases import CaseState
from casetrail.governance.grants import GrantEntry, RequestEntry
from casetrail.governance.orders import AlertLevel, Order
from casetrail.model.errors import IntegrityError, MissingError, RefusedError, UsageError
from casetrail.model.time import UtcInterval
from casetrail.testing.contracts.audit_log import make_event
from casetrail.testing.contracts.case_store import CASE, CaseStoreContract
from casetrail.testing.fake_audit_log import FakeAuditLog
from casetrail.testing.fake_case_store import FakeCaseStore
from casetrail.testing.postgres import PostgresServer

MARKER = b"marker-of-somebody-5f1c"


@pytest.fixture
def audit_log() -> FakeAuditLog:
    """The log that a store records to."""
    return FakeAuditLog()


class TestSqlCaseStore(CaseStoreContract):
    """The register in SQLite."""

    @pytest.fixture
    def store(self, tmp_path: Path, audit_log: FakeAuditLog) -> CaseStore:
        return SqlCaseStore(tmp_path / "store" / "casetrail.db", audit_log)


class TestServerCaseStore(CaseStoreContract):
    """The register on a PostgreSQL server."""

    @pytest.fixture
    def store(self, postgres: PostgresServer, audit_log: FakeAuditLog) -> CaseStore:
        return SqlCaseStore(postgres.address, audit_log)


class TestFakeCaseStore(CaseStoreContract):
    """The register in memory."""

    @pytest.fixture
    def store(self, audit_log: FakeAuditLog) -> CaseStore:
        return FakeCaseStore(audit_log)


def test_a_case_survives_the_process(tmp_path: Path, audit_log: FakeAuditLog) -> None:
    """Another store on the same file sees what the first one wrote."""
    path = tmp_path / "casetrail.db"
    SqlCaseStore(path, audit_log).add_case(CaseEntry(CASE, CaseState.DRAFT, 5), audit=make_event())
    assert SqlCaseStore(path, audit_log).read_case(CASE) == CaseEntry(CASE, CaseState.DRAFT, 5)
    assert path.stat().st_mode & 0o077 == 0


@pytest.fixture(params=["file", "server"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Path | str:
    """Where a register can lie: a file, or a PostgreSQL server."""
    if request.param == "file":
        return tmp_path / "casetrail.db"
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.address


def _move(place: Path | str) -> None:
    store = SqlCaseStore(place, FakeAuditLog())
    store.change_state(CASE, CaseState.AUTHORISED, CaseState.TRACING, audit=make_event())


def _count(place: Path | str) -> None:
    SqlCaseStore(place, FakeAuditLog()).change_views(CASE, 3, 10, audit=make_event())


def _attempt(act: Callable[[Path | str], None], place: Path | str, won: "multiprocessing.SimpleQueue[bool]") -> None:
    try:
        act(place)
        won.put(True)
    except RefusedError:
        won.put(False)


@pytest.mark.parametrize(("act", "winners"), [(_move, 1), (_count, 3)], ids=["move", "count"])
def test_of_several_processes_as_many_win_as_may(
    place: Path | str, audit_log: FakeAuditLog, act: Callable[[Path | str], None], winners: int
) -> None:
    """Of six processes that move a case at once one does; of six that count three views, three fit into ten."""
    store = SqlCaseStore(place, audit_log)
    store.add_case(CaseEntry(CASE, CaseState.AUTHORISED, 5), audit=make_event())
    context = multiprocessing.get_context("fork")
    won = context.SimpleQueue()
    workers = [context.Process(target=_attempt, args=(act, place, won)) for _ in range(6)]
    for worker in workers:
        worker.start()
    answers = [won.get() for _ in workers]
    for worker in workers:
        worker.join()
    assert sum(answers) == winners
    assert store.read_views(CASE) in {0, 9}


def test_a_server_that_does_not_answer(tmp_path: Path, audit_log: FakeAuditLog) -> None:
    """One line says that the server does not answer, and never repeats its address, which may hold a password."""
    with pytest.raises(MissingError, match="does not answer") as raised:
        SqlCaseStore(f"postgresql://somebody:hunter2@/cases?host={tmp_path}", audit_log)
    assert "hunter2" not in str(raised.value)


@pytest.mark.parametrize("address", ["mysql://x/y", "postgresql", "casetrail.db", ""])
def test_an_address_of_no_server(audit_log: FakeAuditLog, address: str) -> None:
    """Only PostgreSQL is spoken."""
    with pytest.raises(UsageError, match="no address"):
        SqlCaseStore(address, audit_log)


def test_a_register_that_somebody_edited(place: Path | str, audit_log: FakeAuditLog) -> None:
    """A grant stretched beyond a day, or an order beyond thirty, is told as a change and never read as one."""
    store = SqlCaseStore(place, audit_log)
    store.add_case(CaseEntry(CASE, CaseState.TRACING, 5), audit=make_event())
    store.add_request(RequestEntry("R-1", CASE, "one", 7, ""), audit=make_event())
    store.add_grant(GrantEntry("G-1", CASE, "R-1", "two", UtcInterval(7, 8)), audit=make_event())
    store.add_order(Order("O", "measles", AlertLevel.CAUTION, "18", UtcInterval(7, 8)), audit=make_event())
    for table in ("grants", "orders"):
        with Database(place).writing() as connection:
            connection.execute(text(f"UPDATE {table} SET end_us = {2**60}"))
    with pytest.raises(IntegrityError, match="grant G-1"):
        store.read_grants(CASE)
    with pytest.raises(IntegrityError, match="order O"):
        store.read_orders()


def test_only_ids_states_and_dates_are_kept(tmp_path: Path, audit_log: FakeAuditLog) -> None:
    """The table has a pseudonym, a state and a due date, and no other column."""
    path = tmp_path / "casetrail.db"
    SqlCaseStore(path, audit_log)
    connection = sqlite3.connect(path)
    columns = [row[1] for row in connection.execute("PRAGMA table_info(cases)")]
    connection.close()
    assert columns == ["case_id", "state", "due_us"]


def test_removed_rows_leave_no_bytes(tmp_path: Path, audit_log: FakeAuditLog) -> None:
    """After an erasure no file of the database holds what anybody deleted before, also beside an open reader."""
    path = tmp_path / "casetrail.db"
    store = SqlCaseStore(path, audit_log)
    store.add_case(CaseEntry(CASE, CaseState.CLOSING, 5), audit=make_event())
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("CREATE TABLE other (text BLOB)")
    other.executemany("INSERT INTO other VALUES (?)", [(MARKER * 300,)] * 20)
    other.execute("DELETE FROM other")
    assert MARKER in b"".join(file.read_bytes() for file in tmp_path.iterdir() if file.is_file())
    store.erase_case(CASE, audit=make_event())
    assert MARKER not in b"".join(file.read_bytes() for file in tmp_path.iterdir() if file.is_file())
    other.close()


def test_an_erasure_that_cannot_compact_says_so(
    tmp_path: Path, audit_log: FakeAuditLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While another process reads, erasure fails in one line, the case stays closing, and it works afterwards."""
    monkeypatch.setattr("casetrail.adapters.case_store.database.WAIT_S", 0)
    path = tmp_path / "casetrail.db"
    store = SqlCaseStore(path, audit_log)
    store.add_case(CaseEntry(CASE, CaseState.CLOSING, 5), audit=make_event())
    reader = sqlite3.connect(path, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM cases").fetchall()
    with pytest.raises(UsageError, match="another process"):
        store.erase_case(CASE, audit=make_event())
    assert store.read_case(CASE).state is CaseState.CLOSING
    reader.execute("COMMIT")
    reader.close()
    assert store.erase_case(CASE, audit=make_event()).state is CaseState.ERASED


def test_a_file_that_is_no_database(tmp_path: Path, audit_log: FakeAuditLog) -> None:
    """A spoilt file is an integrity failure that names it, not a traceback of the database's."""
    path = tmp_path / "casetrail.db"
    path.write_bytes(b"no database" * 1000)
    with pytest.raises(IntegrityError, match=r"casetrail\.db"):
        SqlCaseStore(path, audit_log)
