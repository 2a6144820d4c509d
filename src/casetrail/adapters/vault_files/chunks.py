"""Chunks of records of one kind: each a sealed list of ids before the sealed records, both bound to their names.

Ids are read without the records, so that a write can tell which chunks it touches. Chunks of like size are joined
as they become many: every record is rewritten a few times at most, whatever the number of writes.
"""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from casetrail.adapters.vault_files.contents import Chunk
from casetrail.adapters.vault_files.sealing import join, pack, seal, split, unpack, unseal
from casetrail.app.private_files import add_file
from casetrail.model.errors import IntegrityError

JOIN_AT = 8  # chunks of like size
MOST_RECORDS = 4096  # a chunk of so many is never joined again
_IDS, _RECORDS = "ids", "records"


class ChunkFiles:
    """The chunks of one case in its folder, sealed with its data key; valid while the case is locked."""

    def __init__(self, folder: Path, key: bytes, known_ids: dict[str, frozenset[str]]) -> None:
        self._folder, self._key, self._known_ids = folder, key, known_ids

    def add(self, kind: str, name: str, records: Mapping[str, bytes]) -> Chunk:
        """Write records as a new chunk."""
        bound = self._folder.name, kind, name
        ids = seal(self._key, pack(dict.fromkeys(records, b"")), *bound, _IDS)
        body = seal(self._key, pack(records), *bound, _RECORDS)
        add_file(self._folder / name, join(ids, body))
        return Chunk(name, len(records))

    def read(self, kind: str, chunk: Chunk) -> dict[str, bytes]:
        """The records of a chunk. Raises IntegrityError when it is missing, changed, or put in another's place."""
        where = str(self._folder / chunk.name)
        ids, body = split(self._bytes(chunk), where=where)
        records = unpack(unseal(self._key, body, self._folder.name, kind, chunk.name, _RECORDS, where=where))
        if records.keys() != self._unsealed_ids(kind, chunk, ids) or len(records) != chunk.records:
            raise IntegrityError("a vault file contradicts itself", where=where, todo="restore it from a copy")
        return records

    def read_ids(self, kind: str, chunk: Chunk) -> frozenset[str]:
        """The ids in a chunk; it never changes, so they are remembered."""
        if chunk.name not in self._known_ids:
            ids, _ = split(self._bytes(chunk), where=str(self._folder / chunk.name))
            self._known_ids[chunk.name] = self._unsealed_ids(kind, chunk, ids)
        return self._known_ids[chunk.name]

    def _unsealed_ids(self, kind: str, chunk: Chunk, sealed: bytes) -> frozenset[str]:
        where = str(self._folder / chunk.name)
        return frozenset(unpack(unseal(self._key, sealed, self._folder.name, kind, chunk.name, _IDS, where=where)))

    def _bytes(self, chunk: Chunk) -> bytes:
        path = self._folder / chunk.name
        if not path.exists():
            raise IntegrityError("a vault file is missing", where=str(path), todo="restore it from a copy")
        return path.read_bytes()


def choose_joined(chunks: Sequence[Chunk]) -> frozenset[str]:
    """Names of the chunks to join now: those of like size (within a factor of eight) when there are many of them."""
    by_size: dict[int, list[str]] = defaultdict(list)
    for chunk in chunks:
        if chunk.records < MOST_RECORDS:
            by_size[int(math.log(max(chunk.records, 1), JOIN_AT))].append(chunk.name)
    return frozenset(name for names in by_size.values() if len(names) >= JOIN_AT for name in names)
