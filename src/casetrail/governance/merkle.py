"""Merkle tree hashing (RFC 6962 section 2.1, kept by RFC 9162): leaves and nodes are hashed apart.

The one-byte prefix keeps a leaf from standing in for a node, and the other way round.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from casetrail.model.errors import IntegrityError

HASH_BYTES = 32


def leaf_hash(data: bytes) -> bytes:
    """SHA-256 of 0x00 and the leaf's data."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256 of 0x01 and the hashes of both subtrees."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def tree_root(leaves: Sequence[bytes]) -> bytes:
    """Root of a whole tree from its leaf hashes, straight from the definition; the reference for `Frontier`."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return node_hash(tree_root(leaves[:split]), tree_root(leaves[split:]))


@dataclass(frozen=True)
class Frontier:
    """The perfect subtrees of a growing tree, largest first: all that appending and the root need.

    Raises IntegrityError when the hashes cannot belong to a tree of `size` leaves.
    """

    size: int = 0
    hashes: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        fits = self.size >= 0 and len(self.hashes) == self.size.bit_count()
        if not fits or any(len(item) != HASH_BYTES for item in self.hashes):
            raise IntegrityError(f"{len(self.hashes)} subtree hashes cannot make a tree of {self.size} leaves")

    def appended(self, leaf: bytes) -> "Frontier":
        """The frontier with one more leaf hash."""
        hashes, whole, joined = list(self.hashes), self.size, leaf
        while whole & 1:
            joined = node_hash(hashes.pop(), joined)
            whole >>= 1
        return Frontier(self.size + 1, (*hashes, joined))

    @property
    def root(self) -> bytes:
        """Root of the tree so far; that of the empty tree is the hash of nothing."""
        if not self.hashes:
            return tree_root(())
        root = self.hashes[-1]
        for left in reversed(self.hashes[:-1]):
            root = node_hash(left, root)
        return root
