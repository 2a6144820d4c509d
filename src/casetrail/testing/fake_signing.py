"""Signer, Verifier and witnesses in memory; signatures that anybody could make, but only for the same data and key."""

import hashlib

from casetrail.governance.audit import AuditEvent, AuditLog
from casetrail.governance.signing import PublicKey
from casetrail.model.errors import UsageError


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


class FakeWitnessKeys:
    """Witnesses relied on, in a list."""

    def __init__(self, log: AuditLog) -> None:
        self._log, self._keys = log, list[PublicKey]()

    def read_witnesses(self) -> tuple[PublicKey, ...]:
        """Their public keys, in the order in which they were added."""
        return tuple(self._keys)

    def add_witness(self, key: PublicKey, *, audit: AuditEvent) -> None:
        """Rely on one more."""
        if any(each.name == key.name for each in self._keys):
            raise UsageError(f"there is a witness {key.name} already")
        self._log.record(audit)
        self._keys.append(key)


class FakeSeenCheckpoints:
    """What a witness remembers, in memory."""

    def __init__(self) -> None:
        self._seen: dict[PublicKey, str] = {}

    def read_seen(self, log: PublicKey) -> str | None:
        """The text of the checkpoint seen last, or None."""
        return self._seen.get(log)

    def add_seen(self, log: PublicKey, text: str) -> None:
        """Remember a checkpoint."""
        self._seen[log] = text


def _signature(key: bytes, data: bytes) -> bytes:
    return hashlib.sha512(key + data).digest()
