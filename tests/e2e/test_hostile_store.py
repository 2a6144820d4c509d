"""Stores that were damaged, cut off or half written: one line with exit code 5 or 6, and never a wrong answer."""

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from casetrail import bootstrap
from casetrail.app.index_presence import IndexPorts, IndexWork, WorkerPorts, index_presence
from casetrail.app.settings import Settings
from casetrail.footage.recordings import Recording
from casetrail.governance.audit import Actor, AuditEvent, Role
from casetrail.model.time import parse_utc
from casetrail.surfaces.cli import main as command_line
from casetrail.testing.drawn_files import write_walk
from casetrail.testing.drawn_footage import walk_scenes
from casetrail.testing.fake_detector import STAMP, FakeDetector
from casetrail.testing.fake_engine import FakeEngine

ACTOR = Actor("tester", Role.ADMINISTRATOR)
EXPLAIN, LIST = ("index", "--explain"), ("footage", "list")
Damage = Callable[[Path], object]


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation with two drawn cameras, indexed."""
    folder = tmp_path_factory.mktemp("sound")
    settings = Settings(data=folder / "data")
    drawn = walk_scenes(2, start_us=parse_utc("2026-03-02T03:00:00Z"), frames=20)
    files = write_walk(drawn, folder)
    ports = bootstrap.open_footage_ports(settings)
    ports.catalogue.add_cameras([one.camera for one in drawn], audit=AuditEvent(ACTOR, "cameras.import"))
    for one in drawn:
        path = files[one.camera.camera_id]
        media = ports.decoder.probe(str(path))
        recording = Recording(one.camera.camera_id, str(path), one.start_us, media, path.stat().st_size)
        ports.catalogue.add_recordings([recording], audit=AuditEvent(ACTOR, "footage.add"))
    assert _index(settings) == (2, 0)
    return folder / "data"


def test_undamaged(sound: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is damaged, both verbs answer."""
    assert _run(sound, EXPLAIN, capsys, monkeypatch) == (0, "")
    assert _run(sound, LIST, capsys, monkeypatch) == (0, "")


def _parquet(data: Path) -> Path:
    return sorted((data / "store" / "presence").rglob("*.parquet"))[0]


def _key(data: Path) -> Path:
    return sorted((data / "keys" / "days").glob("*.key"))[0]


def _cut(path: Path, share: float) -> None:
    os.truncate(path, int(path.stat().st_size * share))


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2 :] = bytes(255 - one for one in data[len(data) // 2 :])
    path.write_bytes(data)


def _swap(data: Path) -> None:
    first, second = sorted((data / "store" / "presence").rglob("*.parquet"))[:2]
    shutil.copy(first, second)


DAMAGES: dict[str, tuple[Damage, tuple[str, str], int]] = {
    "index file cut off": (lambda data: _cut(_parquet(data), 0.7), EXPLAIN, 6),
    "index file empty": (lambda data: _cut(_parquet(data), 0), EXPLAIN, 6),
    "index file overwritten": (lambda data: _flip(_parquet(data)), EXPLAIN, 6),
    "index file in another's place": (_swap, EXPLAIN, 6),
    "index file is a folder": (lambda data: (_parquet(data).unlink(), _parquet_folder(data)), EXPLAIN, 6),
    "key of another day": (lambda data: _key(data).write_bytes(os.urandom(32)), EXPLAIN, 6),
    "key cut off": (lambda data: _cut(_key(data), 0.5), EXPLAIN, 6),
    "key gone": (lambda data: _key(data).unlink(), EXPLAIN, 5),
    "catalogue overwritten": (lambda data: _flip(data / "store" / "catalogue.db"), LIST, 6),
    "catalogue is text": (lambda data: (data / "store" / "catalogue.db").write_text("hello" * 999), LIST, 6),
    "catalogue cut off": (lambda data: _cut(data / "store" / "catalogue.db", 0.4), LIST, 6),
}


def _parquet_folder(data: Path) -> None:
    """A folder under the name of the segment that is left, one camera further."""
    other = _parquet(data)
    other.unlink()
    other.mkdir()


@pytest.mark.parametrize("name", DAMAGES)
def test_damage(
    name: str, sound: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each damage is told in one line that names the place, with the exit code of its cause."""
    damage, verb, code = DAMAGES[name]
    data = Path(shutil.copytree(sound, tmp_path / "data"))
    damage(data)
    ended, line = _run(data, verb, capsys, monkeypatch)
    assert (ended, len(line.splitlines())) == (code, 1), line
    assert line.startswith("casetrail: ")


def test_half_written_file_is_nothing(sound: Path, tmp_path: Path) -> None:
    """What a killed worker left is not taken for a segment, and indexing again fills what is missing."""
    data = Path(shutil.copytree(sound, tmp_path / "data"))
    whole = _parquet(data)
    half = whole.with_name(f"{whole.name}.0badc0de.tmp")
    half.write_bytes(whole.read_bytes()[:100])
    whole.unlink()
    assert _index(Settings(data=data)) == (1, 1)
    assert whole.exists()


def test_broken_index_file_moved_away_is_made_again(sound: Path, tmp_path: Path) -> None:
    """The way out that the error names works."""
    data = Path(shutil.copytree(sound, tmp_path / "data"))
    _cut(_parquet(data), 0.5)
    _parquet(data).rename(tmp_path / "away")
    assert _index(Settings(data=data)) == (1, 1)


def _index(settings: Settings) -> tuple[int, int]:
    index = bootstrap.open_presence_index(settings)
    work = IndexWork(lambda own: WorkerPorts(bootstrap.open_decoder(1), FakeDetector(), index), settings)
    gate = bootstrap.open_desk_gate(settings)
    ports = IndexPorts(bootstrap.open_catalogue(settings), index, FakeEngine(), STAMP, work, gate)
    done = index_presence(ports, ACTOR)
    assert done.failures == ()
    return done.segments_done, done.segments_skipped


def _run(
    data: Path, verb: tuple[str, str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> tuple[object, str]:
    """Exit code, and what was said on the error stream."""
    monkeypatch.setattr(sys, "argv", ["casetrail", *verb, "--data", str(data)])
    monkeypatch.setenv("CASETRAIL_TRACEBACK", "1")
    with pytest.raises(SystemExit) as ended:
        command_line.main()
    return ended.value.code or 0, capsys.readouterr().err.strip()
