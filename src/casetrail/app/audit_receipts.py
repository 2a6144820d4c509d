"""Receipts that anybody can check: a signed statement, the event that it rests on, and the proof that it is logged.

`verify_casetrail_log.py`, which needs nothing but Python, checks them; a copy lies beside the receipts.
"""

import json
from collections.abc import Mapping
from pathlib import Path

from casetrail.app.audit_checkpoint import publish_checkpoint
from casetrail.app.audit_ports import AuditPorts
from casetrail.app.private_files import make_folder, replace_file
from casetrail.governance import verify_casetrail_log
from casetrail.governance.checkpoint import parse_checkpoint, sign_note

FORMAT = "casetrail-receipt/1"
VERIFIER = "verify_casetrail_log.py"


def sign_receipt(ports: AuditPorts, statement: Mapping[str, object], index: int) -> bytes:
    """A receipt as JSON: `statement`, signed; the event at `index` that says the same; its proof; the checkpoint.

    `statement` holds plain values, `case_id` among them, and must repeat every count of the event under its name:
    whoever checks compares them. Publishes a checkpoint that covers the event. Raises IntegrityError when the log
    cannot prove it.
    """
    note = publish_checkpoint(ports)
    proof = ports.log.prove_inclusion(index, parse_checkpoint(note).size)
    body = json.dumps(statement, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    receipt = {
        "format": FORMAT,
        "statement": statement,
        "signature": sign_note(f"{body}\n", ports.signer).signatures[0].line,
        "event": ports.log.read_leaf(index).decode(),
        "inclusion": {"index": index, "size": proof.size, "hashes": [each.hex() for each in proof.hashes]},
        "checkpoint": note.text,
        "public_key": ports.signer.public_key.text,
    }
    return json.dumps(receipt, indent=2).encode()


def write_verifier(folder: Path) -> Path:
    """Put a copy of the stand-alone verifier into a folder, beside what it checks."""
    path = make_folder(folder) / VERIFIER
    replace_file(path, Path(verify_casetrail_log.__file__).read_bytes())
    return path
