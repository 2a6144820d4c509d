"""What publishing, countersigning and proving need of the audit log."""

from dataclasses import dataclass

from casetrail.app.desk_gate import DeskGate
from casetrail.governance.audit import AuditLog
from casetrail.governance.signing import Signer, Verifier
from casetrail.governance.witness import WitnessKeys


@dataclass(frozen=True)
class AuditPorts:
    """The log, the installation's signing key, what checks signatures, the witnesses relied on, and the gate."""

    log: AuditLog
    signer: Signer
    verifier: Verifier
    witnesses: WitnessKeys
    gate: DeskGate
