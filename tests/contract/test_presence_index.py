"""Every presence index and key store keeps its contract; the Parquet one is also closed to whoever has no key."""

import stat
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from casetrail.adapters.day_keys import DayKeyFiles
from casetrail.adapters.presence_index import columns
from casetrail.adapters.presence_index.columns import MERGED_SCHEMA, SCHEMA, build_table
from casetrail.adapters.presence_index.index import ParquetPresenceIndex
from casetrail.governance.audit import AuditEvent
from casetrail.model.errors import IntegrityError, MissingError
from casetrail.model.time import SECOND_US
from casetrail.presence.day_keys import DayKeys
from casetrail.presence.index import PresenceIndex, SegmentKey
from casetrail.presence.presences import Presence
from casetrail.presence.sampling import Sampling
from casetrail.testing.contracts.day_keys import DayKeysContract
from casetrail.testing.contracts.presence_index import EVENT, NOON_US, PresenceIndexContract, reach
from casetrail.testing.fake_audit_log import FakeAuditLog
from casetrail.testing.fake_day_keys import FakeDayKeys
from casetrail.testing.fake_presence_index import FakePresenceIndex
from casetrail.testing.made_presences import make_presence, make_segment, same_presence

DAY = "2026-03-02"


@pytest.fixture
def audit_log() -> FakeAuditLog:
    """A log in memory."""
    return FakeAuditLog()


@pytest.fixture
def stored(tmp_path: Path, audit_log: FakeAuditLog) -> ParquetPresenceIndex:
    """The index in files."""
    return ParquetPresenceIndex(tmp_path / "presence", DayKeyFiles(tmp_path / "keys"), audit_log)


class TestFakePresenceIndex(PresenceIndexContract):
    """The one in memory."""

    @pytest.fixture
    def index(self, audit_log: FakeAuditLog) -> PresenceIndex:
        """In memory."""
        return FakePresenceIndex(audit_log)


class TestParquetPresenceIndex(PresenceIndexContract):
    """The one in encrypted Parquet files."""

    @pytest.fixture
    def index(self, stored: ParquetPresenceIndex) -> PresenceIndex:
        """In files."""
        return stored


class MergingEachTime(ParquetPresenceIndex):
    """An index that merges whatever there is after each writing."""

    def write_segment(
        self, key: SegmentKey, presences: Sequence[Presence], sampling: Sampling | None = None, *, audit: AuditEvent
    ) -> None:
        """Write, then merge without an entry in the log."""
        super().write_segment(key, presences, sampling, audit=audit)
        log, self._audit_log = self._audit_log, FakeAuditLog()
        for unmerged in self.find_unmerged():
            self.merge(unmerged, audit=EVENT)
        assert self.find_unmerged() == ()
        self._audit_log = log


class TestMergedPresenceIndex(PresenceIndexContract):
    """Merging changes nothing of what is read."""

    @pytest.fixture
    def index(self, tmp_path: Path, audit_log: FakeAuditLog) -> PresenceIndex:
        """In files that are merged at once."""
        return MergingEachTime(tmp_path / "presence", DayKeyFiles(tmp_path / "keys"), audit_log)


class TestFakeDayKeys(DayKeysContract):
    """Keys in memory."""

    @pytest.fixture
    def day_keys(self) -> DayKeys:
        """In memory."""
        return FakeDayKeys()


class TestDayKeyFiles(DayKeysContract):
    """Keys in files."""

    @pytest.fixture
    def day_keys(self, tmp_path: Path) -> DayKeys:
        """In files."""
        return DayKeyFiles(tmp_path / "days")


def test_schema_describes_nobody() -> None:
    """Rung 1 holds when and where, and pointers: no column can carry an embedding, a crop or a colour."""
    allowed = {
        "presence_id": pa.string(),
        "camera_id": pa.string(),
        "recording_id": pa.string(),
        "start_us": pa.int64(),
        "end_us": pa.int64(),
        "view_count": pa.uint8(),
        "best_quality": pa.float32(),
        "towards": pa.int8(),
        "pts": pa.binary(),
        "utc_us": pa.binary(),
        "xyxy": pa.binary(),
        "confidence": pa.binary(),
        "foot_hidden": pa.binary(),
        "foot_m": pa.binary(),
        "models": pa.string(),
    }
    found = {field.name: field.type for field in SCHEMA if field.name != "views"}
    assert found == allowed
    assert [field.name for field in MERGED_SCHEMA][:-1] == [field.name for field in SCHEMA]
    assert MERGED_SCHEMA.field("segment").type == pa.int32()
    view = SCHEMA.field("views").type.value_type
    assert [field.name for field in view] == ["pts", "x1", "y1", "x2", "y2", "quality", "keyframe"]


