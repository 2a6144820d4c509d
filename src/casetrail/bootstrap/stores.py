"""Where an installation keeps things, and what works on these alone: catalogue, cases, index, log and keys."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from casetrail.app.audit_ports import AuditPorts
from casetrail.app.audit_witness import check_witnessed
from casetrail.app.case_ports import CasePorts
from casetrail.app.catalogue_ports import CataloguePorts
from casetrail.app.clock import utc_now_us
from casetrail.app.close_case import CasePlaces
from casetrail.app.compact_index import MergingPorts
from casetrail.app.desk_gate import InstallationGate
from casetrail.app.gate import CaseGate
from casetrail.app.order_import import OrderPorts
from casetrail.app.qr_codes import QrCodes
from casetrail.app.request_access import RequestPorts
from casetrail.app.retention import RetentionPorts, RetentionRun, catch_up, keep_running
from casetrail.app.settings import Settings
from casetrail.footage.catalogue import Catalogue
from casetrail.governance.audit import AuditLog
from casetrail.governance.case_store import CaseStore
from casetrail.governance.orders import AuthorityKeys
from casetrail.governance.policy import Policy
from casetrail.governance.signing import Signer, Verifier
from casetrail.governance.witness import SeenCheckpoints
from casetrail.presence.index import PresenceIndex
from casetrail.sightings.vault import CaseVault


def open_catalogue(settings: Settings) -> Catalogue:
    """The catalogue of cameras and recordings."""
    from casetrail.adapters.catalogue.catalogue import SqlCatalogue

    return SqlCatalogue(settings.store_dir / "catalogue.db", open_audit_log(settings))


def open_catalogue_ports(settings: Settings) -> CataloguePorts:
    """What importing cameras and streets, and calibrating, needs."""
    return CataloguePorts(open_catalogue(settings), open_desk_gate(settings))


def open_audit_log(settings: Settings) -> AuditLog:
    """The audit log of an installation."""
    from casetrail.adapters.audit_files import AuditFiles
    from casetrail.adapters.cedar_policy import hash_policy

    return AuditFiles(settings.store_dir / "audit", utc_now_us, hash_policy(settings.data / "policy.cedar"))


def open_signer(settings: Settings) -> Signer:
    """The installation's signing key, in the key folder; the first use makes it."""
    from casetrail.adapters.signing_keys import SigningKeyFile

    return SigningKeyFile(settings.key_dir / "signing")


def open_verifier() -> Verifier:
    """What checks signatures."""
    from casetrail.adapters.signing_keys import Ed25519Verifier

    return Ed25519Verifier()


def open_audit_ports(settings: Settings) -> AuditPorts:
    """What publishing, countersigning and proving need of the audit log."""
    from casetrail.adapters.signing_keys import WitnessKeyFile

    log = open_audit_log(settings)
    witnesses = WitnessKeyFile(settings.key_dir / "witnesses", log)
    return AuditPorts(log, open_signer(settings), open_verifier(), witnesses, open_desk_gate(settings))


def open_qr_codes() -> QrCodes:
    """What draws QR codes."""
    from casetrail.adapters.qr_codes import SegnoQrCodes

    return SegnoQrCodes()


def open_witness_desk(folder: Path) -> tuple[Signer, SeenCheckpoints]:
    """What a witness works with, in a folder of its own: its key, and what it saw of each log."""
    from casetrail.adapters.signing_keys import SeenCheckpointFiles, SigningKeyFile

    return SigningKeyFile(folder / "signing"), SeenCheckpointFiles(folder / "seen")


def open_case_store(settings: Settings) -> CaseStore:
    """The register of cases."""
    from casetrail.adapters.case_store import SqlCaseStore

    return SqlCaseStore(settings.database or settings.store_dir / "casetrail.db", open_audit_log(settings))


def open_vault(settings: Settings) -> CaseVault:
    """The case vault; its key-encryption key lies in the key folder, away from it."""
    from casetrail.adapters.vault_files import KeyFile, VaultFiles

    key = KeyFile(settings.key_dir / "kek", settings.passphrase_file)
    return VaultFiles(settings.store_dir / "vault", key, open_audit_log(settings))


