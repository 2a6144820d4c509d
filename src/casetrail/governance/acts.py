"""Every act, and what it takes: a role, a state of the case, an order in force, a legal basis, a grant, consent.

This table is the whole rule book in one place. The gate asks it before every act, and the policy text can only take
away from it.
"""

from dataclasses import dataclass
from enum import StrEnum

from casetrail.governance.audit import Role
from casetrail.governance.cases import CaseState


class Act(StrEnum):
    """What somebody may do. Looking is an act too."""

    CASE_OPEN = "case.open"
    CASE_LIST = "case.list"
    CASE_SHOW = "case.show"
    CASE_REQUEST = "case.request"
    CASE_APPROVE = "case.approve"
    CASE_SUSPEND = "case.suspend"
    CASE_RESUME = "case.resume"
    CASE_CLOSE = "case.close"
    EVIDENCE_ADD = "evidence.add"
    CONSENT_RECORD = "consent.record"
    CONSENT_WITHDRAW = "consent.withdraw"
    TRACE_RUN = "trace.run"
    TRACE_REVIEW = "trace.review"
    TRACE_SHOW = "trace.show"
    TRACE_RESCORE = "trace.rescore"
    PRESENCES_OPEN = "presences.open"
    FACES_COMPARE = "faces.compare"
    CONTACTS_FIND = "contacts.find"
    CONTACTS_CONFIRM = "contacts.confirm"
    CONTACTS_EXPORT = "contacts.export"
    EVIDENCE_CLIP = "evidence.clip"
    EVIDENCE_SHOW_FACE = "evidence.show_face"
    EVIDENCE_LOOK = "evidence.look"
    UNMASK_REQUEST = "unmask.request"
    UNMASK_APPROVE = "unmask.approve"
    UNMASK_SHOW = "unmask.show"
    REPORT_MAKE = "report.make"
    NOTICE_DRAFT = "notice.draft"
    NOTICE_RECORD = "notice.record"
    SUBJECT_RECEIVE = "subject.receive"
    SUBJECT_LIST = "subject.list"
    SUBJECT_ANSWER = "subject.answer"
    SUBJECT_COPY = "subject.copy"
    CONSENT_RECEIPT = "consent.receipt"
    DISCLOSURE_MAKE = "disclosure.make"
    STATISTICS_MAKE = "statistics.make"
    LEDGER_EXPORT = "ledger.export"
    RETENTION_SHOW = "retention.show"
    RETENTION_MOVE = "retention.move"
    RETENTION_HOLD = "retention.hold"
    RETENTION_RELEASE = "retention.release"
    KEYS_ROTATE = "keys.rotate"
    CAMERAS_IMPORT = "cameras.import"
    CAMERAS_CALIBRATE = "cameras.calibrate"
    CAMERAS_STREETS = "cameras.streets"
    FOOTAGE_ADD = "footage.add"
    PRESENCE_INDEX = "presence.index"
    PRESENCE_MERGE = "presence.merge"
    ORDER_TRUST = "order.trust"
    ORDER_IMPORT = "order.import"
    ORDER_LIST = "order.list"
    AUDIT_SHOW = "audit.show"
    AUDIT_VERIFY = "audit.verify"
    AUDIT_CHECKPOINT = "audit.checkpoint"
    WITNESS_ADD = "witness.add"
    WITNESS_REQUEST = "witness.request"
    WITNESS_RECEIVE = "witness.receive"


class Need(StrEnum):
    """What an act rests on, besides a role and a state."""

    ORDER = "order"
    BASIS = "legal basis"
    GRANT = "grant"
    CONSENT = "consent"
    SECOND_PERSON = "second person"
    WITNESS = "witness"


@dataclass(frozen=True)
class ActRule:
    """Who may do an act, in which states of a case (none: it concerns no case), and what it rests on."""

    roles: frozenset[Role]
    states: frozenset[CaseState] = frozenset()
    needs: frozenset[Need] = frozenset()


_INVESTIGATOR = frozenset({Role.INVESTIGATOR})
_PRIVACY_OFFICER = frozenset({Role.PRIVACY_OFFICER})
_OVERSEERS = frozenset({Role.PRIVACY_OFFICER, Role.AUDITOR, Role.ADMINISTRATOR})
_KEEPERS = frozenset({Role.INVESTIGATOR, Role.ADMINISTRATOR})
_APPROVERS = frozenset({Role.SUPERVISOR, Role.PRIVACY_OFFICER})
_CASE_ROLES = _INVESTIGATOR | _APPROVERS
_WORKING = frozenset({CaseState.AUTHORISED, CaseState.TRACING, CaseState.REVIEWED, CaseState.REPORTED})
_BEFORE_CLOSING = _WORKING | {CaseState.DRAFT}
_DESCRIBED = _BEFORE_CLOSING | {CaseState.SUSPENDED, CaseState.CLOSING}
_LAWFUL = frozenset({Need.ORDER, Need.BASIS})
_GRANTED = _LAWFUL | {Need.GRANT}

