"""Ed25519 keys in files, checking signatures with the library `cryptography`, and the keys of witnesses."""

from casetrail.adapters.signing_keys.key_file import SigningKeyFile
from casetrail.adapters.signing_keys.verifying import Ed25519Verifier
from casetrail.adapters.signing_keys.witnesses import SeenCheckpointFiles, WitnessKeyFile

__all__ = ["Ed25519Verifier", "SeenCheckpointFiles", "SigningKeyFile", "WitnessKeyFile"]
