"""Who signs, and how a signature is checked: Ed25519 (RFC 8032), keys written as C2SP signed notes write them.

A public key travels as one line of text, `name+key id+base64(kind, key)` (https://c2sp.org/signed-note). It reaches
whoever checks on another way than what it signed.
"""

import base64
import binascii
import hashlib
from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol

from casetrail.model.errors import BadInputError

KEY_BYTES = 32
SIGNATURE_BYTES = 64
KEY_ID_BYTES = 4


class KeyKind(IntEnum):
    """What a key signs with: notes themselves, or the statement of a witness that it saw one (C2SP numbers)."""

    NOTE = 1
    COSIGNATURE = 4


@dataclass(frozen=True)
class PublicKey:
    """An Ed25519 public key with the name of who holds it. Raises BadInputError when either cannot be one."""

    name: str
    key: bytes
    kind: KeyKind = KeyKind.NOTE

    def __post_init__(self) -> None:
        if not self.name.isprintable() or not self.name or any(one.isspace() or one == "+" for one in self.name):
            raise BadInputError("the name of a key is empty, or holds a space or a plus sign")
        if len(self.key) != KEY_BYTES:
            raise BadInputError(f"a public key has {KEY_BYTES} bytes, not {len(self.key)}")

    @property
    def key_id(self) -> bytes:
        """The first four bytes of SHA-256 over name, line feed, kind and key."""
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.key).digest()[:KEY_ID_BYTES]

    @property
    def text(self) -> str:
        """The key as one line of text."""
        data = base64.b64encode(bytes([self.kind]) + self.key).decode()
        return f"{self.name}+{self.key_id.hex()}+{data}"

    def as_kind(self, kind: KeyKind) -> "PublicKey":
        """The same key for another kind of signature; its key id differs."""
        return PublicKey(self.name, self.key, kind)


def parse_public_key(text: str) -> PublicKey:
    """A public key from its line of text. Raises BadInputError when it is not one, or its id is not its own."""
    parts = text.strip().split("+", 2)
    try:
        data = base64.b64decode(parts[2], validate=True)
        key = PublicKey(parts[0], data[1:], KeyKind(data[0]))
    except (IndexError, ValueError, binascii.Error):
        raise BadInputError("not a public key", todo="write it as name+key id+base64, in one line") from None
    if key.key_id.hex() != parts[1].lower():
        raise BadInputError(f"the id of the public key of {key.name} is not its own", todo="copy the whole line again")
    return key


class Signer(Protocol):
    """Port: the installation's signing key."""

    @property
    def public_key(self) -> PublicKey:
        """What others check its signatures with. Raises MissingError when the key is gone."""

    @property
    def key_id(self) -> str:
        """The key's id, 8 hexadecimal digits."""

    def sign(self, data: bytes) -> bytes:
        """Ed25519 signature of 64 bytes. Raises MissingError or IntegrityError when the key cannot be used."""


class Verifier(Protocol):
    """Port: checking signatures."""

    def can_verify(self, key: bytes, signature: bytes, data: bytes) -> bool:
        """Whether `signature` over `data` was made with the private half of `key` (32 bytes)."""
