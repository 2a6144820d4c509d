"""The composition root: the only module that names adapters. Extras load when they are used."""

from casetrail.app.add_footage import FootagePorts
from casetrail.app.case_ports import CasePorts
from casetrail.app.clock import utc_now_us
from casetrail.app.settings import Settings
from casetrail.footage.catalogue import Catalogue
from casetrail.footage.decoder import Decoder
from casetrail.governance.audit import AuditLog
from casetrail.governance.case_store import CaseStore
from casetrail.sightings.vault import CaseVault


def open_decoder(threads: int = 0) -> Decoder:
    """The decoder of recordings. `threads` for one file; 0 lets it choose, 1 suits a worker among several."""
    from casetrail.adapters.decoder.decoder import MediaDecoder

    return MediaDecoder(threads)


def open_catalogue(settings: Settings) -> Catalogue:
    """The catalogue of cameras and recordings."""
    from casetrail.adapters.catalogue.catalogue import SqlCatalogue

    return SqlCatalogue(settings.store_dir / "catalogue.db", open_audit_log(settings))


def open_footage_ports(settings: Settings) -> FootagePorts:
    """What adding and checking footage needs."""
    return FootagePorts(open_catalogue(settings), open_decoder())


def open_audit_log(settings: Settings) -> AuditLog:
    """The audit log of an installation."""
    from casetrail.adapters.audit_files import AuditFiles

    return AuditFiles(settings.store_dir / "audit", utc_now_us)


def open_case_store(settings: Settings) -> CaseStore:
    """The register of cases."""
    from casetrail.adapters.case_store import SqlCaseStore

    return SqlCaseStore(settings.store_dir / "casetrail.db", open_audit_log(settings))


def open_vault(settings: Settings) -> CaseVault:
    """The case vault; its key-encryption key lies in the key folder, away from it."""
    from casetrail.adapters.vault_files import KeyFile, VaultFiles

    return VaultFiles(settings.store_dir / "vault", KeyFile(settings.key_dir / "kek"), open_audit_log(settings))


def open_case_ports(settings: Settings) -> CasePorts:
    """What every act on a case needs."""
    return CasePorts(open_case_store(settings), open_vault(settings), open_audit_log(settings))
