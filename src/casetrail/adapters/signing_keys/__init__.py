"""Ed25519 keys in files, and checking signatures with the library `cryptography`."""

from casetrail.adapters.signing_keys.key_file import SigningKeyFile
from casetrail.adapters.signing_keys.verifying import Ed25519Verifier

__all__ = ["Ed25519Verifier", "SigningKeyFile"]
