"""Contracts of the WitnessKeys and SeenCheckpoints ports: who is relied on, and what a witness remembers."""

import pytest

from casetrail.governance.audit import Actor, AuditEvent, Role
from casetrail.governance.signing import KeyKind, PublicKey
from casetrail.governance.witness import SeenCheckpoints, WitnessKeys
from casetrail.model.errors import CasetrailError, UsageError
from casetrail.testing.fake_audit_log import FakeAuditLog

EVENT = AuditEvent(Actor("officer-1", Role.PRIVACY_OFFICER), "witness.add")
ONE, TWO = PublicKey("one", bytes(32), KeyKind.COSIGNATURE), PublicKey("two", bytes(range(32)))


class WitnessKeysContract:
    """Subclasses give the fixtures `keys`, empty, and `log`, which it records to."""

    def test_witnesses_come_back(self, keys: WitnessKeys) -> None:
        """Whoever was added is there, in order, as they were."""
        assert keys.read_witnesses() == ()
        keys.add_witness(ONE, audit=EVENT)
        keys.add_witness(TWO, audit=EVENT)
        assert keys.read_witnesses() == (ONE, TWO)

    def test_a_name_stands_for_one(self, keys: WitnessKeys, log: FakeAuditLog) -> None:
        """Another key under a known name is refused, and nothing is recorded of it."""
        keys.add_witness(ONE, audit=EVENT)
        with pytest.raises(UsageError):
            keys.add_witness(PublicKey("one", bytes(range(32))), audit=EVENT)
        assert keys.read_witnesses() == (ONE,)
        assert log.acts == ["witness.add"]

    def test_no_change_without_its_event(self, keys: WitnessKeys, log: FakeAuditLog) -> None:
        """When the event cannot be recorded nobody is added."""
        log.failing = True
        with pytest.raises(CasetrailError):
            keys.add_witness(ONE, audit=EVENT)
        assert keys.read_witnesses() == ()


class SeenCheckpointsContract:
    """Subclasses give a fixture `seen`, empty."""

    def test_the_last_one_is_remembered(self, seen: SeenCheckpoints) -> None:
        """Each log has its own last checkpoint."""
        assert seen.read_seen(ONE) is None
        for text in ("first — a\n", "second — b\n"):
            seen.add_seen(ONE, text)
        assert seen.read_seen(ONE) == "second — b\n"
        assert seen.read_seen(TWO) is None
