"""Closing a case: everything that describes it is destroyed, key first, and a signed receipt says so.

A person closes a case when the notice to the data subject is on record (IDCPA 76-2(7)); retention closes one that is
due. Each step can be repeated: an erasure that was cut off goes on where it stopped.
"""

import math
from dataclasses import dataclass
from pathlib import Path

from casetrail.app.audit_ports import AuditPorts
from casetrail.app.audit_receipts import sign_receipt, write_verifier
from casetrail.app.case_ports import CasePorts
from casetrail.app.case_records import read_sightings
from casetrail.app.erase_outputs import erase_outputs
from casetrail.app.gate import part_of
from casetrail.app.notice import read_notice
from casetrail.app.private_files import make_folder, replace_file
from casetrail.governance.acts import Act
from casetrail.governance.audit import Actor, AuditEvent
from casetrail.governance.cases import CaseState
from casetrail.governance.retention import check_not_held
from casetrail.governance.rights import check_notice_sent
from casetrail.model.errors import IntegrityError, MissingError, RefusedError
from casetrail.model.ids import check_name
from casetrail.model.time import format_utc

MATTERS = math.log(3.0)  # a face comparison mattered when it made somebody three times likelier, or less likely


@dataclass(frozen=True)
class Receipt:
    """That a case was erased: when, how much went, and the place in the audit log of the event that says so.

    `notified`: whether the notice to the data subject was on record. `path`: the signed receipt.
    """

    case_id: str
    erased_utc: str
    records: int
    outputs: int
    notified: bool
    audit_index: int
    path: Path


@dataclass(frozen=True)
class CasePlaces:
    """Where files of cases lie outside the vault: outputs by case, and the receipts; what signs a receipt."""

    output_dir: Path
    receipt_dir: Path
    proofs: AuditPorts


def close_case(ports: CasePorts, places: CasePlaces, case_id: str, actor: Actor, now_us: int) -> Receipt:
    """Erase a case and write its receipt.

    Raises RefusedError when both are done already, when the person was not notified, or under a legal hold;
    MissingError when there is no such case. A draft, in which nobody was looked at, needs no notice. After an erasure
    that was cut off, the receipt counts what was left for this one to remove.
    """
    event = ports.gate.check(actor, Act.CASE_CLOSE, case_id)
    state = ports.store.read_case(case_id).state
    check_not_held({hold.thing: hold for hold in ports.store.read_holds()}, case_id)
    if state not in (CaseState.DRAFT, CaseState.ERASED):
        _check_notified(ports, case_id)
    return erase_case(ports, places, event, now_us)


def erase_case(ports: CasePorts, places: CasePlaces, event: AuditEvent, now_us: int) -> Receipt:
    """Erase the case of a permitted event, whoever permitted it: a person who closes it, or its due date."""
    case_id = event.case_id or ""
    path = receipt_path(places, case_id)
    if ports.store.read_case(case_id).state is CaseState.ERASED:
        counts = _erased_before(ports, case_id, path)
    else:
        counts = _erase(ports, places, event)
    recorded = ports.audit_log.record(part_of(event, "case.receipt", counts))
    statement = {"case_id": case_id, "erased_utc": format_utc(now_us), "by": event.act, **counts}
    make_folder(places.receipt_dir)
    write_verifier(places.receipt_dir)
    replace_file(path, sign_receipt(places.proofs, statement, recorded.index))
    return Receipt(
        case_id,
        format_utc(now_us),
        counts["records"],
        counts["outputs"],
        bool(counts["notified"]),
        recorded.index,
        path,
    )


def receipt_path(places: CasePlaces, case_id: str) -> Path:
    """Where the receipt of a case is, or will be."""
    return places.receipt_dir / f"{check_name(case_id, what='case id')}.json"


def _check_notified(ports: CasePorts, case_id: str) -> None:
    """A vault that is gone or damaged can say nothing of a notice, and the case must be erased all the same."""
    try:
        notice = read_notice(ports.vault, case_id)
    except (MissingError, IntegrityError):
        return
    check_notice_sent(notice, case_id)


def _erase(ports: CasePorts, places: CasePlaces, event: AuditEvent) -> dict[str, int]:
    case_id = event.case_id or ""
    state = ports.store.read_case(case_id).state
    if state is not CaseState.CLOSING:
        closing = part_of(event, "case.close", _what_was_done(ports, case_id))
        ports.store.change_state(case_id, state, CaseState.CLOSING, audit=closing)
    records, notified = _erase_vault(ports, event)
    outputs = erase_outputs(ports.audit_log, places.output_dir / case_id, event)
    counts = {"records": records, "outputs": outputs, "notified": notified}
    ports.store.erase_case(case_id, audit=part_of(event, "case.erase", counts))
    return counts


def _what_was_done(ports: CasePorts, case_id: str) -> dict[str, int]:
    """Numbers that outlive the case, for the annual statistics; they say nothing about anybody."""
    try:
        sightings = read_sightings(ports.vault, case_id).values()
    except (MissingError, IntegrityError):
        return {}
    ratios = [one.face_log_ratio or 0.0 for one in sightings if one.face_similarity is not None]
    return {
        "presences": len(sightings),
        "views": sum(sighting.views_described for sighting in sightings),
        "faces_compared": len(ratios),
        "faces_mattered": sum(abs(ratio) >= MATTERS for ratio in ratios),
    }


def _erase_vault(ports: CasePorts, event: AuditEvent) -> tuple[int, int]:
    """How many records went, and whether a notice was among them; an earlier attempt may have got this far."""
    case_id = event.case_id or ""
    try:
        notified = int(read_notice(ports.vault, case_id) is not None)
    except (MissingError, IntegrityError):
        notified = _last_count(ports, case_id, "vault.erase", "notified")
    try:
        return ports.vault.erase_case(case_id, audit=part_of(event, "vault.erase", {"notified": notified})), notified
    except MissingError:
        return 0, notified


def _erased_before(ports: CasePorts, case_id: str, receipt: Path) -> dict[str, int]:
    """What the log says was erased, for a case that is erased and only lacks its receipt."""
    if receipt.exists():
        raise RefusedError("this case is erased already", where=f"case {case_id}", todo=f"its receipt is {receipt}")
    return {name: _last_count(ports, case_id, "case.erase", name) for name in ("records", "outputs", "notified")}


def _last_count(ports: CasePorts, case_id: str, act: str, name: str) -> int:
    counts = [recorded.event.counts for recorded in ports.audit_log.read_events(case_id) if recorded.event.act == act]
    return int(counts[-1].get(name, 0)) if counts else 0
