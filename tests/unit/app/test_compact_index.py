"""Putting the small files of the presence index together: crash-safe, idempotent, and invisible to readers."""

from collections.abc import Callable
from pathlib import Path

import pytest

from casetrail.adapters.day_keys import DayKeyFiles
from casetrail.adapters.presence_index import merging, shelves
from casetrail.adapters.presence_index.index import ParquetPresenceIndex
from casetrail.adapters.presence_index.merged_names import MergedDay
from casetrail.app.compact_index import Compacted, MergingPorts, compact_index
from casetrail.model.errors import IntegrityError
from casetrail.model.time import SECOND_US, UtcInterval
from casetrail.presence.index import Reach
from casetrail.testing.contracts.presence_index import EVENT, MIDNIGHT_US, NOON_US
from casetrail.testing.fake_audit_log import FakeAuditLog
from casetrail.testing.fake_gate import FakeGate
from casetrail.testing.made_presences import make_presence, make_segment, same_presence

ACTOR = EVENT.actor
DAY = "2026-03-02"
STEP_US = 300 * SECOND_US
CAMERAS = ("CAM01", "CAM02", "카메라3")
EVERYTHING = [Reach(camera_id, UtcInterval(NOON_US, MIDNIGHT_US + STEP_US)) for camera_id in CAMERAS]
Made = tuple[ParquetPresenceIndex, Path, FakeAuditLog]


@pytest.fixture
def made(tmp_path: Path) -> Made:
    """An index of three cameras with four segments each, its folder, and its log."""
    log = FakeAuditLog()
    index = ParquetPresenceIndex(tmp_path / "presence", DayKeyFiles(tmp_path / "keys"), log)
    for number, camera_id in enumerate(CAMERAS):
        for unit in range(4):
            _write(index, camera_id, NOON_US + unit * STEP_US, people=number + unit)
    return index, tmp_path / "presence", log


def _write(index: ParquetPresenceIndex, camera_id: str, start_us: int, people: int, models: str = "made/1") -> None:
    found = [make_presence(camera_id, start_us + n * SECOND_US, number=n, frames=3 + n) for n in range(people)]
    index.write_segment(make_segment(camera_id, start_us, models=models), found, audit=EVENT)


def _compact(index: ParquetPresenceIndex, *, least: int = 0, before: str | None = None) -> Compacted:
    ports = MergingPorts(index, FakeGate(FakeAuditLog()))
    return compact_index(ports, ACTOR, least=least, before=before)


def _files(root: Path) -> list[Path]:
    return sorted(root.rglob("*.parquet"))


def _again(root: Path) -> ParquetPresenceIndex:
    """The same index opened anew, as another process would."""
    return ParquetPresenceIndex(root, DayKeyFiles(root.parent / "keys"), FakeAuditLog())


def test_merging_makes_two_files_of_a_cell(made: Made) -> None:
    """Twelve segments of three cameras become two files for each cell; all that is read stays the same."""
    index, root, log = made
    before, segments = list(index.read_presences(EVERYTHING)), index.read_segments()
    done = _compact(index)
    assert (done.cells, done.segments, done.failures) == (3, 12, ())
    assert len(_files(root)) == 6
    assert log.acts.count("presence.merge") == 3
    for opened in (index, _again(root)):
        after = list(opened.read_presences(EVERYTHING))
        assert len(after) == len(before) == 30
        assert all(same_presence(a, b) for a, b in zip(before, after, strict=True))
        assert opened.read_segments() == segments
        assert all(opened.has_segment(key) for key in segments)


def test_merging_again_does_nothing(made: Made) -> None:
    """A merged index has nothing to merge, and no entry is added to the log."""
    index, root, log = made
    _compact(index)
    files, acts = _files(root), list(log.acts)
    assert _compact(index).cells == 0
    assert (_files(root), log.acts) == (files, acts)


def test_later_segments_join_the_merged_file(made: Made) -> None:
    """What arrives after a merging is read at once, and lies in the one file after the next."""
    index, root, _ = made
    _compact(index)
    _write(index, "CAM01", NOON_US + 5 * STEP_US, people=2)
    assert len(index.read_spans(EVERYTHING)) == 32
    assert _compact(index).segments == 5
    assert len(_files(root)) == 6
    assert len(_again(root).read_spans(EVERYTHING)) == 32


def test_only_days_before(made: Made) -> None:
    """A day that is not over may be left alone, and few segments too."""
    index, _, _ = made
    assert _compact(index, before=DAY).cells == 0
    assert _compact(index, least=5).cells == 0
    assert _compact(index, before="2026-03-03", least=4).cells == 3


def test_newer_model_set_counts_after_merging(made: Made) -> None:
    """A stretch indexed again counts once, whichever of the two was merged first; both stay listed."""
    index, root, _ = made
    _compact(index)
    _write(index, "CAM02", NOON_US, people=5, models="made/2")
    expected = 30 - 1 + 5
    assert len(index.read_spans(EVERYTHING)) == expected
    _compact(index)
    assert len(index.read_spans(EVERYTHING)) == len(list(index.read_presences(EVERYTHING))) == expected
    assert len(_again(root).read_segments()) == 13


