"""Tampering with an audit log, kind by kind: each is found and named by the command and by the stand-alone verifier.

The forger is strong: it knows the format, recomputes every hash and the head file where that helps, and lacks only
the signing key, the witness' key and the checkpoint that somebody outside kept.
"""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from casetrail import bootstrap
from casetrail.adapters.audit_files import AuditFiles
from casetrail.app.audit_checkpoint import publish_checkpoint
from casetrail.app.audit_ports import AuditPorts
from casetrail.app.audit_witness import add_witness, answer_request, receive_countersignature, request_countersignature
from casetrail.app.settings import Settings
from casetrail.governance import verify_casetrail_log
from casetrail.governance.audit import Actor, Role
from casetrail.governance.audit_codec import decode_event
from casetrail.governance.checkpoint import parse_note
from casetrail.surfaces.cli import main as cli
from casetrail.testing.contracts.audit_log import make_event

EVENTS = 12
ACTOR = Actor("officer-1", Role.PRIVACY_OFFICER)
NOW_US = 1_700_000_000_000_000


@dataclass(frozen=True)
class Scene:
    """An installation, the folder of its log, a checkpoint that was kept outside, and the keys to check with."""

    data: Path
    log: Path
    kept: Path
    key: str
    witness: str
    old_copy: Path

    @property
    def lines(self) -> list[bytes]:
        """The lines of the log."""
        return (self.log / "log.jsonl").read_bytes().splitlines(keepends=True)

    def write(self, lines: list[bytes]) -> None:
        """Put other lines in their place."""
        (self.log / "log.jsonl").write_bytes(b"".join(lines))


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """A log with a witness, two published checkpoints, one countersigned; the last was kept outside, too."""
    folder = tmp_path_factory.mktemp("tampering")
    ports = bootstrap.open_audit_ports(Settings(data=folder / "data"))
    signer, seen = bootstrap.open_witness_desk(folder / "witness")
    _record(ports, range(4))
    add_witness(ports, signer.public_key, ACTOR)
    request = request_countersignature(ports, ACTOR)
    answer = answer_request(request.text, ports.signer.public_key, seen, signer, ports.verifier, NOW_US)
    receive_countersignature(ports, answer.line, ACTOR)
    shutil.copytree(folder / "data" / "store" / "audit", folder / "old")
    _record(ports, range(4, EVENTS))
    kept = folder / "kept.note"
    kept.write_text(publish_checkpoint(ports).text, encoding="utf-8")
    keys = ports.signer.public_key.text, signer.public_key.text
    return Scene(folder / "data", folder / "data" / "store" / "audit", kept, *keys, folder / "old")


@pytest.fixture
def scene(original: Scene, tmp_path: Path) -> Scene:
    """A copy to tamper with."""
    shutil.copytree(original.data, tmp_path / "data")
    shutil.copy(original.kept, tmp_path / "kept.note")
    return replace(
        original,
        data=tmp_path / "data",
        log=tmp_path / "data" / "store" / "audit",
        kept=tmp_path / "kept.note",
    )


def _record(ports: AuditPorts, numbers: range) -> None:
    for number in numbers:
        ports.log.record(make_event(number))


def _rewrite(folder: Path, change: Callable[[list[bytes]], list[bytes]]) -> None:
    """A log of other events in the place of the old one, every hash and the head made anew."""
    path = folder / "log.jsonl"
    events = change([json.dumps(json.loads(line)["event"]).encode() for line in path.read_bytes().splitlines()])
    path.unlink()
    (folder / "head.json").unlink()
    moments = iter([decode_event(data)[1] for data in events])
    log = AuditFiles(folder, lambda: next(moments))
    for data in events:
        log.record(decode_event(data)[2])


def edit_a_field(scene: Scene) -> None:
    lines = scene.lines
    lines[3] = lines[3].replace(b'"number":3', b'"number":8')
    scene.write(lines)


