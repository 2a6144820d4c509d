"""Proofs of inclusion and consistency: the published ones, those of an independent implementation, and forged ones."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pymerkle import InmemoryTree, InvalidProof, verify_consistency, verify_inclusion

from casetrail.governance.merkle import leaf_hash, tree_root
from casetrail.governance.proofs import (
    ConsistencyProof,
    InclusionProof,
    check_consistency,
    check_inclusion,
    prove_consistency,
    prove_inclusion,
)
from casetrail.model.errors import IntegrityError, UsageError

# The leaves that implementations of certificate transparency test themselves with, and the proofs over them.
TEXTS = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
LEAVES = [leaf_hash(bytes.fromhex(text)) for text in TEXTS]
A = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"
B = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
C = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"
D = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"
E = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
F = "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"
INCLUSIONS = {(0, 1): [], (0, 8): [A, B, C], (5, 8): [D, E, F]}
CONSISTENCIES = {
    (1, 1): [],
    (1, 8): [A, B, C],
    (6, 8): ["0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a", E, F],
}


def _hex(hashes: tuple[bytes, ...]) -> list[str]:
    return [each.hex() for each in hashes]


@pytest.mark.parametrize("case", INCLUSIONS, ids=str)
def test_known_inclusion(case: tuple[int, int]) -> None:
    """The published proofs of inclusion are those that we make, and they check."""
    index, size = case
    proof = prove_inclusion(LEAVES[:size], index)
    assert _hex(proof.hashes) == INCLUSIONS[case]
    check_inclusion(proof, LEAVES[index], tree_root(LEAVES[:size]))


@pytest.mark.parametrize("case", CONSISTENCIES, ids=str)
def test_known_consistency(case: tuple[int, int]) -> None:
    """The published proofs of consistency are those that we make, and they check."""
    old_size, size = case
    proof = prove_consistency(LEAVES[:size], old_size)
    assert _hex(proof.hashes) == CONSISTENCIES[case]
    check_consistency(proof, tree_root(LEAVES[:old_size]), tree_root(LEAVES[:size]))


def _trees(count: int) -> tuple[InmemoryTree, list[bytes]]:
    data = [str(number).encode() for number in range(count)]
    tree = InmemoryTree(algorithm="sha256")
    for item in data:
        tree.append_entry(item)
    return tree, [leaf_hash(item) for item in data]


@pytest.mark.parametrize("count", [*range(1, 20), 64, 65, 100])
def test_an_independent_implementation_agrees(count: int) -> None:
    """pymerkle builds the same roots, accepts what we prove, and we accept what it proves."""
    tree, leaves = _trees(count)
    root = tree_root(leaves)
    assert tree.get_root() == root
    for number in {0, count // 3, count // 2, count - 1}:
        theirs = tree.prove_inclusion(number + 1)
        verify_inclusion(leaves[number], root, theirs)
        check_inclusion(InclusionProof(number, count, tuple(theirs.path[1:])), leaves[number], root)
        assert list(prove_inclusion(leaves, number).hashes) == theirs.path[1:]
    for old_size in {1, count // 3 or 1, count // 2 or 1, count}:
        old_root = tree_root(leaves[:old_size])
        theirs = tree.prove_consistency(old_size, count)
        verify_consistency(old_root, root, theirs)
        check_consistency(prove_consistency(leaves, old_size), old_root, root)
        with pytest.raises(InvalidProof):
            verify_consistency(leaf_hash(b"other"), root, theirs)


@given(st.integers(1, 70), st.data())
def test_every_proof_holds(size: int, data: st.DataObject) -> None:
    """Whatever the sizes, what is proved checks."""
    leaves = [leaf_hash(bytes([number])) for number in range(size)]
    index, old_size = data.draw(st.integers(0, size - 1)), data.draw(st.integers(0, size))
    check_inclusion(prove_inclusion(leaves, index), leaves[index], tree_root(leaves))
    check_consistency(prove_consistency(leaves, old_size), tree_root(leaves[:old_size]), tree_root(leaves))


@given(st.integers(2, 40), st.data())
def test_no_other_history_is_continued(size: int, data: st.DataObject) -> None:
    """A tree in which any earlier event differs is not what the proof continues, nor with hashes changed about."""
    leaves = [leaf_hash(bytes([number])) for number in range(size)]
    old_size = data.draw(st.integers(1, size - 1))
    changed = data.draw(st.integers(0, old_size - 1))
    other = [*leaves[:changed], leaf_hash(b"other"), *leaves[changed + 1 :]]
    proof = prove_consistency(leaves, old_size)
    with pytest.raises(IntegrityError):
        check_consistency(proof, tree_root(other[:old_size]), tree_root(leaves))
    hashes = data.draw(st.lists(st.sampled_from([*proof.hashes, leaves[0], b""]), max_size=len(proof.hashes) + 1))
    assume(tuple(hashes) != proof.hashes)
    with pytest.raises(IntegrityError):
        check_consistency(
            ConsistencyProof(old_size, size, tuple(hashes)), tree_root(leaves[:old_size]), tree_root(leaves)
        )


@given(st.integers(1, 40), st.data())
def test_no_other_event_is_included(size: int, data: st.DataObject) -> None:
    """Another leaf, another place, and a path that is shorter or longer do not lead to the root."""
    leaves = [leaf_hash(bytes([number])) for number in range(size)]
    index, root = data.draw(st.integers(0, size - 1)), tree_root(leaves)
    proof = prove_inclusion(leaves, index)
    forged = [
        (proof, leaf_hash(b"other")),
        (InclusionProof(index, size, (*proof.hashes, root)), leaves[index]),
        (InclusionProof(size, size, proof.hashes), leaves[index]),
    ]
    if proof.hashes:
        forged.append((InclusionProof(index, size, proof.hashes[:-1]), leaves[index]))
    for each, leaf in forged:
        with pytest.raises(IntegrityError):
            check_inclusion(each, leaf, root)


def test_what_cannot_be_proved() -> None:
    """There is no proof of an event that is not there, nor that a tree continues a larger one."""
    for act in (lambda: prove_inclusion(LEAVES, 8), lambda: prove_consistency(LEAVES, 9)):
        with pytest.raises(UsageError):
            act()
    with pytest.raises(IntegrityError):
        check_consistency(ConsistencyProof(3, 2, ()), LEAVES[0], LEAVES[0])
    with pytest.raises(IntegrityError):
        check_consistency(ConsistencyProof(3, 8, ()), LEAVES[0], LEAVES[0])