def test_corrected_clock_takes_a_segment_out(made: Made) -> None:
    """A segment that moved is read only where it is now, before and after the next merging, and may move back."""
    index, root, _ = made
    _compact(index)
    key = make_segment("CAM02", NOON_US)
    moved_us = NOON_US - 7 * SECOND_US
    moved = UtcInterval(moved_us, key.interval.end_us - 7 * SECOND_US)
    after = type(key)(key.camera_id, key.recording_id, key.start_pts, key.end_pts, moved, key.models)
    index.write_segment(after, [make_presence("CAM02", moved_us)], audit=EVENT)
    for _ in range(2):
        for opened in (index, _again(root)):
            assert not opened.has_segment(key)
            assert opened.has_segment(after)
            gate = [Reach("CAM02", UtcInterval(moved_us, NOON_US + 20 * SECOND_US))]
            assert opened.read_spans(gate).start_us.tolist() == [moved_us]
        _compact(index)
    index.write_segment(key, [make_presence("CAM02", NOON_US)], audit=EVENT)
    assert (index.has_segment(key), index.has_segment(after)) == (True, False)
    _compact(index)
    assert len(_again(root).read_spans(EVERYTHING)) == 30


@pytest.mark.parametrize("step", ["write_sealed", "_check_readable", "_remove"])
@pytest.mark.parametrize("calls", [1, 2])
def test_stopping_anywhere_loses_nothing(made: Made, monkeypatch: pytest.MonkeyPatch, step: str, calls: int) -> None:
    """Stopped before any step of a merging, everything is read once, and running again finishes."""
    index, root, _ = made
    _compact(index)
    for camera_id in CAMERAS:
        _write(index, camera_id, NOON_US + 5 * STEP_US, people=1)
    with monkeypatch.context() as patched:
        _stop_at(patched, step, calls)
        with pytest.raises(KeyboardInterrupt):
            _compact(index)
    for opened in (index, _again(root)):
        assert len(opened.read_spans(EVERYTHING)) == len(list(opened.read_presences(EVERYTHING))) == 33
        assert len(opened.read_segments()) == 15
    _compact(_again(root))
    assert len(_files(root)) == 6
    assert len(_again(root).read_spans(EVERYTHING)) == 33


def _stop_at(patched: pytest.MonkeyPatch, step: str, calls: int) -> None:
    """Interrupt the given call of a step."""
    whole: Callable[..., object] = getattr(merging, step)
    left = [calls]

    def stopping(*given: object) -> object:
        left[0] -= 1
        if left[0] == 0:
            raise KeyboardInterrupt
        return whole(*given)

    patched.setattr(merging, step, stopping)


@pytest.mark.parametrize("moment", ["before", "after"])
def test_merging_while_somebody_reads(made: Made, monkeypatch: pytest.MonkeyPatch, moment: str) -> None:
    """Whoever reads while another merges sees everything once, wherever the two meet."""
    _, root, _ = made
    other, left = _again(root), [1]
    listing = shelves.list_merged

    def listed_meanwhile(folder: Path) -> MergedDay:
        left[0] -= 1
        if left[0] == 0 and moment == "before":
            _compact(other)
        found = listing(folder)
        if left[0] == 0 and moment == "after":
            _compact(other)
        return found

    monkeypatch.setattr(shelves, "list_merged", listed_meanwhile)
    (root / f"day={DAY}" / "merged").mkdir()
    assert len(_again(root).read_spans(EVERYTHING)) == 30
    assert left[0] < 0


def test_damaged_file_stops_only_its_cell(made: Made) -> None:
    """A file that was changed is named and stays; nothing of its cell is removed; the other cells are merged."""
    _, root, _ = made
    bad = _files(root)[0]
    bad.write_bytes(bad.read_bytes()[:-50])
    done = _compact(_again(root))
    assert (done.cells, len(done.failures)) == (2, 1)
    assert bad.name in done.failures[0]
    assert len(list(bad.parent.glob("*.parquet"))) == 4


@pytest.mark.parametrize("part", ["rows", "segments"])
def test_damaged_merged_file_is_named(made: Made, part: str) -> None:
    """A merged file that was changed is an integrity failure wherever it is read."""
    index, root, _ = made
    _compact(index)
    for path in root.rglob(f"*.{part}.parquet"):
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 0xFF
        path.write_bytes(data)
    opened = _again(root)
    with pytest.raises(IntegrityError, match=r"\.parquet.*damaged"):
        list(opened.read_presences(EVERYTHING)) if part == "rows" else opened.read_segments()


def test_merged_file_tells_nothing_without_its_key(made: Made) -> None:
    """Neither names nor bytes of merged files hold an id of a camera or a presence."""
    index, root, _ = made
    _compact(index)
    secrets = [b"PAR1", b"CAM01", "카메라3".encode(), *index.read_spans(EVERYTHING).presence_id.tolist()]
    for path in _files(root):
        assert not [secret for secret in secrets if secret in path.read_bytes() + str(path).encode()]


def test_erased_day_takes_its_merged_files(made: Made) -> None:
    """A merged day is forgotten like any other."""
    index, root, _ = made
    _compact(index)
    _write(index, "CAM01", NOON_US + 5 * STEP_US, people=1)
    assert index.erase_day(DAY, audit=EVENT) == 13
    assert _files(root) == []
    assert len(index.read_spans(EVERYTHING)) == len(index.read_segments()) == 0
    assert index.has_segment(make_segment("CAM01", NOON_US))
