"""AuthorityKeys in memory, with one authority that signs by hashing and is trusted while `trusted` is set."""

import hashlib
from dataclasses import dataclass, field

from casetrail.governance.audit import AuditEvent
from casetrail.governance.signing import PublicKey
from casetrail.model.errors import UsageError
from casetrail.testing.fake_audit_log import FakeAuditLog


@dataclass
class FakeAuthorityKeys:
    """The keys, and the signer of orders: `sign_order(order, this)`."""

    trusted: bool = True
    added: list[PublicKey] = field(default_factory=list)
    audit_log: FakeAuditLog = field(default_factory=FakeAuditLog)

    @property
    def public_key(self) -> PublicKey:
        """The key that signs."""
        return PublicKey("authority", bytes(32))

    @property
    def key_id(self) -> str:
        """Its id."""
        return self.public_key.key_id.hex()

    def sign(self, data: bytes) -> bytes:
        """A stand-in for a signature."""
        return hashlib.sha512(self.public_key.key + data).digest()

    def read_keys(self) -> tuple[PublicKey, ...]:
        """The trusted keys, by id."""
        own = (self.public_key,) if self.trusted else ()
        return tuple(sorted((*own, *self.added), key=lambda key: key.key_id))

    def add_key(self, key: PublicKey, *, audit: AuditEvent) -> None:
        """Trust one more. Raises UsageError when it is trusted already."""
        if key in self.read_keys():
            raise UsageError("this key is trusted already", where=f"key {key.key_id.hex()}")
        self.audit_log.record(audit)
        self.added.append(key)

    def has_signed(self, key_id: str, data: bytes, signature: bytes) -> bool:
        """Whether a trusted key of this id signed the data; every key signs by hashing."""
        keys = [key for key in self.read_keys() if key.key_id.hex() == key_id]
        return any(hashlib.sha512(key.key + data).digest() == signature for key in keys)
