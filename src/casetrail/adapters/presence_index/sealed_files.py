"""One Parquet file, footer and columns encrypted (Parquet Modular Encryption, AES-256-GCM).

Every file has a key of its own, derived from the day's key and the file's name (HMAC-SHA-256), and is bound to
that name: a file that was changed, cut off, renamed or put in another's place does not open.
"""

import hashlib
import hmac
import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pyarrow.parquet.encryption as pe

from casetrail.app.private_files import PRIVATE_FILE, TEMPORARY, make_folder, sync_folder
from casetrail.model.errors import IntegrityError

BROKEN = (OSError, ValueError, KeyError, TypeError, EOFError)  # pa.ArrowInvalid is a ValueError
REPEATED = ["camera_id", "recording_id", "models"]  # columns of few different values
GROUP_ROWS = 512  # of a merged file: opening one presence costs reading so many


def write_sealed(path: Path, table: pa.Table, day_key: bytes, bound_to: bytes) -> None:
    """Write a table under `path`, whole or not at all: a temporary file, the disk's word, then the name."""
    make_folder(path.parent)
    temporary = path.with_name(f"{path.name}.{secrets.token_hex(4)}{TEMPORARY}")
    sealing = pe.create_encryption_properties(_file_key(day_key, bound_to), aad_prefix=bound_to, store_aad_prefix=False)
    columns = [name for name in REPEATED if name in table.column_names]
    try:
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE), "wb") as file:
            pq.write_table(
                table,
                file,
                compression="zstd",
                use_dictionary=columns,
                row_group_size=GROUP_ROWS,
                encryption_properties=sealing,
            )
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    sync_folder(path.parent)


class SealedFile:
    """An opened file. Every reading raises IntegrityError when the file is not what was written."""

    def __init__(self, path: Path, file: pq.ParquetFile) -> None:
        self._path, self._file = path, file

    @property
    def notes(self) -> dict[bytes, bytes]:
        """The notes in its footer."""
        return dict(self._file.schema_arrow.metadata or {})

    def ranges(self, columns: Sequence[str]) -> Iterator[list[tuple[Any, Any]] | None]:
        """Of each row group the least and the greatest value of these columns; None of one without any row."""
        with _naming(self._path):
            facts = self._file.metadata
            place = {facts.schema.column(index).path: index for index in range(facts.num_columns)}
            for group in range(facts.num_row_groups):
                rows = facts.row_group(group)
                told = [rows.column(place[name]).statistics for name in columns] if rows.num_rows else None
                yield told and [(one.min, one.max) for one in told]

    def read(self, columns: Sequence[str] | None = None, groups: Sequence[int] | None = None) -> pa.Table:
        """These columns (or all) of these row groups (or all); only what is asked for is read and deciphered."""
        with _naming(self._path):
            if groups is None:
                return self._file.read(columns=columns, use_threads=False)
            return self._file.read_row_groups(list(groups), columns=columns, use_threads=False)

    def read_row(self, row: int, column: str) -> Any:
        """One value of one row; of the other rows, those of its row group are deciphered."""
        with _naming(self._path):
            facts = self._file.metadata
            for group in range(facts.num_row_groups):
                if row < (rows := facts.row_group(group).num_rows):
                    table = self._file.read_row_group(group, columns=[column], use_threads=False)
                    return table.column(column)[row].as_py()
                row -= rows
            raise ValueError("there is no such row")


@contextmanager
def open_sealed(path: Path, day_key: bytes, bound_to: bytes) -> Iterator[SealedFile]:
    """A file to read from. Raises FileNotFoundError, and IntegrityError when it is not what was written."""
    opening = pe.create_decryption_properties(_file_key(day_key, bound_to), aad_prefix=bound_to)
    with _naming(path):
        file = pq.ParquetFile(path, decryption_properties=opening, read_dictionary=["camera_id"])
    with file:
        yield SealedFile(path, file)


def broken(path: Path) -> IntegrityError:
    """The error for a file that is not what was written."""
    return IntegrityError(
        "this file of the presence index is damaged, cut off or was put in another's place",
        where=str(path),
        todo="move it away and run `casetrail index` again",
    )


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise
    except BROKEN as error:
        raise broken(path) from error


def _file_key(day_key: bytes, bound_to: bytes) -> bytes:
    return hmac.digest(day_key, b"casetrail presence file\x00" + bound_to, hashlib.sha256)
