"""Port: the catalogue of cameras and recordings (rung 0: it describes nobody)."""

from collections.abc import Iterable
from typing import Protocol

from casetrail.footage.cameras import Camera
from casetrail.footage.recordings import Recording
from casetrail.footage.streets import StreetGraph
from casetrail.governance.audit import AuditEvent


class Catalogue(Protocol):
    """Cameras and recordings of an installation. Adding the same thing again changes nothing and records nothing."""

    def add_cameras(self, cameras: Iterable[Camera], *, audit: AuditEvent) -> int:
        """Add or replace cameras by id; returns how many were new or changed. All or none."""

    def add_recordings(self, recordings: Iterable[Recording], *, audit: AuditEvent) -> int:
        """Add recordings by id, or take over the new path of a known one; returns how many were new or moved.

        All or none. Raises BadInputError when a recording's camera is not in the catalogue.
        """

    def put_streets(self, streets: StreetGraph, *, audit: AuditEvent) -> bool:
        """Keep the walking graph instead of the one that was there; says whether it is another one."""

    def read_cameras(self) -> tuple[Camera, ...]:
        """Every camera, by id."""

    def read_recordings(self, camera_id: str | None = None) -> tuple[Recording, ...]:
        """Every recording, by camera and start."""

    def read_streets(self) -> StreetGraph | None:
        """The walking graph; None when none was given."""
