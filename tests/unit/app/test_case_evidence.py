"""Evidence from CSV, JSON and the command line: bad rows are told without their words, good ones kept."""

import json
from pathlib import Path

import pytest

from casetrail.app.case_evidence import make_anchor, read_evidence
from casetrail.footage.cameras import Camera
from casetrail.model.errors import BadInputError, MissingError
from casetrail.model.geometry import LatLon
from casetrail.model.time import UtcInterval, parse_utc
from casetrail.trace.anchors import RELIABILITY, AnchorKind

START, END = "2026-03-02T12:00:00+09:00", "2026-03-02T12:30:00+09:00"
HEADER = "kind,start,end,lat,lon,radius_m,place,reliability,reference\n"
SECRET = "Hong Gildong said"
CAMERAS = {"CAM01": Camera("CAM01", place=LatLon(37.5, 127.0)), "CAM02": Camera("CAM02")}


def write(tmp_path: Path, text: str, name: str = "evidence.csv") -> Path:
    """A file with this text."""
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def test_csv(tmp_path: Path) -> None:
    """A full row becomes an anchor with every value; kinds bring their own radius and reliability."""
    rows = f"card,{START},{END},37.5,127.0,25,Cafe,0.9,R-1\nphone,{START},{END},37.5,127.0,,,,\n"
    read = read_evidence(write(tmp_path, HEADER + rows))
    card, phone = read.anchors
    assert card.interval == UtcInterval(parse_utc(START), parse_utc(END))
    assert (card.kind, card.place, card.radius_m, card.reliability) == (AnchorKind.CARD, LatLon(37.5, 127.0), 25, 0.9)
    assert (card.reference, card.statement) == ("R-1", "Cafe")
    assert (phone.radius_m, phone.reliability) == (300.0, RELIABILITY[AnchorKind.PHONE])
    assert read.problems == ()


def test_json(tmp_path: Path) -> None:
    """JSON holds the same rows, as a list or as one object, with numbers or text."""
    row = {"kind": "testimony", "start": START, "end": END, "lat": 37.5, "lon": "127.0", "statement": SECRET}
    for plain in (row, [row]):
        read = read_evidence(write(tmp_path, json.dumps(plain), "evidence.json"))
        assert [anchor.statement for anchor in read.anchors] == [SECRET]
        assert read.anchors[0].place == LatLon(37.5, 127.0)


def test_a_byte_order_mark_is_no_column(tmp_path: Path) -> None:
    """A file saved by a spreadsheet reads like any other."""
    assert len(read_evidence(write(tmp_path, f"\ufeff{HEADER}card,{START},,,,,,,\n")).anchors) == 1


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (f"gossip,{START},{END},,,,,,", "kind"),
        (f"sighting,{START},{END},,,,,,", "kind"),
        (f"card,{SECRET},{END},,,,,,", "start"),
        ("card,2026-03-02T12:00:00,,,,,,,", "start"),
        (f"card,{START},{SECRET},,,,,,", "end"),
        (f"card,{END},{START},,,,,,", "end"),
        (f"card,{START},{END},north,127,,,,", "lat"),
        (f"card,{START},{END},37.5,,,,,", "lat"),
        (f"card,{START},{END},97.5,127,,,,", "latitude"),
        (f"card,{START},{END},nan,127,,,,", "lat"),
        (f"card,{START},{END},,,-5,,,", "radius"),
        (f"card,{START},{END},,,,,1.5,", "reliability"),
        (f"card,{START},{END},,,,,{SECRET},", "reliability"),
    ],
)
def test_a_bad_row_stops_nothing(tmp_path: Path, row: str, column: str) -> None:
    """A row that cannot be used is told by line and column, without its words, and the next row is read."""
    read = read_evidence(write(tmp_path, f"{HEADER}{row}\ncard,{START},{END},,,,,,\n"))
    assert len(read.anchors) == 1
    (problem,) = read.problems
    assert problem.where == "line 2"
    assert column in problem.what
    assert SECRET not in problem.what


@pytest.mark.parametrize("data", [b"", b"a,b\n1,2\n", b"\xff\xfe\x00", b"\x00" * 50])
def test_a_file_that_is_no_evidence(tmp_path: Path, data: bytes) -> None:
    """A file without the columns, or no text at all, is bad input."""
    path = tmp_path / "evidence.csv"
    path.write_bytes(data)
    with pytest.raises(BadInputError):
        read_evidence(path)


@pytest.mark.parametrize("text", ["", "[1, 2]", "{", '"words"', "null"])
def test_json_that_is_no_evidence(tmp_path: Path, text: str) -> None:
    """JSON that holds no objects is bad input."""
    with pytest.raises(BadInputError):
        read_evidence(write(tmp_path, text, "evidence.json"))


def test_a_missing_file(tmp_path: Path) -> None:
    """A file that is not there is missing."""
    with pytest.raises(MissingError):
        read_evidence(tmp_path / "none.csv")


def test_a_camera_is_a_place() -> None:
    """A place that is a camera's id stands where the camera stands; given coordinates win; words are kept."""
    row = {"kind": "testimony", "start": START, "place": "CAM01", "statement": "walked by"}
    assert make_anchor(row, CAMERAS).place == LatLon(37.5, 127.0)
    assert make_anchor(row | {"lat": 1, "lon": 2}, CAMERAS).place == LatLon(1, 2)
    assert make_anchor(row | {"place": "CAM02"}, CAMERAS).place is None
    assert make_anchor(row | {"place": "the market"}, CAMERAS).place is None
    assert make_anchor(row, CAMERAS).statement == "CAM01: walked by"


def test_a_moment_without_an_end() -> None:
    """A record of one moment is an interval that holds this moment."""
    assert make_anchor({"kind": "entry_log", "start": START}, {}).interval.contains(parse_utc(START))
