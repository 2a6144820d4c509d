"""Hostile tables and calibrations: what people, programs and enemies put where a small text file should be."""

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

_HEADER = "camera_id,name,lat,lon,heading_deg,hfov_deg,height_m,source_type,retention_days,clock_offset_s\n"
_GOOD = "GOOD,Main street,37.5,127.0,10,70,4,fixed_cctv,30,0\n"
_DEEP = "[" * 100_000
_ESCAPE = "\x1b[2J\x1b[31m"
_LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(12))
    + "]><Camera kappa1='1'>&m;</Camera>"
)


class TableKind(StrEnum):
    """What somebody takes a table for."""

    CAMERAS = "cameras"
    MAPPING = "mapping"
    MANIFEST = "manifest"
    CALIBRATION = "calibration"


@dataclass(frozen=True)
class HostileTable:
    """A file that stands where a table should: `write` puts it at a path that ends with `suffix`.

    `good` says whether its good rows are to be taken all the same (exit code 0); else the code is 4 or 5.
    `says` is a pattern of what somebody has to be told.
    """

    name: str
    kind: TableKind
    write: Callable[[Path], object]
    good: bool
    says: str = ""
    suffix: str = ".csv"


def hostile_tables() -> tuple[HostileTable, ...]:
    """Every hostile table, by what it stands for and what is wrong with it."""
    return (*_camera_rows(), *_camera_files(), *_manifests(), *_calibrations())


def _camera_rows() -> Iterator[HostileTable]:
    rows = {
        "places that are no numbers": ("A,x,nan,nan,0,70,4,fixed_cctv,30,0", "lat 'nan'"),
        "places beyond the Earth": ("A,x,1e308,-1e308,0,70,4,fixed_cctv,30,0", "lat '1e308'"),
        "infinite clock": ("A,x,37.5,127,0,70,4,fixed_cctv,30,inf", "clock_offset_s 'inf'"),
        "days of retention without end": ("A,x,37.5,127,0,70,4,fixed_cctv,1e400,0", "retention_days"),
        "the same id twice": ("GOOD,other,37.5,127,0,70,4,fixed_cctv,30,0", "is there already"),
        "a drone": ("A,x,37.5,127,0,70,4,drone,30,0", "source type"),
        "a path as id": ("../../etc/passwd,x,37.5,127,0,70,4,fixed_cctv,30,0", "not usable"),
        "a formula as id": ("=1+1,x,37.5,127,0,70,4,fixed_cctv,30,0", "not usable"),
        "terminal codes in a name": (f"A,{_ESCAPE}x,37.5,127,0,70,4,fixed_cctv,30,0", "control characters"),
        "terminal codes in an id": (f"A{_ESCAPE},x,37.5,127,0,70,4,fixed_cctv,30,0", "not usable"),
        "a name without end": (f"A,{'x' * 100_000},37.5,127,0,70,4,fixed_cctv,30,0", "too long"),
        "more cells than columns": ("A,x,37.5,127,0,70,4,fixed_cctv,30,0,1,2,3", "more cells"),
        "fewer cells than columns": ("A", "source type"),
        "an id in characters that look alike": ("САМ,x,37.5,127,0,70,4,fixed_cctv,30,0", "not usable"),
    }
    for name, (row, says) in rows.items():
        yield HostileTable(name, TableKind.CAMERAS, _text(f"{_HEADER}{_GOOD}{row}\n"), good=True, says=says)
    for name, cell in (("markup as name", "[/red] [link=x]"), ("formula as name", '"=HYPERLINK(""http://x"")"')):
        row = f"A,{cell},37.5,127,0,70,4,fixed_cctv,30,0\n"
        yield HostileTable(name, TableKind.CAMERAS, _text(_HEADER + _GOOD + row), good=True)


