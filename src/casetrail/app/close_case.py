"""Closing a case: everything that describes it is destroyed, key first, and a receipt says so.

Each step can be repeated: an erasure that was cut off goes on where it stopped. That data subjects were
notified before a case closes (IDCPA 76-2(7)) is checked in a later version.
"""

import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

from casetrail.app.case_ports import CasePorts
from casetrail.app.private_files import make_folder, replace_file, sync_folder
from casetrail.governance.audit import Actor, AuditEvent
from casetrail.governance.cases import CaseState
from casetrail.model.errors import MissingError, RefusedError
from casetrail.model.ids import check_name
from casetrail.model.time import format_utc


@dataclass(frozen=True)
class Receipt:
    """That a case was erased: when, how much went, and the place and root of the audit log that prove it."""

    case_id: str
    erased_utc: str
    records: int
    outputs: int
    audit_index: int
    audit_root: str


@dataclass(frozen=True)
class CasePlaces:
    """Where files of cases lie outside the vault: outputs by case, and the receipts."""

    output_dir: Path
    receipt_dir: Path


def close_case(ports: CasePorts, places: CasePlaces, case_id: str, actor: Actor, now_us: int) -> Receipt:
    """Erase a case and write its receipt. Raises RefusedError when both are done already, MissingError when unknown.

    After an erasure that was cut off, the receipt counts what was left for this one to remove.
    """
    path = places.receipt_dir / f"{check_name(case_id, what='case id')}.json"
    if ports.store.read_case(case_id).state is CaseState.ERASED:
        counts = _erased_before(ports, case_id, path)
    else:
        counts = _erase(ports, places, case_id, actor)
    recorded = ports.audit_log.record(AuditEvent(actor, "case.receipt", case_id, counts))
    receipt = Receipt(case_id, format_utc(now_us), **counts, audit_index=recorded.index, audit_root=recorded.root_hash)
    make_folder(places.receipt_dir)
    replace_file(path, json.dumps(asdict(receipt), indent=2).encode())
    return receipt


def _erase(ports: CasePorts, places: CasePlaces, case_id: str, actor: Actor) -> dict[str, int]:
    state = ports.store.read_case(case_id).state
    if state is not CaseState.CLOSING:
        ports.store.change_state(case_id, state, CaseState.CLOSING, audit=AuditEvent(actor, "case.close", case_id))
    counts = {
        "records": _erase_vault(ports, case_id, actor),
        "outputs": _erase_outputs(ports, places.output_dir / case_id, case_id, actor),
    }
    ports.store.erase_case(case_id, audit=AuditEvent(actor, "case.erase", case_id, counts))
    return counts


def _erased_before(ports: CasePorts, case_id: str, receipt: Path) -> dict[str, int]:
    """What the log says was erased, for a case that is erased and only lacks its receipt."""
    if receipt.exists():
        raise RefusedError("this case is erased already", where=f"case {case_id}", todo=f"its receipt is {receipt}")
    erased = [each.event.counts for each in ports.audit_log.read_events(case_id) if each.event.act == "case.erase"]
    counts = erased[-1] if erased else {}
    return {name: int(counts.get(name, 0)) for name in ("records", "outputs")}


def _erase_vault(ports: CasePorts, case_id: str, actor: Actor) -> int:
    try:
        return ports.vault.erase_case(case_id, audit=AuditEvent(actor, "vault.erase", case_id))
    except MissingError:
        return 0  # an earlier attempt got this far


def _erase_outputs(ports: CasePorts, folder: Path, case_id: str, actor: Actor) -> int:
    """Remove clips and reports of the case; returns how many files went. A link is removed, never followed."""
    if not folder.exists() and not folder.is_symlink():
        return 0
    linked = folder.is_symlink()
    files = 1 if linked else sum(1 for path in folder.rglob("*") if not path.is_dir())
    ports.audit_log.record(AuditEvent(actor, "outputs.erase", case_id, {"files": files}))
    if linked:
        folder.unlink()
    else:
        shutil.rmtree(folder)
    sync_folder(folder.parent)
    return files