RULES: dict[Act, ActRule] = {
    Act.CASE_OPEN: ActRule(_INVESTIGATOR, needs=_LAWFUL),
    Act.CASE_LIST: ActRule(_CASE_ROLES),
    Act.CASE_SHOW: ActRule(_CASE_ROLES, _DESCRIBED),
    Act.CASE_REQUEST: ActRule(_INVESTIGATOR, _BEFORE_CLOSING, _LAWFUL),
    Act.CASE_APPROVE: ActRule(_APPROVERS, _BEFORE_CLOSING, _LAWFUL | {Need.SECOND_PERSON}),
    Act.CASE_SUSPEND: ActRule(_CASE_ROLES, _WORKING),
    Act.CASE_RESUME: ActRule(_APPROVERS, frozenset({CaseState.SUSPENDED}), _LAWFUL),
    Act.CASE_CLOSE: ActRule(_CASE_ROLES, frozenset(CaseState)),  # erased: what was cut off before its receipt
    Act.EVIDENCE_ADD: ActRule(_INVESTIGATOR, _BEFORE_CLOSING, _LAWFUL),
    Act.CONSENT_RECORD: ActRule(_INVESTIGATOR | {Role.PRIVACY_OFFICER}, _BEFORE_CLOSING, _LAWFUL),
    Act.CONSENT_WITHDRAW: ActRule(_CASE_ROLES, _DESCRIBED),
    Act.TRACE_RUN: ActRule(_INVESTIGATOR, _WORKING, _GRANTED | {Need.WITNESS}),
    Act.TRACE_REVIEW: ActRule(_INVESTIGATOR, _WORKING, _GRANTED),
    Act.TRACE_SHOW: ActRule(_CASE_ROLES, _WORKING | {CaseState.SUSPENDED}),
    Act.TRACE_RESCORE: ActRule(_CASE_ROLES, _WORKING),
    Act.PRESENCES_OPEN: ActRule(_INVESTIGATOR, _WORKING, _GRANTED),
    Act.FACES_COMPARE: ActRule(_INVESTIGATOR, _WORKING, _GRANTED | {Need.CONSENT}),
    Act.CONTACTS_FIND: ActRule(_INVESTIGATOR, _WORKING, _GRANTED),
    Act.CONTACTS_CONFIRM: ActRule(_INVESTIGATOR, _WORKING, _LAWFUL),
    Act.CONTACTS_EXPORT: ActRule(_INVESTIGATOR, _WORKING, _LAWFUL),
    Act.EVIDENCE_CLIP: ActRule(_INVESTIGATOR, _WORKING, _GRANTED),
    Act.EVIDENCE_SHOW_FACE: ActRule(_INVESTIGATOR, _WORKING, _GRANTED | {Need.CONSENT}),
    Act.EVIDENCE_LOOK: ActRule(_INVESTIGATOR, _WORKING, _GRANTED),
    Act.UNMASK_REQUEST: ActRule(_INVESTIGATOR, _WORKING, _GRANTED),
    Act.UNMASK_APPROVE: ActRule(_PRIVACY_OFFICER, _WORKING, _LAWFUL | {Need.SECOND_PERSON}),
    Act.UNMASK_SHOW: ActRule(_INVESTIGATOR, _WORKING, _GRANTED),
    Act.REPORT_MAKE: ActRule(_INVESTIGATOR, _WORKING, _LAWFUL),
    # Duties and rights of data subjects rest on no order: they go on when it has ended.
    Act.NOTICE_DRAFT: ActRule(_CASE_ROLES, _DESCRIBED),
    Act.NOTICE_RECORD: ActRule(_CASE_ROLES, _DESCRIBED),
    Act.SUBJECT_RECEIVE: ActRule(_CASE_ROLES, _DESCRIBED),
    Act.SUBJECT_LIST: ActRule(_CASE_ROLES),
    Act.SUBJECT_ANSWER: ActRule(_PRIVACY_OFFICER, _DESCRIBED),
    Act.SUBJECT_COPY: ActRule(_PRIVACY_OFFICER, _DESCRIBED),
    Act.CONSENT_RECEIPT: ActRule(_CASE_ROLES, _DESCRIBED),
    Act.DISCLOSURE_MAKE: ActRule(_APPROVERS, _WORKING, _LAWFUL),
    Act.STATISTICS_MAKE: ActRule(_APPROVERS | {Role.AUDITOR}),
    Act.LEDGER_EXPORT: ActRule(_PRIVACY_OFFICER | {Role.AUDITOR}),
    Act.RETENTION_SHOW: ActRule(frozenset(Role)),
    Act.RETENTION_MOVE: ActRule(_CASE_ROLES, _DESCRIBED),
    Act.RETENTION_HOLD: ActRule(_PRIVACY_OFFICER),
    Act.RETENTION_RELEASE: ActRule(_PRIVACY_OFFICER),
    Act.KEYS_ROTATE: ActRule(frozenset({Role.ADMINISTRATOR})),
    # Cameras, recordings and the presence index describe nobody, and belong to no case.
    Act.CAMERAS_IMPORT: ActRule(_KEEPERS),
    Act.CAMERAS_CALIBRATE: ActRule(_KEEPERS),
    Act.CAMERAS_STREETS: ActRule(_KEEPERS),
    Act.FOOTAGE_ADD: ActRule(_KEEPERS),
    Act.PRESENCE_INDEX: ActRule(_KEEPERS),
    Act.PRESENCE_MERGE: ActRule(_KEEPERS),
    Act.ORDER_TRUST: ActRule(frozenset({Role.ADMINISTRATOR})),
    Act.ORDER_IMPORT: ActRule(frozenset({Role.SUPERVISOR, Role.ADMINISTRATOR})),
    Act.ORDER_LIST: ActRule(frozenset(Role)),
    # The log says who did what on which case: for those who answer for it. Whether it is whole, anybody may ask.
    Act.AUDIT_SHOW: ActRule(_APPROVERS | {Role.AUDITOR}),
    Act.AUDIT_VERIFY: ActRule(frozenset(Role)),
    # Whoever adds a witness could add one of their own: not who keeps the machine, and not who traces.
    Act.AUDIT_CHECKPOINT: ActRule(frozenset(Role)),
    Act.WITNESS_ADD: ActRule(_PRIVACY_OFFICER),
    Act.WITNESS_REQUEST: ActRule(_OVERSEERS),
    Act.WITNESS_RECEIVE: ActRule(_OVERSEERS),
}
