"""Checkpoints: the head of the log as signed text that leaves the installation.

The text is a C2SP signed note (https://c2sp.org/signed-note) whose body is a C2SP checkpoint
(https://c2sp.org/tlog-checkpoint): origin, number of events, root in base64. A witness adds a cosignature
(https://c2sp.org/tlog-cosignature): its signature over the same body and the moment at which it saw it.
"""

import base64
import binascii
from dataclasses import dataclass, replace

from casetrail.governance.audit import LogHead
from casetrail.governance.merkle import HASH_BYTES
from casetrail.governance.signing import KEY_ID_BYTES, SIGNATURE_BYTES, KeyKind, PublicKey, Signer, Verifier
from casetrail.model.errors import IntegrityError
from casetrail.model.time import SECOND_US

_DASH = "— "
_MOMENT_BYTES = 8
MOST_CHARACTERS = 20_000


@dataclass(frozen=True)
class Signature:
    """One line of signature: the name of who signed, the id of the key, and the bytes of its kind."""

    name: str
    key_id: bytes
    value: bytes

    @property
    def line(self) -> str:
        """The line without its end."""
        return f"{_DASH}{self.name} {base64.b64encode(self.key_id + self.value).decode()}"


@dataclass(frozen=True)
class SignedNote:
    """A text, ending in a line feed, and the signatures under it."""

    body: str
    signatures: tuple[Signature, ...]

    @property
    def text(self) -> str:
        """The whole note."""
        return self.body + "\n" + "".join(f"{each.line}\n" for each in self.signatures)


@dataclass(frozen=True)
class Checkpoint:
    """Which log, how many events, and the root of their tree."""

    origin: str
    size: int
    root: bytes

    @property
    def body(self) -> str:
        """The text that is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def sign_checkpoint(head: LogHead, signer: Signer) -> SignedNote:
    """The head of the log as a signed note; the origin is the name of the signing key."""
    body = Checkpoint(signer.public_key.name, head.size, bytes.fromhex(head.root_hash)).body
    return sign_note(body, signer)


def sign_note(body: str, signer: Signer) -> SignedNote:
    """Any text, signed; `body` ends in a line feed."""
    key = signer.public_key
    return SignedNote(body, (Signature(key.name, key.key_id, signer.sign(body.encode())),))


def parse_note(text: str) -> SignedNote:
    """The parts of a signed note. Raises IntegrityError when it does not have the shape of one."""
    body, between, lines = text.rpartition("\n\n")
    if not between or len(text) > MOST_CHARACTERS or not lines.endswith("\n"):
        raise IntegrityError("not a signed note")
    return SignedNote(body + "\n", tuple(parse_signature(line) for line in lines[:-1].split("\n")))


def parse_signature(line: str) -> Signature:
    """One line of signature. Raises IntegrityError when it is not one."""
    name, _, data = line.removeprefix(_DASH).partition(" ")
    try:
        value = base64.b64decode(data, validate=True)
    except (ValueError, binascii.Error):
        value = b""
    if not line.startswith(_DASH) or not name or len(value) <= KEY_ID_BYTES:
        raise IntegrityError("a line under a signed note is no signature")
    return Signature(name, value[:KEY_ID_BYTES], value[KEY_ID_BYTES:])


def parse_checkpoint(note: SignedNote) -> Checkpoint:
    """What a note says of a log. Raises IntegrityError when its body is not that of a checkpoint."""
    lines = note.body.split("\n")
    try:
        checkpoint = Checkpoint(lines[0], int(lines[1]), base64.b64decode(lines[2], validate=True))
    except (IndexError, ValueError, binascii.Error):
        raise IntegrityError("a signed note that is not a checkpoint") from None
    if len(checkpoint.root) != HASH_BYTES or str(checkpoint.size) != lines[1] or checkpoint.size < 0:
        raise IntegrityError("a checkpoint without a proper size and root")
    return checkpoint


def check_signed(note: SignedNote, key: PublicKey, verifier: Verifier) -> None:
    """Raises IntegrityError unless the holder of `key` signed the note."""
    found = _signature_of(note, key)
    if found is None:
        raise IntegrityError(f"not signed by {key.name}", todo="check that it is a checkpoint of this log")
    if not verifier.can_verify(key.key, found.value, note.body.encode()):
        raise IntegrityError(f"the signature of {key.name} is forged, or the text was changed after signing")


def countersign(note: SignedNote, witness: Signer, now_us: int) -> Signature:
    """The statement of a witness that it saw this checkpoint now, in whole seconds."""
    seconds, key = now_us // SECOND_US, witness.public_key.as_kind(KeyKind.COSIGNATURE)
    value = seconds.to_bytes(_MOMENT_BYTES, "big") + witness.sign(_countersigned(note.body, seconds))
    return Signature(key.name, key.key_id, value)


def countersigned_us(note: SignedNote, witness: PublicKey, verifier: Verifier) -> int | None:
    """When the witness saw the checkpoint, in microseconds of UTC; None when it did not sign.

    Raises IntegrityError when there is a signature in its name that it did not make.
    """
    found = _signature_of(note, witness.as_kind(KeyKind.COSIGNATURE))
    if found is None:
        return None
    seconds, value = int.from_bytes(found.value[:_MOMENT_BYTES], "big"), found.value[_MOMENT_BYTES:]
    if len(value) != SIGNATURE_BYTES or not verifier.can_verify(witness.key, value, _countersigned(note.body, seconds)):
        raise IntegrityError(f"the countersignature of {witness.name} is forged, or the text was changed after it")
    return seconds * SECOND_US


def with_signature(note: SignedNote, signature: Signature) -> SignedNote:
    """The note with one more signature, in the place of an earlier one by the same key."""
    others = tuple(each for each in note.signatures if (each.name, each.key_id) != (signature.name, signature.key_id))
    return replace(note, signatures=(*others, signature))


def _signature_of(note: SignedNote, key: PublicKey) -> Signature | None:
    mine = [each for each in note.signatures if (each.name, each.key_id) == (key.name, key.key_id)]
    return mine[0] if mine else None


def _countersigned(body: str, seconds: int) -> bytes:
    return f"cosignature/v1\ntime {seconds}\n{body}".encode()
