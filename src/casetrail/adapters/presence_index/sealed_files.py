"""One Parquet file, footer and columns encrypted (Parquet Modular Encryption, AES-256-GCM).

Every file has a key of its own, derived from the day's key and the file's name (HMAC-SHA-256), and is bound to
that name: a file that was changed, cut off, renamed or put in another's place does not open.
"""

import hashlib
import hmac
import os
import secrets
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pyarrow.parquet.encryption as pe

from casetrail.app.private_files import PRIVATE_FILE, TEMPORARY, make_folder, sync_folder
from casetrail.model.errors import IntegrityError
from casetrail.model.time import UtcInterval

BROKEN = (OSError, ValueError, KeyError, TypeError, EOFError)  # pa.ArrowInvalid is a ValueError


def write_sealed(path: Path, table: pa.Table, day_key: bytes, bound_to: bytes) -> None:
    """Write a table under `path`, whole or not at all: a temporary file, the disk's word, then the name."""
    make_folder(path.parent)
    temporary = path.with_name(f"{path.name}.{secrets.token_hex(4)}{TEMPORARY}")
    try:
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE), "wb") as file:
            pq.write_table(table, file, compression="zstd", encryption_properties=_sealing(day_key, bound_to))
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    sync_folder(path.parent)


def read_footer(path: Path, day_key: bytes, bound_to: bytes) -> dict[bytes, bytes]:
    """The notes in a file's footer. Raises IntegrityError when the file is not what was written."""
    try:
        return dict(pq.read_schema(path, decryption_properties=_opening(day_key, bound_to)).metadata or {})
    except FileNotFoundError:
        raise
    except BROKEN as error:
        raise broken(path) from error


def read_sealed(path: Path, day_key: bytes, bound_to: bytes, within: UtcInterval) -> pa.Table:
    """The rows that overlap an interval. Raises IntegrityError when the file is not what was written."""
    rows = [("start_us", "<", within.end_us), ("end_us", ">", within.start_us)]
    try:
        with pq.ParquetFile(path, decryption_properties=_opening(day_key, bound_to)) as file:
            table = file.read()
        return table.filter(pq.filters_to_expression(rows))
    except FileNotFoundError:
        raise
    except BROKEN as error:
        raise broken(path) from error


def broken(path: Path) -> IntegrityError:
    """The error for a file that is not what was written."""
    return IntegrityError(
        "this file of the presence index is damaged, cut off or was put in another's place",
        where=str(path),
        todo="move it away and run `casetrail index` again",
    )


def _sealing(day_key: bytes, bound_to: bytes) -> object:
    return pe.create_encryption_properties(_file_key(day_key, bound_to), aad_prefix=bound_to, store_aad_prefix=False)


def _opening(day_key: bytes, bound_to: bytes) -> object:
    return pe.create_decryption_properties(_file_key(day_key, bound_to), aad_prefix=bound_to)


def _file_key(day_key: bytes, bound_to: bytes) -> bytes:
    return hmac.digest(day_key, b"casetrail presence file\x00" + bound_to, hashlib.sha256)
