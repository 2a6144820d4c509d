"""CaseVault in files: a folder for each case with its wrapped key, a sealed table of contents and sealed chunks.

A write makes a new chunk, then replaces the table of contents, then destroys the chunks that it no longer
names: a crash leaves either the old state or the new one, and at most a file that the next write removes.
"""

import secrets
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from casetrail.adapters.vault_files.chunks import ChunkFiles, choose_joined
from casetrail.adapters.vault_files.contents import Contents, parse_contents
from casetrail.adapters.vault_files.kek import KeyFile, Rewrap
from casetrail.adapters.vault_files.key_text import KEY_BYTES
from casetrail.adapters.vault_files.sealing import FORMAT, seal, unseal
from casetrail.app.private_files import add_file, destroy_file, make_folder, open_lock, replace_file, sync_folder
from casetrail.governance.audit import AuditEvent, AuditLog
from casetrail.model.errors import IntegrityError, MissingError, UsageError
from casetrail.model.ids import check_name
from casetrail.sightings.vault import VERSION

_KEY, _CONTENTS, _LOCK = "key", "contents", "lock"


class VaultFiles:
    """Cases under `folder`; data keys wrapped by `keys`; every change recorded in `audit_log` first."""

    def __init__(self, folder: Path, keys: KeyFile, audit_log: AuditLog) -> None:
        self._folder, self._keys, self._audit_log = folder, keys, audit_log
        self._known_ids: dict[str, frozenset[str]] = {}

    def create_case(self, case_id: str, *, audit: AuditEvent) -> None:
        """Make the case's data key. Raises UsageError when the case has one."""
        self._provide_kek()
        folder = make_folder(self._case(case_id))
        with self._lock(case_id, exclusive=True):
            if (folder / _KEY).exists():
                raise UsageError("this case has a vault already", where=f"case {case_id}")
            self._audit_log.record(audit)
            key = secrets.token_bytes(KEY_BYTES)
            self._put_contents(case_id, key, Contents())
            with self._keys.open_use():
                add_file(folder / _KEY, self._keys.wrap(key))

    def write_records(self, case_id: str, kind: str, records: Mapping[str, bytes], *, audit: AuditEvent) -> None:
        """Store records by id, replacing earlier ones of the same kind and id; all or none."""
        self._check_there(case_id)
        with self._lock(case_id, exclusive=True):
            key = self._data_key(case_id)
            contents = self._contents(case_id, key)
            self._audit_log.record(replace(audit, counts={**audit.counts, VERSION: contents.version + bool(records)}))
            if records:
                self._commit(case_id, key, contents, kind, records)

    def read_records(self, case_id: str, kind: str) -> dict[str, bytes]:
        """Every record of a kind by id. Raises MissingError when the key is gone, IntegrityError when changed."""
        self._check_there(case_id)
        with self._lock(case_id, exclusive=False):
            key = self._data_key(case_id)
            return self._read_kind(case_id, key, self._contents(case_id, key), kind)

    def read_version(self, case_id: str) -> int:
        """The version in the table of contents."""
        self._check_there(case_id)
        with self._lock(case_id, exclusive=False):
            return self._contents(case_id, self._data_key(case_id)).version

    def has_case(self, case_id: str) -> bool:
        """Whether the case has a readable key."""
        if not (self._case(case_id) / _KEY).exists() or not self._keys.exists():
            return False
        try:
            self._data_key(case_id)
        except IntegrityError:
            return False
        return True

    def verify_case(self, case_id: str) -> int:
        """Read everything of a case; returns the number of records. Raises IntegrityError naming the first fault."""
        self._check_there(case_id)
        with self._lock(case_id, exclusive=False):
            key = self._data_key(case_id)
            contents = self._contents(case_id, key)
            return sum(len(self._read_kind(case_id, key, contents, kind)) for kind in contents.kinds)

    def read_secret(self, case_id: str, purpose: str) -> bytes:
        """32 bytes that follow from the case's key and the purpose (HKDF, RFC 5869), and die with that key."""
        self._check_there(case_id)
        with self._lock(case_id, exclusive=False):
            key = self._data_key(case_id)
        return HKDF(SHA256(), KEY_BYTES, None, f"{FORMAT}:{case_id}:{purpose}".encode()).derive(key)

    def change_key(self, *, audit: AuditEvent, passphrase: Path | None = None) -> int:
        """Wrap every case's key under a new key-encryption key; the old one opens nothing afterwards.

        `passphrase`: file with what protects the new key. Returns how many cases there are. One that was cut off is
        finished by the next.
        """
        self._audit_log.record(audit)
        with self._keys.open_exchange(passphrase) as rewrap:
            case_ids = sorted(path.parent.name for path in self._folder.glob(f"*/{_KEY}"))
            return sum(self._rewrap(case_id, rewrap) for case_id in case_ids)

    def erase_case(self, case_id: str, *, audit: AuditEvent) -> int:
        """Destroy the wrapped key, then the files; returns how many records went (0 where it cannot be told).

        A vault that was damaged is erased all the same, and so is one whose erasure was cut off.
        """
        folder = self._case(case_id)
        if not folder.exists():
            raise MissingError("this case has no vault", where=f"case {case_id}")
        with self._lock(case_id, exclusive=True):
            went = self._count(case_id)
            self._audit_log.record(audit)
            destroy_file(folder / _KEY)
            self._known_ids.clear()
        _remove_folder(folder)
        sync_folder(self._folder)
        return went

    def _rewrap(self, case_id: str, rewrap: Rewrap) -> bool:
        """Wrap one case's key anew, unless the case was erased meanwhile."""
        path = self._case(case_id) / _KEY
        try:
            with self._lock(case_id, exclusive=True):
                if not path.exists():
                    return False
                replace_file(path, rewrap(path.read_bytes(), f"case {case_id}"))
        except MissingError:
            return False
        return True

    def _commit(self, case_id: str, key: bytes, contents: Contents, kind: str, records: Mapping[str, bytes]) -> None:
        self._remove_strays(case_id, contents)
        files, chunks = self._chunks(case_id, key), contents.kinds.get(kind, ())
        rewritten = {chunk.name for chunk in chunks if not records.keys().isdisjoint(files.read_ids(kind, chunk))}
        rewritten |= choose_joined([chunk for chunk in chunks if chunk.name not in rewritten])
        merged: dict[str, bytes] = {}
        for chunk in chunks:
            if chunk.name in rewritten:
                merged.update(files.read(kind, chunk))
        merged.update(records)
        kept = tuple(chunk for chunk in chunks if chunk.name not in rewritten)
        after = contents.with_kind(kind, (*kept, files.add(kind, secrets.token_hex(16), merged)))
        self._put_contents(case_id, key, after)
        for name in rewritten:
            self._known_ids.pop(name, None)
            destroy_file(self._case(case_id) / name)

    def _chunks(self, case_id: str, key: bytes) -> ChunkFiles:
        return ChunkFiles(self._case(case_id), key, self._known_ids)

    def _read_kind(self, case_id: str, key: bytes, contents: Contents, kind: str) -> dict[str, bytes]:
        files, records = self._chunks(case_id, key), dict[str, bytes]()
        for chunk in contents.kinds.get(kind, ()):
            records.update(files.read(kind, chunk))
        return records

    def _contents(self, case_id: str, key: bytes) -> Contents:
        path = self._case(case_id) / _CONTENTS
        if not path.exists():
            raise IntegrityError("the vault's table of contents is missing", where=str(path))
        return parse_contents(unseal(key, path.read_bytes(), case_id, _CONTENTS, where=str(path)), where=str(path))

    def _put_contents(self, case_id: str, key: bytes, contents: Contents) -> None:
        replace_file(self._case(case_id) / _CONTENTS, seal(key, contents.to_bytes(), case_id, _CONTENTS))

    def _remove_strays(self, case_id: str, contents: Contents) -> None:
        for file in self._case(case_id).iterdir():
            if file.name not in contents.names | {_KEY, _CONTENTS, _LOCK}:
                destroy_file(file)

    def _count(self, case_id: str) -> int:
        try:
            return self._contents(case_id, self._data_key(case_id)).records
        except (IntegrityError, MissingError):
            return 0

    def _data_key(self, case_id: str) -> bytes:
        path = self._case(case_id) / _KEY
        with self._keys.open_use():
            if not path.exists():
                raise _gone(case_id)
            return self._keys.unwrap(path.read_bytes(), where=f"case {case_id}")

    def _provide_kek(self) -> None:
        """A new key only in an installation without cases: with cases, an absent key is a loss to be told."""
        make_folder(self._folder)
        if not self._keys.exists() and not any(self._folder.glob(f"*/{_KEY}")):
            self._keys.create()

    def _check_there(self, case_id: str) -> None:
        if not (self._case(case_id) / _KEY).exists():
            raise _gone(case_id)

    @contextmanager
    def _lock(self, case_id: str, *, exclusive: bool) -> Iterator[None]:
        with ExitStack() as held:
            try:
                held.enter_context(open_lock(self._case(case_id) / _LOCK, exclusive=exclusive))
            except FileNotFoundError:
                raise _gone(case_id) from None  # erased since its folder was seen
            yield

    def _case(self, case_id: str) -> Path:
        return self._folder / check_name(case_id, what="case id")


def _remove_folder(folder: Path) -> None:
    """Remove a folder whose key is gone, though somebody who came late may put a lock into it meanwhile."""
    for last in (False, False, True):
        for file in sorted(folder.iterdir()):
            file.unlink(missing_ok=True)
        try:
            folder.rmdir()
        except OSError:
            if last:
                raise
        else:
            return


def _gone(case_id: str) -> MissingError:
    todo = "check the case id with `casetrail case list`"
    return MissingError("this case has no key: it was erased, or never opened here", where=f"case {case_id}", todo=todo)
