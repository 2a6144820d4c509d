"""Checkpoints and countersignatures as signed notes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casetrail.adapters.signing_keys import Ed25519Verifier
from casetrail.governance.audit import LogHead
from casetrail.governance.checkpoint import (
    Checkpoint,
    check_signed,
    countersign,
    countersigned_us,
    parse_checkpoint,
    parse_note,
    sign_checkpoint,
    with_signature,
)
from casetrail.governance.signing import KeyKind, PublicKey, parse_public_key
from casetrail.model.errors import IntegrityError
from casetrail.testing.fake_signing import FakeSigner, FakeVerifier

# The example of the documentation of Go's signed notes: made by another implementation, with a published key.
KNOWN_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
KNOWN_NOTE = (
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
# The example of C2SP's tlog-cosignature: a checkpoint of a log, countersigned.
KNOWN_CHECKPOINT = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "— example.com/behind-the-sofa "
    "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
    "— witness.example.com/w1 "
    "jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n"
)
HEAD = LogHead(7, "0a" * 32)


def test_a_note_of_another_implementation() -> None:
    """A note that Go's implementation signed verifies here, and a changed letter of it does not."""
    key = parse_public_key(KNOWN_KEY)
    check_signed(parse_note(KNOWN_NOTE), key, Ed25519Verifier())
    with pytest.raises(IntegrityError, match="forged"):
        check_signed(parse_note(KNOWN_NOTE.replace("answer", "Answer")), key, Ed25519Verifier())


def test_the_published_checkpoint_reads() -> None:
    """The published example gives its origin, size and root, and is written back letter by letter."""
    note = parse_note(KNOWN_CHECKPOINT)
    checkpoint = parse_checkpoint(note)
    assert (checkpoint.origin, checkpoint.size) == ("example.com/behind-the-sofa", 20852163)
    assert checkpoint.root.hex().startswith("0ac5186a91863e8e")
    assert note.text == KNOWN_CHECKPOINT
    assert checkpoint.body == note.body
    assert int.from_bytes(note.signatures[1].value[:8], "big") == 1679315147


@given(st.integers(0, 2**62), st.binary(min_size=32, max_size=32))
def test_any_checkpoint_comes_back(size: int, root: bytes) -> None:
    """Whatever the head, its checkpoint reads back and verifies with the key of the signer."""
    signer = FakeSigner()
    note = sign_checkpoint(LogHead(size, root.hex()), signer)
    again = parse_note(note.text)
    check_signed(again, signer.public_key, FakeVerifier())
    assert parse_checkpoint(again) == Checkpoint(signer.public_key.name, size, root)


def test_somebody_elses_checkpoint() -> None:
    """A checkpoint that another key signed is not ours, even under our name."""
    other = FakeSigner("other")
    note = sign_checkpoint(HEAD, other)
    with pytest.raises(IntegrityError, match="not signed by fake-signer"):
        check_signed(note, FakeSigner().public_key, FakeVerifier())
    with pytest.raises(IntegrityError, match="not signed"):
        check_signed(note, PublicKey("other", bytes(32)), FakeVerifier())


def test_a_countersignature_gives_its_moment() -> None:
    """The moment of a countersignature comes back in whole seconds; it belongs to this body and this key only."""
    note, witness = sign_checkpoint(HEAD, FakeSigner()), FakeSigner("witness")
    assert countersigned_us(note, witness.public_key, FakeVerifier()) is None
    seen = with_signature(note, countersign(note, witness, 1_700_000_000_999_999))
    assert countersigned_us(parse_note(seen.text), witness.public_key, FakeVerifier()) == 1_700_000_000_000_000
    assert seen.signatures[1].key_id == witness.public_key.as_kind(KeyKind.COSIGNATURE).key_id
    check_signed(seen, FakeSigner().public_key, FakeVerifier())
    other = sign_checkpoint(LogHead(8, "0b" * 32), FakeSigner())
    with pytest.raises(IntegrityError, match="witness is forged"):
        countersigned_us(with_signature(other, seen.signatures[1]), witness.public_key, FakeVerifier())


def test_a_moment_cannot_be_moved() -> None:
    """The moment is signed: a later one in its place is found."""
    note, witness = sign_checkpoint(HEAD, FakeSigner()), FakeSigner("witness")
    seen = countersign(note, witness, 1_700_000_000_000_000)
    moved = type(seen)(seen.name, seen.key_id, (1_800_000_000).to_bytes(8, "big") + seen.value[8:])
    with pytest.raises(IntegrityError, match="forged"):
        countersigned_us(with_signature(note, moved), witness.public_key, FakeVerifier())


def test_countersigning_again_replaces() -> None:
    """A witness that countersigns the same checkpoint twice is listed once, with its later moment."""
    note, witness = sign_checkpoint(HEAD, FakeSigner()), FakeSigner("witness")
    for moment in (1_700_000_000_000_000, 1_700_000_100_000_000):
        note = with_signature(note, countersign(note, witness, moment))
    assert len(note.signatures) == 2
    assert countersigned_us(note, witness.public_key, FakeVerifier()) == 1_700_000_100_000_000


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no signature\n",
        "body\n\n",
        "body\n\nno dash AAAAAAAA\n",
        "body\n\n— name\n",
        "body\n\n— name AAAA\n",
        "body\n\n— name !!!!\n",
        "body\n\n— name AAAAAAAA",
        "x" * 30_000 + "\n\n— name AAAAAAAA\n",
    ],
)
def test_what_is_no_note(text: str) -> None:
    """Other text is refused as a note."""
    with pytest.raises(IntegrityError):
        parse_note(text)


@pytest.mark.parametrize("body", ["a\n", "a\n1\n", "a\nx\nAAAA\n", "a\n1\nAAAA\n", "a\n01\n" + "A" * 43 + "=\n"])
def test_what_is_no_checkpoint(body: str) -> None:
    """A signed text without a proper size and root is no checkpoint."""
    with pytest.raises(IntegrityError):
        parse_checkpoint(parse_note(f"{body}\n— name AAAAAAAA\n"))
