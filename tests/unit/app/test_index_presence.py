"""Indexing plans what is missing, does it once, and says what it could not do."""

import pickle
from dataclasses import dataclass, replace
from fractions import Fraction

import pytest

from casetrail.app.desk_gate import InstallationGate
from casetrail.app.index_presence import IndexPorts, IndexSummary, IndexWork, WorkerPorts, index_presence
from casetrail.app.settings import Settings
from casetrail.footage.cameras import Camera, ClockOffset
from casetrail.footage.recordings import Recording
from casetrail.governance.audit import Actor, AuditEvent, Role
from casetrail.model.errors import RefusedError, UsageError
from casetrail.model.time import SECOND_US, UtcInterval, parse_utc
from casetrail.presence.index import Reach
from casetrail.testing.drawn_footage import Scene, street_scene
from casetrail.testing.fake_audit_log import FakeAuditLog
from casetrail.testing.fake_catalogue import FakeCatalogue
from casetrail.testing.fake_decoder import SIZE_BYTES, FakeDecoder
from casetrail.testing.fake_detector import STAMP, FakeDetector
from casetrail.testing.fake_engine import FakeEngine
from casetrail.testing.fake_gate import FakeGate
from casetrail.testing.fake_policy import FakePolicy
from casetrail.testing.fake_presence_index import FakePresenceIndex

START_US = parse_utc("2026-03-02T12:00:00Z")
ACTOR = Actor("tester", Role.ADMINISTRATOR)
EVENT = AuditEvent(ACTOR, "test")


@dataclass
class Bench:
    """Everything that a run touches."""

    ports: IndexPorts
    catalogue: FakeCatalogue
    index: FakePresenceIndex
    decoder: FakeDecoder
    detector: FakeDetector
    log: FakeAuditLog

    def run(self, **options: float) -> IndexSummary:
        """Index with units of 2 s unless told otherwise."""
        return index_presence(self.ports, ACTOR, **{"segment_s": 2.0, **options})

    def reach(self, camera_id: str) -> int:
        """How many presences a camera has."""
        hour = UtcInterval(START_US, START_US).widened(3600)
        return len(list(self.index.read_presences([Reach(camera_id, hour)])))


@pytest.fixture
def bench() -> Bench:
    """Two cameras: one with 6 s of two people, one whose recording cannot be decoded."""
    scenes = {"good": street_scene(2, frames=60, rate=Fraction(10)), "bad": Scene(frames=30)}
    facts = FakeDecoder(scenes)
    decoder, detector, log = FakeDecoder(scenes, broken=["bad"]), FakeDetector(), FakeAuditLog()
    catalogue, index = FakeCatalogue(), FakePresenceIndex(log)
    catalogue.add_cameras([Camera("CAM01"), Camera("CAM02")], audit=EVENT)
    recordings = [
        Recording(camera, path, START_US, facts.probe(path), SIZE_BYTES)
        for camera, path in (("CAM01", "good"), ("CAM02", "bad"))
    ]
    catalogue.add_recordings(recordings, audit=EVENT)
    work = IndexWork(lambda _: WorkerPorts(decoder, detector, index), Settings())
    ports = IndexPorts(catalogue, index, FakeEngine(), STAMP, work, FakeGate(log))
    return Bench(ports, catalogue, index, decoder, detector, log)


def test_everything_is_indexed_and_counted(bench: Bench) -> None:
    """Good units are done, bad ones are named with the reason; frames and presences are counted."""
    done = bench.run()
    assert (done.segments_done, done.segments_skipped, done.segments_failed) == (3, 0, 2)
    assert (done.frames, done.frames_analysed) == (60, 27)
    assert done.presences == bench.reach("CAM01") == 6
    assert {one.what for one in done.failures} == {"bad: no frame of it can be decoded"}
    assert all(one.where.startswith("CAM02, 2026-03-02T12:00:0") for one in done.failures)
    assert STAMP.name in done.models


