#!/usr/bin/env python3
"""Checks an audit log of casetrail, its checkpoints and receipts. Needs Python 3.9 or newer and nothing else.

    python3 verify_casetrail_log.py LOG --key KEY [--checkpoint FILE ...] [--witness KEY ...] [--receipt FILE ...]
    python3 verify_casetrail_log.py --receipt FILE --key KEY

LOG is log.jsonl or the folder that holds it. KEY is the public key of the log, a line of text or a file with it:
get it from the health centre on another way than what you check. Exit codes: 0 everything holds, 6 something was
changed (one sentence names what), 2 wrong usage.

It shares no code with casetrail on purpose. Trees: RFC 9162; signatures: Ed25519, RFC 8032; checkpoints and
countersignatures: C2SP signed-note, tlog-checkpoint, tlog-cosignature.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import re
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

NOTE, COSIGNATURE = 1, 4
LINE = re.compile(rb'{"leaf":"([0-9a-f]{64})","root":"([0-9a-f]{64})","event":(.*)}\n')
SIGNATURE = re.compile("\u2014 (\\S+) ((?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{2}==))")
CHECKPOINT = re.compile("([^\\n]+)\\n(0|[1-9][0-9]{0,17})\\n([A-Za-z0-9+/]{43}=)\\n")
EMPTY = hashlib.sha256(b"").hexdigest()
P, ORDER = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493  # RFC 8032: the field, the group
D, ROOT_OF_MINUS_1 = -121665 * pow(121666, -1, P) % P, pow(2, (P - 1) // 4, P)
Point = tuple[int, int, int, int]  # extended coordinates x, y, z, t


class FaultError(Exception):
    """Something is not what was recorded or signed."""


class MisuseError(Exception):
    """The call cannot be understood, or a file is not there."""


class Key(NamedTuple):
    """A public key: who holds it, and its 32 bytes."""

    name: str
    data: bytes

    @property
    def text(self) -> str:
        """The key as a line of text."""
        return f"{self.name}+{self.id_as(NOTE).hex()}+{base64.b64encode(bytes([NOTE]) + self.data).decode()}"

    def id_as(self, kind: int) -> bytes:
        """First four bytes of SHA-256 over name, line feed, kind and key."""
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([kind]) + self.data).digest()[:4]


class Note(NamedTuple):
    """A signed text: its body, and (name, key id, bytes) of each signature under it."""

    body: str
    signatures: list[tuple[str, bytes, bytes]]

    def signed_by(self, key: Key, kind: int) -> bytes:
        """The bytes of the signature in the name of a key; empty when there is none."""
        wanted = (key.name, key.id_as(kind))
        return next((value for name, key_id, value in self.signatures if (name, key_id) == wanted), b"")


class Log(NamedTuple):
    """What was read of a log: the hash of each event, and the root after each."""

    leaves: list[bytes]
    roots: list[bytes]


def main(arguments: list[str] | None = None) -> int:
    """Check what is named; returns the exit code."""
    parser = argparse.ArgumentParser(description="Check an audit log of casetrail, its checkpoints and receipts.")
    parser.add_argument("log", nargs="?", help="log.jsonl, or the folder that holds it")
    parser.add_argument("--key", help="public key of the log, or a file that holds it")
    parser.add_argument("--checkpoint", action="append", default=[], help="a checkpoint that was kept elsewhere")
    parser.add_argument("--witness", action="append", default=[], help="public key of a witness, or a file with it")
    parser.add_argument("--receipt", action="append", default=[], help="a receipt")
    asked = parser.parse_args(arguments)
    try:
        check(asked.log, asked.key, asked.checkpoint, asked.witness, asked.receipt)
    except FaultError as fault:
        say(f"FAULT: {fault}")
        return 6
    except (MisuseError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


def check(log: str | None, key: str | None, checkpoints: list[str], witnesses: list[str], receipts: list[str]) -> None:
    """Check everything that is named. Raises FaultError at the first thing that does not hold."""
    if not log and not receipts:
        raise MisuseError("name a log or a receipt; --help says how")
    if checkpoints and not key:
        raise MisuseError("a checkpoint proves nothing without the log's public key: give it with --key")
    mine = read_key(key) if key else None
    others = [read_key(each) for each in witnesses]
    read = read_log(Path(log)) if log else None
    kept = sorted((Path(log) / "checkpoints").glob("*.note")) if log else []
    for path in [*kept, *map(Path, checkpoints)]:
        check_checkpoint(parse_note(read_text(path), path.name), path.name, mine, others, read)
    for path in map(Path, receipts):
        check_receipt(path, mine, others, read)


def read_log(path: Path) -> Log:
    """Read a log to its end, recomputing every hash, and hold it against its head file where there is one."""
    file = path / "log.jsonl" if path.is_dir() else path
    log, stack = Log([], []), list[bytes]()
    with file.open("rb") as lines:
        for line in lines:
            if not line.endswith(b"\n"):
                say(f"{file.name}: the last line is incomplete, as after a crash; it was not acknowledged")
                break
            read_line(line, log, stack, file)
    check_head(file.with_name("head.json"), log, file)
    root = log.roots[-1].hex() if log.roots else EMPTY
    say(f"{file.name}: {len(log.leaves)} events, every hash follows, root {root}")
    return log


def read_line(line: bytes, log: Log, stack: list[bytes], file: Path) -> None:
    """Take one line into the log. `stack`: the perfect subtrees so far, largest first."""
    number = len(log.leaves)
    parts = LINE.fullmatch(line)
    if parts is None:
        raise FaultError(f"event {number} was edited: its line does not have the shape of one")
    leaf, root, data = parts[1].decode(), parts[2].decode(), parts[3]
    if hash_leaf(data).hex() != leaf:
        raise FaultError(f"event {number} was edited: its bytes do not give its leaf hash")
    stated = event_of(data, number)["index"]
    if stated != number:
        raise FaultError(name_fault(file, number, stated, leaf, log))
    log.leaves.append(hash_leaf(data))
    grow(stack, log.leaves)
    found = fold(stack)
    if found.hex() != root:
        raise FaultError(f"event {number} was inserted or rewritten: its root does not follow from the events before")
    log.roots.append(found)


def name_fault(file: Path, at: int, stated: Any, leaf: str, log: Log) -> str:
    """What was done to a log in which the event that says `stated` stands at `at`."""
    if stated < at:
        if log.leaves[stated].hex() == leaf:
            return f"event {stated} was duplicated"
        return f"an event was inserted: two say that they are number {stated}"
    with file.open("rb") as lines:
        later = any(f'"index":{at},'.encode() in line for place, line in enumerate(lines) if place > at)
    if later:
        return f"events were reordered: event {stated} stands before event {at}"
    return f"events from {at} to {stated - 1} were removed: event {stated} follows event {at - 1}"


def check_head(path: Path, log: Log, file: Path) -> None:
    """The head file says what was acknowledged: no more may be missing than was never acknowledged."""
    try:
        head = json.loads(path.read_bytes()) if path.exists() else None
    except ValueError:
        head = None
    if head is None:
        say(f"{path.name}: not there, or nothing in it can be read, as after a power failure")
        return
    try:
        size, length, root = head["size"], head["length_bytes"], head["root"]
        sound = size >= 0 and length >= 0 and len(bytes.fromhex(root)) == 32
        short = size > len(log.leaves) or length > file.stat().st_size
    except (ValueError, KeyError, TypeError):
        sound = short = False
    if not sound:
        raise FaultError("the head file contradicts itself: it was edited")
    if short:
        raise FaultError(f"the log was truncated: {size} events were acknowledged, {len(log.leaves)} are there")
    if root != (log.roots[int(size) - 1].hex() if size else EMPTY):
        raise FaultError("the head file contradicts the log: one of the two was exchanged or edited")


def check_checkpoint(note: Note, name: str, key: Key | None, witnesses: list[Key], log: Log | None) -> int:
    """A checkpoint is signed, countersigned where it says so, and continued by the log; returns its size."""
    origin, size, root = parse_checkpoint(note, name)
    by = "signature not checked, no --key was given"
    if key:
        if origin != key.name:
            raise FaultError(f"{name} is a checkpoint of another log ({origin}), not of {key.name}")
        check_signature(note, key, name)
        by = f"signed by {key.name}"
    check_continued(log, size, root, name)
    say(f"{name}: {size} events, {by}" + (", the log continues it" if log else ""))
    for witness in witnesses:
        seen = countersigned(note, witness, name)
        if seen:
            say(f"{name}: seen by {witness.name} at {seen}")
    return size


def check_continued(log: Log | None, size: int, root: bytes, name: str) -> None:
    """The log begins with what a checkpoint covers."""
    if log is None or not size:
        return
    if size > len(log.leaves):
        raise FaultError(
            f"the log was truncated or rolled back: it holds {len(log.leaves)} events, {name} covers {size}"
        )
    if log.roots[size - 1] != root:
        raise FaultError(f"the log was forked or rewritten: its first {size} events are not those of {name}")


def check_receipt(path: Path, key: Key | None, witnesses: list[Key], log: Log | None) -> None:
    """A receipt is signed, and the event that it rests on stands in the log that its checkpoint names."""
    try:
        receipt: dict[str, Any] = json.loads(read_text(path))
        statement, event = dict(receipt["statement"]), receipt["event"].encode()
        index, hashes = receipt["inclusion"]["index"], [bytes.fromhex(each) for each in receipt["inclusion"]["hashes"]]
        key = key or parse_key(receipt["public_key"])
        body = json.dumps(receipt["statement"], sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        signed, checkpoint = f"{body}\n\n{receipt['signature']}\n", str(receipt["checkpoint"])
    except (ValueError, KeyError, TypeError, AttributeError):
        raise FaultError(f"{path.name} is not a receipt of casetrail") from None
    check_signature(parse_note(signed, path.name), key, path.name)
    note = parse_note(checkpoint, path.name)
    size = check_checkpoint(note, f"{path.name}, checkpoint", key, witnesses, log)
    root = parse_checkpoint(note, path.name)[2]
    said = event_of(event, index)
    if said["index"] != index or root_from(hash_leaf(event), said["index"], size, hashes) != root:
        raise FaultError(f"{path.name}: its event {index} is not in the log that its checkpoint names")
    if log and log.leaves[said["index"]] != hash_leaf(event):
        raise FaultError(f"{path.name}: event {index} of the log is another one")
    told = {"case_id": said["case"], **said["counts"]}
    if any(name not in statement or statement[name] != value for name, value in told.items()):
        raise FaultError(f"{path.name}: its statement is not what the event in the log says")
    say(f"{path.name}: {said['act']} of {said['case']} is event {index} of {size}, recorded {when(said['utc_us'])}")
    say(f"{path.name}: compare with the key that the centre publishes: {key.text}")


def check_signature(note: Note, key: Key, name: str) -> None:
    """The holder of the key signed the note."""
    found = note.signed_by(key, NOTE)
    if not found:
        raise FaultError(f"{name} is not signed by {key.name}")
    if not verify_ed25519(key.data, note.body.encode(), found):
        raise FaultError(f"{name}: the signature of {key.name} is forged, or the text was changed after signing")


def countersigned(note: Note, witness: Key, name: str) -> str:
    """When a witness saw a checkpoint; empty when it did not countersign it."""
    found = note.signed_by(witness, COSIGNATURE)
    seconds = int.from_bytes(found[:8], "big")
    statement = f"cosignature/v1\ntime {seconds}\n{note.body}".encode()
    if found and not verify_ed25519(witness.data, statement, found[8:]):
        raise FaultError(f"{name}: the countersignature of {witness.name} is forged, or the text was changed after it")
    return when(seconds * 1_000_000) if found else ""


def event_of(data: bytes, number: int) -> dict[str, Any]:
    """The event in leaf data."""
    try:
        event: dict[str, Any] = json.loads(data)
        whole = all(type(event[name]) is int and event[name] >= 0 for name in ("index", "utc_us"))
        sound = whole and {"act", "case"} <= event.keys() and isinstance(event["counts"], dict)
    except (ValueError, KeyError, TypeError):
        sound = False
    if not sound:
        raise FaultError(f"event {number} is not an audit event")
    return event


def hash_leaf(data: bytes) -> bytes:
    """RFC 9162: SHA-256 of 0x00 and the data."""
    return hashlib.sha256(b"\x00" + data).digest()


def hash_node(left: bytes, right: bytes) -> bytes:
    """RFC 9162: SHA-256 of 0x01 and both hashes."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def grow(stack: list[bytes], leaves: list[bytes]) -> None:
    """Add the last leaf to the perfect subtrees of those before it."""
    joined, rest = leaves[-1], len(leaves) - 1
    while rest & 1:
        joined, rest = hash_node(stack.pop(), joined), rest >> 1
    stack.append(joined)


