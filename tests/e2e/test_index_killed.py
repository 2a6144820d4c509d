"""Indexing that is killed without warning, twice, and then finished, equals indexing that was left alone."""

import json
import os
import signal
import subprocess
import sys
import time
from fractions import Fraction
from pathlib import Path

import pytest

from casetrail.app.settings import Settings
from casetrail.bootstrap import open_audit_log, open_catalogue, open_decoder, open_presence_index
from casetrail.footage.recordings import Recording
from casetrail.governance.audit import Actor, AuditEvent, Role
from casetrail.model.time import UtcInterval, parse_utc
from casetrail.presence.index import Reach
from casetrail.presence.presences import Presence
from casetrail.testing.drawn_files import write_walk
from casetrail.testing.drawn_footage import walk_scenes
from casetrail.testing.made_presences import same_presence

START_US = parse_utc("2026-03-02T23:59:50Z")  # the first recording runs over midnight
ACTOR = Actor("tester", Role.ADMINISTRATOR)
UNITS = 2 * 5
DRIVER = """
import json, sys, time
from pathlib import Path
from casetrail.app.index_presence import IndexPorts, IndexWork, WorkerPorts, index_presence
from casetrail.app.settings import Settings
from casetrail.bootstrap import open_catalogue, open_decoder, open_desk_gate, open_engine, open_presence_index
from casetrail.governance.audit import Actor, Role
from casetrail.testing.fake_detector import STAMP, FakeDetector

class SlowDetector(FakeDetector):
    def detect(self, images, size=None):
        time.sleep(float(sys.argv[2]) if len(sys.argv) > 2 else 0.0)
        return super().detect(images, size)

def open_ports(settings):
    return WorkerPorts(open_decoder(1), SlowDetector(), open_presence_index(settings))

if __name__ == "__main__":
    settings = Settings(data=Path(sys.argv[1]))
    ports = IndexPorts(
        open_catalogue(settings), open_presence_index(settings), open_engine(2), STAMP, IndexWork(open_ports, settings),
        open_desk_gate(settings),
    )
    summary = index_presence(ports, Actor("tester", Role.ADMINISTRATOR), segment_s=2.0)
    print(json.dumps([summary.segments_done, summary.segments_skipped, summary.segments_failed, summary.presences]))
"""


@pytest.fixture(scope="module")
def undisturbed(installation: Path) -> Path:
    """An installation whose index was built in one go."""
    assert _finish(installation, installation / "undisturbed")[:3] == [UNITS, 0, 0]
    return installation / "undisturbed"


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two cameras of 10 s each in a catalogue, and the program that indexes them."""
    folder = tmp_path_factory.mktemp("killed")
    (folder / "driver.py").write_text(DRIVER)
    drawn = walk_scenes(2, start_us=START_US, frames=100, rate=Fraction(10))
    files = write_walk(drawn, folder / "recordings")
    for name in ("killed", "undisturbed"):
        catalogue = open_catalogue(Settings(data=folder / name))
        event = AuditEvent(ACTOR, "footage.add")
        catalogue.add_cameras([one.camera for one in drawn], audit=event)
        recordings = []
        for one in drawn:
            path = files[one.camera.camera_id]
            media = open_decoder().probe(str(path))
            recordings.append(Recording(one.camera.camera_id, str(path), one.start_us, media, path.stat().st_size))
        catalogue.add_recordings(recordings, audit=event)
    return folder


def test_killed_twice_and_finished_equals_undisturbed(installation: Path, undisturbed: Path) -> None:
    """Nothing is lost, nothing is there twice, and every array is the same."""
    data = installation / "killed"
    for least in (2, 5):
        _kill_after(installation, data, least)
    done, skipped, failed, _ = _finish(installation, data)
    assert (done + skipped, failed) == (UNITS, 0)
    assert skipped >= 5
    _assert_same(_everything(data), _everything(undisturbed))


def test_repeating_changes_nothing(installation: Path, undisturbed: Path) -> None:
    """A finished index is skipped unit by unit, and no file of it is touched."""
    before = _stamps(undisturbed)
    assert _finish(installation, undisturbed) == [0, UNITS, 0, 0]
    assert _stamps(undisturbed) == before


def test_every_segment_written_was_recorded_first(undisturbed: Path) -> None:
    """The audit log holds one event for each segment, and its tree is whole."""
    log = open_audit_log(Settings(data=undisturbed))
    acts = [recorded.event.act for recorded in log.read_events()]
    assert acts.count("presence.index") == UNITS
    assert log.verify() == len(acts)


def _command(folder: Path, data: Path, slow_s: str) -> tuple[list[str], dict[str, str]]:
    return [sys.executable, str(folder / "driver.py"), str(data), slow_s], {**os.environ, "PYTHONPATH": str(folder)}


def _kill_after(folder: Path, data: Path, least: int) -> None:
    command, environment = _command(folder, data, "0.15")
    process = subprocess.Popen(command, env=environment)
    _wait_for_segments(data, least, process)
    process.send_signal(signal.SIGKILL)
    process.wait(20)


def _finish(folder: Path, data: Path) -> list[int]:
    command, environment = _command(folder, data, "0")
    ended = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, timeout=120, check=True)
    numbers: list[int] = json.loads(ended.stdout)
    return numbers


def _wait_for_segments(data: Path, least: int, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(2000):
        if len(list((data / "store" / "presence").rglob("*.parquet"))) >= least:
            return
        assert process.poll() is None, "indexing ended before it could be killed"
        time.sleep(0.02)
    pytest.fail("no segment was written in 40 s")


def _everything(data: Path) -> list[Presence]:
    index = open_presence_index(Settings(data=data))
    day = UtcInterval(START_US, START_US).widened(3600)
    return list(index.read_presences([Reach(f"CAM0{number}", day) for number in (1, 2)]))


def _assert_same(found: list[Presence], expected: list[Presence]) -> None:
    assert len(found) == len(expected) > UNITS
    assert len({item.presence_id for item in found}) == len(found)
    assert all(same_presence(one, other) for one, other in zip(found, expected, strict=True))


def _stamps(data: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in (data / "store" / "presence").rglob("*.parquet")}
