"""Contract of the CaseStore port: a state changes once, from where it was, after its event."""

from collections.abc import Callable

import pytest

from casetrail.governance.access import WORKING
from casetrail.governance.case_store import CaseEntry, CaseStore, Hold, Standing
from casetrail.governance.cases import GRANTABLE, TRANSITIONS, CaseState
from casetrail.governance.grants import GrantEntry, RequestEntry
from casetrail.governance.orders import AlertLevel, Order
from casetrail.model.errors import IntegrityError, MissingError, RefusedError, UsageError
from casetrail.model.time import UtcInterval
from casetrail.testing.contracts.audit_log import make_event
from casetrail.testing.fake_audit_log import FakeAuditLog

CASE = "C-AAAA-2222"
OTHER = "C-BBBB-3333"
REQUEST = RequestEntry("R-1", CASE, "investigator-1", 2**52, "a1b2")
GRANT = GrantEntry("G-1", CASE, "R-1", "supervisor-1", UtcInterval(2**52, 2**52 + 10**9))
ORDER = Order(
    "2026-7", "홍역 measles", AlertLevel.CAUTION, "Art. 18\n제18조", UtcInterval(5, 10**12), "key-1", b"\x00\xff"
)
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

    def test_orders_come_back(self, store: CaseStore) -> None:
        """Orders come back by id exactly as they were added, signature and all; an id is taken once."""
        later = Order("2026-8", "measles", AlertLevel.SERIOUS, "Art. 18", UtcInterval(2**52, 2**52 + 9), "key-2", b"s")
        for order in (later, ORDER):
            store.add_order(order, audit=make_event())
        assert store.read_orders() == (ORDER, later)
        with pytest.raises(UsageError):
            store.add_order(ORDER, audit=make_event())

    def test_a_granted_draft_is_authorised(self, store: CaseStore) -> None:
        """Request and grant come back, and granting moves a draft, in one change."""
        store.add_case(CaseEntry(CASE, CaseState.DRAFT, 5), audit=make_event())
        store.add_request(REQUEST, audit=make_event())
        assert store.read_case(CASE).state is CaseState.DRAFT
        assert store.add_grant(GRANT, audit=make_event()) == CaseEntry(CASE, CaseState.AUTHORISED, 5)
        assert store.read_case(CASE).state is CaseState.AUTHORISED
        assert (store.read_requests(CASE), store.read_grants(CASE)) == ((REQUEST,), (GRANT,))

    def test_requests_and_grants_keep_their_order(self, store: CaseStore) -> None:
        """They come back as they were added, of their own case only; a case further on stays where it is."""
        for case_id in (CASE, OTHER):
            store.add_case(CaseEntry(case_id, CaseState.TRACING, 5), audit=make_event())
        for name in ("Z", "A"):
            store.add_request(RequestEntry(f"R-{name}", CASE, "one", 7, ""), audit=make_event())
            store.add_grant(GrantEntry(f"G-{name}", CASE, f"R-{name}", "two", UtcInterval(7, 8)), audit=make_event())
        assert [each.request_id for each in store.read_requests(CASE)] == ["R-Z", "R-A"]
        assert [each.grant_id for each in store.read_grants(CASE)] == ["G-Z", "G-A"]
        assert (store.read_requests(OTHER), store.read_grants(OTHER)) == ((), ())
        assert store.read_case(CASE).state is CaseState.TRACING

    def test_standing_is_what_the_single_readings_say(self, store: CaseStore) -> None:
        """The case, its latest grant with that request, and every order come back in one reading."""
        for case_id in (CASE, OTHER):
            store.add_case(CaseEntry(case_id, CaseState.DRAFT, 5), audit=make_event())
        assert store.read_standing(CASE) == Standing(CaseEntry(CASE, CaseState.DRAFT, 5))
        store.add_order(ORDER, audit=make_event())
        for name in ("Z", "A"):
            store.add_request(RequestEntry(f"R-{name}", CASE, "one", 7, ""), audit=make_event())
            store.add_grant(GrantEntry(f"G-{name}", CASE, f"R-{name}", "two", UtcInterval(7, 8)), audit=make_event())
        standing = store.read_standing(CASE)
        assert standing.entry == store.read_case(CASE)
        assert standing.orders == store.read_orders() == (ORDER,)
        assert (standing.grant, standing.request) == (store.read_grants(CASE)[-1], store.read_requests(CASE)[-1])
        assert store.read_standing(OTHER).grant is None
        with pytest.raises(MissingError):
            store.read_standing("C-NONE")

    def test_a_request_is_granted_once_and_by_another(self, store: CaseStore) -> None:
        """Whoever asked cannot grant, nobody grants twice, and a request of another case is none."""
        for case_id in (CASE, OTHER):
            store.add_case(CaseEntry(case_id, CaseState.DRAFT, 5), audit=make_event())
        store.add_request(REQUEST, audit=make_event())
        with pytest.raises(UsageError):
            store.add_request(REQUEST, audit=make_event())
        with pytest.raises(RefusedError):
            store.add_grant(GrantEntry("G-0", CASE, "R-1", REQUEST.requester, GRANT.valid), audit=make_event())
        with pytest.raises(MissingError):
            store.add_grant(GrantEntry("G-0", OTHER, "R-1", "supervisor-1", GRANT.valid), audit=make_event())
        assert store.read_case(CASE).state is CaseState.DRAFT
        store.add_grant(GRANT, audit=make_event())
        with pytest.raises(RefusedError):
            store.add_grant(GrantEntry("G-2", CASE, "R-1", "supervisor-2", GRANT.valid), audit=make_event())
        assert store.read_grants(CASE) == (GRANT,)

    @pytest.mark.parametrize("state", list(CaseState))
    def test_where_a_grant_is_possible(self, store: CaseStore, state: CaseState) -> None:
        """Nothing is asked or granted while a case is suspended, closing or erased."""
        store.add_case(CaseEntry(CASE, state, 5), audit=make_event())
        if state in GRANTABLE:
            store.add_request(REQUEST, audit=make_event())
            store.add_grant(GRANT, audit=make_event())
            return
        with pytest.raises(RefusedError):
            store.add_request(REQUEST, audit=make_event())
        with pytest.raises(RefusedError):
            store.add_grant(GRANT, audit=make_event())

    @pytest.mark.parametrize("after", [CaseState.SUSPENDED, CaseState.CLOSING])
    def test_grants_end_with_the_work(self, store: CaseStore, after: CaseState) -> None:
        """A case that is suspended or closing has no grant any more; its request stays and may be granted anew."""
        store.add_case(CaseEntry(CASE, CaseState.TRACING, 5), audit=make_event())
        store.add_request(REQUEST, audit=make_event())
        store.add_grant(GRANT, audit=make_event())
        store.change_state(CASE, CaseState.TRACING, after, audit=make_event())
        assert (store.read_grants(CASE), store.read_requests(CASE)) == ((), (REQUEST,))
        if after is CaseState.SUSPENDED:
            store.change_state(CASE, after, CaseState.TRACING, audit=make_event())
            store.add_grant(GRANT, audit=make_event())
            assert store.read_grants(CASE) == (GRANT,)

    def test_erasing_takes_requests_too(self, store: CaseStore) -> None:
        """Of an erased case neither request nor grant is left."""
        store.add_case(CaseEntry(CASE, CaseState.TRACING, 5), audit=make_event())
        store.add_request(REQUEST, audit=make_event())
        store.change_state(CASE, CaseState.TRACING, CaseState.CLOSING, audit=make_event())
        store.erase_case(CASE, audit=make_event())
        assert (store.read_requests(CASE), store.read_grants(CASE)) == ((), ())

    def test_nothing_is_asked_or_granted_of_an_unknown_case(self, store: CaseStore) -> None:
        """There is nobody to ask for."""
        acts: tuple[Callable[[], object], ...] = (
            lambda: store.add_request(REQUEST, audit=make_event()),
            lambda: store.add_grant(GRANT, audit=make_event()),
            lambda: store.read_requests(CASE),
            lambda: store.read_grants(CASE),
        )
        for act in acts:
            with pytest.raises(MissingError):
                act()

    def test_no_order_request_or_grant_without_its_event(self, store: CaseStore, audit_log: FakeAuditLog) -> None:
        """While events cannot be recorded, none of them is kept and a draft stays a draft."""
        store.add_case(CaseEntry(CASE, CaseState.DRAFT, 5), audit=make_event())
        store.add_request(REQUEST, audit=make_event())
        audit_log.failing = True
        with pytest.raises(IntegrityError):
            store.add_order(ORDER, audit=make_event())
        with pytest.raises(IntegrityError):
            store.add_request(RequestEntry("R-2", CASE, "one", 7, ""), audit=make_event())
        with pytest.raises(IntegrityError):
            store.add_grant(GRANT, audit=make_event())
        assert (store.read_orders(), store.read_requests(CASE), store.read_grants(CASE)) == ((), (REQUEST,), ())
        assert store.read_case(CASE).state is CaseState.DRAFT

    def test_a_due_date_only_moves_earlier(self, store: CaseStore) -> None:
        """Earlier is taken, later refused, and an erased case has nothing to move."""
        store.add_case(CaseEntry(CASE, CaseState.TRACING, 100), audit=make_event())
        assert store.change_due(CASE, 60, audit=make_event()) == CaseEntry(CASE, CaseState.TRACING, 60)
        with pytest.raises(RefusedError, match="earlier"):
            store.change_due(CASE, 61, audit=make_event())
        assert store.read_case(CASE).due_us == 60
        store.add_case(CaseEntry(OTHER, CaseState.ERASED, 100), audit=make_event())
        with pytest.raises(RefusedError):
            store.change_due(OTHER, 60, audit=make_event())

    def test_views_are_counted_within_their_budget(self, store: CaseStore) -> None:
        """Views add up to the budget and no further; what was not used is given back, never below nothing."""
        store.add_case(CaseEntry(CASE, CaseState.TRACING, 5), audit=make_event())
        assert store.read_views(CASE) == 0
        assert store.change_views(CASE, 6, 10, audit=make_event()) == 6
        with pytest.raises(RefusedError, match="beyond"):
            store.change_views(CASE, 5, 10, audit=make_event())
        assert store.change_views(CASE, 4, 10, audit=make_event()) == 10
        assert store.change_views(CASE, -3, 10, audit=make_event()) == 7
        assert store.change_views(CASE, -30, 10, audit=make_event()) == 0
        assert store.read_views(CASE) == 0

    @pytest.mark.parametrize("state", [state for state in CaseState if state not in WORKING])
    def test_no_view_is_counted_where_nobody_works(self, store: CaseStore, state: CaseState) -> None:
        """Nothing is opened in a case that nobody may work on; giving back is possible anywhere."""
        store.add_case(CaseEntry(CASE, state, 5), audit=make_event())
        with pytest.raises(RefusedError):
            store.change_views(CASE, 1, 10, audit=make_event())
        assert store.change_views(CASE, -1, 10, audit=make_event()) == 0

    def test_erasing_takes_the_count_too(self, store: CaseStore) -> None:
        """Of an erased case no count of views is left."""
        store.add_case(CaseEntry(CASE, CaseState.TRACING, 5), audit=make_event())
        store.change_views(CASE, 6, 10, audit=make_event())
        store.change_state(CASE, CaseState.TRACING, CaseState.CLOSING, audit=make_event())
        store.erase_case(CASE, audit=make_event())
        assert store.read_views(CASE) == 0

    def test_holds_come_back(self, store: CaseStore) -> None:
        """A thing is under one legal hold at most; who holds it, why and since when is told until it ends."""
        holds = [Hold(thing, "court order 2026-7", 5, "officer-1") for thing in ("day 2026-03-02", f"case {CASE}")]
        for hold in holds:
            store.set_hold(hold, audit=make_event())
        assert store.read_holds() == (holds[1], holds[0])
        with pytest.raises(UsageError):
            store.set_hold(holds[0], audit=make_event())
        store.remove_hold(holds[0].thing, audit=make_event())
        assert store.read_holds() == (holds[1],)
        with pytest.raises(MissingError):
            store.remove_hold(holds[0].thing, audit=make_event())

    def test_no_due_date_count_or_hold_without_its_event(self, store: CaseStore, audit_log: FakeAuditLog) -> None:
        """While events cannot be recorded, none of them changes."""
        store.add_case(CaseEntry(CASE, CaseState.TRACING, 5), audit=make_event())
        store.set_hold(Hold("day 2026-03-02", "court order", 5, "officer-1"), audit=make_event())
        audit_log.failing = True
        acts: tuple[Callable[[], object], ...] = (
            lambda: store.change_due(CASE, 1, audit=make_event()),
            lambda: store.change_views(CASE, 1, 10, audit=make_event()),
            lambda: store.set_hold(Hold("day 2026-03-03", "court order", 5, "officer-1"), audit=make_event()),
            lambda: store.remove_hold("day 2026-03-02", audit=make_event()),
        )
        for act in acts:
            with pytest.raises(IntegrityError):
                act()
        assert (store.read_case(CASE).due_us, store.read_views(CASE), len(store.read_holds())) == (5, 0, 1)
