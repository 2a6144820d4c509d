"""The truth table of every act: role x state x order x legal basis x grant x consent x who asked.

The table below is written down apart from the code: letters for roles, states and needs. What it implies is computed
here by its own few lines and held against `check_may` for every combination.
"""

from itertools import product

import pytest

from casetrail.governance.acts import Act
from casetrail.governance.audit import Actor, Role
from casetrail.governance.cases import CaseState, LegalBasis, Method, Scope
from casetrail.governance.consent import ConsentRecord, ConsentStatus
from casetrail.governance.grants import Grant, GrantEntry, Request
from casetrail.governance.may import Asked, can_do, check_may
from casetrail.governance.orders import AlertLevel, Order
from casetrail.model.errors import RefusedError
from casetrail.model.time import UtcInterval

ROLES = {
    "i": Role.INVESTIGATOR,
    "s": Role.SUPERVISOR,
    "p": Role.PRIVACY_OFFICER,
    "u": Role.AUDITOR,
    "a": Role.ADMINISTRATOR,
}
STATES = {
    "d": CaseState.DRAFT,
    "a": CaseState.AUTHORISED,
    "t": CaseState.TRACING,
    "r": CaseState.REVIEWED,
    "o": CaseState.REPORTED,
    "s": CaseState.SUSPENDED,
    "c": CaseState.CLOSING,
    "e": CaseState.ERASED,
}
# act, who, in which states (-: no case), under what: O order, B legal basis, G grant, C consent, 2 second person.
TABLE = """
case.open            i     -         OB
case.list            isp   -         .
case.show            isp   datrosc   .
case.request         i     datro     OB
case.approve         sp    datro     OB2
case.suspend         isp   atro      .
case.resume          sp    s         OB
case.close           isp   datrosce  .
evidence.add         i     datro     OB
consent.record       ip    datro     OB
consent.withdraw     isp   datrosc   .
trace.run            i     atro      OBG
trace.review         i     atro      OBG
trace.show           isp   atros     .
trace.rescore        isp   atro      .
presences.open       i     atro      OBG
faces.compare        i     atro      OBGC
contacts.find        i     atro      OBG
contacts.confirm     i     atro      OB
contacts.export      i     atro      OB
evidence.clip        i     atro      OBG
evidence.show_face   i     atro      OBGC
evidence.look        i     atro      OBG
unmask.request       i     atro      OBG
unmask.approve       p     atro      OB2
unmask.show          i     atro      OBG
report.make          i     atro      OB
notice.draft         isp   datrosc   .
notice.record        isp   datrosc   .
subject.receive      isp   datrosc   .
subject.list         isp   -         .
subject.answer       p     datrosc   .
subject.copy         p     datrosc   .
consent.receipt      isp   datrosc   .
disclosure.make      sp    atro      OB
statistics.make      spu   -         .
ledger.export        pu    -         .
retention.show       ispua -         .
retention.move       isp   datrosc   .
retention.hold       p     -         .
retention.release    p     -         .
keys.rotate          a     -         .
cameras.import       ia    -         .
cameras.calibrate    ia    -         .
cameras.streets      ia    -         .
footage.add          ia    -         .
presence.index       ia    -         .
presence.merge       ia    -         .
order.trust          a     -         .
order.import         sa    -         .
order.list           ispua -         .
audit.show           spu   -         .
audit.verify         ispua -         .
audit.checkpoint     ispua -         .
witness.add          p     -         .
witness.request      pua   -         .
witness.receive      pua   -         .
"""
ROWS = {line.split()[0]: tuple(line.split()[1:]) for line in TABLE.strip().splitlines()}
NOW, DAY = 10**15, 86_400 * 10**6
CASE, ME, OTHER = "C-1", "me", "somebody-else"
WHOLE = LegalBasis("KDCA", "2026-17", "2026-03-01", "IDCPA 18")
PERIOD = UtcInterval(NOW - DAY, NOW)

ORDERS = {
    "none": None,
    "in force": Order("O-1", "measles", AlertLevel.CAUTION, "text", UtcInterval(NOW - DAY, NOW + DAY)),
    "ended": Order("O-1", "measles", AlertLevel.CAUTION, "text", UtcInterval(NOW - DAY, NOW)),
}
BASES = {"whole": WHOLE, "no document": LegalBasis("KDCA", "", "2026-03-01", "IDCPA 18"), "none": None}
CONSENTS = {
    "none": None,
    "given": ConsentRecord(CASE, ConsentStatus.GIVEN, UtcInterval(NOW - 1, NOW + 1), "t", "en", "m", "w"),
    "of another case": ConsentRecord("C-2", ConsentStatus.GIVEN, UtcInterval(NOW - 1, NOW + 1), "t", "en", "m", "w"),
    "withdrawn": ConsentRecord(CASE, ConsentStatus.WITHDRAWN, UtcInterval(NOW - 1, NOW + 1), "t", "en", "m", "w"),
    "expired": ConsentRecord(CASE, ConsentStatus.GIVEN, UtcInterval(NOW - 2, NOW), "t", "en", "m", "w"),
}