def test_raw_bytes_tell_nothing(stored: ParquetPresenceIndex, tmp_path: Path) -> None:
    """No file or name of the index holds a camera id, a presence id or the mark of plain Parquet."""
    presence = make_presence("Market-Street-East", NOON_US)
    stored.write_segment(make_segment("Market-Street-East", NOON_US), [presence], audit=EVENT)
    (path,) = (tmp_path / "presence").rglob("*.parquet")
    data = path.read_bytes()
    for secret in (b"PAR1", b"Market-Street-East", presence.presence_id.encode(), b"camera_id", b"made/1"):
        assert secret not in data
    assert data.startswith(b"PARE")
    assert "Market-Street-East" not in str(path)
    with pytest.raises((OSError, pa.ArrowInvalid)):
        pq.read_table(path)


def test_only_the_owner_may_read(stored: ParquetPresenceIndex, tmp_path: Path) -> None:
    """Index files and keys are readable by their owner alone."""
    stored.write_segment(make_segment(start_us=NOON_US), [], audit=EVENT)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) == 3
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


@pytest.mark.parametrize("harm", ["cut", "garbage", "changed", "empty", "plain"])
def test_harmed_file_is_named(stored: ParquetPresenceIndex, tmp_path: Path, harm: str) -> None:
    """A file that is not what was written is an integrity failure that names it and says what to do."""
    stored.write_segment(make_segment(start_us=NOON_US), [make_presence(start_us=NOON_US)], audit=EVENT)
    (path,) = (tmp_path / "presence").rglob("*.parquet")
    _harm(path, harm)
    with pytest.raises(IntegrityError, match=r"\.parquet.*damaged.*casetrail index"):
        list(stored.read_presences([reach()]))


def test_swapped_files_do_not_open(stored: ParquetPresenceIndex, tmp_path: Path) -> None:
    """A whole file under another segment's name is not taken for that segment."""
    stored.write_segment(make_segment(start_us=NOON_US), [make_presence(start_us=NOON_US)], audit=EVENT)
    later_us = NOON_US + 300 * SECOND_US
    stored.write_segment(make_segment(start_us=later_us), [], audit=EVENT)
    first, second = sorted((tmp_path / "presence").rglob("*.parquet"))
    second.write_bytes(first.read_bytes())
    with pytest.raises(IntegrityError):
        list(stored.read_presences([reach(start_us=later_us)]))
    with pytest.raises(IntegrityError):
        stored.read_segments()


def test_unfinished_file_is_not_there(stored: ParquetPresenceIndex, tmp_path: Path) -> None:
    """A temporary file that a crash left is neither a segment nor an obstacle."""
    key = make_segment(start_us=NOON_US)
    stored.write_segment(key, [], audit=EVENT)
    (path,) = (tmp_path / "presence").rglob("*.parquet")
    path.rename(path.with_name(path.name + ".0123abcd.tmp"))
    assert not stored.has_segment(key)
    assert list(stored.read_presences([reach()])) == []
    stored.write_segment(key, [make_presence(start_us=NOON_US)], audit=EVENT)
    assert len(list(stored.read_presences([reach()]))) == 1


def test_files_outside_the_gate_are_not_opened(stored: ParquetPresenceIndex, tmp_path: Path) -> None:
    """Reading a gate opens no file of another camera, hour or day: garbage there does not disturb."""
    wanted = make_presence(start_us=NOON_US)
    stored.write_segment(make_segment(start_us=NOON_US), [wanted], audit=EVENT)
    inside = set((tmp_path / "presence").rglob("*.parquet"))
    others = [("CAM01", 300), ("CAM01", -300), ("CAM02", 0), ("CAM01", 86_400), ("CAM01", -86_400)]
    for camera, shift in others:
        stored.write_segment(make_segment(camera, NOON_US + shift * SECOND_US), [], audit=EVENT)
    for path in set((tmp_path / "presence").rglob("*.parquet")) - inside:
        path.write_bytes(b"garbage")
    assert [item.presence_id for item in stored.read_presences([reach()])] == [wanted.presence_id]


