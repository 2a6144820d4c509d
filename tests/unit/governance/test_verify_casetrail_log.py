"""The stand-alone verifier by its parts: it shares no code with casetrail, so it is held against the same vectors."""

import ast
import json
import re
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from casetrail.adapters.audit_files import AuditFiles
from casetrail.app.audit_checkpoint import publish_checkpoint
from casetrail.app.audit_ports import AuditPorts
from casetrail.app.audit_receipts import sign_receipt, write_verifier
from casetrail.governance import verify_casetrail_log as verifier
from casetrail.governance.audit_codec import encode_event
from casetrail.governance.merkle import leaf_hash, tree_root
from casetrail.governance.proofs import prove_inclusion
from casetrail.governance.signing import PublicKey
from casetrail.model.errors import IntegrityError
from casetrail.testing.contracts.audit_log import make_event
from casetrail.testing.fake_audit_log import FakeAuditLog
from casetrail.testing.fake_gate import FakeGate
from casetrail.testing.fake_signing import FakeVerifier, FakeWitnessKeys

FILE = Path(verifier.__file__)
# RFC 8032, section 7.1: public key, message, signature.
RFC_8032 = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
        "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
        "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
    (
        "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
        "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
        "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b589"
        "09351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704",
    ),
]


class RealSigner:
    """A signer with a key that is always the same."""

    def __init__(self, name: str = "centre.example/log") -> None:
        self._private = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
        self.public_key = PublicKey(name, self._private.public_key().public_bytes_raw())

    @property
    def key_id(self) -> str:
        """The key's id."""
        return self.public_key.key_id.hex()

    def sign(self, data: bytes) -> bytes:
        """A true signature."""
        return self._private.sign(data)


class Trusting(FakeVerifier):
    """Believes every signature; what is signed here is checked by the stand-alone verifier."""

    def can_verify(self, key: bytes, signature: bytes, data: bytes) -> bool:
        """Always."""
        return True


@pytest.fixture
def ports() -> AuditPorts:
    """A log of nine events with true signatures."""
    log = FakeAuditLog()
    for number in range(9):
        log.record(make_event(number))
    return AuditPorts(log, RealSigner(), Trusting(), FakeWitnessKeys(log), FakeGate(log))


@pytest.fixture
def receipt(ports: AuditPorts, tmp_path: Path) -> Path:
    """A receipt for event 6 of nine."""
    path = tmp_path / "receipt.json"
    statement = {"case_id": "C-0001", "number": 6, "erased_utc": "2026-03-02T12:00:00.000Z", "note": "é"}
    path.write_bytes(sign_receipt(ports, statement, 6))
    return path


@pytest.mark.parametrize(("key", "message", "signature"), RFC_8032, ids=["empty", "1 byte", "2 bytes", "64 bytes"])
def test_vectors_of_the_rfc(key: str, message: str, signature: str) -> None:
    """The published signatures verify; with any single bit changed somewhere they do not."""
    parts = [bytes.fromhex(each) for each in (key, message, signature)]
    assert verifier.verify_ed25519(*parts)
    assert not verifier.verify_ed25519(parts[0], parts[1] + b"x", parts[2])
    for place in (0, 31, 32, 62):
        changed = bytearray(parts[2])
        changed[place] ^= 4
        assert not verifier.verify_ed25519(parts[0], parts[1], bytes(changed))


