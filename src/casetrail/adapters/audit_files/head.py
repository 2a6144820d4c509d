"""The head file: what of the log was acknowledged, and the subtrees that appending needs.

What an act waits for is the log itself. The head is written over in place, in a block of fixed size, without waiting
for the disk: after a power failure it may be an older one, and then the lines after it are taken in again. Should the
disk have torn it, how far the log was acknowledged stands in the block's first bytes and the subtrees are computed
anew; where it holds no JSON any more, every line is taken in again. A head that the log does not bear out was edited.
"""

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from casetrail.app.private_files import replace_file
from casetrail.governance.merkle import Frontier
from casetrail.model.errors import IntegrityError

BLOCK_BYTES = 2048  # within one page of memory and one block of a disk; enough for ten million events
MOST = 1 << 62  # events, or bytes: no log has as many


@dataclass(frozen=True)
class Head:
    """The tree that was acknowledged, and how many bytes of the log file hold it."""

    frontier: Frontier = field(default_factory=Frontier)
    length_bytes: int = 0


class UnfoundedHeadError(IntegrityError):
    """A head whose subtrees do not give its root: torn, or edited. The log tells which."""

    def __init__(self, size: int, length_bytes: int, root: str, path: Path) -> None:
        what = "the head of the audit log contradicts itself and the log: it was edited"
        super().__init__(what, where=str(path), todo=RESTORE)
        self.size, self.length_bytes, self.root = size, length_bytes, root


def read_head(path: Path) -> Head | None:
    """The head, or None when there is no such file. Raises IntegrityError when it was edited or torn."""
    if not path.exists():
        return None
    try:
        plain: dict[str, Any] = json.loads(path.read_bytes())
    except ValueError:
        return Head()
    try:
        size, length_bytes, root = int(plain["size"]), int(plain["length_bytes"]), str(plain["root"])
        hashes = [bytes.fromhex(item) for item in plain["subtrees"]]
    except (ValueError, KeyError, TypeError, OverflowError):
        raise IntegrityError("the head of the audit log was edited", where=str(path), todo=RESTORE) from None
    if not 0 <= size < MOST or not 0 <= length_bytes < MOST:
        raise IntegrityError("the head of the audit log was edited", where=str(path), todo=RESTORE)
    try:
        frontier = Frontier(size, tuple(hashes))
    except IntegrityError:
        frontier = Frontier()
    if frontier.size != size or frontier.root.hex() != root:
        raise UnfoundedHeadError(size, length_bytes, root, path)
    return Head(frontier, length_bytes)


def write_head(path: Path, head: Head, *, durable: bool = False) -> None:
    """Put a head under the log's lock. `durable`: wait until the disk has it and the names around it."""
    plain = {
        "size": head.frontier.size,
        "length_bytes": head.length_bytes,
        "root": head.frontier.root.hex(),
        "subtrees": [item.hex() for item in head.frontier.hashes],
    }
    text = json.dumps(plain).encode()
    block = text.ljust(-(-len(text) // BLOCK_BYTES) * BLOCK_BYTES)
    if durable:
        replace_file(path, block)
        return
    handle = os.open(path, os.O_WRONLY)
    try:
        os.pwrite(handle, block, 0)
    finally:
        os.close(handle)


RESTORE = "keep the folder as it is for inquiry and restore the log from a copy"
