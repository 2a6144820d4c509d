"""Files that are replaced whole, closed to others, and locked between processes."""

import multiprocessing
import time
from pathlib import Path

import pytest

from casetrail.app.private_files import add_file, destroy_file, make_folder, open_lock, replace_file


def test_replacing_leaves_old_or_new(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When replacing fails in the middle the old bytes stay and no other file does."""
    path = tmp_path / "file"
    replace_file(path, b"old")

    def stop(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", stop)
    with pytest.raises(OSError, match="space"):
        replace_file(path, b"new")
    monkeypatch.undo()
    assert path.read_bytes() == b"old"
    assert [item.name for item in tmp_path.iterdir()] == ["file"]


def test_adding_never_replaces(tmp_path: Path) -> None:
    """The first to add a file wins, the second is told."""
    assert add_file(tmp_path / "file", b"first")
    assert not add_file(tmp_path / "file", b"second")
    assert (tmp_path / "file").read_bytes() == b"first"
    assert [item.name for item in tmp_path.iterdir()] == ["file"]


def test_only_the_owner_may_read(tmp_path: Path) -> None:
    """Files and folders are made closed to group and world."""
    folder = make_folder(tmp_path / "a" / "b")
    replace_file(folder / "one", b"")
    add_file(folder / "two", b"")
    assert all(item.stat().st_mode & 0o077 == 0 for item in (folder, folder / "one", folder / "two"))


def test_destroying_overwrites_first(tmp_path: Path) -> None:
    """The bytes are overwritten in place before the name goes: another name for the same file shows it."""
    path = tmp_path / "file"
    path.write_bytes(b"secret" * 100)
    (tmp_path / "other").hardlink_to(path)
    destroy_file(path)
    assert not path.exists()
    assert b"secret" not in (tmp_path / "other").read_bytes()
    destroy_file(path)


def _hold(path: Path, exclusive: bool, held: "multiprocessing.SimpleQueue[float]") -> None:
    with open_lock(path, exclusive=exclusive):
        held.put(time.monotonic())


@pytest.mark.parametrize("exclusive", [True, False])
def test_a_lock_keeps_another_process_out(tmp_path: Path, exclusive: bool) -> None:
    """Who holds the lock alone keeps readers and writers waiting until it is done."""
    context = multiprocessing.get_context("fork")
    held = context.SimpleQueue()
    with open_lock(tmp_path / "lock", exclusive=True):
        other = context.Process(target=_hold, args=(tmp_path / "lock", exclusive, held))
        other.start()
        other.join(0.2)
        assert held.empty()
    other.join()
    assert other.exitcode == 0
    assert not held.empty()
