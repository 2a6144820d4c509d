"""Reading calibrations: PETS Tsai XML, OpenCV JSON, WILDTRACK XML, TownCentre and surveyed map points.

Whatever the format, the result is one `GroundPlane`: a homography to metres, a lens and what is not known.
"""

import csv
import json
from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path
from xml.etree import ElementTree

import numpy as np

from casetrail.footage.map_points import plane_from_map_points
from casetrail.model.arrays import Doubles
from casetrail.model.errors import BadInputError, MissingError
from casetrail.model.ground_plane import GroundPlane
from casetrail.model.lens import Lens, LensModel, shift_lens

MOST_BYTES = 1_000_000
_NO_CALIBRATION = (
    *(KeyError, IndexError, TypeError, ValueError, OverflowError, RecursionError),
    *(csv.Error, ElementTree.ParseError, np.linalg.LinAlgError),
)
SIGMA_PX = 1.0  # what a published calibration is taken to be off by, at the image


class CalibrationFormat(StrEnum):
    """The formats that are read."""

    TSAI_XML = "tsai-xml"
    OPENCV_JSON = "opencv-json"
    WILDTRACK_XML = "wildtrack-xml"
    TOWNCENTRE = "towncentre"
    MAP_POINTS = "map-points"


def read_calibration(path: Path, form: CalibrationFormat | None = None) -> GroundPlane:
    """The ground plane in a calibration file; the format is recognised when it is not named.

    WILDTRACK keeps a camera in two files: name the extrinsic one (`extr_NAME.xml`); `intr_NAME.xml` is looked
    for beside it and in `../intrinsic_zero`. Raises MissingError when a file is not there, BadInputError when
    it is not a calibration of a camera that looks at the ground.
    """
    text = _read_text(path)
    form = form or _recognised(path, text)
    try:
        with np.errstate(all="ignore"):  # what overflows is not finite, and is turned down as that
            return _READERS[form](path, text)
    except _NO_CALIBRATION:
        raise BadInputError(
            f"not a calibration in the form {form}",
            where=str(path),
            todo=f"name the right one of {', '.join(CalibrationFormat)}",
        ) from None


def plane_from_pose(intrinsics: Doubles, pose: Doubles, lens: Lens, source: str) -> GroundPlane:
    """The plane z = 0 seen by a camera: `intrinsics` `(3, 3)`, `pose` `(3, 4)` world metres to camera.

    Raises BadInputError when the camera stands on the plane or does not look at it.
    """
    to_image: Doubles = intrinsics @ pose[:, [0, 1, 3]]
    if not np.isfinite(to_image).all():
        raise BadInputError("its numbers are not finite", where=source, todo="export the calibration again")
    if abs(_height_m(pose)) < 0.05:
        raise BadInputError("this camera stands on the ground that it should look at", where=source)
    to_ground: Doubles = np.asarray(np.linalg.inv(to_image), dtype=np.float64)
    return GroundPlane(unit_scaled(to_ground), lens, sigma_px=SIGMA_PX, source=source)


def shift_plane(plane: GroundPlane, x0_px: float, y0_px: float) -> GroundPlane:
    """The plane of a camera whose picture is a window of a calibrated one, with its corner at `(x0, y0)`."""
    shift = np.array([[1, 0, x0_px], [0, 1, y0_px], [0, 0, 1.0]])
    moved = plane.homography @ shift
    scale = abs(moved[2, 2]) if abs(moved[2, 2]) > 1e-12 else 1.0
    # The scale depends on the last row as well; homogeneous entries carry that as they are: only ratios count.
    by_entry = np.kron(np.eye(3), shift.T) / scale
    return GroundPlane(
        moved / scale,
        shift_lens(plane.lens, x0_px, y0_px),
        by_entry @ plane.covariance @ by_entry.T,
        plane.sigma_px,
        plane.source,
    )


