"""Give a camera its ground plane from a calibration file."""

from dataclasses import replace
from pathlib import Path

from casetrail.footage.calibration import CalibrationFormat, read_calibration, shift_plane
from casetrail.footage.cameras import Camera
from casetrail.footage.catalogue import Catalogue
from casetrail.governance.audit import Actor, AuditEvent
from casetrail.model.errors import MissingError


def calibrate_camera(
    camera_id: str,
    path: Path,
    catalogue: Catalogue,
    actor: Actor,
    *,
    form: CalibrationFormat | None = None,
    corner_px: tuple[float, float] = (0.0, 0.0),
) -> Camera:
    """Read the file, give its plane to the camera and store it; an earlier plane is replaced.

    `corner_px`: where the corner of this camera's picture lies in the picture that was calibrated, for a camera
    that records a window of it. Presences that were indexed earlier keep what they were measured with until they
    are indexed again; contacts always use the plane that the camera has now. Raises MissingError when the camera
    or the file is not known, BadInputError when the file is no calibration.
    """
    camera = next((one for one in catalogue.read_cameras() if one.camera_id == camera_id), None)
    if camera is None:
        raise MissingError(f"no camera {camera_id[:64]!r}", todo="see `casetrail cameras list`")
    plane = read_calibration(path, form)
    if corner_px != (0.0, 0.0):
        plane = shift_plane(plane, *corner_px)
    calibrated = replace(camera, ground=plane)
    catalogue.add_cameras([calibrated], audit=AuditEvent(actor, "cameras.calibrate", counts={"cameras": 1}))
    return calibrated
