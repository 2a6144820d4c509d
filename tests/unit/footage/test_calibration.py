"""Reading calibrations in their own formats, checked against what other people measured with them."""

import json
import tarfile
from pathlib import Path

import numpy as np
import pytest

from casetrail.app.demo_scene import TSAI_XML
from casetrail.footage.calibration import CalibrationFormat, read_calibration, shift_plane
from casetrail.footage.map_points import plane_from_map_points
from casetrail.model.errors import BadInputError, MissingError
from casetrail.model.geometry import LatLon
from casetrail.model.ground_plane import GroundPlane, locate, project
from casetrail.testing.staged_presences import stage_plane

CENTRE = LatLon(37.5, 127.0)


def _places(plane: GroundPlane, pixels: np.ndarray) -> np.ndarray:
    return locate(plane, pixels, np.zeros((len(pixels), 2, 2))).xy_m


def _map_points(plane: GroundPlane, places: np.ndarray, *, sigma_px: float = 0.0, seed: int = 0) -> str:
    seen = project(plane, places) + np.random.default_rng(seed).normal(0, max(sigma_px, 1e-12), places.shape)
    rows = [
        f"{u},{v},{point.lat!r},{point.lon!r}"
        for (u, v), point in zip(seen, (CENTRE.moved(*place) for place in places), strict=True)
    ]
    return "\n".join(["u_px,v_px,lat,lon", *rows])


@pytest.fixture
def tsai(tmp_path: Path) -> Path:
    """The demonstration's Tsai file."""
    path = tmp_path / "View.xml"
    path.write_text(TSAI_XML)
    return path


def test_tsai_feet_agree_with_published_places(tsai: Path) -> None:
    """Pixels of three annotated feet give the places that were published with them, within 0.15 m."""
    pixels = np.array([[514.515, 233.17], [274.4565, 307.702], [654.169, 323.074]])
    published = np.array([[-4.1554, -7.3591], [-11.306, -5.5995], [-9.0323, -12.587]])
    assert np.abs(_places(read_calibration(tsai), pixels) - published).max() < 0.15


@pytest.mark.needs_data
def test_all_pets_feet_agree_with_published_places(shared_data: Path) -> None:
    """Every annotated foot of the PETS clip lies where its authors put it, but for a constant shift of 0.13 m."""
    plane = read_calibration(shared_data / "opencv_vtest" / "View_001.xml")
    rows = np.loadtxt(shared_data / "opencv_vtest/gt/PETS09-S2L1/gt/gt.txt", delimiter=",")
    feet = np.column_stack([rows[:, 2] + rows[:, 4] / 2, rows[:, 3] + rows[:, 5]])
    miss = _places(plane, feet) - rows[:, 7:9]
    assert np.abs(miss.mean(axis=0)).max() < 0.12
    assert miss.std(axis=0).max() < 0.06


@pytest.mark.needs_data
def test_wildtrack_boxes_stand_on_their_grid_places(shared_data: Path, tmp_path: Path) -> None:
    """In each of the seven views, the middle of an annotated box's lower side is within 0.3 m of the person's place."""
    with tarfile.open(shared_data / "wildtrack_gt" / "wildtrack_gt.tar.gz") as archive:
        archive.extractall(tmp_path, filter="data")
    root = tmp_path / "datasets" / "Wild-Track"
    people = json.loads((root / "annotations_positions" / "00001000.json").read_text())
    for number, name in enumerate(["CVLab1", "CVLab2", "CVLab3", "CVLab4", "IDIAP1", "IDIAP2", "IDIAP3"]):
        plane = read_calibration(root / "calibrations" / "extrinsic" / f"extr_{name}.xml")
        assert np.median(_grid_misses(plane, people, number)) < 0.2


