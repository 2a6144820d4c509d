"""Whether an act may happen: the invariants, in Python, whatever a policy text says.

`check_may` looks at who asks, in which capacity, where the case stands, and what the act rests on. It decides from
values only; the gate of the app room gathers them and records the act.
"""

from dataclasses import dataclass

from casetrail.governance.access import check_legal_basis
from casetrail.governance.acts import RULES, Act, ActRule, Need
from casetrail.governance.audit import PURPOSE, Actor
from casetrail.governance.cases import CaseState, LegalBasis, Method
from casetrail.governance.consent import ConsentRecord, can_compare_faces, check_face_consent
from casetrail.governance.grants import Grant
from casetrail.governance.orders import Order
from casetrail.model.errors import RefusedError


@dataclass(frozen=True)
class Asked:
    """An act that somebody asks to do, and what there is to decide by.

    `state` None: it concerns no case. `order`: the one in force for the disease of the case, its signature checked.
    `grant`: the latest one, live or not. `requester`: who asked for what is about to be approved.
    """

    actor: Actor
    act: Act
    now_us: int
    case_id: str = ""
    state: CaseState | None = None
    basis: LegalBasis | None = None
    order: Order | None = None
    grant: Grant | None = None
    consent: ConsentRecord | None = None
    requester: str = ""

    @property
    def where(self) -> str:
        """The case, for messages."""
        return f"case {self.case_id}" if self.case_id else ""

    @property
    def order_holds(self) -> bool:
        """Whether an order is in force at this moment."""
        return self.order is not None and self.order.valid.contains(self.now_us)

    @property
    def basis_is_whole(self) -> bool:
        """Whether authority, document, date and articles are named."""
        try:
            check_legal_basis(self.basis or LegalBasis("", "", "", ""))
        except RefusedError:
            return False
        return True

    @property
    def grant_holds(self) -> bool:
        """Whether the latest grant is live, of this case, and neither given nor stretched by who acts now."""
        grant = self.grant
        return (
            grant is not None
            and grant.entry.case_id == self.case_id
            and grant.is_live(self.now_us)
            and grant.entry.approver not in (self.actor.actor_id, grant.requester)
            and (bool(grant.request.written_order) or self.consent_holds)
        )

    @property
    def consent_holds(self) -> bool:
        """Whether consent to face comparison is live."""
        return can_compare_faces(self.consent, self.case_id, self.now_us)


def check_may(asked: Asked) -> None:
    """Raises RefusedError, in one sentence, unless the act may happen."""
    rule = RULES[asked.act]
    _check_role(asked, rule)
    _check_state(asked, rule)
    if Need.ORDER in rule.needs and not asked.order_holds:
        todo = "import a signed order with `casetrail order import`; open cases can only be closed until then"
        raise RefusedError("no outbreak order is in force for this disease", where=asked.where, todo=todo)
    if Need.BASIS in rule.needs:
        check_legal_basis(asked.basis or LegalBasis("", "", "", ""))
    if Need.SECOND_PERSON in rule.needs:
        _check_second_person(asked)
    if Need.GRANT in rule.needs:
        _check_grant(asked)
    if Need.CONSENT in rule.needs:
        _check_consent(asked)


def can_do(asked: Asked) -> bool:
    """Whether `check_may` would pass."""
    try:
        check_may(asked)
    except RefusedError:
        return False
    return True


def build_context(asked: Asked) -> dict[str, bool | str]:
    """The facts that a policy text is asked with; every name is there for every act."""
    grant = asked.grant
    return {
        "purpose": PURPOSE,
        "role": asked.actor.role.value,
        "state": "none" if asked.state is None else asked.state.value,
        "order": asked.order_holds,
        "alert": "none" if asked.order is None else asked.order.alert_level.value,
        "basis": asked.basis_is_whole,
        "grant": asked.grant_holds,
        "method": "none" if grant is None else grant.scope.method.value,
        "consent": asked.consent_holds,
        "own_request": bool(asked.requester) and asked.requester == asked.actor.actor_id,
    }


def _check_role(asked: Asked, rule: ActRule) -> None:
    if asked.actor.role not in rule.roles:
        roles = " or ".join(sorted(role.replace("_", " ") for role in rule.roles))
        what = f"{_name(asked.act)} is not for the {asked.actor.role.replace('_', ' ')}"
        raise RefusedError(what, where=asked.where, todo=f"it takes the {roles}")


def _check_state(asked: Asked, rule: ActRule) -> None:
    if (asked.state is None) != (not rule.states):
        raise RefusedError(f"{_name(asked.act)} concerns {'a' if rule.states else 'no'} case", where=asked.where)
    if asked.state is not None and asked.state not in rule.states:
        todo = "ask for a grant with `casetrail case request`" if asked.state is CaseState.DRAFT else ""
        raise RefusedError(f"{_name(asked.act)} is not for a case that is {asked.state}", where=asked.where, todo=todo)


def _check_second_person(asked: Asked) -> None:
    if not asked.requester or asked.requester == asked.actor.actor_id:
        raise RefusedError("who asked cannot approve", where=asked.where, todo="ask a second person")


def _check_grant(asked: Asked) -> None:
    grant = asked.grant
    todo = "ask for one with `casetrail case request`, and have it approved by a second person"
    if grant is None or grant.entry.case_id != asked.case_id:
        raise RefusedError("nobody granted a look into the footage", where=asked.where, todo=todo)
    if not grant.is_live(asked.now_us):
        raise RefusedError("the grant has ended", where=asked.where, todo=todo)
    if grant.entry.approver in (asked.actor.actor_id, grant.requester):
        raise RefusedError("who granted cannot do the work", where=asked.where, todo="ask a second person")
    if not grant.request.written_order and not asked.consent_holds:
        what = "the grant rests on consent to face comparison, which is not live"
        raise RefusedError(what, where=asked.where, todo="ask for a grant by clothing under a written order")


def _check_consent(asked: Asked) -> None:
    if asked.grant is not None and asked.grant.scope.method is not Method.CLOTHING_AND_FACE:
        raise RefusedError("the method of this grant leaves faces out", where=asked.where)
    check_face_consent(asked.consent, asked.case_id, asked.now_us)


def _name(act: Act) -> str:
    return act.value.replace(".", " ").replace("_", " ")
