"""What cutting clips, stills and previews needs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from casetrail.app.case_ports import CasePorts
from casetrail.app.case_records import CaseFile, read_case_file
from casetrail.evidence.clip_writer import ClipWriter
from casetrail.evidence.picture_writer import PictureWriter
from casetrail.footage.cameras import Camera
from casetrail.footage.catalogue import Catalogue
from casetrail.footage.decoder import Decoder
from casetrail.footage.recordings import Recording
from casetrail.governance.access import check_scope, check_working
from casetrail.model.errors import MissingError
from casetrail.model.time import UtcInterval
from casetrail.presence.detector import Detector
from casetrail.presence.index import PresenceIndex, Reach
from casetrail.presence.presences import Presence
from casetrail.sightings.describers import FaceDetector

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Finders:
    """What reads frames and finds whom to cover. Without both detectors nothing is redacted, so nothing is shown."""

    decoder: Decoder
    detector: Detector
    faces: FaceDetector


@dataclass(frozen=True)
class EvidencePorts:
    """What clips, stills and previews need."""

    case: CasePorts
    index: PresenceIndex
    catalogue: Catalogue
    finders: Finders
    pictures: PictureWriter
    clips: ClipWriter
    now_us: Callable[[], int]


class Seen(Protocol):
    """A presence by name: a step of a case trace, or a question about one."""

    @property
    def presence_id(self) -> str:
        """Which presence."""

    @property
    def camera_id(self) -> str:
        """Where."""

    @property
    def interval(self) -> UtcInterval:
        """When."""


@dataclass(frozen=True)
class Place:
    """A presence of a case with its camera and recording, and the presences of others at that time."""

    presence: Presence
    others: tuple[Presence, ...]
    camera: Camera
    recording: Recording

    @property
    def everybody(self) -> tuple[Presence, ...]:
        """The presence and the others."""
        return (self.presence, *self.others)

    @property
    def wh(self) -> tuple[int, int]:
        """Size of the recording's frames."""
        return self.recording.media.width, self.recording.media.height


def read_working_case(ports: EvidencePorts, case_id: str) -> CaseFile:
    """The case. Raises RefusedError when nobody may work on it."""
    file = read_case_file(ports.case.store, ports.case.vault, case_id)
    check_working(case_id, file.case.state)
    return file


def find_place(ports: EvidencePorts, file: CaseFile, seen: Seen, around_s: float) -> Place:
    """Where a presence of the case can be looked at, with whoever is there up to `around_s` before and after.

    Raises RefusedError outside the scope of the case, MissingError when presence, camera or recording are gone.
    """
    check_scope(file.case, seen.camera_id, seen.interval)
    found = list(ports.index.read_presences([Reach(seen.camera_id, seen.interval.widened(around_s))]))
    presence = next((each for each in found if each.presence_id == seen.presence_id), None)
    if presence is None:
        raise MissingError("the presence is no longer in the index", where=f"camera {seen.camera_id}")
    cameras = {camera.camera_id: camera for camera in ports.catalogue.read_cameras()}
    recordings = {one.recording_id: one for one in ports.catalogue.read_recordings(seen.camera_id)}
    if seen.camera_id not in cameras or presence.recording_id not in recordings:
        todo = "add it again with `casetrail footage add`"
        raise MissingError("the recording is not in the catalogue", where=f"camera {seen.camera_id}", todo=todo)
    here = [each for each in found if each.recording_id == presence.recording_id and each is not presence]
    return Place(presence, tuple(here), cameras[seen.camera_id], recordings[presence.recording_id])
