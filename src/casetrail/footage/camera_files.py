"""Lists of cameras in files: our CSV, GeoJSON points, and other people's tables through a column mapping."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from casetrail.footage.camera_rows import COLUMNS, camera_of_row
from casetrail.footage.cameras import Camera
from casetrail.footage.column_mapping import ColumnMapping, korea_open_data, map_row
from casetrail.footage.problems import FootageProblem, problem_of
from casetrail.footage.tables import Table, read_json, read_table
from casetrail.model.errors import BadInputError, CasetrailError, RefusedError

Row = tuple[str, Mapping[str, str]]


@dataclass(frozen=True)
class CameraListing:
    """What a file lists: cameras, rows that could not be taken (`refused` of them by law), and remarks."""

    cameras: tuple[Camera, ...]
    problems: tuple[FootageProblem, ...]
    notes: tuple[str, ...]
    refused: int = 0


def read_cameras(path: Path, mapping: ColumnMapping | None = None) -> CameraListing:
    """The cameras in a CSV or GeoJSON file. A row that is wrong is listed and never stops the rest.

    Without a mapping, a table in the columns of Korea's public data portal is recognised. Raises MissingError
    when the file is not there, BadInputError when it is no list of cameras at all.
    """
    if path.suffix.lower() in {".json", ".geojson"}:
        return _listing(_feature_rows(path), [], [])
    table = read_table(path)
    uneven = [
        FootageProblem(f"{path.name} line {line}", "more cells than columns", "quote cells with commas")
        for line in table.uneven
    ]
    korean = korea_open_data()
    if mapping is None and "camera_id" not in table.columns and korean.fits(table.columns):
        mapping = korean
    if mapping is None:
        return _plain_listing(path, table, uneven)
    rows, problems = _mapped_rows(path, table, mapping)
    return _listing(rows, [*uneven, *problems], _unused(table, mapping.theirs()))


def _plain_listing(path: Path, table: Table, problems: list[FootageProblem]) -> CameraListing:
    if "camera_id" not in table.columns:
        todo = f"name the columns {','.join(COLUMNS)}, or give a column mapping"
        raise BadInputError("there is no column camera_id", where=str(path), todo=todo)
    rows = [(f"{path.name} line {line}", row) for line, row in table.rows]
    return _listing(rows, problems, _unused(table, frozenset(COLUMNS)))


def _listing(rows: Iterable[Row], problems: list[FootageProblem], notes: list[str]) -> CameraListing:
    cameras: dict[str, Camera] = {}
    found, refused = list(problems), 0
    for where, row in rows:
        try:
            camera = camera_of_row(row)
            if camera.camera_id in cameras:
                raise BadInputError(f"camera id {camera.camera_id} is there already", todo="the first row is taken")
            cameras[camera.camera_id] = camera
        except CasetrailError as error:
            refused += isinstance(error, RefusedError)
            found.append(problem_of(error, where=where))
    return CameraListing(tuple(cameras.values()), tuple(found), tuple(notes), refused)


def _mapped_rows(path: Path, table: Table, mapping: ColumnMapping) -> tuple[list[Row], list[FootageProblem]]:
    missing = sorted(mapping.theirs() - set(table.columns))
    if len(missing) == len(mapping.theirs()):
        raise BadInputError("none of the mapping's columns is there", where=str(path), todo="check the mapping")
    rows: list[Row] = []
    problems = []
    for line, row in table.rows:
        where = f"{path.name} line {line}"
        try:
            rows += [(where, ours) for ours in map_row(row, mapping)]
        except CasetrailError as error:
            problems.append(problem_of(error, where=where))
    return rows, problems


def _unused(table: Table, used: frozenset[str]) -> list[str]:
    unused = [column for column in table.columns if column not in used]
    return [f"columns not used: {', '.join(unused)}"] if unused else []


def _feature_rows(path: Path) -> Iterator[Row]:
    """Points of a GeoJSON file (RFC 7946) as rows; longitude comes first."""
    plain = read_json(path)
    features = plain.get("features") if isinstance(plain, dict) else None
    if not isinstance(features, list):
        raise BadInputError("not a GeoJSON FeatureCollection", where=str(path), todo="export points as GeoJSON")
    for number, feature in enumerate(features, start=1):
        yield f"{path.name} feature {number}", _feature_row(feature)


def _feature_row(feature: Any) -> Mapping[str, str]:
    """Cells of a feature as text; what is no point gives cells that the row reader turns down with a reason."""
    parts = feature if isinstance(feature, dict) else {}
    stated, geometry = parts.get("properties"), parts.get("geometry")
    properties = stated if isinstance(stated, dict) else {}
    row = {name: "" if value is None else str(value) for name, value in properties.items()}
    row.setdefault("camera_id", str(parts.get("id", "")))
    if geometry is not None:
        place = geometry.get("coordinates") if isinstance(geometry, dict) and geometry.get("type") == "Point" else None
        pair = place if isinstance(place, list) and len(place) >= 2 else ["no point", "no point"]
        row["lon"], row["lat"] = str(pair[0]), str(pair[1])
    return row