def unit_scaled(homography: Doubles) -> Doubles:
    """The homography with its last entry 1 or -1; its sign, which tells ground from sky, is kept."""
    scaled: Doubles = homography / (abs(homography[2, 2]) or 1.0)
    return scaled


def _read_text(path: Path) -> str:
    if not path.is_file():
        raise MissingError("no such calibration file", where=str(path), todo="check the path")
    if path.stat().st_size > MOST_BYTES:
        raise BadInputError("too large for a calibration", where=str(path), todo="name a file below 1 MB")
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise BadInputError("not text", where=str(path), todo="name a calibration file") from None


def _recognised(path: Path, text: str) -> CalibrationFormat:
    if "<Camera" in text and "kappa1" in text:
        return CalibrationFormat.TSAI_XML
    if "<opencv_storage" in text:
        return CalibrationFormat.WILDTRACK_XML
    if text.lstrip().startswith("{"):
        return CalibrationFormat.OPENCV_JSON
    if "FocalLengthX" in text:
        return CalibrationFormat.TOWNCENTRE
    if text.lstrip().startswith("u_px"):
        return CalibrationFormat.MAP_POINTS
    raise BadInputError(
        "this calibration's format is not recognised",
        where=str(path),
        todo=f"name it: one of {', '.join(CalibrationFormat)}",
    )


def _tsai_xml(path: Path, text: str) -> GroundPlane:
    """PETS 2009: lengths in millimetres, angles in radians applied about x, then y, then z (Tsai 1987)."""
    root = ElementTree.fromstring(text)
    numbers = {
        name: float(value)
        for tag in ("Geometry", "Intrinsic", "Extrinsic")
        for name, value in _found(root, tag).attrib.items()
    }
    dpx, dpy, focal, sx = (numbers[name] for name in ("dpx", "dpy", "focal", "sx"))
    cx, cy = numbers["cx"], numbers["cy"]
    intrinsics = np.array([[focal * sx / dpx, 0, cx], [0, focal / dpy, cy], [0, 0, 1]])
    rotation = _about_z(numbers["rz"]) @ _about_y(numbers["ry"]) @ _about_x(numbers["rx"])
    shift = np.array([numbers["tx"], numbers["ty"], numbers["tz"]]) / 1000
    lens = Lens(LensModel.TSAI, (cx, cy, dpx, dpy, sx, numbers["kappa1"]))
    return plane_from_pose(intrinsics, np.column_stack([rotation, shift]), lens, f"{path.name} (Tsai)")


def _opencv_json(path: Path, text: str) -> GroundPlane:
    """`K`, `distortion`, `R`, `t` (metres, world to camera), or the layout with `intrinsic` and `extrinsic` doubles."""
    record = json.loads(text)
    if "K" in record:
        pose = np.column_stack([np.array(record["R"], dtype=float).reshape(3, 3), np.array(record["t"], dtype=float)])
        return _opencv_plane(np.array(record["K"], dtype=float), record.get("distortion", []), pose, path.name)
    intrinsics = np.array(record["intrinsic"]["doubles"], dtype=float)
    pose = np.array(record["extrinsic"][0]["tf"]["doubles"], dtype=float).reshape(4, 4)[:3]
    return _opencv_plane(intrinsics, record["distortion"]["doubles"], pose, path.name)


def _wildtrack_xml(path: Path, text: str) -> GroundPlane:
    """A rotation vector and a translation in centimetres; the camera matrix in a file of its own."""
    outer = ElementTree.fromstring(text)
    shift = _numbers(_found(outer, "tvec")) / 100
    pose = np.column_stack([_about(_numbers(_found(outer, "rvec"))), shift])
    inner = ElementTree.fromstring(_read_text(_intrinsics_beside(path)))
    intrinsics = _numbers(_found(_found(inner, "camera_matrix"), "data"))
    terms = _numbers(_found(_found(inner, "distortion_coefficients"), "data"))
    return _opencv_plane(intrinsics, terms, pose, path.name)


