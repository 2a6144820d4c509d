"""Gaps, overlaps and doubtful clocks."""

from fractions import Fraction

from casetrail.footage.cameras import ClockOffset
from casetrail.footage.coverage import find_clock_problems, find_coverage_problems
from casetrail.footage.recordings import MediaFacts, Recording, RecordingKind
from casetrail.model.time import SECOND_US, parse_utc

ZERO_US = parse_utc("2026-03-02T03:00:00+00:00")


def _recording(start_s: float, length_s: int) -> Recording:
    media = MediaFacts(RecordingKind.FILE, "h264", 320, 240, Fraction(1, 10), 0, length_s * 10, length_s * 10)
    return Recording("CAM01", f"/f/{start_s}.mp4", ZERO_US + round(start_s * SECOND_US), media, 1)


def _found(*spans: tuple[float, int]) -> list[str]:
    return [problem.what for problem in find_coverage_problems("CAM01", [_recording(*span) for span in spans])]


def test_no_recordings() -> None:
    """A camera without recordings has no gap."""
    assert _found() == []


def test_joined_recordings() -> None:
    """A second lost between two files is how recorders are."""
    assert _found((0, 60), (60, 60), (120.9, 60), (180, 10)) == []


def test_gap() -> None:
    """A gap is told with its length and both ends, whatever the order of the list."""
    (what,) = _found((90, 60), (0, 60))
    assert what == "no footage for 30.0 s: 2026-03-02T03:01:00.000Z to 2026-03-02T03:01:30.000Z"


def test_overlap() -> None:
    """An overlap is told with what is shared."""
    (what,) = _found((0, 60), (50, 60))
    assert what == "recordings overlap for 10.0 s: 2026-03-02T03:00:50.000Z to 2026-03-02T03:01:00.000Z"


def test_recording_inside_another() -> None:
    """A short recording inside a long one hides no gap and makes none."""
    found = _found((0, 600), (100, 10), (605, 10))
    assert [what.split(":")[0] for what in found] == ["recordings overlap for 10.0 s", "no footage for 5.0 s"]


def test_clock_in_order() -> None:
    """A file written when its recording ended raises no doubt."""
    end_us = ZERO_US + 60 * SECOND_US
    assert find_clock_problems(_recording(0, 60), ClockOffset(), now_us=end_us, written_us=end_us) == ()


def test_future() -> None:
    """A recording that reaches into the future is doubtful."""
    (problem,) = find_clock_problems(_recording(0, 600), ClockOffset(), now_us=ZERO_US, written_us=None)
    assert "future" in problem.what


def test_fast_clock() -> None:
    """A recording that ends after its file was written is doubtful, unless the offset explains it."""
    recording, now_us = _recording(3600, 60), ZERO_US + 10**12
    (problem,) = find_clock_problems(recording, ClockOffset(), now_us=now_us, written_us=ZERO_US + 60 * SECOND_US)
    assert "60.0 min after its file was last written" in problem.what
    explained = ClockOffset(offset_s=3600.0)
    assert find_clock_problems(recording, explained, now_us=now_us, written_us=ZERO_US + 60 * SECOND_US) == ()