def _grid_misses(plane: GroundPlane, people: list[dict], view: int) -> list[float]:
    misses = []
    for person in people:
        box = person["views"][view]
        if box["xmin"] < 1 or box["ymax"] > 1078 or box["xmax"] > 1918:
            continue
        foot = np.array([[(box["xmin"] + box["xmax"]) / 2, box["ymax"]]])
        grid = np.array([-3 + 0.025 * (person["positionID"] % 480), -9 + 0.025 * (person["positionID"] // 480)])
        misses.append(float(np.linalg.norm(_places(plane, foot)[0] - grid)))
    return misses


@pytest.mark.needs_data
@pytest.mark.parametrize("number", range(4))
def test_opencv_json_puts_the_room_in_front_of_its_cameras(shared_data: Path, number: int) -> None:
    """Read as world to camera, the floor in the middle of the picture is inside the room of a few metres."""
    plane = read_calibration(shared_data / "ufes_4cam_lab" / "config_camera" / f"{number}.json")
    floor = _places(plane, np.array([[644.0, 500.0]]))[0]
    assert np.linalg.norm(floor) < 3.0


@pytest.mark.needs_data
def test_towncentre_street_is_metres_wide(shared_data: Path) -> None:
    """Two places across the street of the picture are tens of metres apart at most."""
    plane = read_calibration(shared_data / "towncentre" / "dataset" / "TownCentre-calibration.ci")
    left, right = _places(plane, np.array([[200.0, 900.0], [1700.0, 900.0]]))
    assert 5 < np.linalg.norm(left - right) < 20


def test_own_opencv_json_form_is_read(tmp_path: Path) -> None:
    """K, R, t in metres from world to camera give the plane that the pose gives."""
    down = np.radians(35.0)
    rotation = [[1, 0, 0], [0, -np.sin(down), -np.cos(down)], [0, np.cos(down), -np.sin(down)]]
    shift = (-np.array(rotation) @ [0, 0, 6.0]).tolist()
    record = {"K": [[900, 0, 400], [0, 900, 300], [0, 0, 1]], "distortion": [0, 0, 0, 0, 0], "R": rotation, "t": shift}
    path = tmp_path / "camera.json"
    path.write_text(json.dumps(record))
    assert np.allclose(read_calibration(path).homography, stage_plane().homography)


def test_window_of_a_picture_keeps_its_places(tsai: Path) -> None:
    """A camera that records a window locates its own pixels where the whole picture does, the lens included."""
    whole = read_calibration(tsai)
    pixels = np.array([[514.0, 233.0], [300.0, 310.0]])
    window = shift_plane(whole, 276, 40)
    assert np.allclose(_places(window, pixels - (276, 40)), _places(whole, pixels), atol=1e-9)


def test_window_of_a_picture_keeps_its_uncertainty() -> None:
    """The covariance of a surveyed plane means the same to a camera that records a window of it."""
    corners = np.array([[-4.0, 5], [4, 5], [-4, 15], [4, 15], [0, 9]])
    whole = plane_from_map_points(_map_points(stage_plane(), corners, sigma_px=1.5), "points.csv")
    pixel = np.array([[420.0, 380.0]])
    before = locate(whole, pixel, np.zeros((1, 2, 2))).covariance_m2
    after = locate(shift_plane(whole, 100, 50), pixel - (100, 50), np.zeros((1, 2, 2))).covariance_m2
    assert np.allclose(before, after)


def test_four_map_points_recover_the_plane() -> None:
    """Exact points give distances on the ground to a millimetre."""
    corners = np.array([[-4.0, 5], [4, 5], [-4, 15], [4, 15]])
    plane = plane_from_map_points(_map_points(stage_plane(), corners), "points.csv")
    pixels = project(stage_plane(), np.array([[0.0, 8.0], [3.0, 12.0]]))
    near, far = _places(plane, pixels)
    assert np.linalg.norm(far - near) == pytest.approx(5.0, abs=2e-3)


def test_stated_error_of_map_points_is_honest() -> None:
    """Over many surveys with 2 px of marking error, the stated covariance is that of the places found."""
    points = np.array([[-4.0, 5], [4, 5], [-4, 15], [4, 15], [0, 9], [2, 7], [-3, 11], [3, 13]])
    pixel = project(stage_plane(), np.array([[1.0, 8.0]]))
    found, stated = [], []
    for seed in range(150):
        plane = plane_from_map_points(_map_points(stage_plane(), points, sigma_px=2.0, seed=seed), "points.csv")
        place = locate(plane, pixel, np.zeros((1, 2, 2)))
        found.append(place.xy_m[0])
        stated.append(place.covariance_m2[0])
    ratio = np.trace(np.cov(np.array(found).T)) / np.trace(np.mean(stated, axis=0))
    assert 0.7 < ratio < 1.4


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("u_px,v_px,lat,lon\n1,2,37.5,127\n", "four points"),
        ("u_px,v_px,lat,lon\n" + "\n".join(f"{n},{2 * n},37.{500 + n},127.{n}" for n in range(1, 6)), "one line"),
        ("u_px,v_px,lat\n1,2,37.5\n", "columns"),
        ("u_px,v_px,lat,lon\n1,nan,37.5,127\n", "line 2"),
        ("u_px,v_px,lat,lon\n1,2,95,127\n", "latitude"),
    ],
)
def test_unusable_map_points_are_explained(tmp_path: Path, text: str, complaint: str) -> None:
    """Too few points, points on one line, missing columns and bad numbers each say what is wrong."""
    path = tmp_path / "points.csv"
    path.write_text(text)
    with pytest.raises(BadInputError, match=complaint):
        read_calibration(path)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "<Camera><Intrinsic kappa1='1'/></Camera>",
        "<Camera kappa1",
        '{"K": 3}',
        "{}",
        "<opencv_storage/>",
        "FocalLengthX = a",
        TSAI_XML.replace('tz="35469', 'tz="nan'),
    ],
)
def test_what_is_no_calibration_is_bad_input(tmp_path: Path, text: str) -> None:
    """Anything else than a calibration ends in one line that names the file."""
    path = tmp_path / "camera.txt"
    path.write_text(text)
    with pytest.raises(BadInputError, match=r"camera\.txt"):
        read_calibration(path)


def test_absent_file_and_wrong_format_are_told_apart(tsai: Path, tmp_path: Path) -> None:
    """A file that is not there is missing; one of another format is bad input."""
    with pytest.raises(MissingError):
        read_calibration(tmp_path / "none.xml")
    with pytest.raises(BadInputError):
        read_calibration(tsai, CalibrationFormat.OPENCV_JSON)