@settings(max_examples=15, deadline=None)
@given(st.binary(min_size=32, max_size=32), st.binary(max_size=60), st.integers(0, 511))
def test_it_agrees_with_the_library(seed: bytes, message: bytes, bit: int) -> None:
    """What the library signs verifies, and a flipped bit does not, for any key and message."""
    private = Ed25519PrivateKey.from_private_bytes(seed)
    public, signature = private.public_key().public_bytes_raw(), private.sign(message)
    assert verifier.verify_ed25519(public, message, signature)
    changed = bytearray(signature)
    changed[bit // 8] ^= 1 << bit % 8
    assert not verifier.verify_ed25519(public, message, bytes(changed))


def test_what_is_no_signature() -> None:
    """A point that is not on the curve, a y beyond the field, a scalar beyond the order and wrong lengths fail."""
    key, _, signature = (bytes.fromhex(each) for each in RFC_8032[0])
    scalar = int.from_bytes(signature[32:], "little") + verifier.ORDER
    assert not verifier.verify_ed25519(key, b"", signature[:32] + scalar.to_bytes(32, "little"))
    assert verifier.to_point((2).to_bytes(32, "little")) is None
    assert verifier.to_point((2**255 - 19).to_bytes(32, "little")) is None
    assert verifier.to_point((1 | 1 << 255).to_bytes(32, "little")) is None
    assert not verifier.verify_ed25519(key, b"", signature + b"0")
    assert not verifier.verify_ed25519(key[:31], b"", signature)


@given(st.integers(1, 70), st.data())
def test_inclusion_leads_to_the_same_root(size: int, data: st.DataObject) -> None:
    """Its own way up the tree ends where ours does; a path too short, too long or from elsewhere does not."""
    leaves = [leaf_hash(bytes([number])) for number in range(size)]
    index = data.draw(st.integers(0, size - 1))
    hashes = list(prove_inclusion(leaves, index).hashes)
    assert verifier.root_from(leaves[index], index, size, hashes) == tree_root(leaves)
    assert verifier.root_from(leaf_hash(b"other"), index, size, hashes) != tree_root(leaves)
    for wrong in (hashes[:-1], [*hashes, leaves[0]]):
        if wrong != hashes:
            with pytest.raises(verifier.FaultError):
                verifier.root_from(leaves[index], index, size, wrong)


@given(st.integers(1, 70))
def test_growing_gives_the_same_root(size: int) -> None:
    """Its own tree has our root at every size."""
    stack: list[bytes] = []
    leaves: list[bytes] = []
    for number in range(size):
        leaves.append(leaf_hash(bytes([number])))
        verifier.grow(stack, leaves)
    assert verifier.fold(stack) == tree_root(leaves)


def test_it_needs_nothing_but_python() -> None:
    """It imports the standard library only, and nothing of casetrail."""
    tree = ast.parse(FILE.read_text(encoding="utf-8"))
    names = {
        alias.name.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names
    }
    names |= {node.module.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}
    assert names <= set(sys.stdlib_module_names)
    assert not names & {"socket", "urllib", "http", "subprocess", "ssl"}


def test_a_receipt_verifies_on_a_machine_that_has_only_python(receipt: Path, tmp_path: Path, ports: AuditPorts) -> None:
    """The copy that lies beside receipts runs without site packages, environment or the sources of casetrail."""
    copy = write_verifier(tmp_path / "elsewhere")
    command = [sys.executable, "-I", "-S", copy, "--receipt", receipt, "--key", ports.signer.public_key.text]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=copy.parent, env={})
    assert done.returncode == 0, done.stdout + done.stderr
    assert "test.act of C-0001 is event 6 of 9" in done.stdout


def test_without_a_key_it_names_the_one_to_compare(receipt: Path, ports: AuditPorts, capsys) -> None:
    """A receipt is checked with its own key then, and the whole key is printed for comparing."""
    assert verifier.main(["--receipt", str(receipt)]) == 0
    assert ports.signer.public_key.text in capsys.readouterr().out


def _statement(receipt: dict) -> None:
    receipt["statement"]["number"] = 7


def _other_case(receipt: dict) -> None:
    receipt["event"] = receipt["event"].replace("C-0001", "C-0002")


def _index(receipt: dict) -> None:
    receipt["inclusion"]["index"] = 5


def _path(receipt: dict) -> None:
    receipt["inclusion"]["hashes"][0] = "00" * 32


def _checkpoint(receipt: dict) -> None:
    receipt["checkpoint"] = receipt["checkpoint"].replace("\n9\n", "\n8\n")


def _key(receipt: dict) -> None:
    receipt["public_key"] = PublicKey("centre.example/log", bytes(32)).text


def _gone(receipt: dict) -> None:
    del receipt["event"]


