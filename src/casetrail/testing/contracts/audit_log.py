"""Contract of the AuditLog port: nothing forgotten, nothing changed, hashed as RFC 6962 says."""

import pytest

from casetrail.governance.audit import Actor, AuditEvent, AuditLog, Role
from casetrail.governance.audit_codec import encode_event
from casetrail.governance.merkle import leaf_hash, tree_root
from casetrail.governance.proofs import check_consistency, check_inclusion
from casetrail.model.errors import BadInputError, IntegrityError

ACTOR = Actor("a-1", Role.INVESTIGATOR)


def make_event(number: int = 0, case_id: str | None = "C-0001") -> AuditEvent:
    """An event for tests."""
    return AuditEvent(ACTOR, "test.act", case_id, {"number": number}, "b" * 32)


class AuditLogContract:
    """Subclasses give a fixture `log`: a fresh, empty log."""

    def test_empty_log(self, log: AuditLog) -> None:
        """An empty log has the root of the empty tree."""
        assert log.read_head().size == 0
        assert log.read_head().root_hash == tree_root(()).hex()
        assert list(log.read_events()) == []
        assert log.verify() == 0

    def test_events_come_back_in_order(self, log: AuditLog) -> None:
        """What was recorded comes back as it was, in order, numbered from 0."""
        recorded = [log.record(make_event(number)) for number in range(5)]
        assert list(log.read_events()) == recorded
        assert [item.index for item in recorded] == list(range(5))
        assert [item.event for item in recorded] == [make_event(number) for number in range(5)]

    def test_events_of_a_case(self, log: AuditLog) -> None:
        """Events can be asked for by case."""
        for case_id in ("C-0001", None, "C-0002", "C-0001"):
            log.record(make_event(0, case_id))
        assert [item.index for item in log.read_events("C-0001")] == [0, 3]

    @pytest.mark.parametrize("count", [1, 2, 3, 7, 8])
    def test_root_follows_from_the_definition(self, log: AuditLog, count: int) -> None:
        """Leaf hashes and root are those of the recursive definition over the events' bytes."""
        recorded = [log.record(make_event(number)) for number in range(count)]
        leaves = [leaf_hash(encode_event(item.index, item.utc_us, item.event)) for item in recorded]
        assert [item.leaf_hash for item in recorded] == [leaf.hex() for leaf in leaves]
        assert log.read_head().root_hash == recorded[-1].root_hash == tree_root(leaves).hex()
        assert log.read_head().size == log.verify() == count

    def test_a_count_must_be_a_number(self, log: AuditLog) -> None:
        """A count that is not finite is refused, and the log stays as it was."""
        with pytest.raises(BadInputError):
            log.record(AuditEvent(ACTOR, "test.act", None, {"hours": float("nan")}))
        assert log.read_head().size == 0
        log.record(make_event())
        assert log.verify() == 1

    @pytest.mark.parametrize("count", [1, 2, 5, 8])
    def test_proofs_lead_to_the_root(self, log: AuditLog, count: int) -> None:
        """Every event is proved to be in the tree of every size that holds it, and every size to continue the last."""
        leaves = [bytes.fromhex(log.record(make_event(number)).leaf_hash) for number in range(count)]
        for size in range(1, count + 1):
            root = bytes.fromhex(log.read_root(size))
            assert root == tree_root(leaves[:size])
            check_consistency(log.prove_consistency(size), root, bytes.fromhex(log.read_head().root_hash))
            for index in range(size):
                check_inclusion(log.prove_inclusion(index, size), leaf_hash(log.read_leaf(index)), root)

    def test_what_is_not_there_cannot_be_read(self, log: AuditLog) -> None:
        """A log shorter than what somebody holds of it is an integrity failure, not an empty answer."""
        log.record(make_event())
        with pytest.raises(IntegrityError):
            log.read_root(2)
        with pytest.raises(IntegrityError):
            log.read_leaf(1)
        with pytest.raises(IntegrityError):
            log.prove_consistency(1, 2)
        assert log.read_root(0) == tree_root(()).hex()

    def test_checkpoints_are_kept(self, log: AuditLog) -> None:
        """Each published checkpoint is kept, by size; one of the same size takes its place unless it holds less."""
        assert log.read_checkpoint() is None
        assert log.read_checkpoints() == ()
        for size, text in ((2, "two"), (10, "ten"), (2, "two, countersigned"), (2, "two")):
            log.add_checkpoint(size, text)
        assert log.read_checkpoint() == "ten"
        assert log.read_checkpoints() == ("two, countersigned", "ten")
