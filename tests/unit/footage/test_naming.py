"""Camera and start from names of files."""

from pathlib import PurePosixPath

import pytest

from casetrail.footage.naming import NamePattern, read_name
from casetrail.model.errors import BadInputError, UsageError
from casetrail.model.time import parse_utc

NOON = parse_utc("2026-03-02T12:00:00+09:00")
ZONED = NamePattern(utc_offset="+09:00")


@pytest.mark.parametrize(
    ("name", "pattern", "start_us"),
    [
        ("CAM01_20260302T120000+0900.mp4", NamePattern(), NOON),
        ("CAM01_20260302T120000+09:00.mkv", NamePattern(), NOON),
        ("CAM01_20260302T030000Z.mp4", NamePattern(), NOON),
        ("CAM01_20260302T030000Z.mp4", ZONED, NOON),
        ("CAM01_2026-03-02_12-00-00.avi", ZONED, NOON),
        ("CAM01-20260302120000.ts", ZONED, NOON),
        ("CAM01_20260302T120000.25+0900.mp4", NamePattern(), NOON + 250_000),
        ("deep/er/CAM01_20260302T120000+0900.264", NamePattern(), NOON),
        ("CAM01_20260302T120000+0900", NamePattern(), NOON),
    ],
)
def test_usual_names(name: str, pattern: NamePattern, start_us: int) -> None:
    """The usual ways to write a moment are read, a stated offset before a given one."""
    assert read_name(PurePosixPath(name), pattern) == ("CAM01", start_us)


def test_camera_with_separators() -> None:
    """A camera's name may itself hold separators."""
    assert read_name(PurePosixPath("gate_3-west_20260302T120000+0900.mp4"), NamePattern())[0] == "gate_3-west"


def test_folders_as_cameras() -> None:
    """A pattern sees the folders too."""
    day, time = r"(?P<year>\d{4})/(?P<month>\d\d)/(?P<day>\d\d)", r"(?P<hour>\d\d)(?P<minute>\d\d)(?P<second>\d\d)"
    regex = rf"(?P<camera>[^/]+)/{day}/{time}"
    pattern = NamePattern(regex, utc_offset="+09:00")
    assert read_name(PurePosixPath("CAM01/2026/03/02/120000.mp4"), pattern) == ("CAM01", NOON)


@pytest.mark.parametrize(
    ("start", "form", "offset"),
    [
        ("02.03.26 12h00", "%d.%m.%y %Hh%M", "+09:00"),
        ("0203261200+0900", "%d%m%y%H%M%z", ""),
        ("20260302T120000+0900", "", ""),
    ],
)
def test_start_format(start: str, form: str, offset: str) -> None:
    """A start is read as strptime reads it, or as ISO 8601."""
    pattern = NamePattern(r"(?P<camera>\w+?) (?P<start>.+)\.mp4", form, offset)
    assert read_name(PurePosixPath(f"CAM01 {start}.mp4"), pattern) == ("CAM01", NOON)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("holiday.mp4", "does not fit"),
        ("CAM01_20260302T120000.mp4", "no offset"),
        ("CAM01_20261302T120000Z.mp4", "no moment"),
        ("CAM01_20260302T126100Z.mp4", "no moment"),
        ("a b_20260302T120000Z.mp4", "camera id"),
    ],
)
def test_name_that_cannot_be_read(name: str, reason: str) -> None:
    """A name is turned down with the reason; no moment is ever guessed."""
    with pytest.raises(BadInputError, match=reason):
        read_name(PurePosixPath(name), NamePattern())


@pytest.mark.parametrize(
    ("regex", "offset"), [("(", ""), ("(?P<camera>.)", ""), ("(?P<start>.)", ""), ("", "9"), ("", "+25:00")]
)
def test_unusable_pattern(regex: str, offset: str) -> None:
    """A pattern that can never work is wrong usage, said before any file is read."""
    with pytest.raises(UsageError):
        NamePattern(regex, utc_offset=offset)
