"""The key-encryption key: 32 random bytes in a file that only its owner may read, away from the vault.

The file holds the key itself, or the key wrapped under a passphrase (scrypt, RFC 7914). It is exchanged in three
steps that a crash may end between: the next key is put beside it, every data key is wrapped anew, the next key
takes its place.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from casetrail.adapters.vault_files.key_text import COST, KEY_BYTES, read_key, read_passphrase, write_key
from casetrail.app.private_files import add_file, check_private, destroy_by, make_folder, open_lock
from casetrail.model.errors import IntegrityError, MissingError

Rewrap = Callable[[bytes, str], bytes]


class KeyFile:
    """Wraps and unwraps the data keys of cases (RFC 3394).

    `passphrase`: file that holds the passphrase, or None for a bare key. A bare key is read at each use and never
    kept; one under a passphrase is kept by this object once it was opened, since opening is slow on purpose.
    """

    def __init__(self, path: Path, passphrase: Path | None = None, cost: int = COST) -> None:
        self._path, self._passphrase, self._cost = path, passphrase, cost
        self._next = self._beside("next")
        self._opened: dict[bytes, bytes] = {}

    def create(self) -> None:
        """Make the key when there is none; what another process made meanwhile stays."""
        make_folder(self._path.parent)
        add_file(self._path, write_key(self._secret(self._passphrase), self._cost))

    def exists(self) -> bool:
        """Whether there is a key file."""
        return self._path.exists()

    def wrap(self, data_key: bytes) -> bytes:
        """A data key, wrapped. Raises MissingError or IntegrityError when the key file cannot be used."""
        return aes_key_wrap(self._read(self._next if self._next.exists() else self._path), data_key)

    def unwrap(self, wrapped: bytes, *, where: str) -> bytes:
        """A data key. Raises IntegrityError when this is not the key that wrapped it, or the bytes changed."""
        found = _unwrap(self._read(self._path), wrapped)
        if found is None and self._next.exists():
            found = _unwrap(self._read(self._next), wrapped)
        if found is None:
            raise IntegrityError(
                "the case's key does not open with this installation's key",
                where=where,
                todo="bring back the key file that the case was opened with",
            )
        return found

    @contextmanager
    def open_use(self) -> Iterator[None]:
        """While it lasts, nobody exchanges the key: what is wrapped and the key that wraps it belong together."""
        if not self._path.parent.exists():
            yield
            return
        with open_lock(self._beside("lock"), exclusive=False):
            yield

    @contextmanager
    def open_exchange(self, passphrase: Path | None) -> Iterator[Rewrap]:
        """Exchange the key: whoever enters wraps every data key anew with what is given, then the old key goes.

        `passphrase` protects the next key. When the body raises, or the machine stops, both keys stay and doing it
        again goes on; data keys open with either, and new ones are wrapped by the next.
        """
        self._read(self._path)
        with open_lock(self._beside("exchange"), exclusive=True):
            with open_lock(self._beside("lock"), exclusive=True):
                add_file(self._next, write_key(self._secret(passphrase), self._cost))
            after = self._read(self._next, passphrase)
            yield lambda wrapped, where: self._rewrapped(wrapped, after, where)
            with open_lock(self._beside("lock"), exclusive=True):
                destroy_by(self._next, self._path)
            self._passphrase = passphrase

    def _beside(self, suffix: str) -> Path:
        return self._path.with_name(f"{self._path.name}.{suffix}")

    def _rewrapped(self, wrapped: bytes, after: bytes, where: str) -> bytes:
        if _unwrap(after, wrapped) is not None:
            return wrapped  # an exchange that was cut off got this far
        return aes_key_wrap(after, self.unwrap(wrapped, where=where))

    def _read(self, path: Path, passphrase: Path | None = None) -> bytes:
        if not path.exists():
            todo = "bring the key file back, or name its folder in CASETRAIL_KEYS"
            raise MissingError("the installation's key is gone", where=str(path), todo=todo)
        check_private(path, "the installation's key")
        data = path.read_bytes()
        if len(data) == KEY_BYTES:
            return data
        if data not in self._opened:
            self._opened[data] = read_key(data, self._secret(passphrase or self._passphrase), where=str(path))
        return self._opened[data]

    @staticmethod
    def _secret(passphrase: Path | None) -> bytes | None:
        return None if passphrase is None else read_passphrase(passphrase)


def _unwrap(kek: bytes, wrapped: bytes) -> bytes | None:
    try:
        return aes_key_unwrap(kek, wrapped)
    except (InvalidUnwrap, ValueError):
        return None
