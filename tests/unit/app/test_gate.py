"""The gate on a staged office: it records before anything happens, and nothing that it refuses leaves a trace."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from casetrail.app.approve_request import approve_request
from casetrail.app.case_records import read_case
from casetrail.app.consent import ConsentChange, record_consent, withdraw_consent
from casetrail.app.open_case import CaseRequest, open_case
from casetrail.app.request_access import AS_OPENED, ScopeWish, read_asked, request_access
from casetrail.app.suspend_case import Cause, resume_case, suspend_case, suspend_where_order_ended
from casetrail.governance.access import can_open
from casetrail.governance.acts import RULES, Act, Need
from casetrail.governance.audit import Actor, AuditEvent, Role
from casetrail.governance.cases import Case, CaseState, LegalBasis, Method, Scope
from casetrail.governance.consent import ConsentRecord, ConsentStatus
from casetrail.governance.orders import Order, sign_order
from casetrail.model.errors import BadInputError, IntegrityError, MissingError, RefusedError, UsageError
from casetrail.model.time import UtcInterval
from casetrail.testing.fake_policy import FakePolicy
from casetrail.testing.staged_case import BASIS, START_US, Clock
from casetrail.testing.staged_office import (
    DAY_US,
    INVESTIGATOR,
    PRIVACY_OFFICER,
    SUPERVISOR,
    StagedOffice,
    stage_office,
    stage_order,
)

PERIOD = UtcInterval(START_US - DAY_US, START_US + DAY_US)


@pytest.fixture
def clock() -> Clock:
    """A clock that stands at the start."""
    return Clock()


@pytest.fixture
def office(clock: Clock) -> StagedOffice:
    """An office with an order for measles in force."""
    return stage_office(clock)


def open_draft(office: StagedOffice, method: Method = Method.CLOTHING, basis: LegalBasis = BASIS) -> Case:
    """A draft."""
    request = CaseRequest("Measles ", PERIOD, basis, Scope(PERIOD, method=method))
    return open_case(office.ports, request, INVESTIGATOR, office.now_us())


def give_consent(office: StagedOffice, case_id: str) -> None:
    """Live consent for a day."""
    valid = UtcInterval(office.now_us(), office.now_us() + DAY_US)
    record = ConsentRecord(case_id, ConsentStatus.GIVEN, valid, "I agree.", "en", "on paper", "Room 3")
    record_consent(office.ports, record, INVESTIGATOR)


def test_the_way_to_a_trace(office: StagedOffice) -> None:
    """Draft, request, grant by another person: then a trace may run, and each step is on record with the policy."""
    case = open_draft(office)
    assert case.state is CaseState.DRAFT
    with pytest.raises(RefusedError, match="draft"):
        office.ports.gate.permit(INVESTIGATOR, Act.TRACE_RUN, case.case_id)
    grant = office.grant(case.case_id)
    assert (grant.requester, grant.entry.approver) == (INVESTIGATOR.actor_id, SUPERVISOR.actor_id)
    event = office.ports.gate.permit(INVESTIGATOR, Act.TRACE_RUN, case.case_id, {"cameras": 3})
    assert office.audit_log.recorded[-1].event == event
    assert (event.policy, event.counts, bool(event.basis)) == ("0" * 64, {"cameras": 3}, True)
    acts = office.audit_log.acts
    assert acts.index("case.open") < acts.index("case.request") < acts.index("case.approve") < acts.index("trace.run")


def test_a_refused_act_is_not_on_record(office: StagedOffice) -> None:
    """What the gate refuses did not happen, and the log does not grow."""
    case = open_draft(office)
    before = len(office.audit_log.recorded)
    for act in (Act.TRACE_RUN, Act.FACES_COMPARE, Act.EVIDENCE_CLIP, Act.CASE_RESUME):
        with pytest.raises(RefusedError):
            office.ports.gate.permit(INVESTIGATOR, act, case.case_id)
    assert len(office.audit_log.recorded) == before


def test_no_act_without_its_event(office: StagedOffice) -> None:
    """While the log cannot be written, an act that everything else allows is refused."""
    case = open_draft(office)
    office.grant(case.case_id)
    office.audit_log.failing = True
    with pytest.raises(IntegrityError):
        office.ports.gate.permit(INVESTIGATOR, Act.TRACE_RUN, case.case_id)


def test_the_grant_ends_after_a_day(office: StagedOffice, clock: Clock) -> None:
    """At the last microsecond it holds; a day later it has ended, and a new one goes on."""
    case = open_draft(office)
    office.grant(case.case_id)
    clock.utc_us += DAY_US - 1
    office.ports.gate.permit(INVESTIGATOR, Act.TRACE_RUN, case.case_id)
    clock.utc_us += 1
    with pytest.raises(RefusedError, match="the grant has ended"):
        office.ports.gate.permit(INVESTIGATOR, Act.TRACE_RUN, case.case_id)
    office.grant(case.case_id)
    office.ports.gate.permit(INVESTIGATOR, Act.TRACE_RUN, case.case_id)


def test_the_latest_grant_sets_the_scope(office: StagedOffice) -> None:
    """What may be opened is what was granted last, not what the case was opened with."""
    case = open_draft(office)
    hour = UtcInterval(START_US, START_US + 3_600_000_000)
    office.grant(case.case_id, ScopeWish(None, hour.start_us, hour.end_us, None, 7))
    granted = read_case(office.ports.store, office.ports.vault, case.case_id)
    assert (granted.scope.interval, granted.scope.views) == (hour, 7)
    assert can_open(granted, "A", hour)
    assert not can_open(granted, "A", UtcInterval(hour.end_us, hour.end_us + 1))


def test_who_granted_does_not_do_the_work(office: StagedOffice) -> None:
    """The name that approved cannot run the trace in any role; nor can the requester approve under another role."""
    case = open_draft(office)
    office.grant(case.case_id)
    with pytest.raises(RefusedError, match="who granted"):
        office.ports.gate.permit(Actor(SUPERVISOR.actor_id, Role.INVESTIGATOR), Act.TRACE_RUN, case.case_id)
    asked = request_access(office.requests, case.case_id, INVESTIGATOR, office.now_us(), written_order="WO-2")
    with pytest.raises(RefusedError, match="who asked"):
        approve_request(
            office.ports,
            case.case_id,
            asked.entry.request_id,
            Actor(INVESTIGATOR.actor_id, Role.SUPERVISOR),
            office.now_us(),
        )


def test_what_cannot_be_asked(office: StagedOffice) -> None:
    """Beyond the infectious period, without a written order, for an unknown camera, or for more than a day."""
    case = open_draft(office)

    def ask(wish: ScopeWish = AS_OPENED, written_order: str = "WO") -> object:
        return request_access(
            office.requests, case.case_id, INVESTIGATOR, office.now_us(), wish=wish, written_order=written_order
        )

    with pytest.raises(RefusedError, match="infectious period"):
        ask(wish=ScopeWish(end_us=PERIOD.end_us + 1))
    with pytest.raises(RefusedError, match="written order"):
        ask(written_order=" ")
    with pytest.raises(UsageError, match="camera"):
        ask(wish=ScopeWish(cameras=frozenset({"NOWHERE"})))
    with pytest.raises(BadInputError):
        ask(wish=ScopeWish(views=0))
    asked = request_access(office.requests, case.case_id, INVESTIGATOR, office.now_us(), written_order="WO")
    with pytest.raises(UsageError, match="24 hours"):
        approve_request(office.ports, case.case_id, asked.entry.request_id, SUPERVISOR, office.now_us(), hours=25)
    with pytest.raises(MissingError):
        approve_request(office.ports, case.case_id, "R-none", SUPERVISOR, office.now_us())


def test_an_unlisted_authority_is_flagged(office: StagedOffice) -> None:
    """The approver is told; nobody is refused for it. A listed one, by its Korean name too, raises no doubt."""
    for authority, doubts in (("Staged Agency", 1), ("질병관리청", 0), ("kdca", 0)):
        case = open_draft(office, basis=replace(BASIS, authority=authority))
        asked = request_access(office.requests, case.case_id, INVESTIGATOR, office.now_us(), written_order="WO")
        seen = read_asked(office.requests, case.case_id, asked.entry.request_id, PRIVACY_OFFICER)
        assert len(seen.doubts) == doubts
        assert office.audit_log.acts[-1] == "case.show"


def test_an_order_changed_in_the_register_counts_for_nothing(office: StagedOffice) -> None:
    """An order whose disease, dates or level were edited after signing opens nothing."""
    office.ports.store._orders.clear()  # type: ignore[attr-defined]
    order = stage_order(office.authority, "rubella", START_US - DAY_US)
    office.ports.store.add_order(replace(order, disease="measles"), audit=AuditEvent(INVESTIGATOR, "test"))
    with pytest.raises(RefusedError, match="no outbreak order"):
        open_draft(office)


def test_an_authority_that_is_no_longer_trusted(office: StagedOffice) -> None:
    """Taking its key away ends the order at once."""
    case = open_draft(office)
    office.grant(case.case_id)
    office.authority.trusted = False
    with pytest.raises(RefusedError, match="no outbreak order"):
        office.ports.gate.permit(INVESTIGATOR, Act.TRACE_RUN, case.case_id)


def test_when_the_order_ends_only_the_way_out_is_left(office: StagedOffice, clock: Clock) -> None:
    """Open cases are suspended; they can be shown and closed, and nothing else until a new order."""
    case = open_draft(office)
    office.grant(case.case_id)
    assert suspend_where_order_ended(office.ports, SUPERVISOR) == ()
    clock.utc_us += 30 * DAY_US
    assert suspend_where_order_ended(office.ports, SUPERVISOR) == (case.case_id,)
    for act in Act:
        if not RULES[act].states:
            continue
        actor = Actor("another", sorted(RULES[act].roles)[0])
        allowed = Need.ORDER not in RULES[act].needs and CaseState.SUSPENDED in RULES[act].states
        try:
            office.ports.gate.permit(actor, act, case.case_id, requester="somebody")
        except RefusedError:
            assert not allowed, act
        else:
            assert allowed, act
    renewed: Order = replace(stage_order(office.authority, "measles", clock()), order_id="ORDER-2")
    office.ports.store.add_order(sign_order(renewed, office.authority), audit=AuditEvent(SUPERVISOR, "test"))
    assert resume_case(office.ports, case.case_id, SUPERVISOR).state is CaseState.TRACING
    with pytest.raises(RefusedError, match="nobody granted"):
        office.ports.gate.permit(INVESTIGATOR, Act.TRACE_RUN, case.case_id)


def test_suspension_ends_the_grant(office: StagedOffice) -> None:
    """After an objection the work goes on only under a new grant."""
    case = open_draft(office)
    office.grant(case.case_id)
    assert suspend_case(office.ports, case.case_id, Cause.OBJECTION, INVESTIGATOR).state is CaseState.SUSPENDED
    assert office.audit_log.recorded[-1].event.counts == {"objection": 1}
    assert office.ports.store.read_grants(case.case_id) == ()


def test_consent_alone_allows_the_face_and_nothing_after(office: StagedOffice) -> None:
    """Without a written order the work rests on consent: withdrawing it suspends the case."""
    case = open_draft(office, Method.CLOTHING_AND_FACE)
    office.grant(case.case_id, written_order="")
    with pytest.raises(RefusedError, match="consent"):
        office.ports.gate.permit(INVESTIGATOR, Act.TRACE_RUN, case.case_id)
    give_consent(office, case.case_id)
    office.ports.gate.permit(INVESTIGATOR, Act.FACES_COMPARE, case.case_id)
    change = _withdraw(office, case.case_id)
    assert change.suspended
    assert office.ports.store.read_case(case.case_id).state is CaseState.SUSPENDED


def test_with_a_written_order_the_clothing_goes_on(office: StagedOffice) -> None:
    """Withdrawing ends the face comparison, and the trace by clothing may run."""
    case = open_draft(office, Method.CLOTHING_AND_FACE)
    office.grant(case.case_id, written_order="WO-1")
    give_consent(office, case.case_id)
    office.ports.gate.permit(INVESTIGATOR, Act.FACES_COMPARE, case.case_id)
    assert not _withdraw(office, case.case_id).suspended
    office.ports.gate.permit(INVESTIGATOR, Act.TRACE_RUN, case.case_id)
    with pytest.raises(RefusedError, match="withdrawn"):
        office.ports.gate.permit(INVESTIGATOR, Act.FACES_COMPARE, case.case_id)


def _withdraw(office: StagedOffice, case_id: str) -> ConsentChange:
    return withdraw_consent(office.ports, case_id, PRIVACY_OFFICER)


def test_a_stale_witness_stops_new_traces_only(clock: Clock) -> None:
    """Running a trace is refused; reviewing what was opened, and closing, go on."""

    def stale() -> None:
        raise RefusedError("the last countersignature of a witness is 8 days old")

    office = stage_office(clock, check_witness=stale)
    case = open_draft(office)
    office.grant(case.case_id)
    with pytest.raises(RefusedError, match="8 days old"):
        office.ports.gate.permit(INVESTIGATOR, Act.TRACE_RUN, case.case_id)
    office.ports.gate.permit(INVESTIGATOR, Act.TRACE_REVIEW, case.case_id)
    office.ports.gate.permit(INVESTIGATOR, Act.CASE_CLOSE, case.case_id)


def test_the_policy_narrows(clock: Clock) -> None:
    """What the text refuses is refused although every invariant holds."""
    office = stage_office(clock, policy=FakePolicy(lambda _actor, act, _context: act != "trace.run"))
    case = open_draft(office)
    office.grant(case.case_id)
    with pytest.raises(RefusedError, match="policy"):
        office.ports.gate.permit(INVESTIGATOR, Act.TRACE_RUN, case.case_id)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    act=st.sampled_from([act for act in Act if RULES[act].states]),
    role=st.sampled_from(list(Role)),
    name=st.sampled_from([INVESTIGATOR.actor_id, SUPERVISOR.actor_id, "third"]),
    granted=st.booleans(),
    late_days=st.sampled_from([0, 2, 40]),
)
def test_no_policy_widens(act: Act, role: Role, name: str, granted: bool, late_days: int) -> None:
    """Under a text that permits everything, whatever an act rests on is still needed."""
    clock = Clock()
    office = stage_office(clock, policy=FakePolicy())
    case = open_draft(office, Method.CLOTHING_AND_FACE)
    if granted:
        office.grant(case.case_id)
    clock.utc_us += late_days * DAY_US
    rule = RULES[act]
    state = CaseState.AUTHORISED if granted else CaseState.DRAFT
    possible = (
        role in rule.roles
        and state in rule.states
        and (Need.ORDER not in rule.needs or late_days < 29)
        and (Need.GRANT not in rule.needs or (granted and late_days == 0 and name != SUPERVISOR.actor_id))
        and Need.CONSENT not in rule.needs
        and (Need.SECOND_PERSON not in rule.needs or name != INVESTIGATOR.actor_id)
    )
    try:
        office.ports.gate.check(Actor(name, role), act, case.case_id, requester=INVESTIGATOR.actor_id)
    except RefusedError:
        assert not possible
    else:
        assert possible


@pytest.mark.parametrize("change", [{"approver": "nobody"}, {"valid": UtcInterval(START_US, START_US + DAY_US // 2)}])
def test_a_grant_changed_in_the_register_is_found(office: StagedOffice, change: dict[str, object]) -> None:
    """The register's row is held against the copy in the vault: a grant made or changed by hand ends the work."""
    case = open_draft(office)
    grant = office.grant(case.case_id)
    rows = office.ports.store._grants  # type: ignore[attr-defined]
    rows[grant.entry.grant_id] = replace(grant.entry, **change)  # type: ignore[arg-type]
    with pytest.raises(IntegrityError, match="grant"):
        office.ports.gate.permit(INVESTIGATOR, Act.TRACE_RUN, case.case_id)
    rows[grant.entry.grant_id] = replace(grant.entry, grant_id="G-made-up")
    with pytest.raises(IntegrityError, match="grant"):
        office.ports.gate.permit(INVESTIGATOR, Act.TRACE_RUN, case.case_id)
