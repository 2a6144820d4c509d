"""Exchanging the key that wraps the keys of all cases."""

from pathlib import Path

from casetrail.app.case_ports import CasePorts
from casetrail.governance.acts import Act
from casetrail.governance.audit import Actor


def rotate_keys(ports: CasePorts, actor: Actor, passphrase: Path | None = None) -> int:
    """Wrap every case's key anew; returns how many cases there are. `passphrase`: file with what protects the key.

    One that was cut off is finished by calling it again. Raises RefusedError for anybody but an administrator.
    """
    return ports.vault.change_key(audit=ports.gate.check(actor, Act.KEYS_ROTATE), passphrase=passphrase)
