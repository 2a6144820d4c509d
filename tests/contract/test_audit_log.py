"""The AuditLog contract on the real log and the fake, and what only files can suffer."""

import json
import multiprocessing
import os
import time
from collections.abc import Callable
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from casetrail.adapters.audit_files import AuditFiles
from casetrail.governance.audit import AuditLog
from casetrail.model.errors import IntegrityError
from casetrail.testing.contracts.audit_log import AuditLogContract, make_event
from casetrail.testing.fake_audit_log import FakeAuditLog


class TestAuditFiles(AuditLogContract):
    """The log in files."""

    @pytest.fixture
    def log(self, tmp_path: Path) -> AuditLog:
        return AuditFiles(tmp_path / "audit", lambda: 1_700_000_000_000_000)


class TestFakeAuditLog(AuditLogContract):
    """The log in memory."""

    @pytest.fixture
    def log(self) -> AuditLog:
        return FakeAuditLog()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Folder of a log with five events."""
    log = _log(tmp_path / "audit")
    for number in range(5):
        log.record(make_event(number))
    return tmp_path / "audit"


def _log(folder: Path) -> AuditFiles:
    return AuditFiles(folder, lambda: 1_700_000_000_000_000)


def test_a_line_is_json(folder: Path) -> None:
    """Each line is JSON that other tools can read, with its leaf hash, the root after it and the event."""
    lines = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
    assert [line["event"]["index"] for line in lines] == list(range(5))
    assert all(line.keys() == {"leaf", "root", "event"} for line in lines)


def test_only_the_owner_may_read(folder: Path) -> None:
    """Log and head are closed to everybody else."""
    assert all(file.stat().st_mode & 0o077 == 0 for file in folder.iterdir())


@pytest.mark.parametrize("event", range(5))
def test_a_changed_byte_is_found_where_it_is(folder: Path, event: int) -> None:
    """Any single changed byte of a line is found, and the error names that event."""
    path = folder / "log.jsonl"
    original = path.read_bytes()
    lines = original.splitlines(keepends=True)
    start = sum(len(line) for line in lines[:event])
    for at in range(0, len(lines[event]) - 1, 7):
        changed = bytearray(original)
        changed[start + at] ^= 1
        path.write_bytes(changed)
        with pytest.raises(IntegrityError, match=rf"event {event}\b"):
            _log(folder).verify()
    path.write_bytes(original)
    assert _log(folder).verify() == 5


@pytest.mark.parametrize("removed", range(5))
def test_a_removed_line_is_found(folder: Path, removed: int) -> None:
    """A line that is taken out is missed, the last one too."""
    path = folder / "log.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:removed] + lines[removed + 1 :]))
    with pytest.raises(IntegrityError):
        _log(folder).verify()
    with pytest.raises(IntegrityError):
        _log(folder).record(make_event())


def test_swapped_lines_are_found(folder: Path) -> None:
    """Two events that changed places are found at the first of them."""
    path = folder / "log.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    lines[1], lines[2] = lines[2], lines[1]
    path.write_bytes(b"".join(lines))
    with pytest.raises(IntegrityError, match="event 1"):
        _log(folder).verify()


def test_a_log_made_anew_does_not_fit_its_head(folder: Path, tmp_path: Path) -> None:
    """A whole log that was replaced by another valid one of the same length does not give the head's root."""
    other = _log(tmp_path / "other")
    for number in (0, 1, 2, 3, 9):
        other.record(make_event(number))
    (folder / "log.jsonl").write_bytes((tmp_path / "other" / "log.jsonl").read_bytes())
    with pytest.raises(IntegrityError, match="event 4"):
        _log(folder).verify()


@pytest.mark.parametrize("gone", ["head.json", "log.jsonl"])
def test_a_missing_file_is_not_an_empty_log(folder: Path, gone: str) -> None:
    """Without its head or its lines a log does not start afresh."""
    (folder / gone).unlink()
    with pytest.raises(IntegrityError):
        _log(folder).verify()
    with pytest.raises(IntegrityError):
        _log(folder).record(make_event())


@pytest.mark.parametrize("text", [b"{}", b"[]", b"7", b'{"size":1,"length_bytes":0,"root":"","subtrees":[]}'])
def test_an_edited_head_is_named(folder: Path, text: bytes) -> None:
    """A head that is none or contradicts itself is an integrity failure that names the file."""
    (folder / "head.json").write_bytes(text)
    with pytest.raises(IntegrityError, match="head"):
        _log(folder).verify()
    with pytest.raises(IntegrityError, match="head"):
        _log(folder).record(make_event())


@pytest.mark.parametrize("kept", [0, 1, 7, 40, 150])
@pytest.mark.parametrize("rest", [b"", b"\x00" * 300, b"\xff"])
def test_a_head_that_a_power_failure_tore(folder: Path, kept: int, rest: bytes) -> None:
    """Where the head holds no JSON any more, every line is recomputed and taken in; nothing is lost."""
    path = folder / "head.json"
    path.write_bytes(path.read_bytes()[:kept] + rest)
    assert _log(folder).verify() == 5
    assert _log(folder).record(make_event(5)).index == 5
    assert _log(folder).verify() == json.loads(path.read_bytes())["size"] == 6


