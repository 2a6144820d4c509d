"""The head file: what of the log was acknowledged, and the subtrees that appending needs."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from casetrail.app.private_files import replace_file
from casetrail.governance.merkle import Frontier
from casetrail.model.errors import IntegrityError


@dataclass(frozen=True)
class Head:
    """The tree that was acknowledged, and how many bytes of the log file hold it."""

    frontier: Frontier = field(default_factory=Frontier)
    length_bytes: int = 0


def read_head(path: Path) -> Head | None:
    """The head, or None when there is no such file. Raises IntegrityError when it is not a head."""
    if not path.exists():
        return None
    try:
        plain: dict[str, Any] = json.loads(path.read_bytes())
        hashes = tuple(bytes.fromhex(item) for item in plain["subtrees"])
        head = Head(Frontier(int(plain["size"]), hashes), int(plain["length_bytes"]))
        root = plain["root"]
    except (ValueError, KeyError, TypeError):
        raise IntegrityError("the head of the audit log cannot be read", where=str(path), todo=RESTORE) from None
    if head.frontier.root.hex() != root:
        raise IntegrityError("the head of the audit log contradicts itself", where=str(path), todo=RESTORE)
    return head


def write_head(path: Path, head: Head) -> None:
    """Replace the head durably: from then on its events count as acknowledged."""
    plain = {
        "size": head.frontier.size,
        "length_bytes": head.length_bytes,
        "root": head.frontier.root.hex(),
        "subtrees": [item.hex() for item in head.frontier.hashes],
    }
    replace_file(path, json.dumps(plain).encode())


RESTORE = "keep the folder as it is for inquiry and restore the log from a copy"
