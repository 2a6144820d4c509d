"""One line of the log file: leaf hash, root of the tree after it, and the event's exact bytes."""

from dataclasses import dataclass

from casetrail.governance.audit import RecordedEvent
from casetrail.governance.audit_codec import decode_event
from casetrail.governance.merkle import HASH_BYTES, Frontier, leaf_hash
from casetrail.model.errors import IntegrityError

_DIGITS = 2 * HASH_BYTES
_BEFORE_LEAF, _BEFORE_ROOT, _BEFORE_EVENT, _END = b'{"leaf":"', b'","root":"', b'","event":', b"}\n"


@dataclass(frozen=True)
class Line:
    """A parsed line: what it says of its own hashes, and the leaf data."""

    leaf: str
    root: str
    data: bytes


def make_line(data: bytes, frontier: Frontier) -> bytes:
    """The line of leaf data; `frontier` is the tree with that leaf in it."""
    leaf, root = leaf_hash(data).hex().encode(), frontier.root.hex().encode()
    return _BEFORE_LEAF + leaf + _BEFORE_ROOT + root + _BEFORE_EVENT + data + _END


def parse_line(line: bytes) -> Line:
    """The parts of a line. Raises IntegrityError when it does not have the shape of one."""
    parts, rest = [], line
    for before, length in ((_BEFORE_LEAF, _DIGITS), (_BEFORE_ROOT, _DIGITS)):
        if not rest.startswith(before):
            raise IntegrityError("not a line of the log")
        parts.append(rest[len(before) : len(before) + length].decode("ascii", errors="replace"))
        rest = rest[len(before) + length :]
    if not (rest.startswith(_BEFORE_EVENT) and rest.endswith(_END)):
        raise IntegrityError("not a line of the log")
    return Line(parts[0], parts[1], rest[len(_BEFORE_EVENT) : -len(_END)])


def check_line(line: bytes, before: Frontier) -> tuple[RecordedEvent, Frontier]:
    """The event of a line and the tree with it. Raises IntegrityError when it does not continue `before`."""
    parsed = parse_line(line)
    leaf = leaf_hash(parsed.data)
    if leaf.hex() != parsed.leaf:
        raise IntegrityError("the event was edited: its bytes do not give its leaf hash")
    index, utc_us, event = decode_event(parsed.data)
    if index != before.size:
        raise WrongNumberError(index, parsed.leaf)
    after = before.appended(leaf)
    if after.root.hex() != parsed.root:
        raise IntegrityError("the event was inserted or rewritten: its root does not follow from the events before it")
    return RecordedEvent(index, utc_us, event, parsed.leaf, parsed.root), after


class WrongNumberError(IntegrityError):
    """A line whose event says that it is `number`, where another is due."""

    def __init__(self, number: int, leaf: str) -> None:
        super().__init__(f"event {number} stands where another is due")
        self.number, self.leaf = number, leaf
