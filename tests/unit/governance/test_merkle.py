"""The Merkle tree is that of RFC 6962, in both of its forms."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casetrail.governance.merkle import Frontier, leaf_hash, tree_root
from casetrail.model.errors import IntegrityError

# The leaves and roots that implementations of certificate transparency test themselves with.
LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


@pytest.mark.parametrize("size", range(9))
def test_known_roots(size: int) -> None:
    """Trees of 0 to 8 leaves have the published roots, by definition and by growing."""
    leaves = [leaf_hash(bytes.fromhex(text)) for text in LEAVES[:size]]
    frontier = Frontier()
    for leaf in leaves:
        frontier = frontier.appended(leaf)
    assert tree_root(leaves).hex() == frontier.root.hex() == ROOTS[size]


@given(st.lists(st.binary(max_size=8), max_size=70))
def test_growing_gives_the_root_of_the_definition(data: list[bytes]) -> None:
    """However many leaves are appended, the root is that of the recursive definition."""
    frontier = Frontier()
    for item in data:
        frontier = frontier.appended(leaf_hash(item))
    assert frontier.root == tree_root([leaf_hash(item) for item in data])
    assert frontier.size == len(data)


@pytest.mark.parametrize(
    ("size", "hashes"), [(1, ()), (2, (b"0" * 32, b"1" * 32)), (3, (b"0" * 32,)), (1, (b"short",))]
)
def test_impossible_frontier(size: int, hashes: tuple[bytes, ...]) -> None:
    """Subtrees that cannot make a tree of that size are refused."""
    with pytest.raises(IntegrityError):
        Frontier(size, hashes)
