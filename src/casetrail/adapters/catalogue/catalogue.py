"""Catalogue in SQLite: cameras and recordings, every change recorded in the audit log first."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, create_engine, event, insert, select, text, update
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.pool import NullPool

from casetrail.adapters.catalogue.tables import (
    CAMERAS,
    METADATA,
    ONLY,
    RECORDINGS,
    STREETS,
    camera_of,
    camera_row,
    recording_of,
    recording_row,
)
from casetrail.app.json_values import from_json, to_json
from casetrail.app.private_files import PRIVATE_FILE, make_folder
from casetrail.footage.cameras import Camera
from casetrail.footage.recordings import Recording
from casetrail.footage.streets import StreetGraph
from casetrail.governance.audit import AuditEvent, AuditLog
from casetrail.model.errors import BadInputError, IntegrityError, UsageError

WAIT_S = 10


class SqlCatalogue:
    """Cameras and recordings in the database file `path`, made when absent."""

    def __init__(self, path: Path, audit_log: AuditLog) -> None:
        self._path, self._audit_log = path, audit_log
        make_folder(path.parent)
        path.touch(mode=PRIVATE_FILE)
        self._engine = create_engine(f"sqlite:///{path}", poolclass=NullPool, connect_args={"timeout": WAIT_S})
        event.listen(self._engine, "connect", _prepare)
        with self._writing() as connection:
            METADATA.create_all(connection)

    def add_cameras(self, cameras: Iterable[Camera], *, audit: AuditEvent) -> int:
        """Add or replace cameras by id."""
        rows = [camera_row(camera) for camera in cameras]
        with self._writing() as connection:
            known = {row.camera_id: dict(row._mapping) for row in connection.execute(select(CAMERAS))}
            changed = [row for row in rows if known.get(row["camera_id"]) != row]
            if changed:
                self._audit_log.record(audit)
            for row in changed:
                _put(connection, CAMERAS, row, known=row["camera_id"] in known)
                known[row["camera_id"]] = row
            return len({row["camera_id"] for row in changed})

    def add_recordings(self, recordings: Iterable[Recording], *, audit: AuditEvent) -> int:
        """Add recordings by id, or take over the new path of a known one."""
        rows = {recording.recording_id: recording_row(recording) for recording in recordings}
        with self._writing() as connection:
            paths = {row.recording_id: row.path for row in connection.execute(select(RECORDINGS))}
            changed = [row for key, row in rows.items() if paths.get(key) != row["path"]]
            _check_cameras(connection, changed)
            if changed:
                self._audit_log.record(audit)
            for row in changed:
                _put(connection, RECORDINGS, row, known=row["recording_id"] in paths)
            return len(changed)

    def put_streets(self, streets: StreetGraph, *, audit: AuditEvent) -> bool:
        """Keep the walking graph unless it is the same."""
        row = {"number": ONLY, "graph_json": to_json(streets).decode()}
        with self._writing() as connection:
            known = connection.scalar(select(STREETS.c.graph_json))
            if known == row["graph_json"]:
                return False
            self._audit_log.record(audit)
            _put(connection, STREETS, row, known=known is not None)
            return True

    def read_cameras(self) -> tuple[Camera, ...]:
        """Every camera, by id."""
        with self._reading() as connection:
            rows = connection.execute(select(CAMERAS).order_by(CAMERAS.c.camera_id))
            return tuple(camera_of(row) for row in rows)

    def read_recordings(self, camera_id: str | None = None) -> tuple[Recording, ...]:
        """Every recording, by camera and start."""
        columns = RECORDINGS.c
        query = select(RECORDINGS).order_by(columns.camera_id, columns.start_us, columns.recording_id)
        if camera_id is not None:
            query = query.where(columns.camera_id == camera_id)
        with self._reading() as connection:
            return tuple(recording_of(row) for row in connection.execute(query))

    def read_streets(self) -> StreetGraph | None:
        """The walking graph."""
        with self._reading() as connection:
            known = connection.scalar(select(STREETS.c.graph_json))
        return None if known is None else from_json(StreetGraph, known.encode())

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
        except DBAPIError as error:
            raise self._mapped(error) from error

    def _mapped(self, error: DBAPIError) -> UsageError | IntegrityError:
        if isinstance(error, OperationalError) and "locked" in str(error.orig):
            todo = "wait for it, or stop it, and run the same command again"
            return UsageError("another process holds the catalogue", where=str(self._path), todo=todo)
        return IntegrityError("the catalogue cannot be used", where=str(self._path), todo="restore it from a copy")


def _prepare(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "secure_delete=ON", "synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _put(connection: Connection, table: Table, row: dict[str, Any], *, known: bool) -> None:
    key = next(iter(table.primary_key.columns))
    if known:
        connection.execute(update(table).where(key == row[key.name]).values(row))
    else:
        connection.execute(insert(table).values(row))


def _check_cameras(connection: Connection, rows: list[dict[str, Any]]) -> None:
    known = set(connection.scalars(select(CAMERAS.c.camera_id)))
    unknown = sorted({row["camera_id"] for row in rows} - known)
    if unknown:
        raise BadInputError(
            f"camera {unknown[0]} is not in the catalogue", todo="import it with `casetrail cameras import` first"
        )
