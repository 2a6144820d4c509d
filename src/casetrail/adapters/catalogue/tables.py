"""Tables of the catalogue, and the way between rows and frozen values."""

import json
from fractions import Fraction
from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Float, ForeignKey, Integer, MetaData, String, Table, Text

from casetrail.app.json_values import from_json, to_json
from casetrail.footage.cameras import Camera, ClockOffset
from casetrail.footage.recordings import MediaFacts, Recording, RecordingKind
from casetrail.model.errors import IntegrityError
from casetrail.model.geometry import LatLon
from casetrail.model.ground_plane import GroundPlane

METADATA = MetaData()

CAMERAS = Table(
    "cameras",
    METADATA,
    Column("camera_id", String(64), primary_key=True),
    Column("name", Text, nullable=False),
    Column("lat", Float),
    Column("lon", Float),
    Column("heading_deg", Float),
    Column("hfov_deg", Float),
    Column("height_m", Float),
    Column("indoor", Boolean, nullable=False),
    Column("source_type", String(32), nullable=False),
    Column("operator", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("retention_days", Integer, nullable=False),
    Column("clock_offset_s", Float, nullable=False),
    Column("clock_sigma_s", Float, nullable=False),
    Column("ground_json", Text),
)

RECORDINGS = Table(
    "recordings",
    METADATA,
    Column("recording_id", String(20), primary_key=True),
    Column("camera_id", String(64), ForeignKey("cameras.camera_id"), nullable=False, index=True),
    Column("path", Text, nullable=False),
    Column("start_us", BigInteger, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("codec", String(32), nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("time_base", String(48), nullable=False),
    Column("first_pts", BigInteger, nullable=False),
    Column("end_pts", BigInteger, nullable=False),
    Column("frames", BigInteger, nullable=False),
    Column("doubts_json", Text, nullable=False),
)

STREETS = Table("streets", METADATA, Column("number", Integer, primary_key=True), Column("graph_json", Text))
ONLY = 1  # there is one walking graph

_SAME_NAME = ("name", "heading_deg", "hfov_deg", "height_m", "indoor", "source_type", "operator", "purpose")
_MEDIA_SAME_NAME = ("codec", "width", "height", "first_pts", "end_pts", "frames")


def camera_row(camera: Camera) -> dict[str, Any]:
    """A camera as a row."""
    return {
        **{name: getattr(camera, name) for name in ("camera_id", *_SAME_NAME, "retention_days")},
        "lat": camera.place and camera.place.lat,
        "lon": camera.place and camera.place.lon,
        "clock_offset_s": camera.clock.offset_s,
        "clock_sigma_s": camera.clock.sigma_s,
        "ground_json": None if camera.ground is None else to_json(camera.ground).decode(),
    }


def camera_of(row: Any) -> Camera:
    """A row as a camera."""
    return Camera(
        camera_id=row.camera_id,
        **{name: getattr(row, name) for name in _SAME_NAME},
        place=None if row.lat is None else LatLon(row.lat, row.lon),
        retention_days=row.retention_days,
        clock=ClockOffset(row.clock_offset_s, row.clock_sigma_s),
        ground=None if row.ground_json is None else from_json(GroundPlane, row.ground_json.encode()),
    )


def recording_row(recording: Recording) -> dict[str, Any]:
    """A recording as a row."""
    media = recording.media
    return {
        **{name: getattr(media, name) for name in _MEDIA_SAME_NAME},
        "recording_id": recording.recording_id,
        "camera_id": recording.camera_id,
        "path": recording.path,
        "start_us": recording.start_us,
        "size_bytes": recording.size_bytes,
        "sha256": recording.sha256,
        "kind": media.kind.value,
        "time_base": str(media.time_base),
        "doubts_json": json.dumps(media.doubts, ensure_ascii=False),
    }


def recording_of(row: Any) -> Recording:
    """A row as a recording. Raises IntegrityError when it holds what no version wrote."""
    try:
        media = MediaFacts(
            kind=RecordingKind(row.kind),
            **{name: getattr(row, name) for name in _MEDIA_SAME_NAME},
            time_base=Fraction(row.time_base),
            doubts=tuple(json.loads(row.doubts_json)),
        )
    except ValueError as error:
        raise IntegrityError(
            "its row in the catalogue cannot be read",
            where=f"recording {row.recording_id}",
            todo="restore the catalogue, or start a new installation and add the footage again",
        ) from error
    return Recording(row.camera_id, row.path, row.start_us, media, row.size_bytes, row.sha256)