def test_subtrees_that_a_power_failure_tore(folder: Path) -> None:
    """Where only the end of the head is of another moment, its subtrees are computed anew from the log."""
    path = folder / "head.json"
    head = json.loads(path.read_bytes())
    path.write_text(json.dumps({**head, "subtrees": ["00" * 32]}))
    assert _log(folder).verify() == 5
    assert _log(folder).record(make_event(5)).index == 5
    assert len(json.loads(path.read_bytes())["subtrees"]) == 2


@pytest.mark.parametrize("newer_first", [True, False])
def test_a_head_of_two_moments(tmp_path: Path, newer_first: bool) -> None:
    """A disk that wrote only some sectors of the head leaves it of two moments; the log says what there is."""
    log, path = _log(tmp_path / "audit"), tmp_path / "audit" / "head.json"
    heads = []
    for number in range(127):
        log.record(make_event(number))
        heads.append(path.read_bytes())
    older, newer = heads[-2:]
    assert len(newer) == 2048
    assert len(newer.rstrip()) > 600, "the head fits one sector, so nothing can be torn"
    path.write_bytes(newer[:512] + older[512:] if newer_first else older[:512] + newer[512:])
    assert log.verify() == 127
    assert log.record(make_event(127)).index == 127


@pytest.mark.parametrize("field", ["size", "root", "length_bytes"])
def test_an_edited_head_is_not_mended(folder: Path, field: str) -> None:
    """Where the log does not bear out what the head says of it, nothing is computed anew: it is a fault."""
    path = folder / "head.json"
    head = json.loads(path.read_bytes())
    other = {"size": 4, "root": "00" * 32, "length_bytes": head["length_bytes"] - 100}[field]
    path.write_text(json.dumps({**head, field: other}))
    with pytest.raises(IntegrityError):
        _log(folder).record(make_event())


def test_nothing_changed_is_taken_in_after_a_power_failure(folder: Path) -> None:
    """Without a head a changed line is still found, and nothing is appended after it."""
    (folder / "head.json").write_bytes(b"")
    path = folder / "log.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"number":2', b'"number":3'))
    for act in (_log(folder).verify, lambda: _log(folder).record(make_event())):
        with pytest.raises(IntegrityError, match="event 2"):
            act()


def test_every_torn_append_is_mended(folder: Path) -> None:
    """A crash after any byte of an append leaves a log that opens, verifies and goes on without a gap."""
    path, head = folder / "log.jsonl", (folder / "head.json").read_bytes()
    before = path.read_bytes()
    _log(folder).record(make_event(5))
    line = path.read_bytes()[len(before) :]
    for written in range(len(line) + 1):
        path.write_bytes(before + line[:written])
        (folder / "head.json").write_bytes(head)
        assert _log(folder).verify() == (6 if written == len(line) else 5)
        recorded = _log(folder).record(make_event(6))
        assert recorded.index == (6 if written == len(line) else 5)
        assert _log(folder).verify() == recorded.index + 1


def test_an_acknowledged_event_is_never_mended_away(folder: Path) -> None:
    """A torn line that was acknowledged is a loss, not a crash in the middle of an append."""
    path = folder / "log.jsonl"
    before = path.read_bytes()
    path.write_bytes(before[:-3])
    with pytest.raises(IntegrityError, match="shorter"):
        _log(folder).record(make_event())
    assert path.read_bytes() == before[:-3]


def test_garbage_after_the_head_is_not_taken_in(folder: Path) -> None:
    """A whole line after the head that does not continue the tree is a fault, not an event."""
    path = folder / "log.jsonl"
    first = path.read_bytes().splitlines(keepends=True)[0]
    path.write_bytes(path.read_bytes() + first)
    with pytest.raises(IntegrityError, match="event 5"):
        _log(folder).record(make_event())
    with pytest.raises(IntegrityError, match="event 5"):
        _log(folder).verify()


def test_an_older_head_loses_nothing(folder: Path) -> None:
    """When the head is put back to an earlier one, later events are taken in again, not cut off."""
    head = (folder / "head.json").read_bytes()
    for number in (5, 6):
        _log(folder).record(make_event(number))
    (folder / "head.json").write_bytes(head)
    assert _log(folder).record(make_event(7)).index == 7
    assert [item.event.counts["number"] for item in _log(folder).read_events()] == list(range(8))


class Crash(BaseException):
    """The machine stops: nothing after this runs."""


