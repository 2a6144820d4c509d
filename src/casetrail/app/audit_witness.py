"""Witnesses: asking them to countersign, taking in what they answer, and answering as one."""

from collections.abc import Iterator
from dataclasses import dataclass

from casetrail.app.audit_checkpoint import check_continues, publish_checkpoint
from casetrail.app.audit_ports import AuditPorts
from casetrail.app.desk_gate import counted
from casetrail.governance.acts import Act
from casetrail.governance.audit import Actor, AuditEvent
from casetrail.governance.checkpoint import (
    Signature,
    SignedNote,
    check_signed,
    countersign,
    countersigned_us,
    parse_checkpoint,
    parse_note,
    parse_signature,
    with_signature,
)
from casetrail.governance.proofs import ConsistencyProof, check_consistency
from casetrail.governance.signing import KeyKind, PublicKey, Signer, Verifier
from casetrail.governance.witness import MOST_DAYS, SeenCheckpoints, WitnessRequest, check_witness, parse_request
from casetrail.model.errors import BadInputError, IntegrityError, RefusedError


@dataclass(frozen=True)
class Countersigned:
    """That a witness saw the first `size` events, at a moment by its own clock."""

    witness: str
    size: int
    utc_us: int


def add_witness(ports: AuditPorts, key: PublicKey, actor: Actor) -> None:
    """Rely on a witness. From then on new traces need its countersignature.

    Raises RefusedError for anybody but a privacy officer: whoever keeps the machine could add a witness of their own.
    """
    counts = {"witnesses": len(ports.witnesses.read_witnesses()) + 1}
    ports.witnesses.add_witness(key, audit=ports.gate.check(actor, Act.WITNESS_ADD, counts=counts))


def request_countersignature(ports: AuditPorts, actor: Actor, old_size: int | None = None) -> WitnessRequest:
    """What to send to a witness: a fresh checkpoint, and the proof that it continues what the witness saw last.

    `old_size`: how many events the witness says that it saw; by default those of the last countersignature here.
    """
    ports.gate.permit(actor, Act.WITNESS_REQUEST)
    note = publish_checkpoint(ports)
    size = parse_checkpoint(note).size
    seen = [each.size for each in list_countersignatures(ports)]
    old_size = max(seen, default=0) if old_size is None else old_size
    return WitnessRequest(old_size, ports.log.prove_consistency(old_size, size).hashes, note)


def receive_countersignature(ports: AuditPorts, text: str, actor: Actor) -> tuple[Countersigned, ...]:
    """Take in what witnesses answered: lines of signature. Returns what they countersigned.

    Raises BadInputError when nothing in the text is from a witness relied on, IntegrityError when it is forged or
    countersigns nothing that was published here.
    """
    event = ports.gate.check(actor, Act.WITNESS_RECEIVE)
    answers = [parse_signature(line) for line in text.splitlines() if line.startswith("— ")]
    keys = {(each.name, each.key_id): each for each in _cosigning_keys(ports)}
    known = [(answer, keys[answer.name, answer.key_id]) for answer in answers if (answer.name, answer.key_id) in keys]
    if not known:
        todo = "check the text, or rely on its witness with `casetrail audit witness add`"
        raise BadInputError("no countersignature of a witness that this installation relies on", todo=todo)
    return tuple(_take_in(ports, answer, key, event) for answer, key in known)


def list_countersignatures(ports: AuditPorts) -> tuple[Countersigned, ...]:
    """Every countersignature of a witness relied on, by size. Raises IntegrityError when one is forged."""
    return tuple(_countersignatures(ports))


def last_countersigned_us(ports: AuditPorts) -> int | None:
    """When a witness relied on saw most of this log (UTC microseconds), for the gate; None when none ever did.

    Raises IntegrityError when the log does not continue what it saw then.
    """
    witnesses = ports.witnesses.read_witnesses()
    for text in reversed(ports.log.read_checkpoints()):
        note = parse_note(text)
        moments = [countersigned_us(note, witness, ports.verifier) for witness in witnesses]
        if any(moments):
            check_continues(ports, parse_checkpoint(note))
            return max(moment for moment in moments if moment is not None)
    return None


def check_witnessed(ports: AuditPorts, now_us: int, most_days: int = MOST_DAYS) -> None:
    """Raises RefusedError when a witness is relied on and none saw the log lately; passes where there never was one.

    A log that was countersigned before and relies on nobody any more is refused as well.
    """
    if ports.witnesses.read_witnesses():
        check_witness(last_countersigned_us(ports), now_us, most_days)
    elif any(len(parse_note(text).signatures) > 1 for text in ports.log.read_checkpoints()):
        what = "this log was countersigned, and the list of witnesses that it relies on is empty now"
        todo = "find out who emptied it, and bring it back with `casetrail audit witness add`"
        raise RefusedError(what, where="audit log", todo=todo)


def answer_request(
    text: str, log_key: PublicKey, seen: SeenCheckpoints, signer: Signer, verifier: Verifier, now_us: int
) -> Signature:
    """What a witness does: check that the log signed the checkpoint and continues what was seen, then countersign.

    Raises IntegrityError when it does not, BadInputError when the request starts elsewhere than what was seen.
    """
    request = parse_request(text)
    check_signed(request.note, log_key, verifier)
    asked, before = parse_checkpoint(request.note), seen.read_seen(log_key)
    old = None if before is None else parse_checkpoint(parse_note(before))
    if request.old_size != (0 if old is None else old.size):
        last = 0 if old is None else old.size
        todo = f"ask with `casetrail audit witness request --old-size {last}`"
        raise BadInputError(f"the last checkpoint that this witness saw covers {last} events", todo=todo)
    if old is not None:
        check_consistency(ConsistencyProof(old.size, asked.size, request.hashes), old.root, asked.root)
    seen.add_seen(log_key, request.note.text)
    return countersign(request.note, signer, now_us)


def _take_in(ports: AuditPorts, answer: Signature, key: PublicKey, event: AuditEvent) -> Countersigned:
    for text in reversed(ports.log.read_checkpoints()):
        note = parse_note(text)
        moment = _moment(with_signature(note, answer), key, ports.verifier)
        if moment is not None:
            size = parse_checkpoint(note).size
            ports.log.record(counted(event, {"events": size}))
            ports.log.add_checkpoint(size, with_signature(note, answer).text)
            return Countersigned(key.name, size, moment)
    raise IntegrityError(
        f"{key.name} countersigned no checkpoint of this log, or the countersignature is forged",
        todo="ask the witness which log it saw",
    )


def _moment(note: SignedNote, key: PublicKey, verifier: Verifier) -> int | None:
    try:
        return countersigned_us(note, key, verifier)
    except IntegrityError:
        return None


def _countersignatures(ports: AuditPorts) -> Iterator[Countersigned]:
    witnesses = ports.witnesses.read_witnesses()
    for text in ports.log.read_checkpoints():
        note = parse_note(text)
        for witness in witnesses:
            moment = countersigned_us(note, witness, ports.verifier)
            if moment is not None:
                yield Countersigned(witness.name, parse_checkpoint(note).size, moment)


def _cosigning_keys(ports: AuditPorts) -> Iterator[PublicKey]:
    return (each.as_kind(KeyKind.COSIGNATURE) for each in ports.witnesses.read_witnesses())
