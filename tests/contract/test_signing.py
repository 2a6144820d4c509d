"""The signing contract on key files and the fake, and what only files can suffer."""

from pathlib import Path

import pytest

from casetrail.adapters.signing_keys import Ed25519Verifier, SigningKeyFile
from casetrail.governance.signing import Signer, Verifier
from casetrail.model.errors import IntegrityError, MissingError
from casetrail.testing.contracts.signing import SigningContract
from casetrail.testing.fake_signing import FakeSigner, FakeVerifier


class TestSigningKeyFile(SigningContract):
    """Real keys."""

    @pytest.fixture
    def signer(self, tmp_path: Path) -> Signer:
        return SigningKeyFile(tmp_path / "one" / "signing")

    @pytest.fixture
    def other(self, tmp_path: Path) -> Signer:
        return SigningKeyFile(tmp_path / "two" / "signing")

    @pytest.fixture
    def verifier(self) -> Verifier:
        return Ed25519Verifier()


class TestFakeSigner(SigningContract):
    """Keys for tests."""

    @pytest.fixture
    def signer(self) -> Signer:
        return FakeSigner("one")

    @pytest.fixture
    def other(self) -> Signer:
        return FakeSigner("two")

    @pytest.fixture
    def verifier(self) -> Verifier:
        return FakeVerifier()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A key that was used once."""
    SigningKeyFile(tmp_path / "keys" / "signing", "health-centre.example/log").sign(b"")
    return tmp_path / "keys" / "signing"


def test_the_key_is_made_once(path: Path) -> None:
    """The first use makes the key under the name that was asked for; every later one finds it."""
    before = path.read_bytes()
    assert SigningKeyFile(path, "another name").public_key.name == "health-centre.example/log"
    assert path.read_bytes() == before
    assert path.stat().st_mode & 0o077 == 0


def test_a_lost_key_is_not_replaced(path: Path) -> None:
    """Where a public half says that there was a key, its loss is an error and no new key is made."""
    path.unlink()
    with pytest.raises(MissingError, match="gone"):
        SigningKeyFile(path).sign(b"")
    assert not path.exists()


def test_a_key_that_others_can_read_is_not_used(path: Path) -> None:
    """Nobody signs with a key that others may have."""
    path.chmod(0o640)
    with pytest.raises(IntegrityError, match="read by others"):
        SigningKeyFile(path).sign(b"")


def test_an_exchanged_key_is_found(path: Path, tmp_path: Path) -> None:
    """Another key in the place of the first does not fit the public half beside it."""
    other = SigningKeyFile(tmp_path / "other" / "signing")
    other.sign(b"")
    path.write_bytes((tmp_path / "other" / "signing").read_bytes())
    with pytest.raises(IntegrityError, match="not the one"):
        SigningKeyFile(path).sign(b"")


@pytest.mark.parametrize("text", ["", "PRIVATE+KEY+a+b+c", "nonsense"])
def test_a_spoilt_key_is_named(path: Path, text: str) -> None:
    """A file that holds no key is an integrity failure that names the file."""
    path.write_text(text)
    with pytest.raises(IntegrityError, match="signing"):
        SigningKeyFile(path).sign(b"")


def test_a_renamed_key_is_found(path: Path) -> None:
    """The name belongs to the key: changing it shows in the id."""
    path.write_text(path.read_text().replace("health-centre", "another-one"))
    with pytest.raises(IntegrityError, match="changed"):
        SigningKeyFile(path).sign(b"")
