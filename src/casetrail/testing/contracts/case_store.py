"""Contract of the CaseStore port: a state changes once, from where it was, after its event."""

from collections.abc import Callable

import pytest

from casetrail.governance.case_store import CaseEntry, CaseStore
from casetrail.governance.cases import TRANSITIONS, CaseState
from casetrail.model.errors import IntegrityError, MissingError, RefusedError, UsageError
from casetrail.testing.contracts.audit_log import make_event
from casetrail.testing.fake_audit_log import FakeAuditLog

CASE = "C-AAAA-2222"
_PAIRS = [(before, after) for before in CaseState for after in CaseState]


class CaseStoreContract:
    """Subclasses give fixtures `audit_log`, a FakeAuditLog, and `store`, an empty register that records to it."""

    def test_entries_come_back(self, store: CaseStore) -> None:
        """Cases come back as they were added, by id."""
        entries = [CaseEntry(case_id, CaseState.DRAFT, due) for case_id, due in (("C-B", 2**52), ("C-A", 7))]
        for entry in entries:
            store.add_case(entry, audit=make_event())
        assert store.read_cases() == (entries[1], entries[0])
        assert store.read_case("C-B") == entries[0]

    def test_an_id_is_taken_once(self, store: CaseStore) -> None:
        """A second case under the same id is refused and changes nothing."""
        store.add_case(CaseEntry(CASE, CaseState.TRACING, 5), audit=make_event())
        with pytest.raises(UsageError):
            store.add_case(CaseEntry(CASE, CaseState.DRAFT, 6), audit=make_event())
        assert store.read_case(CASE) == CaseEntry(CASE, CaseState.TRACING, 5)

    def test_unknown_case(self, store: CaseStore) -> None:
        """There is nothing to read, move or erase of a case that is not there."""
        acts: tuple[Callable[[], object], ...] = (
            lambda: store.read_case(CASE),
            lambda: store.change_state(CASE, CaseState.DRAFT, CaseState.AUTHORISED, audit=make_event()),
            lambda: store.erase_case(CASE, audit=make_event()),
        )
        for act in acts:
            with pytest.raises(MissingError):
                act()

    @pytest.mark.parametrize(("before", "after"), _PAIRS, ids=[f"{b.name}-{a.name}" for b, a in _PAIRS])
    def test_every_transition(self, store: CaseStore, before: CaseState, after: CaseState) -> None:
        """A case moves where the table of transitions lets it, and nowhere else."""
        store.add_case(CaseEntry(CASE, before, 5), audit=make_event())
        if after in TRANSITIONS[before]:
            assert store.change_state(CASE, before, after, audit=make_event()).state is after
            assert store.read_case(CASE) == CaseEntry(CASE, after, 5)
        else:
            with pytest.raises(RefusedError):
                store.change_state(CASE, before, after, audit=make_event())
            assert store.read_case(CASE).state is before

    def test_who_comes_second_is_refused(self, store: CaseStore) -> None:
        """Of two that saw the same state, only the first may change it."""
        store.add_case(CaseEntry(CASE, CaseState.DRAFT, 5), audit=make_event())
        store.change_state(CASE, CaseState.DRAFT, CaseState.AUTHORISED, audit=make_event())
        with pytest.raises(RefusedError):
            store.change_state(CASE, CaseState.DRAFT, CaseState.CLOSING, audit=make_event())
        assert store.read_case(CASE).state is CaseState.AUTHORISED

    def test_only_a_closing_case_is_erased(self, store: CaseStore) -> None:
        """Erasing leaves pseudonym and state of a case that was closing, and is refused for any other."""
        store.add_case(CaseEntry(CASE, CaseState.TRACING, 5), audit=make_event())
        with pytest.raises(RefusedError):
            store.erase_case(CASE, audit=make_event())
        store.change_state(CASE, CaseState.TRACING, CaseState.CLOSING, audit=make_event())
        assert store.erase_case(CASE, audit=make_event()).state is CaseState.ERASED
        assert store.read_case(CASE).state is CaseState.ERASED

    def test_no_change_without_its_event(self, store: CaseStore, audit_log: FakeAuditLog) -> None:
        """While events cannot be recorded, no case is added, moved or erased."""
        store.add_case(CaseEntry(CASE, CaseState.CLOSING, 5), audit=make_event())
        audit_log.failing = True
        with pytest.raises(IntegrityError):
            store.add_case(CaseEntry("C-NEW", CaseState.DRAFT, 5), audit=make_event())
        with pytest.raises(IntegrityError):
            store.change_state(CASE, CaseState.CLOSING, CaseState.ERASED, audit=make_event())
        with pytest.raises(IntegrityError):
            store.erase_case(CASE, audit=make_event())
        assert store.read_cases() == (CaseEntry(CASE, CaseState.CLOSING, 5),)

    def test_a_refused_change_leaves_no_event(self, store: CaseStore, audit_log: FakeAuditLog) -> None:
        """What governance refuses did not happen and is not on record as an act."""
        store.add_case(CaseEntry(CASE, CaseState.ERASED, 5), audit=make_event(1))
        with pytest.raises(RefusedError):
            store.change_state(CASE, CaseState.ERASED, CaseState.TRACING, audit=make_event(2))
        assert [item.event for item in audit_log.recorded] == [make_event(1)]