def test_lost_key_is_missing_not_damage(stored: ParquetPresenceIndex, tmp_path: Path) -> None:
    """Without the day's key, reading says that the key is missing."""
    stored.write_segment(make_segment(start_us=NOON_US), [make_presence(start_us=NOON_US)], audit=EVENT)
    (tmp_path / "keys" / f"{DAY}.key").unlink()
    with pytest.raises(MissingError, match=DAY):
        list(stored.read_presences([reach()]))


def test_cut_off_key_is_named(tmp_path: Path) -> None:
    """A key file that is not whole is an integrity failure, never a shorter key."""
    keys = DayKeyFiles(tmp_path)
    keys.key_for(DAY, create=True)
    (tmp_path / f"{DAY}.key").write_bytes(b"short")
    with pytest.raises(IntegrityError, match=r"2026-03-02\.key"):
        keys.key_for(DAY)


def test_erasure_survives_a_crash_after_the_key(stored: ParquetPresenceIndex, tmp_path: Path) -> None:
    """Once the key is destroyed nothing can be read, though the files are still there; erasing again finishes."""
    stored.write_segment(make_segment(start_us=NOON_US), [make_presence(start_us=NOON_US)], audit=EVENT)
    DayKeyFiles(tmp_path / "keys").destroy(DAY)
    with pytest.raises(MissingError, match="destroyed"):
        list(stored.read_presences([reach()]))
    assert stored.read_segments() == ()
    assert stored.erase_day(DAY, audit=EVENT) == 1
    assert not list((tmp_path / "presence").rglob("*.parquet"))


def _without_directions(key: SegmentKey, presences: Sequence[Presence], sampling: Sampling | None = None) -> pa.Table:
    """Rows as casetrail wrote them before it knew which way people walk."""
    return build_table(key, presences, sampling).drop_columns(["towards"])


def test_older_files_are_read_and_merging_learns_directions(
    stored: ParquetPresenceIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files without the column of directions tell none; merged with newer ones they tell what their paths tell."""
    coming = [make_presence(start_us=NOON_US, number=n, frames=40, growth_px=0.5) for n in range(2)]
    going = make_presence("CAM01", NOON_US + 300 * SECOND_US, frames=40, growth_px=-0.5)
    with monkeypatch.context() as older:
        older.setattr(columns, "build_table", _without_directions)
        stored.write_segment(make_segment(start_us=NOON_US), coming, audit=EVENT)
    stored.write_segment(make_segment(start_us=NOON_US + 300 * SECOND_US), [going], audit=EVENT)
    gate = [reach(length_s=600)]
    assert stored.read_spans(gate).towards.tolist() == [0, 0, -1]
    for unmerged in stored.find_unmerged():
        stored.merge(unmerged, audit=EVENT)
    assert stored.read_spans(gate).towards.tolist() == [1, 1, -1]
    assert same_presence(next(iter(stored.read_presences(gate))), min(coming, key=lambda each: each.presence_id))


def test_older_merged_files_are_read_and_merged_again(
    stored: ParquetPresenceIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A merged file without the column is read, and the next merging adds it."""
    with monkeypatch.context() as older:
        older.setattr(columns, "with_directions", lambda table: table)
        older.setattr(columns, "SCHEMA", pa.schema([field for field in SCHEMA if field.name != "towards"]))
        older.setattr(columns, "MERGED_SCHEMA", pa.schema([f for f in MERGED_SCHEMA if f.name != "towards"]))
        coming = make_presence(start_us=NOON_US, frames=40, growth_px=0.5)
        stored.write_segment(make_segment(start_us=NOON_US), [coming], audit=EVENT)
        stored.merge(stored.find_unmerged()[0], audit=EVENT)
    assert stored.read_spans([reach()]).towards.tolist() == [0]
    stored.write_segment(make_segment(start_us=NOON_US + 300 * SECOND_US), [], audit=EVENT)
    stored.merge(stored.find_unmerged()[0], audit=EVENT)
    assert stored.read_spans([reach()]).towards.tolist() == [1]


def _harm(path: Path, harm: str) -> None:
    data = bytearray(path.read_bytes())
    if harm == "cut":
        path.write_bytes(data[: len(data) // 2])
    elif harm == "garbage":
        path.write_bytes(b"\x00" * len(data))
    elif harm == "empty":
        path.write_bytes(b"")
    elif harm == "plain":
        pq.write_table(pa.table({"camera_id": ["CAM01"]}), path)
    else:
        data[len(data) // 3] ^= 0xFF
        path.write_bytes(data)
