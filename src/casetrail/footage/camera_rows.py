"""One row of text to one camera: every number checked, nothing guessed."""

import math
from collections.abc import Mapping

from casetrail.footage.cameras import Camera, ClockOffset
from casetrail.model.errors import BadInputError
from casetrail.model.geometry import LatLon

COLUMNS = (
    "camera_id",
    "name",
    "lat",
    "lon",
    "heading_deg",
    "hfov_deg",
    "height_m",
    "indoor",
    "source_type",
    "operator",
    "purpose",
    "retention_days",
    "clock_offset_s",
    "clock_sigma_s",
)

LONGEST_TEXT = 500

# What a fixed camera can be; anything else is a slip of the pen. Offsets beyond a year are a clock never set.
_RANGES = {
    "lat": (-90.0, 90.0),
    "lon": (-180.0, 180.0),
    "heading_deg": (-360.0, 360.0),
    "hfov_deg": (0.1, 360.0),
    "height_m": (0.0, 500.0),
    "retention_days": (1.0, 3650.0),
    "clock_offset_s": (-366 * 86_400.0, 366 * 86_400.0),
    "clock_sigma_s": (0.0, 86_400.0),
}
_YES = frozenset({"true", "1", "yes", "y", "t", "예", "실내"})
_NO = frozenset({"false", "0", "no", "n", "f", "", "아니오", "실외"})


def camera_of_row(row: Mapping[str, str]) -> Camera:
    """The camera that a row with (some of) `COLUMNS` describes; an empty cell takes the default.

    Raises BadInputError when a cell is not usable, RefusedError when the source is not declared `fixed_cctv`.
    """
    number = {name: _number(row, name) for name in _RANGES}
    heading, usual = number["heading_deg"], ClockOffset()
    offset_s, sigma_s, retention = number["clock_offset_s"], number["clock_sigma_s"], number["retention_days"]
    return Camera(
        camera_id=row.get("camera_id", ""),
        name=_words(row, "name"),
        place=_place(number["lat"], number["lon"]),
        heading_deg=None if heading is None else heading % 360,
        hfov_deg=number["hfov_deg"],
        height_m=number["height_m"],
        indoor=_indoor(row),
        source_type=row.get("source_type", ""),
        operator=_words(row, "operator"),
        purpose=_words(row, "purpose"),
        retention_days=30 if retention is None else int(retention),
        clock=ClockOffset(
            usual.offset_s if offset_s is None else offset_s, usual.sigma_s if sigma_s is None else sigma_s
        ),
    )


def _words(row: Mapping[str, str], name: str) -> str:
    """Text for people to read: it will stand in tables and reports, where control characters do harm."""
    text = row.get(name, "")
    if len(text) > LONGEST_TEXT:
        raise BadInputError(f"{name} is too long: {len(text)} characters", todo=f"use at most {LONGEST_TEXT}")
    if not text.isprintable():
        raise BadInputError(f"{name} holds control characters", todo="leave them out")
    return text


def _number(row: Mapping[str, str], name: str) -> float | None:
    text = row.get(name, "")
    if not text:
        return None
    low, high = _RANGES[name]
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not low <= value <= high:
        raise BadInputError(f"{name} {text[:40]!r} is not a number from {low:g} to {high:g}")
    if name == "retention_days" and value != int(value):
        raise BadInputError(f"{name} {text[:40]!r} is not a whole number")
    return value


def _place(lat: float | None, lon: float | None) -> LatLon | None:
    if lat is None and lon is None:
        return None
    if lat is None or lon is None:
        raise BadInputError("only one of lat and lon is given", todo="give both or none")
    if lat == lon == 0:
        raise BadInputError("lat and lon are both 0, which is the sea off Africa", todo="leave them empty if unknown")
    return LatLon(lat, lon)


def _indoor(row: Mapping[str, str]) -> bool:
    text = row.get("indoor", "").lower()
    if text not in _YES | _NO:
        raise BadInputError(f"indoor {text[:40]!r} is neither true nor false")
    return text in _YES
