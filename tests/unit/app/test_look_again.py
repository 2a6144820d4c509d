"""Looking at an indexed segment again, in the same frames."""

from dataclasses import dataclass, replace
from fractions import Fraction

import pytest

from casetrail.app.index_presence import WorkerPorts
from casetrail.app.look_again import LookedAgain, look_at_segment_again
from casetrail.footage.cameras import Camera, ClockOffset
from casetrail.footage.recordings import Recording, Segment
from casetrail.governance.audit import Actor, AuditEvent, Role
from casetrail.model.errors import MissingError, UsageError
from casetrail.model.time import parse_utc
from casetrail.presence.segment_presences import SegmentFindings, find_presences
from casetrail.testing.drawn_footage import street_scene
from casetrail.testing.fake_audit_log import FakeAuditLog
from casetrail.testing.fake_catalogue import FakeCatalogue
from casetrail.testing.fake_decoder import SIZE_BYTES, FakeDecoder
from casetrail.testing.fake_detector import FakeDetector
from casetrail.testing.fake_presence_index import FakePresenceIndex

START_US = parse_utc("2026-03-02T12:00:00Z")
EVENT = AuditEvent(Actor("tester", Role.ADMINISTRATOR), "test")


@dataclass
class Bench:
    """One recording of six seconds with two people, and what is found in it."""

    catalogue: FakeCatalogue
    ports: WorkerPorts
    findings: SegmentFindings

    def write(self, findings: SegmentFindings) -> None:
        """Index it."""
        self.ports.index.write_segment(findings.key, findings.presences, findings.sampling, audit=EVENT)

    def look(self) -> LookedAgain:
        """Look again."""
        return look_at_segment_again(self.catalogue, self.ports, self.findings.key.segment_id)


@pytest.fixture
def bench() -> Bench:
    """Nothing is indexed yet."""
    decoder, detector = FakeDecoder({"good": street_scene(2, frames=60, rate=Fraction(10))}), FakeDetector()
    catalogue, index = FakeCatalogue(), FakePresenceIndex(FakeAuditLog())
    recording = Recording("CAM01", "good", START_US, decoder.probe("good"), SIZE_BYTES)
    catalogue.add_cameras([Camera("CAM01")], audit=EVENT)
    catalogue.add_recordings([recording], audit=EVENT)
    segment = Segment(recording, ClockOffset(), 0, 60)
    return Bench(catalogue, WorkerPorts(decoder, detector, index), find_presences(segment, decoder, detector))


def test_the_same_people_are_found(bench: Bench) -> None:
    """Looking again at the same frames finds every presence as it is in the index."""
    bench.write(bench.findings)
    seen = bench.look()
    assert seen.all_same
    assert seen.indexed == len(bench.findings.presences) > 0
    assert seen.looked == len(bench.findings.sampling.looked)


def test_what_was_changed_is_noticed(bench: Bench) -> None:
    """A presence whose path was moved by a pixel, or that is not in the recording at all, is told apart."""
    first, *others = bench.findings.presences
    moved = replace(first, xyxy=first.xyxy + 1)
    bench.write(replace(bench.findings, presences=(moved, *others)))
    seen = bench.look()
    assert not seen.all_same
    assert seen.same == seen.indexed - 1


def test_unknown_segment(bench: Bench) -> None:
    """What is not indexed cannot be looked at again."""
    with pytest.raises(MissingError, match="no such segment"):
        bench.look()


def test_other_rules_are_not_compared(bench: Bench) -> None:
    """A segment that an older version indexed would differ for other reasons."""
    key = replace(bench.findings.key, models="another detector@0/presence-1")
    bench.findings = replace(bench.findings, key=key)
    bench.write(bench.findings)
    with pytest.raises(UsageError, match="other rules"):
        bench.look()


def test_decision_that_was_not_stored(bench: Bench) -> None:
    """Without knowing which frames were looked at, there is nothing to repeat."""
    bench.ports.index.write_segment(bench.findings.key, bench.findings.presences, None, audit=EVENT)
    with pytest.raises(MissingError, match="not stored"):
        bench.look()
