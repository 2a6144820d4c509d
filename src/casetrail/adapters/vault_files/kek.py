"""The key-encryption key: 32 random bytes in a file that only its owner may read, away from the vault."""

import secrets
import stat
from pathlib import Path

from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from casetrail.app.private_files import add_file, make_folder
from casetrail.model.errors import IntegrityError, MissingError

KEY_BYTES = 32


class KeyFile:
    """Wraps and unwraps the data keys of cases (RFC 3394). The key is read at each use and never kept."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def create(self) -> None:
        """Make the key when there is none; what another process made meanwhile stays."""
        make_folder(self._path.parent)
        add_file(self._path, secrets.token_bytes(KEY_BYTES))

    def exists(self) -> bool:
        """Whether there is a key file."""
        return self._path.exists()

    def wrap(self, data_key: bytes) -> bytes:
        """A data key, wrapped. Raises MissingError or IntegrityError when the key file cannot be used."""
        return aes_key_wrap(self._read(), data_key)

    def unwrap(self, wrapped: bytes, *, where: str) -> bytes:
        """A data key. Raises IntegrityError when this is not the key that wrapped it, or the bytes changed."""
        kek = self._read()
        try:
            return aes_key_unwrap(kek, wrapped)
        except (InvalidUnwrap, ValueError):
            raise IntegrityError(
                "the case's key does not open with this installation's key",
                where=where,
                todo="bring back the key file that the case was opened with",
            ) from None

    def _read(self) -> bytes:
        if not self._path.exists():
            todo = "bring the key file back, or name its folder in CASETRAIL_KEYS"
            raise MissingError("the installation's key is gone", where=str(self._path), todo=todo)
        if stat.S_IMODE(self._path.stat().st_mode) & 0o077:
            todo = f"chmod 600 {self._path}, and find out who may have read it"
            raise IntegrityError("the installation's key can be read by others", where=str(self._path), todo=todo)
        key = self._path.read_bytes()
        if len(key) != KEY_BYTES:
            raise IntegrityError(f"the installation's key is not {KEY_BYTES} bytes", where=str(self._path))
        return key
