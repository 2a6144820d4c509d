"""The case database: a SQLite file, or a PostgreSQL server that several machines share. One writer at a time.

Deleting rows alone leaves them readable. In SQLite, with write-ahead logging, `secure_delete` alone does too: an
erasure therefore ends with VACUUM and a checkpoint that truncates the log, and fails when either is held up. In
PostgreSQL it ends with VACUUM FULL, which rewrites the tables; the server's own write-ahead log keeps older pages
until it is recycled, which is why nothing but pseudonyms, states and dates is ever put there.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.pool import NullPool, QueuePool

from casetrail.adapters.case_store.tables import Base
from casetrail.app.private_files import PRIVATE_FILE, make_folder
from casetrail.model.errors import CasetrailError, IntegrityError, MissingError, UsageError

WAIT_S = 10
_WRITERS = 0x63617365  # the advisory lock that writers take in turn; any number will do, so long as it stays
_BUSY = ("locked", "busy", "lock timeout", "deadlock")


class Database:
    """Where the register lies: `place` is a file, made when absent, or the address of a PostgreSQL database."""

    def __init__(self, place: Path | str) -> None:
        self._engine, self._where = _open_engine(place)
        self.is_server = self._engine.dialect.name == "postgresql"
        with self.writing() as connection:
            Base.metadata.create_all(connection)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection in which each statement stands for itself. Raises what the database's errors mean."""
        try:
            with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                yield connection
        except CasetrailError:
            raise
        except DatabaseError as error:
            self._explain(error)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that keeps other writers out from its start, so that what it read stays true."""
        with self.reading() as connection:
            self._prepare(connection)
            connection.execute(text("BEGIN" if self.is_server else "BEGIN IMMEDIATE"))
            try:
                if self.is_server:
                    connection.execute(text(f"SELECT pg_advisory_xact_lock({_WRITERS})"))
                yield connection
            except BaseException:
                connection.execute(text("ROLLBACK"))
                raise
            connection.execute(text("COMMIT"))

    def compact(self) -> None:
        """Rewrite what is stored so that no removed row stays readable. Raises UsageError while somebody reads."""
        with self.reading() as connection:
            if self.is_server:
                for name in sorted(Base.metadata.tables):
                    connection.execute(text(f"VACUUM FULL {name}"))
                return
            self._prepare(connection)
            connection.execute(text("VACUUM"))
            busy = connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)")).scalar_one()
        if busy:
            raise self._busy()

    def _prepare(self, connection: Connection) -> None:
        """Settings of a writer; readers, of which every act has one, need none."""
        if not self.is_server:
            for pragma in ("journal_mode=WAL", "secure_delete=ON", "synchronous=FULL"):
                connection.exec_driver_sql(f"PRAGMA {pragma}")

    def _explain(self, error: DatabaseError) -> NoReturn:
        told = str(error.orig).lower()
        if isinstance(error, OperationalError) and any(word in told for word in _BUSY):
            raise self._busy() from error
        if self.is_server and isinstance(error, OperationalError):
            todo = "start the server, or correct CASETRAIL_DATABASE"
            raise MissingError("the database server does not answer", where=self._where, todo=todo) from None
        todo = "restore it from a copy"
        raise IntegrityError("the case database cannot be used", where=self._where, todo=todo) from error

    def _busy(self) -> UsageError:
        todo = "wait for it, or stop it, and run the same command again"
        return UsageError("another process holds the case database", where=self._where, todo=todo)


def _open_engine(place: Path | str) -> tuple[Engine, str]:
    if isinstance(place, str):
        return _open_server(place)
    make_folder(place.parent)
    place.touch(mode=PRIVATE_FILE)
    engine = create_engine(f"sqlite:///{place}", poolclass=QueuePool, connect_args={"timeout": WAIT_S})
    return engine, str(place)


def _open_server(address: str) -> tuple[Engine, str]:
    kind, _, rest = address.partition("://")
    if kind not in ("postgresql", "postgres", "postgresql+psycopg") or not rest:
        todo = "write CASETRAIL_DATABASE like postgresql://user@host/name"
        raise UsageError("this is no address of a PostgreSQL database", todo=todo)
    options = {"options": f"-c lock_timeout={WAIT_S}s -c client_min_messages=warning", "connect_timeout": WAIT_S}
    try:
        engine = create_engine(f"postgresql+psycopg://{rest}", poolclass=NullPool, connect_args=options)
    except ImportError as error:
        todo = 'install it with pip install "casetrail[server]"'
        raise MissingError("a database server needs psycopg, which is not installed", todo=todo) from error
    return engine, f"database {engine.url.database or ''}"  # never the address: it may hold a password