def fold(stack: list[bytes]) -> bytes:
    """The root over perfect subtrees."""
    root = stack[-1]
    for left in reversed(stack[:-1]):
        root = hash_node(left, root)
    return root


def root_from(leaf: bytes, index: int, size: int, hashes: list[bytes]) -> bytes:
    """Where a proof of inclusion leads: at each level the neighbour stands left, right, or is not there."""
    if not 0 <= index < size:
        raise FaultError("a proof of an event outside its tree")
    rest, found, width = list(hashes), leaf, size
    while width > 1:
        if index & 1 or index + 1 < width:
            if not rest:
                raise FaultError("a proof of inclusion is too short")
            near = rest.pop(0)
            found = hash_node(near, found) if index & 1 else hash_node(found, near)
        index, width = index >> 1, (width + 1) >> 1
    if rest:
        raise FaultError("a proof of inclusion is too long")
    return found


def parse_note(text: str, name: str) -> Note:
    """A signed text in its parts."""
    body, between, lines = text.rpartition("\n\n")
    signatures = []
    for line in lines.splitlines():
        parts = SIGNATURE.fullmatch(line)
        if parts is None or len(data := base64.b64decode(parts[2])) <= 4:
            raise FaultError(f"{name}: a line of signature was edited")
        signatures.append((parts[1], data[:4], data[4:]))
    if not between or not signatures:
        raise FaultError(f"{name} is not a signed text")
    return Note(body + "\n", signatures)