def test_second_run_looks_at_nothing_again(bench: Bench) -> None:
    """Units that are done are skipped without decoding; only the failed ones are tried again."""
    bench.run()
    before = bench.detector.looked_at
    again = bench.run()
    assert (again.segments_done, again.segments_skipped, again.segments_failed) == (0, 3, 2)
    assert bench.detector.looked_at == before
    assert bench.reach("CAM01") == 6


def test_every_write_is_recorded_with_its_extent(bench: Bench) -> None:
    """The audit log says who indexed how much."""
    bench.run()
    events = [recorded.event for recorded in bench.log.recorded if recorded.event.act == "presence.index"]
    assert [event.actor for event in events] == [ACTOR] * 3
    assert all(event.counts["presences"] == 2 for event in events)
    assert sum(event.counts["frames"] for event in events) == 27


def test_progress_reaches_the_total(bench: Bench) -> None:
    """Progress starts at nothing and ends with every unit, done or failed."""
    heard: list[tuple[int, int]] = []
    index_presence(
        bench.ports,
        ACTOR,
        segment_s=2.0,
        on_progress=lambda so_far, of: heard.append((so_far.segments_done + so_far.segments_failed, of)),
    )
    assert heard == [(done, 5) for done in range(6)]


def test_other_length_is_refused(bench: Bench) -> None:
    """Indexing the same stretch in units of another length would show everybody twice, so it is refused."""
    bench.run()
    with pytest.raises(UsageError, match="another length"):
        bench.run(segment_s=3.0)
    assert bench.reach("CAM01") == 6


def test_nonsense_length_is_refused(bench: Bench) -> None:
    """A unit of no length is a wrong call."""
    with pytest.raises(UsageError):
        bench.run(segment_s=0.0)


def test_corrected_clock_moves_presences(bench: Bench) -> None:
    """After a camera's clock was corrected its presences are there once, at the corrected time."""
    bench.run()
    bench.catalogue.add_cameras([Camera("CAM01", clock=ClockOffset(1.0))], audit=EVENT)
    assert bench.run().segments_done == 3
    assert bench.reach("CAM01") == 6
    early = Reach("CAM01", UtcInterval(START_US - SECOND_US, START_US))
    assert len(list(bench.index.read_presences([early]))) == 2


def test_erased_day_is_not_indexed_again(bench: Bench) -> None:
    """What was forgotten at its retention limit stays forgotten though the recording is still there."""
    bench.run()
    bench.index.erase_day("2026-03-02", audit=EVENT)
    again = bench.run()
    assert (again.segments_done, again.segments_skipped) == (0, 5)
    assert bench.reach("CAM01") == 0


def test_the_gate_is_asked_once_and_before_anything(bench: Bench) -> None:
    """Workers write under the event of the one act that was permitted; what the policy forbids indexes nothing."""
    policy = FakePolicy(lambda _actor, act, _context: act == "presence.index")
    bench.ports = replace(bench.ports, gate=InstallationGate(bench.log, policy, lambda: START_US))
    bench.run()
    assert policy.asked == [("presence.index", None)]
    events = [each.event for each in bench.log.recorded if each.event.act == "presence.index"]
    assert {event.policy for event in events} == {policy.text_hash}
    closed = InstallationGate(bench.log, FakePolicy(lambda *_: False), lambda: START_US)
    bench.ports = replace(bench.ports, gate=closed)
    with pytest.raises(RefusedError, match="policy"):
        bench.run()


def test_work_travels_without_its_ports() -> None:
    """The work function is pickled as settings and a factory's name; what it opened stays behind."""
    work = IndexWork(open_nothing, Settings(workers=3))
    assert work.ports is work.ports
    travelled = pickle.loads(pickle.dumps(work))
    assert travelled == work
    assert "ports" not in vars(travelled)


def open_nothing(settings: Settings) -> WorkerPorts:
    """A factory that pickle finds by name."""
    return WorkerPorts(FakeDecoder({}), FakeDetector(), FakePresenceIndex())
