"""Contract of the PresenceIndex port: whole segments, read by gate, forgotten by day."""

from dataclasses import replace

import numpy as np
import pytest

from casetrail.governance.audit import Actor, AuditEvent, Role
from casetrail.model.errors import IntegrityError, MissingError
from casetrail.model.time import SECOND_US, UtcInterval, parse_utc
from casetrail.presence.index import PresenceIndex, Reach
from casetrail.presence.sampling import Reason, Sampling, Stretch
from casetrail.testing.fake_audit_log import FakeAuditLog
from casetrail.testing.made_presences import make_presence, make_segment, same_presence

NOON_US = parse_utc("2026-03-02T12:00:00Z")
MIDNIGHT_US = parse_utc("2026-03-03T00:00:00Z")
EVENT = AuditEvent(Actor("tester", Role.INVESTIGATOR), "presence.index")


def reach(camera_id: str = "CAM01", start_us: int = NOON_US, length_s: float = 300) -> Reach:
    """A gate of one camera."""
    return Reach(camera_id, UtcInterval(start_us, start_us + round(length_s * SECOND_US)))


class PresenceIndexContract:
    """Every index passes these. A subclass gives the fixtures `audit_log` (a FakeAuditLog) and `index` that uses it."""

    def test_what_was_written_is_read(self, index: PresenceIndex) -> None:
        """Every field of a presence comes back exactly."""
        written = [make_presence(start_us=NOON_US, number=n, on_ground=n == 1, frames=1 + n * 4) for n in range(3)]
        index.write_segment(make_segment(start_us=NOON_US), written, audit=EVENT)
        read = {item.presence_id: item for item in index.read_presences([reach()])}
        assert len(read) == 3
        assert all(same_presence(item, read[item.presence_id]) for item in written)

    def test_sampling_is_kept(self, index: PresenceIndex) -> None:
        """Which frames were looked at, and why, comes back exactly; a segment without it says so."""
        looked = np.array([3, 8, 13, 500], np.int64)
        stretches = (Stretch(3, 400, Reason.MOVING), Stretch(400, 900, Reason.STILL))
        key, bare = make_segment("CAM01", NOON_US), make_segment("CAM02", NOON_US)
        index.write_segment(key, [], Sampling(stretches, 300, looked, ((640, 480), (320, 256))), audit=EVENT)
        index.write_segment(bare, [], audit=EVENT)
        kept = index.read_sampling(key)
        assert kept is not None
        assert (kept.stretches, kept.frames, kept.input_sizes) == (stretches, 300, ((640, 480), (320, 256)))
        assert kept.looked.tolist() == [3, 8, 13, 500]
        assert index.read_sampling(bare) is None

    def test_sampling_of_an_unwritten_segment(self, index: PresenceIndex) -> None:
        """There is no sampling of what was not indexed."""
        with pytest.raises(MissingError):
            index.read_sampling(make_segment(start_us=NOON_US))

    def test_spans_tell_what_the_presences_tell(self, index: PresenceIndex) -> None:
        """Spans of a gate are its presences without paths, in the same order."""
        for camera in ("CAM02", "CAM01"):
            people = [make_presence(camera, NOON_US + n * 60 * SECOND_US, number=n, frames=1 + n) for n in range(4)]
            index.write_segment(make_segment(camera, NOON_US), people, audit=EVENT)
        gate = [reach("CAM01", NOON_US, 121), reach("CAM02", NOON_US + 60 * SECOND_US, 1), reach("CAM03")]
        spans, whole = index.read_spans(gate), list(index.read_presences(gate))
        assert len(whole) == 4
        assert spans.ids() == [item.presence_id for item in whole]
        assert [spans.camera_ids[camera] for camera in spans.camera] == [item.camera_id for item in whole]
        assert [spans.interval(row) for row in range(len(spans))] == [item.interval for item in whole]
        assert spans.views.tolist() == [len(item.views) for item in whole]
        assert spans.quality.tolist() == [max(view.quality for view in item.views) for item in whole]

    def test_spans_tell_which_way_people_walk(self, index: PresenceIndex) -> None:
        """Who comes, who goes and who crosses; taking rows and joining cameras keeps it with its row."""
        for camera, ways in (("CAM02", (0.5, -0.5)), ("CAM01", (0.0, -0.5, 0.5))):
            people = [
                make_presence(camera, NOON_US + n * SECOND_US, number=n, frames=60, growth_px=way)
                for n, way in enumerate(ways)
            ]
            index.write_segment(make_segment(camera, NOON_US), people, audit=EVENT)
        spans = index.read_spans([reach("CAM01"), reach("CAM02")])
        assert spans.towards.dtype == np.int8
        assert spans.towards.tolist() == [0, -1, 1, 1, -1]
        assert spans.take(np.array([4, 1, 2])).towards.tolist() == [-1, -1, 1]

    def test_chosen_presences_are_whole(self, index: PresenceIndex) -> None:
        """Rows of a table of spans lead to whole presences, and to these only."""
        for camera in ("CAM02", "CAM01"):
            people = [make_presence(camera, NOON_US, number=n, on_ground=n == 2) for n in range(5)]
            index.write_segment(make_segment(camera, NOON_US), people, audit=EVENT)
        gate = [reach("CAM01"), reach("CAM02")]
        spans, whole = index.read_spans(gate), list(index.read_presences(gate))
        chosen = list(index.read_chosen(spans.take(np.array([7, 2]))))
        assert [item.presence_id for item in chosen] == [whole[2].presence_id, whole[7].presence_id]
        assert same_presence(chosen[0], whole[2])
        assert same_presence(chosen[1], whole[7])
        assert list(index.read_chosen(spans.take(np.array([], np.int64)))) == []

    def test_no_spans_where_nobody_was(self, index: PresenceIndex) -> None:
        """An empty gate, and one that nobody passed, give an empty table."""
        index.write_segment(make_segment(start_us=NOON_US), [], audit=EVENT)
        assert len(index.read_spans([])) == 0
        assert len(index.read_spans([reach()])) == 0

    def test_read_presence_cannot_be_changed(self, index: PresenceIndex) -> None:
        """Arrays that come out of the index are read-only."""
        index.write_segment(make_segment(start_us=NOON_US), [make_presence(start_us=NOON_US)], audit=EVENT)
        (item,) = index.read_presences([reach()])
        with pytest.raises(ValueError, match="read-only"):
            item.xyxy[0, 0] = 1

    def test_unwritten_segment_is_not_there(self, index: PresenceIndex) -> None:
        """A segment is there only after it was written."""
        key = make_segment(start_us=NOON_US)
        assert not index.has_segment(key)
        index.write_segment(key, [], audit=EVENT)
        assert index.has_segment(key)
        assert not index.has_segment(make_segment(start_us=NOON_US, models="made/2"))

    def test_empty_segment_is_recorded(self, index: PresenceIndex) -> None:
        """A segment without anybody is done all the same."""
        key = make_segment(start_us=NOON_US)
        index.write_segment(key, [], audit=EVENT)
        assert index.read_segments() == (key,)
        assert list(index.read_presences([reach()])) == []

    def test_writing_again_changes_nothing(self, index: PresenceIndex, audit_log: FakeAuditLog) -> None:
        """The second writing of a segment is no act and changes nothing."""
        key = make_segment(start_us=NOON_US)
        index.write_segment(key, [make_presence(start_us=NOON_US)], audit=EVENT)
        index.write_segment(key, [], audit=EVENT)
        assert len(list(index.read_presences([reach()]))) == 1
        assert audit_log.acts == ["presence.index"]

    def test_gate_limits_camera_and_time(self, index: PresenceIndex) -> None:
        """Only presences of the reached camera that overlap the reached interval come back, each once."""
        for camera in ("CAM01", "CAM02"):
            people = [make_presence(camera, NOON_US + n * 60 * SECOND_US, number=n) for n in range(4)]
            index.write_segment(make_segment(camera, NOON_US), people, audit=EVENT)
        minute = reach("CAM02", NOON_US + 59 * SECOND_US, 2)
        overlapping = [minute, reach("CAM02", NOON_US + 60 * SECOND_US, 61), reach("CAM03")]
        assert [item.utc_us[0] - NOON_US for item in index.read_presences([minute])] == [60 * SECOND_US]
        found = [
            (item.camera_id, int(item.utc_us[0] - NOON_US) // SECOND_US) for item in index.read_presences(overlapping)
        ]
        assert found == [("CAM02", 60), ("CAM02", 120)]

    def test_presences_come_by_camera_and_time(self, index: PresenceIndex) -> None:
        """Order does not depend on the order of writing."""
        for camera, shift in (("CAM02", 0), ("CAM01", 300), ("CAM01", 0)):
            start_us = NOON_US + shift * SECOND_US
            index.write_segment(make_segment(camera, start_us), [make_presence(camera, start_us)], audit=EVENT)
        everything = [reach("CAM02", length_s=900), reach("CAM01", length_s=900)]
        found = [(item.camera_id, int(item.utc_us[0])) for item in index.read_presences(everything)]
        assert found == sorted(found)
        assert len(found) == 3

    def test_segment_over_midnight_is_reached_from_both_days(self, index: PresenceIndex) -> None:
        """A presence after midnight is found in the segment that began the day before."""
        start_us = MIDNIGHT_US - 100 * SECOND_US
        late = make_presence(start_us=MIDNIGHT_US + 5 * SECOND_US)
        index.write_segment(make_segment(start_us=start_us), [late], audit=EVENT)
        (found,) = index.read_presences([reach(start_us=MIDNIGHT_US)])
        assert found.presence_id == late.presence_id

    def test_last_model_set_counts(self, index: PresenceIndex) -> None:
        """A stretch that was indexed with a second model set is not read twice."""
        first, second = make_presence(start_us=NOON_US, number=1), make_presence(start_us=NOON_US, number=2)
        index.write_segment(make_segment(start_us=NOON_US), [first], audit=EVENT)
        index.write_segment(make_segment(start_us=NOON_US, models="made/2"), [second], audit=EVENT)
        assert [item.presence_id for item in index.read_presences([reach()])] == [second.presence_id]
        assert len(index.read_segments()) == 2

    def test_corrected_clock_moves_a_segment(self, index: PresenceIndex) -> None:
        """A segment that is written again with its interval corrected replaces what was there, also over midnight."""
        before = make_segment(start_us=MIDNIGHT_US + 2 * SECOND_US)
        index.write_segment(before, [make_presence(start_us=MIDNIGHT_US + 3 * SECOND_US)], audit=EVENT)
        moved = UtcInterval(before.interval.start_us - 4 * SECOND_US, before.interval.end_us - 4 * SECOND_US)
        after = replace(before, interval=moved)
        assert not index.has_segment(after)
        index.write_segment(after, [make_presence(start_us=MIDNIGHT_US - SECOND_US)], audit=EVENT)
        assert index.read_segments() == (after,)
        found = index.read_presences([reach(start_us=MIDNIGHT_US - 10 * SECOND_US)])
        assert [int(item.utc_us[0]) for item in found] == [MIDNIGHT_US - SECOND_US]

    def test_erased_day_is_gone_and_stays_gone(self, index: PresenceIndex, audit_log: FakeAuditLog) -> None:
        """Erasing a day takes its segments, leaves other days, is recorded, and lets nothing back in."""
        day, after = make_segment(start_us=NOON_US), make_segment(start_us=MIDNIGHT_US)
        index.write_segment(day, [make_presence(start_us=NOON_US)], audit=EVENT)
        index.write_segment(after, [make_presence(start_us=MIDNIGHT_US)], audit=EVENT)
        erasure = AuditEvent(EVENT.actor, "presence.erase_day")
        assert index.erase_day("2026-03-02", audit=erasure) == 1
        assert list(index.read_presences([reach()])) == []
        assert index.read_segments() == (after,)
        assert audit_log.acts[-1] == "presence.erase_day"
        assert index.has_segment(day)
        with pytest.raises(MissingError, match="destroyed"):
            index.write_segment(day, [], audit=EVENT)

    def test_nothing_happens_when_it_cannot_be_recorded(self, index: PresenceIndex, audit_log: FakeAuditLog) -> None:
        """Without its audit event a segment is neither written nor erased."""
        key = make_segment(start_us=NOON_US)
        audit_log.failing = True
        with pytest.raises(IntegrityError):
            index.write_segment(key, [], audit=EVENT)
        assert not index.has_segment(key)
        audit_log.failing = False
        index.write_segment(key, [], audit=EVENT)
        audit_log.failing = True
        with pytest.raises(IntegrityError):
            index.erase_day("2026-03-02", audit=EVENT)
        assert index.has_segment(key)
