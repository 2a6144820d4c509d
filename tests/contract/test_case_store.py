"""The CaseStore contract on the database and the fake, and what only a database file can suffer."""

import multiprocessing
import sqlite3
from pathlib import Path

import pytest

from casetrail.adapters.case_store import SqlCaseStore
from casetrail.governance.case_store import CaseEntry, CaseStore
from casetrail.governance.cases import CaseState
from casetrail.model.errors import IntegrityError, RefusedError, UsageError
from casetrail.testing.contracts.audit_log import make_event
from casetrail.testing.contracts.case_store import CASE, CaseStoreContract
from casetrail.testing.fake_audit_log import FakeAuditLog
from casetrail.testing.fake_case_store import FakeCaseStore

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


def _race(path: Path, results: "multiprocessing.SimpleQueue[bool]") -> None:
    store = SqlCaseStore(path, FakeAuditLog())
    try:
        store.change_state(CASE, CaseState.AUTHORISED, CaseState.TRACING, audit=make_event())
        results.put(True)
    except RefusedError:
        results.put(False)


def test_one_of_several_processes_wins(tmp_path: Path, audit_log: FakeAuditLog) -> None:
    """Of six processes that move the same case at once exactly one does, the others are refused."""
    path = tmp_path / "casetrail.db"
    SqlCaseStore(path, audit_log).add_case(CaseEntry(CASE, CaseState.AUTHORISED, 5), audit=make_event())
    context = multiprocessing.get_context("fork")
    results = context.SimpleQueue()
    workers = [context.Process(target=_race, args=(path, results)) for _ in range(6)]
    for worker in workers:
        worker.start()
    answers = [results.get() for _ in workers]
    for worker in workers:
        worker.join()
    assert sorted(answers) == [False] * 5 + [True]


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
    monkeypatch.setattr("casetrail.adapters.case_store.case_store.WAIT_S", 0)
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
