"""Fake of the Catalogue port: cameras and recordings in memory."""

from collections.abc import Iterable

from casetrail.app.json_values import to_json
from casetrail.footage.cameras import Camera
from casetrail.footage.recordings import Recording
from casetrail.footage.streets import StreetGraph
from casetrail.governance.audit import AuditEvent, AuditLog
from casetrail.model.errors import BadInputError
from casetrail.testing.fake_audit_log import FakeAuditLog


class FakeCatalogue:
    """Keeps cameras and recordings in dictionaries, and every change in an audit log."""

    def __init__(self, audit_log: AuditLog | None = None) -> None:
        self.audit_log = FakeAuditLog() if audit_log is None else audit_log
        self._cameras: dict[str, Camera] = {}
        self._recordings: dict[str, Recording] = {}
        self._streets: StreetGraph | None = None

    def add_cameras(self, cameras: Iterable[Camera], *, audit: AuditEvent) -> int:
        """Add or replace cameras by id."""
        changed = {camera.camera_id: camera for camera in cameras if not self._has(camera)}
        if changed:
            self.audit_log.record(audit)
        self._cameras |= changed
        return len(changed)

    def add_recordings(self, recordings: Iterable[Recording], *, audit: AuditEvent) -> int:
        """Add recordings by id, or take over the new path of a known one."""
        changed = {one.recording_id: one for one in recordings if not self._has_at(one)}
        for recording in changed.values():
            if recording.camera_id not in self._cameras:
                raise BadInputError(f"camera {recording.camera_id} is not in the catalogue", todo="import it first")
        if changed:
            self.audit_log.record(audit)
        self._recordings |= changed
        return len(changed)

    def put_streets(self, streets: StreetGraph, *, audit: AuditEvent) -> bool:
        """Keep the walking graph unless it is the same."""
        if self._streets is not None and to_json(self._streets) == to_json(streets):
            return False
        self.audit_log.record(audit)
        self._streets = streets
        return True

    def read_cameras(self) -> tuple[Camera, ...]:
        """Every camera, by id."""
        return tuple(self._cameras[key] for key in sorted(self._cameras))

    def read_recordings(self, camera_id: str | None = None) -> tuple[Recording, ...]:
        """Every recording, by camera and start."""
        wanted = [one for one in self._recordings.values() if camera_id in (None, one.camera_id)]
        return tuple(sorted(wanted, key=lambda one: (one.camera_id, one.start_us, one.recording_id)))

    def read_streets(self) -> StreetGraph | None:
        """The walking graph."""
        return self._streets

    def _has(self, camera: Camera) -> bool:
        known = self._cameras.get(camera.camera_id)
        return known is not None and to_json(known) == to_json(camera)

    def _has_at(self, recording: Recording) -> bool:
        known = self._recordings.get(recording.recording_id)
        return known is not None and known.path == recording.path
