"""The table of contents of one case's folder: which sealed files hold which kind. Replacing it is the commit."""

import json
from dataclasses import dataclass, field, replace
from typing import Any

from casetrail.model.errors import IntegrityError


@dataclass(frozen=True)
class Chunk:
    """One sealed file of records of one kind; its name is random and tells nothing."""

    name: str
    records: int


@dataclass(frozen=True)
class Contents:
    """`version` rises with every write; `kinds` gives the chunks of each kind."""

    version: int = 0
    kinds: dict[str, tuple[Chunk, ...]] = field(default_factory=dict)

    @property
    def names(self) -> frozenset[str]:
        """Names of all files that belong to the case."""
        return frozenset(chunk.name for chunks in self.kinds.values() for chunk in chunks)

    @property
    def records(self) -> int:
        """How many records the case has."""
        return sum(chunk.records for chunks in self.kinds.values() for chunk in chunks)

    def with_kind(self, kind: str, chunks: tuple[Chunk, ...]) -> "Contents":
        """The next version, with other chunks for one kind."""
        return replace(self, version=self.version + 1, kinds={**self.kinds, kind: chunks})

    def to_bytes(self) -> bytes:
        """As JSON, to be sealed."""
        kinds = {kind: [[chunk.name, chunk.records] for chunk in chunks] for kind, chunks in self.kinds.items()}
        return json.dumps({"version": self.version, "kinds": kinds}).encode()


def parse_contents(data: bytes, *, where: str) -> Contents:
    """What `to_bytes` wrote. Raises IntegrityError when it is something else."""
    try:
        plain: dict[str, Any] = json.loads(data)
        kinds = {kind: tuple(Chunk(name, int(n)) for name, n in chunks) for kind, chunks in plain["kinds"].items()}
        return Contents(int(plain["version"]), kinds)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise IntegrityError("the vault's table of contents cannot be read", where=where) from None
