"""Witnesses: bodies outside the centre that countersign checkpoints, so that no two histories can be shown.

What a witness is sent and what it answers is text that fits a QR code. The request is that of C2SP
(https://c2sp.org/tlog-witness): the size that the witness saw last, the proof that the log continues it, the
checkpoint. The answer is its line of signature.
"""

import base64
import binascii
from dataclasses import dataclass
from typing import Protocol

from casetrail.governance.audit import AuditEvent
from casetrail.governance.checkpoint import SignedNote, parse_note
from casetrail.governance.signing import PublicKey
from casetrail.model.errors import BadInputError, IntegrityError, RefusedError
from casetrail.model.time import SECOND_US

MOST_DAYS = 7
_DAY_US = 86_400 * SECOND_US
_AHEAD_US = 3600 * SECOND_US  # by how much a witness' clock may be ahead of ours


class WitnessKeys(Protocol):
    """Port: which witnesses this installation relies on."""

    def read_witnesses(self) -> tuple[PublicKey, ...]:
        """Their public keys, in the order in which they were added."""

    def add_witness(self, key: PublicKey, *, audit: AuditEvent) -> None:
        """Rely on one more. Raises UsageError when one of that name is there."""


class SeenCheckpoints(Protocol):
    """Port of a witness: which checkpoint of each log it saw last."""

    def read_seen(self, log: PublicKey) -> str | None:
        """The text of the checkpoint seen last, or None."""

    def add_seen(self, log: PublicKey, text: str) -> None:
        """Remember a checkpoint durably, before it is countersigned."""


@dataclass(frozen=True)
class WitnessRequest:
    """What a witness is asked to countersign: a checkpoint, and the proof that it continues what it saw."""

    old_size: int
    hashes: tuple[bytes, ...]
    note: SignedNote

    @property
    def text(self) -> str:
        """The request as text."""
        proof = "".join(f"{base64.b64encode(each).decode()}\n" for each in self.hashes)
        return f"old {self.old_size}\n{proof}\n{self.note.text}"


def parse_request(text: str) -> WitnessRequest:
    """A request from its text. Raises BadInputError when it is not one."""
    head, _, note = text.partition("\n\n")
    first, *lines = head.split("\n")
    try:
        old_size = int(first.removeprefix("old "))
        hashes = tuple(base64.b64decode(line, validate=True) for line in lines)
        return WitnessRequest(old_size, hashes, parse_note(note))
    except (ValueError, binascii.Error, IntegrityError):
        raise BadInputError("not a request to a witness", todo="send the whole text again") from None


def check_witness(last_countersigned_us: int | None, now_us: int, most_days: int = MOST_DAYS) -> None:
    """Raises RefusedError when no witness saw the log within `most_days`; for installations that have a witness."""
    todo = "run `casetrail audit witness request`, and `receive` with what the witness answers"
    if last_countersigned_us is None:
        raise RefusedError("no witness has countersigned this log yet", where="audit log", todo=todo)
    age_us = now_us - last_countersigned_us
    if age_us < -_AHEAD_US:
        what = "a witness countersigned in the future: this machine's clock or that of the witness is wrong"
        raise RefusedError(what, where="audit log", todo="set the clock")
    if age_us > most_days * _DAY_US:
        what = f"the last countersignature of a witness is {age_us // _DAY_US} days old, at most {most_days} may be"
        raise RefusedError(what, where="audit log", todo=todo)


def can_rely_on_witness(last_countersigned_us: int | None, now_us: int, most_days: int = MOST_DAYS) -> bool:
    """Whether `check_witness` would pass."""
    try:
        check_witness(last_countersigned_us, now_us, most_days)
    except RefusedError:
        return False
    return True
