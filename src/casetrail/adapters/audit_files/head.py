"""The head file: what of the log was acknowledged, and the subtrees that appending needs.

What an act waits for is the log itself. The head is replaced whole, without waiting for the disk: after a power
failure it may be an older one, and then the lines after it are taken in again. On some file systems it may also hold
no JSON any more; then nothing of the log counts as acknowledged, and every line is taken in again. A head that is
JSON and does not fit was edited.
"""

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from casetrail.app.private_files import PRIVATE_FILE, replace_file
from casetrail.governance.merkle import Frontier
from casetrail.model.errors import IntegrityError


@dataclass(frozen=True)
class Head:
    """The tree that was acknowledged, and how many bytes of the log file hold it."""

    frontier: Frontier = field(default_factory=Frontier)
    length_bytes: int = 0


def read_head(path: Path) -> Head | None:
    """The head, or None when there is no such file. Raises IntegrityError when it was edited."""
    if not path.exists():
        return None
    try:
        plain: dict[str, Any] = json.loads(path.read_bytes())
    except ValueError:
        return Head()
    try:
        hashes = tuple(bytes.fromhex(item) for item in plain["subtrees"])
        head = Head(Frontier(int(plain["size"]), hashes), int(plain["length_bytes"]))
        root = plain["root"]
    except (ValueError, KeyError, TypeError, IntegrityError):
        raise IntegrityError("the head of the audit log was edited", where=str(path), todo=RESTORE) from None
    if head.frontier.root.hex() != root:
        raise IntegrityError("the head of the audit log contradicts itself", where=str(path), todo=RESTORE)
    return head


def write_head(path: Path, head: Head, *, durable: bool = False) -> None:
    """Replace the head whole, under the log's lock. `durable`: wait until the disk has it and the names around it."""
    plain = {
        "size": head.frontier.size,
        "length_bytes": head.length_bytes,
        "root": head.frontier.root.hex(),
        "subtrees": [item.hex() for item in head.frontier.hashes],
    }
    if durable:
        replace_file(path, json.dumps(plain).encode())
        return
    temporary = path.with_name(f"{path.name}.new")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE_FILE)
    with os.fdopen(handle, "wb") as file:
        file.write(json.dumps(plain).encode())
    temporary.replace(path)


RESTORE = "keep the folder as it is for inquiry and restore the log from a copy"
