"""Signer and Verifier in memory: signatures that anybody could make, and that only the same data and key give."""

import hashlib

from casetrail.governance.signing import PublicKey


class FakeSigner:
    """Signs by hashing key and data. Another `name`, another key."""

    def __init__(self, name: str = "fake-signer") -> None:
        self.public_key = PublicKey(name, hashlib.sha256(name.encode()).digest())

    @property
    def key_id(self) -> str:
        """The key's id, 8 hexadecimal digits."""
        return self.public_key.key_id.hex()

    def sign(self, data: bytes) -> bytes:
        """64 bytes that follow from key and data."""
        return _signature(self.public_key.key, data)


class FakeVerifier:
    """Checks what `FakeSigner` signed."""

    def can_verify(self, key: bytes, signature: bytes, data: bytes) -> bool:
        """Whether a `FakeSigner` with that key gives this signature."""
        return signature == _signature(key, data)


def _signature(key: bytes, data: bytes) -> bytes:
    return hashlib.sha512(key + data).digest()
