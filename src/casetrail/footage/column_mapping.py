"""Tables with other column names: a mapping file says which column holds what.

A mapping is JSON: `columns` (our name to theirs), `constants` (our name to a fixed text), `count` (the column that
says how many cameras a row stands for), `id_prefix` (for ids that are derived, when no column holds them).
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

from casetrail.footage.camera_rows import COLUMNS
from casetrail.footage.tables import read_json
from casetrail.model.errors import BadInputError
from casetrail.model.ids import stable_id

MOST_CAMERAS_A_ROW = 500
_LEADING_INTEGER = re.compile(r"(\d+)\s*(?:일|대|개)?$")
_POINTS = {"북": 0, "북동": 45, "동": 90, "남동": 135, "남": 180, "남서": 225, "서": 270, "북서": 315}
_LATIN_POINTS = {"N": 0, "NE": 45, "E": 90, "SE": 135, "S": 180, "SW": 225, "W": 270, "NW": 315}
_SWAPPED = {"동북": 45, "동남": 135, "서남": 225, "서북": 315}
_HEADINGS = {**_POINTS, **_LATIN_POINTS, **_SWAPPED}


@dataclass(frozen=True)
class ColumnMapping:
    """Which column of somebody else's table holds which of our columns."""

    columns: Mapping[str, str]
    constants: Mapping[str, str] = field(default_factory=dict)
    count: str = ""
    id_prefix: str = "CAM"

    def fits(self, columns: tuple[str, ...]) -> bool:
        """Whether a table has the place columns of this mapping and so was probably made for it."""
        return {self.columns.get("lat", "lat"), self.columns.get("lon", "lon")} <= set(columns)

    def theirs(self) -> frozenset[str]:
        """Every column that the mapping uses."""
        return frozenset(self.columns.values()) | ({self.count} if self.count else set())


def korea_open_data() -> ColumnMapping:
    """The mapping for the standard CCTV data set of Korea's public data portal."""
    text = files("casetrail.footage").joinpath("korea_open_data.json").read_text(encoding="utf-8")
    return _mapping(json.loads(text), "korea_open_data.json")


def read_mapping(path: Path) -> ColumnMapping:
    """A mapping file. Raises MissingError when it is not there, BadInputError when it is no mapping."""
    return _mapping(read_json(path), str(path))


def map_row(row: Mapping[str, str], mapping: ColumnMapping) -> list[dict[str, str]]:
    """The rows in our columns that one row stands for: one for each of its cameras.

    Raises BadInputError when the number of cameras is not usable.
    """
    ours = {name: row.get(column, "") for name, column in mapping.columns.items()} | dict(mapping.constants)
    cameras = _count(row.get(mapping.count, "")) if mapping.count else 1
    _read_heading(ours, alone=cameras == 1)
    ours["retention_days"] = _without_unit(ours.get("retention_days", ""))
    if ours.get("camera_id"):
        ids = [ours["camera_id"]] if cameras == 1 else [f"{ours['camera_id']}-{n + 1}" for n in range(cameras)]
    else:
        base = f"{mapping.id_prefix}-{stable_id(*(row.get(column, '') for column in sorted(mapping.theirs())))[:12]}"
        ids = [f"{base}-{n + 1}" for n in range(cameras)]
    return [{**ours, "camera_id": camera_id} for camera_id in ids]


def _mapping(plain: Any, where: str) -> ColumnMapping:
    columns = plain.get("columns") if isinstance(plain, dict) else None
    if not isinstance(columns, dict) or not columns:
        raise BadInputError("a mapping needs `columns`, our names to theirs", where=where)
    constants = plain.get("constants", {})
    if not isinstance(constants, dict):
        raise BadInputError("`constants` of a mapping are our names with fixed texts", where=where)
    unknown = sorted({*columns, *constants} - set(COLUMNS))
    if unknown:
        raise BadInputError(f"{unknown[0][:40]!r} is not one of our columns", where=where, todo=", ".join(COLUMNS))
    text = {name: str(value) for name, value in constants.items()}
    theirs = {name: str(value) for name, value in columns.items()}
    return ColumnMapping(theirs, text, str(plain.get("count", "")), str(plain.get("id_prefix", "CAM")))


def _count(text: str) -> int:
    found = _LEADING_INTEGER.match(text or "1")
    cameras = int(found[1]) if found else 0
    if not 1 <= cameras <= MOST_CAMERAS_A_ROW:
        raise BadInputError(f"the number of cameras {text[:40]!r} is not from 1 to {MOST_CAMERAS_A_ROW}")
    return cameras


def _without_unit(text: str) -> str:
    found = _LEADING_INTEGER.match(text)
    return found[1] if found else text


def _read_heading(ours: dict[str, str], *, alone: bool) -> None:
    """A compass word becomes degrees. All-round views, and words that mean nothing to us, leave it unknown.

    Cameras that share a row look different ways, so that a heading says nothing about each of them.
    """
    text = ours.get("heading_deg", "").strip()
    word = re.sub(r"(쪽|향|방향|방면|측)+$", "", text).upper()
    ours["heading_deg"] = str(_HEADINGS[word]) if alone and word in _HEADINGS else ""
    if alone and "360" in text:
        ours["hfov_deg"] = "360"