def _camera_files() -> Iterator[HostileTable]:
    cameras, mapping = TableKind.CAMERAS, TableKind.MAPPING
    yield HostileTable("missing columns", cameras, _text("name,lat\nx,1\n"), good=False, says="camera_id")
    yield HostileTable("the same column twice", cameras, _text("camera_id,camera_id\nA,B\n"), good=False, says="once")
    yield HostileTable("nothing", cameras, Path.touch, good=False, says="columns")
    yield HostileTable("only a header", cameras, _text(_HEADER), good=False, says="no camera")
    yield HostileTable("bytes of no alphabet", cameras, _bytes(b"\xff\xfe\x00\x81" * 50), good=False)
    yield HostileTable("zeros", cameras, _bytes(bytes(5000)), good=False)
    yield HostileTable("a quote that never closes", cameras, _text(f'{_HEADER}"{"A," * 200_000}'), good=False)
    yield HostileTable("half a megabyte in a cell", cameras, _text(f"camera_id\n{'A' * 500_000}\n"), good=False)
    yield HostileTable("a folder", cameras, Path.mkdir, good=False)
    yield HostileTable("a pipe", cameras, os.mkfifo, good=False, says="no file")
    yield HostileTable("an endless device", cameras, lambda path: path.symlink_to("/dev/zero"), good=False)
    for name, text in _json_texts():
        yield HostileTable(f"GeoJSON: {name}", cameras, _text(text), good=False, suffix=".geojson")
        yield HostileTable(f"mapping: {name}", mapping, _text(text), good=False, suffix=".json")
    features = [{"type": "Feature", "properties": [1, 2], "geometry": {"type": "Point", "coordinates": [1e308, "x"]}}]
    yield HostileTable(
        "GeoJSON features of the wrong kind",
        cameras,
        _text(json.dumps({"features": [*features, 7, None, {"properties": "x", "id": 9}]})),
        good=False,
        suffix=".geojson",
    )
    strange = {"columns": {"camera_id": ["x"]}, "constants": [1], "count": {"a": 1}}
    yield HostileTable("mapping of the wrong kind", mapping, _text(json.dumps(strange)), good=False, suffix=".json")


def _json_texts() -> Iterator[tuple[str, str]]:
    yield "cut off", '{"features": [{"type"'
    yield "nested without end", '{"features": ' + _DEEP
    yield "a number of 9000 digits", '{"features": [' + "9" * 9000 + "]}"
    yield "a list", "[]"
    yield "nothing", ""


def _manifests() -> Iterator[HostileTable]:
    rows = {
        "a file that is not there": ("none.mp4,GOOD,2026-03-02T03:00:00Z", "not there"),
        "a path with a zero byte": ("a\0b.mp4,GOOD,2026-03-02T03:00:00Z", "leads nowhere"),
        "a path of 10000 characters": (f"{'x' * 10_000}.mp4,GOOD,2026-03-02T03:00:00Z", ""),
        "the year 9999": ("good.mp4,GOOD,9999-12-31T23:59:59Z", "before 1980"),
        "the year 1": ("good.mp4,GOOD,0001-01-01T00:00:00+14:00", "before 1980"),
        "a start without offset": ("good.mp4,GOOD,2026-03-02T03:00:00", "offset"),
        "a camera nobody knows": ("good.mp4,OTHER,2026-03-02T03:00:00Z", "not in the catalogue"),
        "itself": ("table.csv,GOOD,2026-03-02T03:00:00Z", "cannot be read"),
        "a device": ("/dev/zero,GOOD,2026-03-02T03:00:00Z", "no file"),
        "the root folder": ("/dev,GOOD,2026-03-02T03:00:00Z", "no pictures"),
        "no path": (",GOOD,2026-03-02T03:00:00Z", "empty"),
        "the good file again for another moment": ("good.mp4,GOOD,2026-03-03T03:00:00Z", "the file is there already"),
    }
    header, good = "path,camera_id,start\n", "good.mp4,GOOD,2026-03-02T03:00:00Z\n"
    for name, (row, says) in rows.items():
        yield HostileTable(f"manifest: {name}", TableKind.MANIFEST, _text(f"{header}{good}{row}\n"), True, says)
    odd = "path,camera_id,start,duration_s,sha256\ngood.mp4,GOOD,2026-03-02T03:00:00Z,nan,zz\n"
    yield HostileTable("manifest: length and hash that are none", TableKind.MANIFEST, _text(odd), False, "duration_s")
    yield HostileTable("manifest: missing columns", TableKind.MANIFEST, _text("path\nx\n"), False, "camera_id")
    yield HostileTable("manifest: a pipe", TableKind.MANIFEST, os.mkfifo, False, "no file")


