"""Proofs over the tree: that an event is in it, and that a later tree only continues an earlier one.

Made and checked as RFC 9162 says in sections 2.1.3 and 2.1.4 (RFC 6962 has the same proofs).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from casetrail.governance.merkle import node_hash, tree_root
from casetrail.model.errors import IntegrityError, UsageError


@dataclass(frozen=True)
class InclusionProof:
    """Which hashes lead from the leaf at `index` to the root of the tree of the first `size` leaves."""

    index: int
    size: int
    hashes: tuple[bytes, ...]


@dataclass(frozen=True)
class ConsistencyProof:
    """Which hashes show that the tree of `size` leaves begins with that of `old_size` leaves."""

    old_size: int
    size: int
    hashes: tuple[bytes, ...]


def prove_inclusion(leaves: Sequence[bytes], index: int) -> InclusionProof:
    """The proof for the leaf hash at `index` in the tree of `leaves`. Raises UsageError when it is not in it."""
    if not 0 <= index < len(leaves):
        raise UsageError(f"there is no event {index} among {len(leaves)}")
    return InclusionProof(index, len(leaves), tuple(_inclusion_path(leaves, index)))


def prove_consistency(leaves: Sequence[bytes], old_size: int) -> ConsistencyProof:
    """The proof that the tree of `leaves` continues that of its first `old_size`. Raises UsageError when it cannot."""
    if not 0 <= old_size <= len(leaves):
        raise UsageError(f"a tree of {len(leaves)} events does not continue one of {old_size}")
    path = _consistency_path(leaves, old_size, whole=True) if 0 < old_size < len(leaves) else []
    return ConsistencyProof(old_size, len(leaves), tuple(path))


def check_inclusion(proof: InclusionProof, leaf: bytes, root: bytes) -> None:
    """Raises IntegrityError unless the proof leads from `leaf` to `root` (RFC 9162, 2.1.3.2)."""
    if not 0 <= proof.index < proof.size:
        raise IntegrityError("a proof of an event outside its tree")
    at, last, found = proof.index, proof.size - 1, leaf
    for each in proof.hashes:
        if last == 0:
            raise IntegrityError("a proof of inclusion is too long")
        if at & 1 or at == last:
            found = node_hash(each, found)
            at, last = _up_to_left_turn(at, last)
        else:
            found = node_hash(found, each)
        at, last = at >> 1, last >> 1
    if last != 0 or found != root:
        raise IntegrityError(f"event {proof.index} is not in the tree that the proof names")


def check_consistency(proof: ConsistencyProof, old_root: bytes, root: bytes) -> None:
    """Raises IntegrityError unless the tree with `root` begins with that of `old_root` (RFC 9162, 2.1.4.2)."""
    if not 0 <= proof.old_size <= proof.size:
        raise IntegrityError("a proof that a tree continues a larger one")
    if proof.old_size in (0, proof.size):
        first = tree_root(()) if proof.old_size == 0 else root
        holds = not proof.hashes and old_root == first
    else:
        holds = _continues(proof, old_root, root)
    if not holds:
        raise IntegrityError(f"the tree of {proof.size} events does not continue that of {proof.old_size}")


def _continues(proof: ConsistencyProof, old_root: bytes, root: bytes) -> bool:
    whole = proof.old_size & (proof.old_size - 1) == 0
    hashes = [old_root, *proof.hashes] if whole else list(proof.hashes)
    at, last = proof.old_size - 1, proof.size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    if not hashes:
        return False
    before = after = hashes[0]
    for each in hashes[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            before, after = node_hash(each, before), node_hash(each, after)
            at, last = _up_to_left_turn(at, last)
        else:
            after = node_hash(after, each)
        at, last = at >> 1, last >> 1
    return last == 0 and before == old_root and after == root


def _up_to_left_turn(at: int, last: int) -> tuple[int, int]:
    """Past the levels at which a node at the right edge has no sibling."""
    while at and not at & 1:
        at, last = at >> 1, last >> 1
    return at, last


def _inclusion_path(leaves: Sequence[bytes], index: int) -> list[bytes]:
    if len(leaves) == 1:
        return []
    split = _split(len(leaves))
    if index < split:
        return [*_inclusion_path(leaves[:split], index), tree_root(leaves[split:])]
    return [*_inclusion_path(leaves[split:], index - split), tree_root(leaves[:split])]


def _consistency_path(leaves: Sequence[bytes], old_size: int, *, whole: bool) -> list[bytes]:
    """`whole`: the leaves are the complete earlier tree, whose root the verifier has already."""
    if old_size == len(leaves):
        return [] if whole else [tree_root(leaves)]
    split = _split(len(leaves))
    if old_size <= split:
        return [*_consistency_path(leaves[:split], old_size, whole=whole), tree_root(leaves[split:])]
    return [*_consistency_path(leaves[split:], old_size - split, whole=False), tree_root(leaves[:split])]


def _split(size: int) -> int:
    return 1 << (size - 1).bit_length() - 1
