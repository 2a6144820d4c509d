"""Where the recordings of a camera leave gaps, overlap, or carry a clock that cannot be right."""

from collections.abc import Sequence
from itertools import pairwise

from casetrail.footage.cameras import ClockOffset
from casetrail.footage.problems import FootageProblem
from casetrail.footage.recordings import Recording
from casetrail.model.time import SECOND_US, UtcInterval

JOINT_S = 1.0  # recorders lose up to a second between one file and the next
COPYING_S = 60.0  # a file may be closed, and its time rounded, before its last frames' clock


def find_coverage_problems(camera_id: str, recordings: Sequence[Recording]) -> tuple[FootageProblem, ...]:
    """Gaps and overlaps of more than a second between the recordings of one camera, by its own clock."""
    problems = []
    spans = sorted((one.interval(ClockOffset()) for one in recordings), key=lambda span: span.start_us)
    reached = spans[0].end_us if spans else 0
    for before, after in pairwise(spans):
        reached = max(reached, before.end_us)
        between_s = (after.start_us - reached) / SECOND_US
        if between_s > JOINT_S:
            gap = UtcInterval(reached, after.start_us)
            problems.append(
                FootageProblem(f"camera {camera_id}", f"no footage for {_long(between_s)}: {gap.describe()}")
            )
        if between_s < -JOINT_S:
            shared = UtcInterval(after.start_us, min(reached, after.end_us))
            what = f"recordings overlap for {_long(shared.duration_s)}: {shared.describe()}"
            todo = "check the starts, or the camera's clock"
            problems.append(FootageProblem(f"camera {camera_id}", what, todo))
    return tuple(problems)


def find_clock_problems(
    recording: Recording, clock: ClockOffset, *, now_us: int, written_us: int | None
) -> tuple[FootageProblem, ...]:
    """Reasons to doubt when a recording was made: it lies in the future, or ends after its file was last written."""
    span, todo = recording.interval(clock), "correct clock_offset_s of the camera"
    slack_us = round((COPYING_S + 3 * clock.sigma_s) * SECOND_US)
    problems = []
    if span.end_us > now_us + slack_us:
        problems.append(FootageProblem(recording.path, f"it reaches into the future: {span.describe()}", todo))
    elif written_us is not None and span.end_us > written_us + slack_us:
        late_s = (span.end_us - written_us) / SECOND_US
        what = f"it ends {_long(late_s)} after its file was last written: the clock may be fast"
        problems.append(FootageProblem(recording.path, what, todo))
    return tuple(problems)


def _long(seconds: float) -> str:
    return (
        f"{seconds:.1f} s"
        if seconds < 120
        else f"{seconds / 60:.1f} min"
        if seconds < 7200
        else f"{seconds / 3600:.1f} h"
    )