def _calibrations() -> Iterator[HostileTable]:
    def opencv(intrinsics: object, rotation: object, shift: object = (0, 0, 5)) -> str:
        return json.dumps({"K": intrinsics, "R": rotation, "t": shift})

    eye, usual = [[1, 0, 0], [0, 1, 0], [0, 0, 1]], [[500, 0, 160], [0, 500, 120], [0, 0, 1]]
    nan = float("nan")
    texts = {
        "intrinsics that are no numbers": (opencv([[nan] * 3] * 3, eye), ".json"),
        "intrinsics that are zero": (opencv([[0] * 3] * 3, eye), ".json"),
        "a singular rotation": (opencv(usual, [[0] * 3] * 3), ".json"),
        "numbers of 400 digits": (opencv([[10**400] * 3] * 3, eye), ".json"),
        "numbers of 1e308": (opencv([[1e308] * 3] * 3, [[1e308] * 3] * 3), ".json"),
        "texts for numbers": (opencv("abc", {"a": 1}), ".json"),
        "the wrong shape": (opencv([1, 2], eye), ".json"),
        "nested without end": ('{"K": ' + _DEEP, ".json"),
        "a billion laughs": (_LAUGHS, ".xml"),
        "half an element": ("<Camera kappa1='1'><Geom", ".xml"),
        "no known form": ("hello", ".txt"),
        "points that are no numbers": ("u_px,v_px,lat,lon\n" + "nan,nan,nan,nan\n" * 5, ".csv"),
        "points on one spot": ("u_px,v_px,lat,lon\n" + "5,5,37.5,127\n" * 8, ".csv"),
        "points of 1e308": (
            "u_px,v_px,lat,lon\n" + "1e308,1,37.5,127\n2,1e308,37.6,127\n3,4,37.5,127.1\n1,1,37.6,127.2",
            ".csv",
        ),
        "points with a cell without end": (f"u_px,v_px,lat,lon\n{'1' * 200_000},1,1,1\n", ".csv"),
        "TownCentre without values": ("FocalLengthX = \nSkew = x", ".ci"),
        "TownCentre of infinities": (_TOWNCENTRE, ".ci"),
    }
    for name, (text, suffix) in texts.items():
        yield HostileTable(f"calibration: {name}", TableKind.CALIBRATION, _text(text), False, "", suffix)
    yield HostileTable("calibration: bytes", TableKind.CALIBRATION, _bytes(b"\xff\x00" * 99), False, "", ".json")
    yield HostileTable("calibration: a pipe", TableKind.CALIBRATION, os.mkfifo, False, "", ".json")
    yield HostileTable("calibration: a folder", TableKind.CALIBRATION, Path.mkdir, False, "", ".json")


_NAMES = ("FocalLengthX", "FocalLengthY", "Skew", "PrincipalPointX", "PrincipalPointY", "RotationW", "RotationX")
_MORE_NAMES = ("RotationY", "RotationZ", "TranslationX", "TranslationY", "TranslationZ")
_TERMS = ("DistortionK1", "DistortionK2", "DistortionP1", "DistortionP2")
_TOWNCENTRE = "\n".join(f"{name} = inf" for name in (*_NAMES, *_MORE_NAMES, *_TERMS))


def _text(text: str) -> Callable[[Path], object]:
    return lambda path: path.write_text(text, encoding="utf-8")


def _bytes(data: bytes) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(data)
