"""Lists of cameras: every bad row is named, none stops the rest."""

import json
from pathlib import Path

import pytest

from casetrail.footage.camera_files import CameraListing, read_cameras
from casetrail.footage.camera_rows import COLUMNS
from casetrail.footage.cameras import ClockOffset
from casetrail.footage.column_mapping import read_mapping
from casetrail.model.errors import BadInputError, MissingError
from casetrail.model.geometry import LatLon

HEADER = ",".join(COLUMNS)
GOOD = "CAM01,Station,37.5,127.0,-350,70,4.5,true,fixed_cctv,city,traffic,14,-2.5,0.2"
KOREAN = "관리기관명,소재지도로명주소,설치목적구분,카메라대수,촬영방면정보,보관일수,WGS84위도,WGS84경도,설치연월"


def _read(tmp_path: Path, *rows: str, header: str = HEADER, encoding: str = "utf-8") -> CameraListing:
    path = tmp_path / "cameras.csv"
    path.write_bytes("\n".join([header, *rows]).encode(encoding))
    return read_cameras(path)


def _with(**cells: str) -> str:
    row = dict(zip(COLUMNS, GOOD.split(","), strict=True)) | cells
    return ",".join(row.values())


def test_every_column_is_read(tmp_path: Path) -> None:
    """Each named column reaches its field."""
    (camera,) = _read(tmp_path, GOOD).cameras
    assert (camera.camera_id, camera.name, camera.place) == ("CAM01", "Station", LatLon(37.5, 127.0))
    assert (camera.heading_deg, camera.hfov_deg, camera.height_m, camera.indoor) == (10.0, 70.0, 4.5, True)
    assert (camera.operator, camera.purpose, camera.retention_days) == ("city", "traffic", 14)
    assert camera.clock == ClockOffset(-2.5, 0.2)


def test_bare_row(tmp_path: Path) -> None:
    """Only an id and the declared source are needed; the place may be unknown."""
    (camera,) = _read(tmp_path, "CAM01,fixed_cctv", header="camera_id,source_type").cameras
    assert (camera.place, camera.retention_days, camera.clock) == (None, 30, ClockOffset())


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"lat": "nan"}, "lat"),
        ({"lat": "91"}, "lat"),
        ({"lon": "1e400"}, "lon"),
        ({"lat": ""}, "only one"),
        ({"lat": "0", "lon": "0"}, "both 0"),
        ({"heading_deg": "north"}, "heading_deg"),
        ({"hfov_deg": "0"}, "hfov_deg"),
        ({"hfov_deg": "361"}, "hfov_deg"),
        ({"height_m": "-1"}, "height_m"),
        ({"height_m": "9000"}, "height_m"),
        ({"indoor": "maybe"}, "indoor"),
        ({"retention_days": "0"}, "retention_days"),
        ({"retention_days": "1.5"}, "whole"),
        ({"clock_offset_s": "inf"}, "clock_offset_s"),
        ({"clock_sigma_s": "-1"}, "clock_sigma_s"),
        ({"camera_id": ""}, "camera id"),
        ({"camera_id": "../etc"}, "camera id"),
        ({"camera_id": "OK"}, "there already"),
        ({"source_type": "drone"}, "fixed_cctv"),
        ({"source_type": ""}, "fixed_cctv"),
    ],
)
def test_bad_row_is_listed(tmp_path: Path, cells: dict[str, str], reason: str) -> None:
    """A bad cell costs its own row, with the line and the reason, and nothing else."""
    listing = _read(tmp_path, _with(camera_id="OK"), _with(**({"camera_id": "BAD"} | cells)), _with(camera_id="OK2"))
    assert [camera.camera_id for camera in listing.cameras] == ["OK", "OK2"]
    (problem,) = listing.problems
    assert problem.where == "cameras.csv line 3"
    assert reason in problem.what


def test_refused_rows_are_counted(tmp_path: Path) -> None:
    """Rows refused by law are told from rows that are merely wrong."""
    listing = _read(tmp_path, _with(camera_id="A", source_type="bodycam"), _with(camera_id="B", lat="x"))
    assert (listing.refused, len(listing.problems)) == (1, 2)


def test_unknown_columns_are_noted(tmp_path: Path) -> None:
    """A column that means nothing to us is named, not dropped in silence."""
    listing = _read(tmp_path, GOOD + ",red", header=HEADER + ",colour")
    assert listing.notes == ("columns not used: colour",)
    assert len(listing.cameras) == 1


def test_too_many_cells(tmp_path: Path) -> None:
    """A row that is longer than the header is listed."""
    listing = _read(tmp_path, GOOD + ",1,2", _with(camera_id="B"))
    assert [problem.where for problem in listing.problems] == ["cameras.csv line 2"]
    assert len(listing.cameras) == 1


