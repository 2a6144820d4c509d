"""Publishing checkpoints, and holding the log against those that were published."""

from casetrail.app.audit_ports import AuditPorts
from casetrail.governance.acts import Act
from casetrail.governance.audit import Actor
from casetrail.governance.checkpoint import (
    Checkpoint,
    SignedNote,
    check_signed,
    parse_checkpoint,
    parse_note,
    sign_checkpoint,
)
from casetrail.governance.signing import PublicKey
from casetrail.model.errors import IntegrityError

WHAT_TO_DO = "keep everything as it is for inquiry, and find out which of the two was changed"


def publish_checkpoint(ports: AuditPorts) -> SignedNote:
    """The head of the log, signed and kept; the newest checkpoint again where nothing was recorded since.

    Raises IntegrityError when the log does not continue the newest checkpoint: nobody signs two histories.
    """
    head, newest = ports.log.read_head(), ports.log.read_checkpoint()
    if newest is not None:
        checkpoint = check_checkpoint(ports, newest)
        if checkpoint.size == head.size:
            return parse_note(newest)
    note = sign_checkpoint(head, ports.signer)
    ports.log.add_checkpoint(head.size, note.text)
    return note


def make_checkpoint(ports: AuditPorts, actor: Actor) -> SignedNote:
    """Publish a checkpoint on somebody's wish, which the log then holds as well."""
    ports.gate.permit(actor, Act.AUDIT_CHECKPOINT)
    return publish_checkpoint(ports)


def check_checkpoint(ports: AuditPorts, text: str, key: PublicKey | None = None) -> Checkpoint:
    """The checkpoint in a signed text, when it is signed with `key` (ours by default) and the log continues it.

    Raises IntegrityError that names what is wrong.
    """
    key = key or ports.signer.public_key
    note = parse_note(text)
    checkpoint = parse_checkpoint(note)
    if checkpoint.origin != key.name:
        raise IntegrityError(f"a checkpoint of another log ({checkpoint.origin}), not of {key.name}", todo=WHAT_TO_DO)
    check_signed(note, key, ports.verifier)
    check_continues(ports, checkpoint)
    return checkpoint


def check_continues(ports: AuditPorts, checkpoint: Checkpoint) -> None:
    """Raises IntegrityError unless the log, as its lines state it, begins with what the checkpoint covers."""
    held = ports.log.read_head().size
    if held < checkpoint.size:
        what = f"the log was truncated or rolled back: it holds {held} events, a checkpoint covers {checkpoint.size}"
        raise IntegrityError(what, where="audit log", todo=WHAT_TO_DO)
    if ports.log.read_root(checkpoint.size) != checkpoint.root.hex():
        what = f"the log was forked or rewritten: its first {checkpoint.size} events are not those of a checkpoint"
        raise IntegrityError(what, where="audit log", todo=WHAT_TO_DO)


def check_kept_checkpoints(ports: AuditPorts) -> int:
    """Check every checkpoint that the installation kept; returns how many there are."""
    texts = ports.log.read_checkpoints()
    for text in texts:
        check_checkpoint(ports, text)
    return len(texts)
