"""The ports that every act on a case needs, and those that opening presences needs besides."""

from collections.abc import Callable
from dataclasses import dataclass

from casetrail.app.gate import Gate
from casetrail.footage.catalogue import Catalogue
from casetrail.footage.decoder import Decoder
from casetrail.governance.audit import AuditLog
from casetrail.governance.case_store import CaseStore
from casetrail.sightings.describers import Describers
from casetrail.sightings.vault import CaseVault


@dataclass(frozen=True)
class CasePorts:
    """The register of cases, the vault of what describes them, the log that both write to first, and the gate."""

    store: CaseStore
    vault: CaseVault
    audit_log: AuditLog
    gate: Gate


@dataclass(frozen=True)
class OpeningPorts:
    """What opening needs: the case, where recordings are, a decoder, the describing models and the clock."""

    case: CasePorts
    catalogue: Catalogue
    decoder: Decoder
    describers: Describers
    now_us: Callable[[], int]