@pytest.mark.parametrize("content", [b"", b"a,a\n1,2\n", b"name,lat\nx,1\n", b"\xff\xfe\x00\x01\x81\n"])
def test_no_list_at_all(tmp_path: Path, content: bytes) -> None:
    """A file that is no list of cameras is refused as a whole."""
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    with pytest.raises(BadInputError, match=r"x\.csv"):
        read_cameras(path)


def test_missing_list(tmp_path: Path) -> None:
    """A file that is not there is missing."""
    with pytest.raises(MissingError):
        read_cameras(tmp_path / "none.csv")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949"])
def test_korean_open_data(tmp_path: Path, encoding: str) -> None:
    """The public data portal's table is recognised in each encoding; one row may stand for several cameras."""
    rows = [
        "서울시,세종대로 1,교통단속,1,북동쪽,30일,37.5,127.0,2020-01",
        "서울시,세종대로 2,방범,3,360도,30,37.6,127.1,2020",
    ]
    listing = _read(tmp_path, *rows, header=KOREAN, encoding=encoding)
    assert listing.problems == ()
    one, *three = listing.cameras
    assert (one.operator, one.name, one.purpose) == ("서울시", "세종대로 1", "교통단속")
    assert (one.heading_deg, one.retention_days, one.place) == (45.0, 30, LatLon(37.5, 127.0))
    assert {(camera.place, camera.heading_deg) for camera in three} == {(LatLon(37.6, 127.1), None)}
    assert len({camera.camera_id for camera in listing.cameras}) == 4
    assert listing.notes == ("columns not used: 설치연월",)


def test_korean_ids_follow_from_content(tmp_path: Path) -> None:
    """Derived ids do not depend on the place in the table, so that importing a longer table changes nothing."""
    rows = ["서울시,세종대로 1,교통,1,,30,37.5,127.0,", "서울시,세종대로 2,교통,1,,30,37.6,127.0,"]
    forward = {camera.camera_id for camera in _read(tmp_path, *rows, header=KOREAN).cameras}
    backward = {camera.camera_id for camera in _read(tmp_path, *rows[::-1], header=KOREAN).cameras}
    assert forward == backward


@pytest.mark.parametrize("count", ["0", "-1", "many", "501"])
def test_korean_camera_count(tmp_path: Path, count: str) -> None:
    """A number of cameras that cannot be is listed."""
    listing = _read(tmp_path, f"서울시,세종대로 1,교통,{count},,30,37.5,127.0,", header=KOREAN)
    assert ("number of cameras" in listing.problems[0].what, listing.cameras) == (True, ())


def test_own_mapping(tmp_path: Path) -> None:
    """Any other table is read through a mapping file."""
    mapping = {
        "columns": {"camera_id": "code", "lat": "y", "lon": "x"},
        "constants": {"source_type": "fixed_cctv"},
        "count": "n",
    }
    (tmp_path / "map.json").write_text(json.dumps(mapping))
    (tmp_path / "c.csv").write_text("code,y,x,n\nA,37,127,2\n")
    listing = read_cameras(tmp_path / "c.csv", read_mapping(tmp_path / "map.json"))
    assert [camera.camera_id for camera in listing.cameras] == ["A-1", "A-2"]


@pytest.mark.parametrize("text", ["{", "[]", '{"columns": {}}', '{"columns": {"nonsense": "x"}}'])
def test_bad_mapping(tmp_path: Path, text: str) -> None:
    """A mapping that maps nothing, or to unknown columns, is refused."""
    (tmp_path / "map.json").write_text(text)
    with pytest.raises(BadInputError):
        read_mapping(tmp_path / "map.json")


def test_geojson(tmp_path: Path) -> None:
    """Points become cameras, longitude first; a feature that is no point is listed with its number."""
    good = {"camera_id": "A", "source_type": "fixed_cctv", "height_m": 4, "indoor": False}
    features = [
        {"type": "Feature", "geometry": {"type": "Point", "coordinates": [127.0, 37.5]}, "properties": good},
        {
            "type": "Feature",
            "geometry": {"type": "LineString", "coordinates": []},
            "properties": {**good, "camera_id": "B"},
        },
        {"type": "Feature", "geometry": None, "properties": {**good, "camera_id": "C"}},
        "no feature",
    ]
    path = tmp_path / "c.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    listing = read_cameras(path)
    assert [(camera.camera_id, camera.place) for camera in listing.cameras] == [("A", LatLon(37.5, 127.0)), ("C", None)]
    assert [problem.where for problem in listing.problems] == ["c.geojson feature 2", "c.geojson feature 4"]


@pytest.mark.parametrize("text", ["{", "[]", '{"type": "Point"}'])
def test_bad_geojson(tmp_path: Path, text: str) -> None:
    """What is no FeatureCollection is refused as a whole."""
    (tmp_path / "c.geojson").write_text(text)
    with pytest.raises(BadInputError):
        read_cameras(tmp_path / "c.geojson")