def make_grant(
    *, face: bool = False, written: bool = True, ended: bool = False, approver: str = OTHER, case_id: str = CASE
) -> Grant:
    """A grant of this case."""
    method = Method.CLOTHING_AND_FACE if face else Method.CLOTHING
    request = Request("R-1", case_id, Scope(PERIOD, method=method), "WO-1" if written else "")
    valid = UtcInterval(NOW - DAY, NOW) if ended else UtcInterval(NOW, NOW + DAY)
    return Grant(GrantEntry("G-1", case_id, "R-1", approver, valid), "requester", request)


GRANTS = {
    "none": None,
    "by clothing": make_grant(),
    "by clothing and face": make_grant(face=True),
    "by face alone": make_grant(face=True, written=False),
    "ended": make_grant(ended=True),
    "by myself": make_grant(approver=ME),
    "by who asked": make_grant(approver="requester"),
    "of another case": make_grant(case_id="C-2"),
}
STATE_WORDS = ["-", *STATES]


def expected(row: tuple[str, ...], who: str, state: str, order: str, basis: str, grant: str, consent: str) -> bool:
    """What the table says of one combination; `consent` counts for this case and this moment only."""
    roles, states, needs = row
    granted = grant in ("by clothing", "by clothing and face") or (grant == "by face alone" and consent == "given")
    return (
        who in roles
        and state in states
        and ("O" not in needs or order == "in force")
        and ("B" not in needs or basis == "whole")
        and ("G" not in needs or granted)
        and ("C" not in needs or (consent == "given" and grant != "by clothing"))
    )


def ask(act: str, who: str, state: str, order: str, basis: str, grant: str, consent: str, requester: str) -> Asked:
    """The act as the gate would ask it."""
    return Asked(
        Actor(ME, ROLES[who]),
        Act(act),
        NOW,
        "" if state == "-" else CASE,
        None if state == "-" else STATES[state],
        BASES[basis],
        ORDERS[order],
        GRANTS[grant],
        CONSENTS[consent],
        requester,
    )


def test_the_table_has_every_act() -> None:
    """No act is left out of the table, and none stands there that is not one."""
    assert set(ROWS) == {act.value for act in Act}


@pytest.mark.parametrize("act", ROWS)
def test_truth_table(act: str) -> None:
    """Every combination of facts is allowed exactly where the table says, and refused in one sentence elsewhere."""
    row, wrong = ROWS[act], []
    grants, consents = (GRANTS, CONSENTS) if "G" in row[2] else (("none", "by clothing"), ("none", "given"))
    for facts in product(ROLES, STATE_WORDS, ORDERS, BASES, grants, consents):
        asked = ask(act, *facts, requester=OTHER)
        if can_do(asked) is not expected(row, *facts):
            wrong.append(facts)
    assert wrong == []


@pytest.mark.parametrize("requester", ["", ME])
def test_nobody_approves_their_own_request(requester: str) -> None:
    """Approving takes a request that somebody else made."""
    facts = ("s", "d", "in force", "whole", "none", "none")
    assert can_do(ask("case.approve", *facts, requester=OTHER))
    with pytest.raises(RefusedError, match="who asked cannot approve"):
        check_may(ask("case.approve", *facts, requester=requester))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"who": "s"}, "not for the supervisor"),
        ({"state": "s"}, "suspended"),
        ({"order": "ended"}, "no outbreak order is in force"),
        ({"basis": "no document"}, "legal basis"),
        ({"grant": "none"}, "nobody granted"),
        ({"grant": "ended"}, "the grant has ended"),
        ({"grant": "by myself"}, "who granted cannot do the work"),
        ({"grant": "by face alone", "consent": "withdrawn"}, "rests on consent"),
        ({"grant": "by clothing"}, "leaves faces out"),
        ({"consent": "none"}, "no consent"),
        ({"consent": "withdrawn"}, "withdrawn"),
        ({"consent": "expired"}, "expired"),
    ],
)
def test_the_sentence_names_what_is_missing(change: dict[str, str], words: str) -> None:
    """Whatever is taken from an act that may happen, its refusal is one line that names just that."""
    facts = {"who": "i", "state": "t", "order": "in force", "basis": "whole"}
    facts |= {"grant": "by clothing and face", "consent": "given"}
    assert can_do(ask("faces.compare", **facts, requester=OTHER))
    with pytest.raises(RefusedError, match=words) as refusal:
        check_may(ask("faces.compare", **{**facts, **change}, requester=OTHER))
    assert "\n" not in str(refusal.value)
    assert refusal.value.exit_code == 3
