"""Checking Ed25519 signatures."""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


class Ed25519Verifier:
    """Checks signatures with the library `cryptography`."""

    def can_verify(self, key: bytes, signature: bytes, data: bytes) -> bool:
        """Whether `signature` over `data` was made with the private half of `key` (32 bytes)."""
        try:
            Ed25519PublicKey.from_public_bytes(key).verify(signature, data)
        except (InvalidSignature, ValueError):
            return False
        return True