def change_a_moment(scene: Scene) -> None:
    lines = scene.lines
    at = lines[5].rindex(b'"utc_us":') + 12
    lines[5] = lines[5][:at] + bytes([ord("0") + (lines[5][at] - ord("0") + 1) % 10]) + lines[5][at + 1 :]
    scene.write(lines)


def delete_an_event(scene: Scene) -> None:
    scene.write([*scene.lines[:6], *scene.lines[7:]])


def insert_an_event(scene: Scene) -> None:
    other = AuditFiles(scene.data / "elsewhere", lambda: NOW_US)
    for number in range(6):
        other.record(make_event(100 + number))
    foreign = (scene.data / "elsewhere" / "log.jsonl").read_bytes().splitlines(keepends=True)[5]
    scene.write([*scene.lines[:5], foreign, *scene.lines[5:]])


def reorder_events(scene: Scene) -> None:
    lines = scene.lines
    lines[2], lines[8] = lines[8], lines[2]
    scene.write(lines)


def duplicate_an_event(scene: Scene) -> None:
    lines = scene.lines
    scene.write([*lines[:5], lines[4], *lines[5:]])


def truncate(scene: Scene) -> None:
    scene.write(scene.lines[:-2])


def truncate_with_its_head(scene: Scene) -> None:
    _rewrite(scene.log, lambda events: events[:-2])


def rewrite_history(scene: Scene) -> None:
    _rewrite(scene.log, lambda events: [event.replace(b'"number": 3', b'"number": 8') for event in events])


def roll_back(scene: Scene) -> None:
    shutil.rmtree(scene.log)
    shutil.copytree(scene.old_copy, scene.log)


def fork(scene: Scene) -> None:
    """Grow another history from the old copy, and publish it with the installation's own key."""
    roll_back(scene)
    ports = bootstrap.open_audit_ports(Settings(data=scene.data))
    _record(ports, range(50, 50 + EVENTS))
    publish_checkpoint(ports)


def swap_logs(scene: Scene) -> None:
    shutil.rmtree(scene.log)
    other = bootstrap.open_audit_ports(Settings(data=scene.data / "other"))
    _record(other, range(20))
    publish_checkpoint(other)
    shutil.copytree(scene.data / "other" / "store" / "audit", scene.log)


def forge_a_checkpoint(scene: Scene) -> None:
    path = max((scene.log / "checkpoints").glob("*.note"))
    note = parse_note(path.read_text(encoding="utf-8"))
    value = bytearray(note.signatures[0].value)
    value[7] ^= 1
    forged = replace(note, signatures=(replace(note.signatures[0], value=bytes(value)),))
    path.write_text(forged.text, encoding="utf-8")


def edit_a_checkpoint(scene: Scene) -> None:
    path = max((scene.log / "checkpoints").glob("*.note"))
    lines = path.read_text(encoding="utf-8").split("\n")
    path.write_text("\n".join([lines[0], str(int(lines[1]) - 1), *lines[2:]]), encoding="utf-8")


def forge_a_countersignature(scene: Scene) -> None:
    path = min((scene.log / "checkpoints").glob("*.note"))
    note = parse_note(path.read_text(encoding="utf-8"))
    last = note.signatures[1]
    moved = replace(last, value=(1_790_000_000).to_bytes(8, "big") + last.value[8:])
    path.write_text(replace(note, signatures=(note.signatures[0], moved)).text, encoding="utf-8")


def edit_the_head(scene: Scene) -> None:
    path = scene.log / "head.json"
    head = json.loads(path.read_bytes())
    path.write_text(json.dumps({**head, "root": "00" * 32}))


def exchange_the_head(scene: Scene) -> None:
    other = AuditFiles(scene.data / "elsewhere", lambda: NOW_US)
    for number in range(3):
        other.record(make_event(100 + number))
    head = json.loads((scene.data / "elsewhere" / "head.json").read_bytes())
    (scene.log / "head.json").write_text(json.dumps({**head, "length_bytes": 100}))


