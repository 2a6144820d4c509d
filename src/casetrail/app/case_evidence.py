"""Adding other evidence to a case: card payments, phone fixes, entry logs and testimony, from CSV or JSON.

Columns: `kind,start,end,lat,lon,radius_m,place,reliability,reference` and `statement`. A row without latitude
and longitude whose `place` is a camera's id stands at that camera.
"""

import csv
import io
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from casetrail.app.case_ports import CasePorts
from casetrail.app.case_records import read_case_file, write_anchors
from casetrail.footage.cameras import Camera
from casetrail.governance.access import check_collecting
from casetrail.governance.acts import Act
from casetrail.governance.audit import Actor
from casetrail.model.errors import BadInputError, CasetrailError, MissingError
from casetrail.model.geometry import LatLon
from casetrail.model.time import UtcInterval, parse_utc
from casetrail.trace.anchors import RELIABILITY, Anchor, AnchorKind

RADIUS_M = {AnchorKind.CARD: 30.0, AnchorKind.PHONE: 300.0, AnchorKind.ENTRY_LOG: 30.0, AnchorKind.TESTIMONY: 100.0}
GIVEN_KINDS = tuple(RADIUS_M)
LARGEST_FILE_BYTES = 32 * 1024 * 1024


@dataclass(frozen=True)
class RowProblem:
    """A row that could not be used: where it stands, what is wrong. It never repeats the row's words."""

    where: str
    what: str


@dataclass(frozen=True)
class EvidenceRead:
    """What a file held."""

    anchors: tuple[Anchor, ...]
    problems: tuple[RowProblem, ...]


def add_evidence(ports: CasePorts, case_id: str, anchors: Sequence[Anchor], actor: Actor) -> int:
    """Put anchors into the case's vault; returns how many. Raises RefusedError once the case is closing."""
    event = ports.gate.check(actor, Act.EVIDENCE_ADD, case_id, {"anchors": len(anchors)})
    file = read_case_file(ports.store, ports.vault, case_id)
    check_collecting(case_id, file.case.state)
    write_anchors(ports.vault, case_id, anchors, audit=event)
    return len(anchors)


def read_evidence(path: Path, cameras: Iterable[Camera] = ()) -> EvidenceRead:
    """Anchors of a CSV or JSON file; rows that cannot be used are listed and stop nothing.

    Raises MissingError when there is no such file, BadInputError when it is neither CSV nor JSON.
    """
    by_id = {camera.camera_id: camera for camera in cameras}
    anchors, problems = [], []
    for where, row in _read_rows(path):
        try:
            anchors.append(make_anchor(row, by_id))
        except CasetrailError as error:
            problems.append(RowProblem(where, error.what))
    return EvidenceRead(tuple(anchors), tuple(problems))


def make_anchor(row: Mapping[str, object], cameras: Mapping[str, Camera]) -> Anchor:
    """The anchor of one row or one statement. Raises BadInputError that names the column, never its words."""
    kind = _kind(_text(row, "kind"))
    start_us = _moment(row, "start")
    end_us = _moment(row, "end") if _text(row, "end") else start_us + 1
    if end_us <= start_us:
        raise BadInputError("end is not after start")
    reliability = _number(row, "reliability")
    radius_m = _number(row, "radius_m")
    return Anchor(
        kind=kind,
        interval=UtcInterval(start_us, end_us),
        place=_place(row, cameras),
        radius_m=RADIUS_M[kind] if radius_m is None else radius_m,
        reliability=RELIABILITY[kind] if reliability is None else reliability,
        reference=_text(row, "reference"),
        statement=_words(row),
    )


def _read_rows(path: Path) -> list[tuple[str, Mapping[str, object]]]:
    if not path.is_file():
        raise MissingError("there is no such file", where=path.name)
    if path.stat().st_size > LARGEST_FILE_BYTES:
        raise BadInputError(f"larger than {LARGEST_FILE_BYTES} bytes", where=path.name)
    try:
        text = path.read_text(encoding="utf-8-sig")
        return _json_rows(text) if path.suffix.lower() == ".json" else _csv_rows(text)
    except (UnicodeDecodeError, ValueError, csv.Error):
        raise BadInputError("not CSV or JSON in UTF-8", where=path.name) from None


def _csv_rows(text: str) -> list[tuple[str, Mapping[str, object]]]:
    reader = csv.DictReader(io.StringIO(text, newline=""))
    if not {"kind", "start"} <= set(reader.fieldnames or ()):
        raise BadInputError("the first line names no columns kind and start")
    return [(f"line {reader.line_num}", row) for row in reader]


def _json_rows(text: str) -> list[tuple[str, Mapping[str, object]]]:
    plain = json.loads(text)
    rows = plain if isinstance(plain, list) else [plain]
    if not all(isinstance(row, dict) for row in rows):
        raise BadInputError("not a list of objects")
    return [(f"item {number}", row) for number, row in enumerate(rows, start=1)]


def _kind(text: str) -> AnchorKind:
    if text not in {kind.value for kind in GIVEN_KINDS}:
        raise BadInputError(f"kind is not one of {', '.join(GIVEN_KINDS)}")
    return AnchorKind(text)


def _text(row: Mapping[str, object], name: str) -> str:
    value = row.get(name)
    return "" if value is None else str(value).strip()


def _moment(row: Mapping[str, object], name: str) -> int:
    try:
        return parse_utc(_text(row, name))
    except BadInputError:
        raise BadInputError(f"{name} is not an ISO 8601 time with an offset") from None


def _number(row: Mapping[str, object], name: str) -> float | None:
    text = _text(row, name)
    if not text:
        return None
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise BadInputError(f"{name} is not a number")
    return number


def _place(row: Mapping[str, object], cameras: Mapping[str, Camera]) -> LatLon | None:
    lat, lon = _number(row, "lat"), _number(row, "lon")
    if (lat is None) != (lon is None):
        raise BadInputError("lat and lon must come together")
    if lat is not None and lon is not None:
        return LatLon(lat, lon)
    camera = cameras.get(_text(row, "place"))
    return None if camera is None else camera.place


def _words(row: Mapping[str, object]) -> str:
    """The statement, with the place as it was named; personal data, for the vault only."""
    place, statement = _text(row, "place"), _text(row, "statement")
    return f"{place}: {statement}" if place and statement else place or statement