@pytest.mark.parametrize("spoil", [_statement, _other_case, _index, _path, _checkpoint, _key, _gone])
def test_a_changed_receipt_is_found(receipt: Path, capsys, spoil) -> None:
    """Whatever of a receipt is changed, it no longer verifies: exit code 6 and one sentence."""
    plain = json.loads(receipt.read_text())
    spoil(plain)
    receipt.write_text(json.dumps(plain))
    assert verifier.main(["--receipt", str(receipt)]) == 6
    assert re.search(r"FAULT: receipt\.json", capsys.readouterr().out)


def test_a_statement_that_says_more_than_its_event(ports: AuditPorts, tmp_path: Path, capsys) -> None:
    """A receipt whose signer states another count than the log holds is found although both are signed."""
    path = tmp_path / "receipt.json"
    path.write_bytes(sign_receipt(ports, {"case_id": "C-0001", "number": 5}, 6))
    assert verifier.main(["--receipt", str(path)]) == 6
    assert "not what the event in the log says" in capsys.readouterr().out


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)
PLACES = [
    *[(name,) for name in ("format", "statement", "signature", "event", "inclusion", "checkpoint", "public_key")],
    *[("inclusion", name) for name in ("index", "size", "hashes")],
    *[("statement", name) for name in ("case_id", "number")],
]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(PLACES), JSON)
def test_no_receipt_breaks_it(receipt: Path, place: tuple[str, ...], value: object) -> None:
    """Whatever stands anywhere in a receipt, the verdict is an exit code and never an error of Python."""
    plain = json.loads(receipt.read_text())
    inner = plain
    for name in place[:-1]:
        inner = inner[name]
    unchanged = inner[place[-1]] == value
    inner[place[-1]] = value
    changed = receipt.with_name("changed.json")
    changed.write_text(json.dumps(plain))
    unread = place in (("format",), ("inclusion", "size"))
    assert verifier.main(["--receipt", str(changed)]) == (0 if unchanged or unread else 6)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from(["index", "utc_us", "counts", "act", "case"]), JSON, min_size=1, max_size=2))
def test_no_event_breaks_it(tmp_path: Path, fields: dict[str, object]) -> None:
    """Whatever an event says, in a log whose every hash follows, the verdict is an exit code."""
    event = {**json.loads(encode_event(0, 0, make_event())), **fields}
    data = json.dumps(event, separators=(",", ":")).encode()
    root = leaf_hash(data).hex().encode()
    (tmp_path / "log.jsonl").write_bytes(b'{"leaf":"' + root + b'","root":"' + root + b'","event":' + data + b"}\n")
    assert verifier.main([str(tmp_path / "log.jsonl")]) in (0, 6)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(["size", "length_bytes", "root", "subtrees"]), JSON)
def test_no_head_breaks_it(tmp_path: Path, field: str, value: object) -> None:
    """Whatever stands in the head file of a log, the verdict is an exit code."""
    log = AuditFiles(tmp_path / "audit", lambda: 1_700_000_000_000_000)
    if not (tmp_path / "audit").exists():
        for number in range(3):
            log.record(make_event(number))
        (tmp_path / "head.json").write_bytes((tmp_path / "audit" / "head.json").read_bytes())
    head = json.loads((tmp_path / "head.json").read_text())
    (tmp_path / "audit" / "head.json").write_text(json.dumps({**head, field: value}))
    assert verifier.main([str(tmp_path / "audit")]) in (0, 6)
    with suppress(IntegrityError):
        log.verify()


@pytest.mark.parametrize(
    "arguments",
    [[], ["absent"], ["--receipt", "absent"], ["x", "--checkpoint", "y"], ["x", "--key", "nonsense"], ["--nothing"]],
)
def test_wrong_usage(arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A call that cannot be understood ends with exit code 2, not with a verdict."""
    monkeypatch.chdir(tmp_path)
    try:
        code = verifier.main(arguments)
    except SystemExit as ended:
        code = ended.code
    assert code == 2


def test_a_checkpoint_is_not_believed_without_a_key(ports: AuditPorts, tmp_path: Path, capsys) -> None:
    """A checkpoint given by hand proves nothing without the key of the log."""
    path = tmp_path / "kept.note"
    path.write_text(publish_checkpoint(ports).text, encoding="utf-8")
    assert verifier.main([str(tmp_path), "--checkpoint", str(path)]) == 2
    assert "--key" in capsys.readouterr().err
