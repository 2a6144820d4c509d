"""The contracts of witnesses on files and the fakes, and what only files can suffer."""

from pathlib import Path

import pytest

from casetrail.adapters.signing_keys import SeenCheckpointFiles, WitnessKeyFile
from casetrail.governance.witness import SeenCheckpoints, WitnessKeys
from casetrail.model.errors import IntegrityError
from casetrail.testing.contracts.witness import EVENT, ONE, SeenCheckpointsContract, WitnessKeysContract
from casetrail.testing.fake_audit_log import FakeAuditLog
from casetrail.testing.fake_signing import FakeSeenCheckpoints, FakeWitnessKeys


@pytest.fixture
def log() -> FakeAuditLog:
    """An empty log."""
    return FakeAuditLog()


class TestWitnessKeyFile(WitnessKeysContract):
    """Witnesses in a file."""

    @pytest.fixture
    def keys(self, tmp_path: Path, log: FakeAuditLog) -> WitnessKeys:
        return WitnessKeyFile(tmp_path / "keys" / "witnesses", log)


class TestFakeWitnessKeys(WitnessKeysContract):
    """Witnesses in memory."""

    @pytest.fixture
    def keys(self, log: FakeAuditLog) -> WitnessKeys:
        return FakeWitnessKeys(log)


class TestSeenCheckpointFiles(SeenCheckpointsContract):
    """A witness' memory in files."""

    @pytest.fixture
    def seen(self, tmp_path: Path) -> SeenCheckpoints:
        return SeenCheckpointFiles(tmp_path / "witness" / "seen")


class TestFakeSeenCheckpoints(SeenCheckpointsContract):
    """A witness' memory in memory."""

    @pytest.fixture
    def seen(self) -> SeenCheckpoints:
        return FakeSeenCheckpoints()


@pytest.mark.parametrize("content", [b"nonsense\n", b"\xff\xfe", b"one+00000000+AAAA\n"])
def test_a_spoilt_list_relies_on_nobody_silently(tmp_path: Path, log: FakeAuditLog, content: bytes) -> None:
    """A list that cannot be read is an integrity failure, never an empty one, and nothing is added to it."""
    path = tmp_path / "witnesses"
    path.write_bytes(content)
    keys = WitnessKeyFile(path, log)
    with pytest.raises(IntegrityError, match="spoilt"):
        keys.read_witnesses()
    with pytest.raises(IntegrityError, match="spoilt"):
        keys.add_witness(ONE, audit=EVENT)
    assert path.read_bytes() == content
