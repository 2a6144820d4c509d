"""Use case: import a list of cameras into the catalogue."""

from dataclasses import dataclass, replace
from pathlib import Path

from casetrail.app.catalogue_ports import CataloguePorts
from casetrail.app.desk_gate import counted
from casetrail.footage.camera_files import CameraListing, read_cameras
from casetrail.footage.cameras import Camera
from casetrail.footage.column_mapping import read_mapping
from casetrail.footage.problems import FootageProblem
from casetrail.governance.acts import Act
from casetrail.governance.audit import Actor
from casetrail.model.errors import BadInputError, RefusedError
from casetrail.model.ground_plane import GroundPlane


@dataclass(frozen=True)
class CamerasAdded:
    """What an import did: cameras listed, those new or changed, and what could not be taken."""

    listed: int
    added: int
    problems: tuple[FootageProblem, ...]
    notes: tuple[str, ...]


def add_cameras(
    path: Path, ports: CataloguePorts, actor: Actor, *, mapping: Path | None = None, strict: bool = False
) -> CamerasAdded:
    """Import every usable camera of a CSV or GeoJSON file; importing it again changes nothing.

    A camera's ground plane comes from its calibration and stays. Raises BadInputError when no camera could be
    taken, or with `strict` when any row could not; RefusedError when every row was refused by law, or the act is.
    """
    event = ports.gate.check(actor, Act.CAMERAS_IMPORT)
    listing = read_cameras(path, None if mapping is None else read_mapping(mapping))
    _check(listing, path, strict=strict)
    planes = {camera.camera_id: camera.ground for camera in ports.catalogue.read_cameras()}
    cameras = [_with_plane(camera, planes.get(camera.camera_id)) for camera in listing.cameras]
    added = ports.catalogue.add_cameras(cameras, audit=counted(event, {"cameras": len(cameras)}))
    return CamerasAdded(len(cameras), added, listing.problems, listing.notes)


def _with_plane(camera: Camera, ground: GroundPlane | None) -> Camera:
    return camera if ground is None else replace(camera, ground=ground)


def _check(listing: CameraListing, path: Path, *, strict: bool) -> None:
    if listing.cameras and not (strict and listing.problems):
        return
    if not listing.problems:
        raise BadInputError("it lists no camera", where=str(path), todo="check the file")
    first, count = listing.problems[0], len(listing.problems)
    what = f"nothing was imported: rows that cannot be taken: {count}, the first is {first.where}: {first.what}"
    kind = RefusedError if listing.refused == count else BadInputError
    raise kind(what, where=str(path), todo=first.todo or "mend the rows")