def parse_checkpoint(note: Note, name: str) -> tuple[str, int, bytes]:
    """Origin, size and root of a checkpoint."""
    parts = CHECKPOINT.match(note.body)
    if parts is None:
        raise FaultError(f"{name} is not a checkpoint")
    return parts[1], int(parts[2]), base64.b64decode(parts[3])


def read_key(text: str) -> Key:
    """A public key from a line of text or from a file."""
    path = Path(text)
    try:
        return parse_key(read_text(path) if path.is_file() else text)
    except ValueError:
        raise MisuseError(f"not a public key: {text[:60]}") from None


def parse_key(text: str) -> Key:
    """A public key from its line. Raises ValueError when it is not one."""
    name, key_id, data = text.strip().split("+", 2)
    raw = base64.b64decode(data, validate=True)
    key = Key(name, raw[1:])
    if len(raw) != 33 or raw[0] not in (NOTE, COSIGNATURE) or key.id_as(raw[0]).hex() != key_id:
        raise ValueError("not a public key")
    return key


def read_text(path: Path) -> str:
    """A file as text. Raises MisuseError when it is not there."""
    if not path.is_file():
        raise MisuseError(f"there is no file {path}")
    return path.read_bytes().decode("utf-8", "replace").replace("\r\n", "\n")


