"""The signing key: one line in a file that only its owner may read, away from the stores.

The line is that of Go's signed notes, `PRIVATE+KEY+name+key id+base64(kind, seed)`. The public half lies beside it,
so that a lost key is missed and never silently replaced by a new one.
"""

import base64
import binascii
import secrets
import stat
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from casetrail.app.private_files import add_file, make_folder
from casetrail.governance.signing import KEY_BYTES, KeyKind, PublicKey, parse_public_key
from casetrail.model.errors import BadInputError, IntegrityError, MissingError

_HEAD = "PRIVATE+KEY+"


class SigningKeyFile:
    """Signs with the key at `path`; the first use makes one. The key is read at each use and never kept.

    `name`: who signs, for a key that is made; by default the pseudonym of a new installation.
    """

    def __init__(self, path: Path, name: str = "") -> None:
        self._path, self._public, self._name = path, path.with_name(f"{path.name}.pub"), name

    @property
    def public_key(self) -> PublicKey:
        """What others check its signatures with."""
        return self._read()[1]

    @property
    def key_id(self) -> str:
        """The key's id, 8 hexadecimal digits."""
        return self.public_key.key_id.hex()

    def sign(self, data: bytes) -> bytes:
        """Ed25519 signature of 64 bytes."""
        return self._read()[0].sign(data)

    def _read(self) -> tuple[Ed25519PrivateKey, PublicKey]:
        if not self._path.exists():
            self._create()
        if stat.S_IMODE(self._path.stat().st_mode) & 0o077:
            todo = f"chmod 600 {self._path}, and find out who may have signed with it"
            raise IntegrityError("the signing key can be read by others", where=str(self._path), todo=todo)
        private, public = _parse(self._path.read_text(encoding="utf-8"), self._path)
        add_file(self._public, f"{public.text}\n".encode())
        if _parse_public(self._public) != public:
            raise IntegrityError("the signing key is not the one whose public half lies beside it", where=self._where)
        return private, public

    def _create(self) -> None:
        if self._public.exists():
            todo = "bring the key file back; a new key would be another signer"
            raise MissingError("the signing key is gone", where=self._where, todo=todo)
        name = self._name or f"casetrail-{secrets.token_hex(4)}"
        seed = secrets.token_bytes(KEY_BYTES)
        key_id = _public_of(Ed25519PrivateKey.from_private_bytes(seed), name).key_id.hex()
        data = base64.b64encode(bytes([KeyKind.NOTE]) + seed).decode()
        make_folder(self._path.parent)
        add_file(self._path, f"{_HEAD}{name}+{key_id}+{data}\n".encode())

    @property
    def _where(self) -> str:
        return str(self._path)


def _parse(text: str, path: Path) -> tuple[Ed25519PrivateKey, PublicKey]:
    try:
        name, key_id, data = text.strip().removeprefix(_HEAD).split("+", 2)
        private = Ed25519PrivateKey.from_private_bytes(base64.b64decode(data, validate=True)[1:])
        public = _public_of(private, name)
    except (ValueError, binascii.Error, BadInputError):
        raise IntegrityError("not a signing key", where=str(path), todo="bring back the key file") from None
    if public.key_id.hex() != key_id:
        raise IntegrityError("the signing key was changed", where=str(path), todo="bring back the key file")
    return private, public


def _parse_public(path: Path) -> PublicKey:
    try:
        return parse_public_key(path.read_text(encoding="utf-8"))
    except BadInputError as error:
        raise IntegrityError(error.what, where=str(path), todo="bring back the file") from None


def _public_of(private: Ed25519PrivateKey, name: str) -> PublicKey:
    return PublicKey(name, private.public_key().public_bytes_raw())