def _towncentre(path: Path, text: str) -> GroundPlane:
    """Lines `name = value`: metres, a unit quaternion from world to camera."""
    pairs = (line.split("=", 1) for line in text.splitlines() if "=" in line)
    read = {name.strip(): float(value) for name, value in pairs}
    intrinsics = np.array(
        [
            [read["FocalLengthX"], read["Skew"], read["PrincipalPointX"]],
            [0, read["FocalLengthY"], read["PrincipalPointY"]],
            [0, 0, 1],
        ]
    )
    rotation = _from_quaternion(np.array([read[f"Rotation{axis}"] for axis in "WXYZ"]))
    shift = [read[f"Translation{axis}"] for axis in "XYZ"]
    terms = [read[f"Distortion{name}"] for name in ("K1", "K2", "P1", "P2")]
    return _opencv_plane(intrinsics, terms, np.column_stack([rotation, shift]), path.name)


def _map_points(path: Path, text: str) -> GroundPlane:
    return plane_from_map_points(text, path.name)


_READERS: dict[CalibrationFormat, Callable[[Path, str], GroundPlane]] = {
    CalibrationFormat.TSAI_XML: _tsai_xml,
    CalibrationFormat.OPENCV_JSON: _opencv_json,
    CalibrationFormat.WILDTRACK_XML: _wildtrack_xml,
    CalibrationFormat.TOWNCENTRE: _towncentre,
    CalibrationFormat.MAP_POINTS: _map_points,
}


def _opencv_plane(intrinsics: Doubles, terms: Sequence[float] | Doubles, pose: Doubles, name: str) -> GroundPlane:
    matrix = intrinsics.reshape(3, 3)
    five = np.concatenate([np.asarray(terms, dtype=float).ravel(), np.zeros(5)])[:5]
    camera = (matrix[0, 0], matrix[1, 1], matrix[0, 2], matrix[1, 2])
    lens = Lens(LensModel.OPENCV, tuple(map(float, (*camera, *five)))) if five.any() else Lens()
    return plane_from_pose(matrix, pose, lens, f"{name} (OpenCV)")


def _height_m(pose: Doubles) -> float:
    """Height of the camera's centre above z = 0, with the sign of the world's own axis."""
    return float((-pose[:, :3].T @ pose[:, 3])[2])


def _intrinsics_beside(path: Path) -> Path:
    name = path.name.replace("extr_", "intr_")
    places = (path.with_name(name), path.parent.parent / "intrinsic_zero" / name)
    found = next((place for place in places if place.is_file() and place != path), None)
    if found is None:
        raise MissingError(f"no {name} beside the extrinsic file", where=str(path), todo="put it in the same folder")
    return found


def _found(element: ElementTree.Element, tag: str) -> ElementTree.Element:
    found = element.find(tag)
    if found is None:
        raise KeyError(tag)
    return found


def _numbers(element: ElementTree.Element) -> Doubles:
    return np.array([float(word) for word in "".join(element.itertext()).split()])


def _about_x(angle: float) -> Doubles:
    return _about(np.array([angle, 0, 0]))


def _about_y(angle: float) -> Doubles:
    return _about(np.array([0, angle, 0]))


def _about_z(angle: float) -> Doubles:
    return _about(np.array([0, 0, angle]))


def _about(vector: Doubles) -> Doubles:
    """Rotation about a vector by its length in radians (Rodrigues)."""
    angle = float(np.linalg.norm(vector))
    x, y, z = vector / (angle or 1.0)
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    rotation: Doubles = np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross
    return rotation


def _from_quaternion(wxyz: Doubles) -> Doubles:
    w, xyz = wxyz[0], wxyz[1:]
    length = float(np.linalg.norm(xyz))
    angle = 2 * np.arctan2(length, w)
    return _about(xyz / (length or 1.0) * angle)
