"""Give a camera its ground plane from a calibration file."""

from dataclasses import replace
from pathlib import Path

from casetrail.app.catalogue_ports import CataloguePorts
from casetrail.footage.calibration import CalibrationFormat, read_calibration, shift_plane
from casetrail.footage.cameras import Camera
from casetrail.governance.acts import Act
from casetrail.governance.audit import Actor
from casetrail.model.errors import MissingError, UsageError


def calibrate_camera(
    camera_id: str,
    path: Path,
    ports: CataloguePorts,
    actor: Actor,
    *,
    form: str | None = None,
    corner_px: tuple[float, float] = (0.0, 0.0),
) -> Camera:
    """Read the file, give its plane to the camera and store it; an earlier plane is replaced.

    `corner_px`: where the corner of this camera's picture lies in the picture that was calibrated, for a camera
    that records a window of it. `form`: name of the format, None to recognise it. Presences that were indexed
    earlier keep the metres they were measured with; contacts always use the plane that the camera has now.
    Raises MissingError when the camera or the file is not known, BadInputError when the file is no calibration,
    RefusedError when the act is not permitted.
    """
    event = ports.gate.check(actor, Act.CAMERAS_CALIBRATE, counts={"cameras": 1})
    camera = next((one for one in ports.catalogue.read_cameras() if one.camera_id == camera_id), None)
    if camera is None:
        raise MissingError(f"no camera {camera_id[:64]!r}", todo="see `casetrail cameras list`")
    plane = read_calibration(path, read_format(form))
    if corner_px != (0.0, 0.0):
        plane = shift_plane(plane, *corner_px)
    calibrated = replace(camera, ground=plane)
    ports.catalogue.add_cameras([calibrated], audit=event)
    return calibrated


def read_format(name: str | None) -> CalibrationFormat | None:
    """The calibration format of this name, None for none. Raises UsageError for one that is not read."""
    if name is None:
        return None
    if name not in list(CalibrationFormat):
        raise UsageError(f"no calibration format {name[:30]!r}", todo=f"name one of {', '.join(CalibrationFormat)}")
    return CalibrationFormat(name)
