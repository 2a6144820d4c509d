"""Contract of the AuthorityKeys port: only keys that were trusted count, and trusting is on record first."""

import pytest

from casetrail.governance.orders import AlertLevel, AuthorityKeys, Order, check_signed, find_order, sign_order
from casetrail.governance.signing import Signer
from casetrail.model.errors import IntegrityError, RefusedError, UsageError
from casetrail.model.time import UtcInterval
from casetrail.testing.contracts.audit_log import make_event
from casetrail.testing.fake_audit_log import FakeAuditLog

ORDER = Order("O-1", "Measles", AlertLevel.ALERT, "IDCPA 18", UtcInterval(0, 1_000_000))


class AuthorityKeysContract:
    """Subclasses give fixtures `audit_log`, `keys` without any key, and `signer`, an authority."""

    def test_only_a_trusted_key_counts(self, keys: AuthorityKeys, signer: Signer) -> None:
        """Before its key is trusted nothing that an authority signed counts; afterwards it does."""
        order = sign_order(ORDER, signer)
        assert not keys.has_signed(order.key_id, order.signed_bytes, order.signature)
        with pytest.raises(RefusedError, match="no trusted authority"):
            check_signed(order, keys)
        keys.add_key(signer.public_key, audit=make_event())
        assert keys.read_keys() == (signer.public_key,)
        check_signed(order, keys)
        assert find_order([ORDER, order], keys, " measles", 5) == order

    def test_what_was_changed_is_not_signed(self, keys: AuthorityKeys, signer: Signer) -> None:
        """Other bytes, another signature, or a key id that is not the signer's: not signed."""
        keys.add_key(signer.public_key, audit=make_event())
        signature = signer.sign(b"data")
        assert keys.has_signed(signer.key_id, b"data", signature)
        assert not keys.has_signed(signer.key_id, b"date", signature)
        assert not keys.has_signed(signer.key_id, b"data", signature[:-1] + bytes([signature[-1] ^ 1]))
        assert not keys.has_signed(signer.key_id, b"data", b"")
        assert not keys.has_signed("00000000", b"data", signature)

    def test_a_key_is_trusted_once(self, keys: AuthorityKeys, signer: Signer) -> None:
        """Trusting it again is wrong usage."""
        keys.add_key(signer.public_key, audit=make_event())
        with pytest.raises(UsageError):
            keys.add_key(signer.public_key, audit=make_event())

    def test_no_trust_without_its_event(self, keys: AuthorityKeys, signer: Signer, audit_log: FakeAuditLog) -> None:
        """While events cannot be recorded, no key is trusted."""
        audit_log.failing = True
        with pytest.raises(IntegrityError):
            keys.add_key(signer.public_key, audit=make_event())
        assert keys.read_keys() == ()