def open_case_ports(settings: Settings) -> CasePorts:
    """What every act on a case needs."""
    store, vault, log = open_case_store(settings), open_vault(settings), open_audit_log(settings)
    gate = CaseGate(
        store, vault, log, open_authority_keys(settings), open_policy(settings), utc_now_us, _witness_check(settings)
    )
    return CasePorts(store, vault, log, gate)


def open_desk_gate(settings: Settings) -> InstallationGate:
    """What is asked before acts that concern no case."""
    return InstallationGate(open_audit_log(settings), open_policy(settings), utc_now_us)


def open_authority_keys(settings: Settings) -> AuthorityKeys:
    """Public keys of the authorities whose orders count."""
    from casetrail.adapters.authority_keys import AuthorityKeyFiles

    return AuthorityKeyFiles(settings.key_dir / "authorities", open_verifier(), open_audit_log(settings))


def open_policy(settings: Settings) -> Policy:
    """The policy text in force: the installation's own `policy.cedar`, else the shipped one."""
    from casetrail.adapters.cedar_policy import read_policy

    return read_policy(settings.data / "policy.cedar")


def open_order_ports(settings: Settings) -> OrderPorts:
    """What trusting authorities and importing their orders needs."""
    return OrderPorts(open_case_ports(settings), open_authority_keys(settings))


def open_order_signer(folder: Path) -> Signer:
    """The key of an authority, in a folder on its own machine; the first use makes one."""
    from casetrail.adapters.signing_keys import SigningKeyFile

    return SigningKeyFile(folder / "authority")


def _witness_check(settings: Settings) -> Callable[[], None]:
    return lambda: check_witnessed(open_audit_ports(settings), utc_now_us(), settings.witness_days)


def open_presence_index(settings: Settings) -> PresenceIndex:
    """The presence index; its day keys lie in the key folder, away from it."""
    from casetrail.adapters.day_keys import DayKeyFiles
    from casetrail.adapters.presence_index.index import ParquetPresenceIndex

    day_keys = DayKeyFiles(settings.key_dir / "days")
    return ParquetPresenceIndex(settings.store_dir / "presence", day_keys, open_audit_log(settings))


def open_merging_ports(settings: Settings) -> MergingPorts:
    """The same index, to put its small files together."""
    from casetrail.adapters.day_keys import DayKeyFiles
    from casetrail.adapters.presence_index.index import ParquetPresenceIndex

    day_keys = DayKeyFiles(settings.key_dir / "days")
    index = ParquetPresenceIndex(settings.store_dir / "presence", day_keys, open_audit_log(settings))
    return MergingPorts(index, open_desk_gate(settings))


def open_request_ports(settings: Settings) -> RequestPorts:
    """What asking for a look into footage needs."""
    return RequestPorts(open_case_ports(settings), open_catalogue(settings), open_presence_index(settings))


def store_probes(settings: Settings) -> dict[str, Callable[[], object]]:
    """How the doctor asks the stores of an installation that exists whether they answer; none is made by asking."""
    if not settings.store_dir.is_dir():
        return {}
    return {
        "catalogue": lambda: open_catalogue(settings).read_cameras(),
        "cases": lambda: open_case_store(settings).read_cases(),
        "audit log": lambda: open_audit_log(settings).read_head(),
    }


def open_case_places(settings: Settings) -> CasePlaces:
    """Where outputs and receipts of cases lie."""
    return CasePlaces(settings.output_dir, settings.store_dir / "receipts", open_audit_ports(settings))


def catch_up_retention(settings: Settings) -> RetentionRun | None:
    """Let go what is due, unless that was done within five minutes or there is nothing here yet."""
    return catch_up(lambda: open_retention_ports(settings), settings.store_dir, utc_now_us())


def keep_retention(settings: Settings) -> AbstractContextManager[None]:
    """Let go what is due every five minutes while long work lasts."""
    return keep_running(lambda: catch_up_retention(settings))


def open_retention_ports(settings: Settings) -> RetentionPorts:
    """What retention reaches."""
    from casetrail.adapters.day_keys import DayKeyFiles

    return RetentionPorts(
        open_case_ports(settings),
        open_case_places(settings),
        open_presence_index(settings),
        DayKeyFiles(settings.key_dir / "days"),
        settings.store_dir,
        settings.presence_days,
    )
