"""Public keys as text, as C2SP signed notes write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casetrail.governance.signing import KeyKind, PublicKey, parse_public_key
from casetrail.model.errors import BadInputError

# The verifier key that the documentation of Go's signed notes shows.
KNOWN = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"


def test_a_known_key() -> None:
    """A key that another implementation wrote reads back, and its id is found to be its own."""
    key = parse_public_key(KNOWN)
    assert (key.name, key.key_id.hex(), key.kind) == ("PeterNeumann", "c74f20a3", KeyKind.NOTE)
    assert key.text == KNOWN


@given(
    st.from_regex(r"[a-z][a-z./-]{0,20}", fullmatch=True), st.binary(min_size=32, max_size=32), st.sampled_from(KeyKind)
)
def test_any_key_comes_back(name: str, key: bytes, kind: KeyKind) -> None:
    """Any key comes back from its text as it was."""
    assert parse_public_key(PublicKey(name, key, kind).text) == PublicKey(name, key, kind)


@pytest.mark.parametrize(
    "text",
    ["", "a", "a+b", "a+00000000+AAAA", KNOWN[:-4], KNOWN.replace("Peter", "Pieter"), KNOWN.replace("+c7", "+c8")],
)
def test_what_is_no_key(text: str) -> None:
    """Other text, a changed name and a changed id are refused."""
    with pytest.raises(BadInputError):
        parse_public_key(text)


@pytest.mark.parametrize("name", ["", "two words", "a+b", "line\nbreak"])
def test_what_is_no_name(name: str) -> None:
    """A name cannot hold what separates names from the rest."""
    with pytest.raises(BadInputError):
        PublicKey(name, bytes(32))


def test_the_kind_is_part_of_the_id() -> None:
    """The same key has another id when it countersigns."""
    key = parse_public_key(KNOWN)
    assert key.as_kind(KeyKind.COSIGNATURE).key_id != key.key_id