def when(utc_us: int) -> str:
    """A moment for a person to read."""
    seconds = min(utc_us // 1_000_000, 253_402_300_799)  # the end of the year 9999
    return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(seconds))


def say(sentence: str) -> None:
    """One line for the reader."""
    sys.stdout.write(f"{sentence}\n")


def verify_ed25519(key: bytes, data: bytes, signature: bytes) -> bool:
    """Whether the holder of the key signed the data (RFC 8032, 5.1.7)."""
    holder, nonce = to_point(key), to_point(signature[:32])
    scalar = int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or holder is None or nonce is None or scalar >= ORDER:
        return False
    digest = hashlib.sha512(signature[:32] + key + data).digest()
    base = to_point((4 * pow(5, -1, P) % P).to_bytes(32, "little")) or holder
    one = times(scalar, base)
    two = plus(nonce, times(int.from_bytes(digest, "little") % ORDER, holder))
    return (one[0] * two[2] - two[0] * one[2]) % P == 0 and (one[1] * two[2] - two[1] * one[2]) % P == 0


def to_point(data: bytes) -> Point | None:
    """The point of the curve that 32 bytes stand for: y, and in the last bit whether x is odd."""
    number = int.from_bytes(data, "little")
    odd, y = number >> 255, number & (2**255 - 1)
    if len(data) != 32 or y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_1 % P
    if (x * x - square) % P or (x == 0 and odd):
        return None
    x = x if x & 1 == odd else P - x
    return x, y, 1, x * y % P


def plus(one: Point, two: Point) -> Point:
    """The sum of two points (RFC 8032, 5.1.4)."""
    a = (one[1] - one[0]) * (two[1] - two[0]) % P
    b = (one[1] + one[0]) * (two[1] + two[0]) % P
    c, d = 2 * one[3] * two[3] * D % P, 2 * one[2] * two[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(number: int, point: Point) -> Point:
    """A point added up so many times."""
    total: Point = (0, 1, 1, 0)
    while number:
        if number & 1:
            total = plus(total, point)
        point, number = plus(point, point), number >> 1
    return total


if __name__ == "__main__":
    sys.exit(main())
