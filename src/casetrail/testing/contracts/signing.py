"""Contract of the Signer and Verifier ports: who signed is who is found, and a changed bit shows."""

import pytest

from casetrail.governance.signing import SIGNATURE_BYTES, Signer, Verifier, parse_public_key


class SigningContract:
    """Subclasses give the fixtures `signer`, `other` (another key) and `verifier`."""

    def test_a_signature_verifies(self, signer: Signer, verifier: Verifier) -> None:
        """What was signed verifies with the public key of the signer, as it is written in text."""
        signature = signer.sign(b"a checkpoint")
        assert len(signature) == SIGNATURE_BYTES
        key = parse_public_key(signer.public_key.text)
        assert key == signer.public_key
        assert verifier.can_verify(key.key, signature, b"a checkpoint")

    @pytest.mark.parametrize("at", [0, 31, 32, 63])
    def test_a_changed_signature_does_not(self, signer: Signer, verifier: Verifier, at: int) -> None:
        """A changed bit of the signature, wherever it is, is found."""
        changed = bytearray(signer.sign(b"a checkpoint"))
        changed[at] ^= 1
        assert not verifier.can_verify(signer.public_key.key, bytes(changed), b"a checkpoint")

    def test_other_data_does_not(self, signer: Signer, verifier: Verifier) -> None:
        """Other data is not what was signed."""
        assert not verifier.can_verify(signer.public_key.key, signer.sign(b"one"), b"two")

    def test_another_key_does_not(self, signer: Signer, other: Signer, verifier: Verifier) -> None:
        """What one signed, another did not; their ids differ."""
        assert signer.key_id != other.key_id
        assert not verifier.can_verify(other.public_key.key, signer.sign(b"one"), b"one")

    @pytest.mark.parametrize("signature", [b"", b"short", bytes(64), bytes(65)])
    def test_what_is_no_signature(self, signer: Signer, verifier: Verifier, signature: bytes) -> None:
        """Bytes that are no signature verify nothing and raise nothing."""
        assert not verifier.can_verify(signer.public_key.key, signature, b"one")
