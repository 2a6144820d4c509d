"""Use case: what is wrong with the footage of an installation, before anybody relies on it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from casetrail.app.add_footage import FootagePorts, Progress, unseen
from casetrail.footage.cameras import ClockOffset
from casetrail.footage.coverage import find_clock_problems, find_coverage_problems
from casetrail.footage.decoder import Decoder
from casetrail.footage.files import hash_recording, written_us
from casetrail.footage.problems import FootageProblem, problem_of
from casetrail.footage.recordings import Recording
from casetrail.model.errors import BadInputError, CasetrailError


@dataclass(frozen=True)
class FootageCheck:
    """How much was looked at, and everything that was found."""

    cameras: int
    recordings: int
    problems: tuple[FootageProblem, ...]


def check_footage(
    ports: FootagePorts, now_us: int, *, thorough: bool = False, on_file: Progress = unseen
) -> FootageCheck:
    """Gaps, overlaps, doubtful clocks, and files that vanished, changed or cannot be read.

    Each file is looked at and its first keyframe decoded; `thorough` counts all of it again, decodes every keyframe
    and compares its sha256 where one is known.
    """
    clocks = {camera.camera_id: camera.clock for camera in ports.catalogue.read_cameras()}
    recordings = ports.catalogue.read_recordings()
    problems: list[FootageProblem] = []
    for done, recording in enumerate(recordings, start=1):
        problems += _recording_problems(recording, clocks[recording.camera_id], ports.decoder, now_us, thorough)
        on_file(done, len(recordings))
    for camera_id in clocks:
        mine = [recording for recording in recordings if recording.camera_id == camera_id]
        problems += find_coverage_problems(camera_id, mine)
        problems += [] if mine else [FootageProblem(f"camera {camera_id}", "it has no recordings")]
    return FootageCheck(len(clocks), len(recordings), tuple(problems))


def _recording_problems(
    recording: Recording, clock: ClockOffset, decoder: Decoder, now_us: int, thorough: bool
) -> Iterator[FootageProblem]:
    yield from (FootageProblem(recording.path, doubt) for doubt in recording.media.doubts)
    try:
        (_check_all if thorough else _check_first)(recording, decoder)
    except CasetrailError as error:
        yield problem_of(error, where=recording.path)
    yield from find_clock_problems(recording, clock, now_us=now_us, written_us=_written_us(recording))


def _written_us(recording: Recording) -> int | None:
    """When its file was last written, or None when that cannot be seen: why not is a problem already."""
    try:
        return written_us(Path(recording.path))
    except CasetrailError:
        return None


def _check_first(recording: Recording, decoder: Decoder) -> None:
    if next(iter(decoder.read_frames(recording, keyframes_only=True)), None) is None:
        raise BadInputError("no frame of it can be decoded", todo="copy the file again from its source")


def _check_all(recording: Recording, decoder: Decoder) -> None:
    _check_first(recording, decoder)
    facts = replace(decoder.probe(recording.path), doubts=recording.media.doubts)
    if facts != recording.media:
        raise BadInputError("it holds other frames than when it was added", todo="copy it again from its source")
    _check_keyframes(recording, decoder)
    if recording.sha256 and hash_recording(Path(recording.path)) != recording.sha256:
        raise BadInputError("its sha256 changed since it was added", todo="copy it again from its source")


def _check_keyframes(recording: Recording, decoder: Decoder) -> None:
    """One picture of each group: where it cannot be decoded, neither can those that follow it."""
    there = sum(packet.keyframe for packet in decoder.read_packets(recording))
    whole = sum(1 for _ in decoder.scan(recording, keyframes_only=True))
    if whole < there:
        what = f"parts of it are damaged: {there - whole} of {there} keyframes cannot be decoded"
        raise BadInputError(what, todo="copy it again from its source")
