"""The AuthorityKeys contract on files and on the fake, and what only files can suffer."""

from pathlib import Path

import pytest

from casetrail.adapters.authority_keys import AuthorityKeyFiles
from casetrail.adapters.signing_keys import Ed25519Verifier, SigningKeyFile
from casetrail.governance.orders import AuthorityKeys
from casetrail.governance.signing import Signer
from casetrail.model.errors import IntegrityError
from casetrail.testing.contracts.audit_log import make_event
from casetrail.testing.contracts.authority_keys import AuthorityKeysContract
from casetrail.testing.fake_audit_log import FakeAuditLog
from casetrail.testing.fake_authority_keys import FakeAuthorityKeys


@pytest.fixture
def audit_log() -> FakeAuditLog:
    """The log that trusting is recorded in."""
    return FakeAuditLog()


class TestAuthorityKeyFiles(AuthorityKeysContract):
    """Keys in files, Ed25519 signatures."""

    @pytest.fixture
    def keys(self, tmp_path: Path, audit_log: FakeAuditLog) -> AuthorityKeys:
        return AuthorityKeyFiles(tmp_path / "keys", Ed25519Verifier(), audit_log)

    @pytest.fixture
    def signer(self, tmp_path: Path) -> Signer:
        return SigningKeyFile(tmp_path / "elsewhere" / "authority")


class TestFakeAuthorityKeys(AuthorityKeysContract):
    """Keys in memory."""

    @pytest.fixture
    def keys(self, audit_log: FakeAuditLog) -> AuthorityKeys:
        return FakeAuthorityKeys(trusted=False, audit_log=audit_log)

    @pytest.fixture
    def signer(self) -> Signer:
        return FakeAuthorityKeys()


def test_a_spoilt_key_is_named(tmp_path: Path, audit_log: FakeAuditLog) -> None:
    """A key file that is not one is an integrity failure that names it; nothing is decided without it."""
    keys = AuthorityKeyFiles(tmp_path, Ed25519Verifier(), audit_log)
    keys.add_key(FakeAuthorityKeys().public_key, audit=make_event())
    (path,) = tmp_path.iterdir()
    path.write_bytes(b"\xff")
    with pytest.raises(IntegrityError, match=path.name):
        keys.read_keys()
