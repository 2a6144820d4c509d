"""CaseStore in SQLite: pseudonym, state and due date, nothing else. Removed rows leave no bytes behind.

Deleting rows alone leaves them readable, and with write-ahead logging `secure_delete` alone does too: an
erasure therefore ends with VACUUM and a checkpoint that truncates the log, and fails when either is held up.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import BigInteger, Connection, String, create_engine, event, insert, select, text, update
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.exc import IntegrityError as ConstraintError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.pool import NullPool

from casetrail.app.private_files import PRIVATE_FILE, make_folder
from casetrail.governance.audit import AuditEvent, AuditLog
from casetrail.governance.case_store import CaseEntry
from casetrail.governance.cases import CaseState, check_transition
from casetrail.model.errors import IntegrityError, MissingError, RefusedError, UsageError

WAIT_S = 10


class _Base(DeclarativeBase):
    pass


class _CaseRow(_Base):
    __tablename__ = "cases"
    case_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    state: Mapped[str] = mapped_column(String(16))
    due_us: Mapped[int] = mapped_column(BigInteger)


class SqlCaseStore:
    """Cases in the database file `path`, made when absent; every change recorded in `audit_log` first."""

    def __init__(self, path: Path, audit_log: AuditLog) -> None:
        self._path, self._audit_log = path, audit_log
        make_folder(path.parent)
        path.touch(mode=PRIVATE_FILE)
        self._engine = create_engine(f"sqlite:///{path}", poolclass=NullPool, connect_args={"timeout": WAIT_S})
        event.listen(self._engine, "connect", _prepare)
        with self._writing() as connection:
            _Base.metadata.create_all(connection)

    def add_case(self, entry: CaseEntry, *, audit: AuditEvent) -> None:
        """Add a case. Raises UsageError when the id is taken."""
        with self._writing() as connection:
            if _find(connection, entry.case_id) is not None:
                raise UsageError("there is a case with this id already", where=f"case {entry.case_id}")
            self._audit_log.record(audit)
            row = {"case_id": entry.case_id, "state": entry.state.value, "due_us": entry.due_us}
            connection.execute(insert(_CaseRow).values(row))

    def read_case(self, case_id: str) -> CaseEntry:
        """One case. Raises MissingError when there is none."""
        with self._reading() as connection:
            return _get(connection, case_id)

    def read_cases(self) -> tuple[CaseEntry, ...]:
        """Every case, by id."""
        with self._reading() as connection:
            rows = connection.execute(select(_CaseRow.case_id, _CaseRow.state, _CaseRow.due_us).order_by("case_id"))
            return tuple(CaseEntry(row.case_id, CaseState(row.state), row.due_us) for row in rows)

    def change_state(self, case_id: str, before: CaseState, after: CaseState, *, audit: AuditEvent) -> CaseEntry:
        """Move a case from `before` to `after`; RefusedError when it is elsewhere or may not go there."""
        with self._writing() as connection:
            entry = _get(connection, case_id)
            _check_state(entry, before)
            check_transition(case_id, before, after)
            self._audit_log.record(audit)
            return _put_state(connection, entry, after)

    def erase_case(self, case_id: str, *, audit: AuditEvent) -> CaseEntry:
        """Make a closing case erased, and compact the file so that no removed row stays readable."""
        with self._writing() as connection:
            entry = _get(connection, case_id)
            _check_state(entry, CaseState.CLOSING)
            self._audit_log.record(audit)
        self._compact()
        return self._finish_erasure(case_id)

    def _finish_erasure(self, case_id: str) -> CaseEntry:
        with self._writing() as connection:
            entry = _get(connection, case_id)
            if entry.state is CaseState.ERASED:
                return entry
            return _put_state(connection, entry, CaseState.ERASED)

    def _compact(self) -> None:
        with self._reading() as connection:
            connection.execute(text("VACUUM"))
            busy = connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)")).scalar_one()
        if busy:
            raise _busy(self._path)

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        """A transaction that holds the write lock from its start, so that what it read stays true."""
        with self._reading() as connection:
            connection.execute(text("BEGIN IMMEDIATE"))
            try:
                yield connection
            except BaseException:
                connection.execute(text("ROLLBACK"))
                raise
            connection.execute(text("COMMIT"))

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        try:
            with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                yield connection
        except OperationalError as error:
            if "locked" in str(error.orig) or "busy" in str(error.orig):
                raise _busy(self._path) from error
            raise _unusable(self._path) from error
        except (ConstraintError, DatabaseError) as error:
            raise _unusable(self._path) from error


def _prepare(connection: object, _record: object) -> None:
    cursor = connection.cursor()  # type: ignore[attr-defined]
    for pragma in ("journal_mode=WAL", "secure_delete=ON", "synchronous=FULL"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _find(connection: Connection, case_id: str) -> CaseEntry | None:
    columns = select(_CaseRow.case_id, _CaseRow.state, _CaseRow.due_us)
    row = connection.execute(columns.where(_CaseRow.case_id == case_id)).one_or_none()
    return None if row is None else CaseEntry(row.case_id, CaseState(row.state), row.due_us)


def _get(connection: Connection, case_id: str) -> CaseEntry:
    entry = _find(connection, case_id)
    if entry is None:
        raise MissingError(
            "there is no such case", where=f"case {case_id}", todo="list them with `casetrail case list`"
        )
    return entry


def _check_state(entry: CaseEntry, expected: CaseState) -> None:
    if entry.state is not expected:
        what = f"the case is {entry.state}, not {expected}"
        raise RefusedError(what, where=f"case {entry.case_id}", todo="look at it again with `casetrail case show`")


def _put_state(connection: Connection, entry: CaseEntry, after: CaseState) -> CaseEntry:
    connection.execute(update(_CaseRow).where(_CaseRow.case_id == entry.case_id).values(state=after.value))
    return CaseEntry(entry.case_id, after, entry.due_us)


def _busy(path: Path) -> UsageError:
    todo = "wait for it, or stop it, and run the same command again"
    return UsageError("another process holds the case database", where=str(path), todo=todo)


def _unusable(path: Path) -> IntegrityError:
    return IntegrityError("the case database cannot be used", where=str(path), todo="restore it from a copy")
