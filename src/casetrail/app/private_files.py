"""Files that only their owner may read, replaced whole or not at all, and locked between processes."""

import fcntl
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from casetrail.model.errors import IntegrityError

PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700
TEMPORARY = ".tmp"


def make_folder(folder: Path) -> Path:
    """The folder, made with its parents when absent; only the owner may enter what was made."""
    if not folder.exists():
        make_folder(folder.parent)
        folder.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
    return folder


def replace_file(path: Path, data: bytes) -> None:
    """Put `data` under `path` durably: a reader sees the old bytes or the new ones, never a part."""
    temporary = path.with_name(f"{path.name}.{secrets.token_hex(4)}{TEMPORARY}")
    try:
        _write_new(temporary, data)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    sync_folder(path.parent)


def add_file(path: Path, data: bytes) -> bool:
    """Put `data` under `path` durably unless something is there already; says whether it did."""
    temporary = path.with_name(f"{path.name}.{secrets.token_hex(4)}{TEMPORARY}")
    try:
        _write_new(temporary, data)
        path.hardlink_to(temporary)
    except FileExistsError:
        return False
    finally:
        temporary.unlink(missing_ok=True)
    sync_folder(path.parent)
    return True


def destroy_file(path: Path) -> None:
    """Overwrite a file with random bytes, wait for the disk, and unlink it; nothing when it is gone.

    Overwriting reaches the bytes only on disks that write in place: what protects is the key, this comes on top.
    """
    try:
        with path.open("r+b", buffering=0) as file:
            file.write(secrets.token_bytes(os.fstat(file.fileno()).st_size))
            os.fsync(file.fileno())
    except FileNotFoundError:
        return
    path.unlink(missing_ok=True)
    sync_folder(path.parent)


def destroy_by(after: Path, path: Path) -> None:
    """Put the file `after` in the place of `path` in one step, then overwrite the bytes that were there before."""
    with path.open("r+b", buffering=0) as old:
        size = os.fstat(old.fileno()).st_size
        after.replace(path)
        sync_folder(path.parent)
        old.write(secrets.token_bytes(size))
        os.fsync(old.fileno())


def check_private(path: Path, what: str) -> None:
    """Raises IntegrityError when group or world may read a file that is only its owner's."""
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        todo = f"chmod 600 {path}, and find out who may have read it"
        raise IntegrityError(f"{what} can be read by others", where=str(path), todo=todo)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    sync_file(folder)


def sync_file(path: Path) -> None:
    """Make what was written to a file durable, by whomever."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def open_lock(path: Path, *, exclusive: bool) -> Iterator[None]:
    """Hold a lock that other processes and threads honour: one writer, or several readers."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, PRIVATE_FILE)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH)
        yield
    finally:
        fcntl.flock(handle, fcntl.LOCK_UN)  # a process forked meanwhile shares the handle: closing alone would not do
        os.close(handle)


def _write_new(path: Path, data: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
