"""The ports that every act on a case needs."""

from dataclasses import dataclass

from casetrail.governance.audit import AuditLog
from casetrail.governance.case_store import CaseStore
from casetrail.sightings.vault import CaseVault


@dataclass(frozen=True)
class CasePorts:
    """The register of cases, the vault of what describes them, and the log that both write to first."""

    store: CaseStore
    vault: CaseVault
    audit_log: AuditLog
