"""What the doctor says of witnesses: whether there is one, and how long ago it saw the log."""

from casetrail.app.audit_ports import AuditPorts
from casetrail.app.audit_witness import last_countersigned_us
from casetrail.app.doctor import Finding, Health
from casetrail.governance.witness import MOST_DAYS, check_witness
from casetrail.model.errors import CasetrailError, RefusedError
from casetrail.model.time import format_utc


def examine_witness(ports: AuditPorts, now_us: int, most_days: int = MOST_DAYS) -> Finding:
    """One finding: a witness that is stale keeps new traces from starting, so it counts as missing."""
    try:
        witnesses = ports.witnesses.read_witnesses()
        if not witnesses:
            todo = "add one with `casetrail audit witness add`; without it nobody outside can tell a rewritten log"
            return Finding("audit", "witness", Health.NOTE, "none is relied on", todo)
        last_us = last_countersigned_us(ports)
        check_witness(last_us, now_us, most_days)
    except RefusedError as error:
        return Finding("audit", "witness", Health.MISSING, error.what, error.todo)
    except CasetrailError as error:
        return Finding("audit", "witness", Health.MISSING, str(error), error.todo)
    return Finding("audit", "witness", Health.OK, f"last saw the log on {format_utc(last_us or 0)[:10]}")