def _stop_at(monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    """Let the machine stop at the `step`-th thing that an append asks of the disk; before writing, half is written."""
    steps = iter(range(100))

    def stopping(name: str, act: Callable[..., object]) -> Callable[..., object]:
        def stop(*arguments: object, **named: object) -> object:
            if next(steps) != step:
                return act(*arguments, **named)
            if name == "write":
                act(arguments[0], bytes(arguments[1])[: len(bytes(arguments[1])) // 2])  # type: ignore[arg-type]
            raise Crash

        return stop

    for name in ("write", "pwrite", "fsync", "open"):
        monkeypatch.setattr(os, name, stopping(name, getattr(os, name)))
    for name in ("replace", "unlink"):
        monkeypatch.setattr(Path, name, stopping(name, getattr(Path, name)))


def test_a_crash_at_any_step_of_an_append(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever an append stops, the log verifies with every acknowledged event, and goes on without a gap."""
    stopped, acknowledged = 0, 5
    for step in range(100):
        with monkeypatch.context() as patched:
            _stop_at(patched, step)
            try:
                _log(folder).record(make_event(step))
            except Crash:
                stopped += 1
            else:
                acknowledged += 1
        found = _log(folder).verify()
        assert acknowledged <= found <= acknowledged + 1
        assert _log(folder).record(make_event(1000 + step)).index == found
        acknowledged = _log(folder).verify()
    assert 5 <= stopped < 50, "an append asks for more than that of the disk, or the stops no longer reach it"


@pytest.mark.parametrize("cut", range(0, 400, 23))
def test_a_head_torn_on_its_way(folder: Path, cut: int) -> None:
    """A head that was being written when the machine stopped lies beside the old one, which still holds."""
    (folder / "head.json.ab12cd34.tmp").write_bytes((folder / "head.json").read_bytes()[:cut])
    assert _log(folder).verify() == 5
    assert _log(folder).record(make_event(5)).index == 5


def test_killed_while_appending(tmp_path: Path) -> None:
    """A process that is killed in the middle of appending, again and again, loses nothing that it acknowledged."""
    context = multiprocessing.get_context("fork")
    for pause_s in (0.01, 0.02, 0.03, 0.05):
        told, tell = context.Pipe(duplex=False)
        worker = context.Process(target=_append_and_tell, args=(tmp_path / "audit", tell))
        worker.start()
        told.recv()
        time.sleep(pause_s)
        worker.kill()
        worker.join()
        tell.close()
        last = _last_told(told)
        assert _log(tmp_path / "audit").verify() >= last + 1
        assert _log(tmp_path / "audit").record(make_event()).index > last


def _append_and_tell(folder: Path, tell: Connection) -> None:
    while True:
        tell.send(_log(folder).record(make_event()).index)


def _last_told(told: Connection) -> int:
    last = -1
    try:
        while told.poll():
            last = max(last, told.recv())
    except EOFError:
        return last
    return last


def _append(folder: Path, count: int) -> None:
    for number in range(count):
        _log(folder).record(make_event(number))


def test_several_processes_append(tmp_path: Path) -> None:
    """Four processes that append at once leave one whole log with every event."""
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=_append, args=(tmp_path / "audit", 25)) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0] * 4
    assert _log(tmp_path / "audit").verify() == 100


@pytest.mark.skipif(os.getuid() == 0, reason="nothing is closed to root")
def test_a_folder_that_cannot_be_written(folder: Path) -> None:
    """When the log cannot be written the act is told so in one line."""
    folder.chmod(0o500)
    (folder / "log.jsonl").chmod(0o400)
    try:
        with pytest.raises(IntegrityError, match="cannot be written"):
            _log(folder).record(make_event())
    finally:
        folder.chmod(0o700)


def test_a_full_disk_refuses_the_act(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the disk is full in the middle of a line, the act is refused, and the log goes on afterwards."""
    write = os.write

    def full(handle: int, data: bytes) -> int:
        write(handle, data[:10])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(IntegrityError, match="No space left"):
        _log(folder).record(make_event(5))
    monkeypatch.undo()
    assert _log(folder).record(make_event(5)).index == 5
    assert _log(folder).verify() == 6


@pytest.mark.parametrize("digit", [b"g", b"0"])
def test_an_edited_leaf_hash_is_an_integrity_failure(folder: Path, digit: bytes) -> None:
    """A leaf hash that was edited, into a digit or not, is found when something is proved with it."""
    path = folder / "log.jsonl"
    content = path.read_bytes()
    path.write_bytes(content[:9] + digit + content[10:])
    with pytest.raises(IntegrityError):
        _log(folder).verify()
    if digit == b"g":
        with pytest.raises(IntegrityError, match="edited"):
            _log(folder).prove_inclusion(3)


def test_any_event_is_found_by_bisection(tmp_path: Path) -> None:
    """Single events are found among lines of very different lengths, and none that is not there."""
    log = _log(tmp_path / "audit")
    for number in range(40):
        log.record(replace(make_event(number), act="x" * (number * 37 % 400)))
    for number in range(40):
        assert json.loads(log.read_leaf(number))["counts"] == {"number": number}
    with pytest.raises(IntegrityError, match="older copy"):
        log.read_leaf(40)