# What was done, and the words in which both verifiers name it.
TAMPERINGS = {
    edit_a_field: "event 3 was edited|event 3: the audit log was changed: the event was edited",
    change_a_moment: "event 5 was edited|event 5: the audit log was changed: the event was edited",
    delete_an_event: "removed: event 7 follows event 5",
    insert_an_event: "an event was inserted|the event was inserted|event 5 was inserted",
    reorder_events: "reordered: event 8 stands before event 2",
    duplicate_an_event: "event 4 was duplicated",
    truncate: "truncated|shorter than was acknowledged",
    truncate_with_its_head: "truncated or rolled back",
    rewrite_history: "forked or rewritten",
    roll_back: "truncated or rolled back",
    fork: "forked or rewritten",
    swap_logs: "another log",
    forge_a_checkpoint: "forged, or the text was changed after signing",
    edit_a_checkpoint: "forged, or the text was changed after signing|not those of",
    forge_a_countersignature: "countersignature of .* is forged",
    edit_the_head: "head .* contradicts",
    exchange_the_head: "head file contradicts the log|does not give the root of its head",
}
each_tampering = pytest.mark.parametrize("tamper", TAMPERINGS, ids=lambda each: each.__name__)


def _casetrail(scene: Scene, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    arguments = ["casetrail", "audit", "verify", "--data", str(scene.data), "--checkpoint", str(scene.kept)]
    monkeypatch.setattr(sys, "argv", arguments)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    said = capsys.readouterr()
    return int(ended.value.code or 0), said.out + said.err


def _alone(scene: Scene, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    options = ["--key", scene.key, "--witness", scene.witness, "--checkpoint", str(scene.kept)]
    code = verify_casetrail_log.main([str(scene.log), *options])
    return code, capsys.readouterr().out


@each_tampering
def test_the_command_names_it(scene: Scene, monkeypatch, capsys, tamper: Callable[[Scene], None]) -> None:
    """`casetrail audit verify` ends with exit code 6, and one line says what was done."""
    tamper(scene)
    code, said = _casetrail(scene, monkeypatch, capsys)
    assert code == 6, said
    assert _named(TAMPERINGS[tamper], said), said


@each_tampering
def test_the_verifier_names_it(scene: Scene, capsys, tamper: Callable[[Scene], None]) -> None:
    """The stand-alone verifier ends with exit code 6, and its last sentence says what was done."""
    tamper(scene)
    code, said = _alone(scene, capsys)
    assert code == 6, said
    assert _named(TAMPERINGS[tamper], said.splitlines()[-1]), said


def _named(words: str, said: str) -> bool:
    return re.search(words, " ".join(said.split())) is not None


def test_an_untouched_log_is_whole(scene: Scene, monkeypatch, capsys) -> None:
    """Both say so of the log as it was, with its checkpoints, its countersignature and the one kept outside."""
    code, said = _casetrail(scene, monkeypatch, capsys)
    assert code == 0, said
    code, said = _alone(scene, capsys)
    assert code == 0, said
    assert said.count("signed by") == 3
    assert "seen by" in said


def test_on_a_machine_that_has_only_python(scene: Scene, tmp_path: Path) -> None:
    """The log, a checkpoint, the keys and the one file are all that is needed, and a changed byte is found there."""
    shutil.copy(verify_casetrail_log.__file__, tmp_path / "verifier.py")
    command = [sys.executable, "-I", "-S", "verifier.py", scene.log, "--key", scene.key, "--checkpoint", scene.kept]
    assert subprocess.run(command, cwd=tmp_path, env={}, capture_output=True, check=False).returncode == 0
    edit_a_field(scene)
    done = subprocess.run(command, cwd=tmp_path, env={}, capture_output=True, check=False, text=True)
    assert done.returncode == 6
    assert done.stdout.startswith("FAULT: event 3")
