"""Which camera a file is from and when it starts, read from its name."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from pathlib import PurePosixPath

from casetrail.model.errors import BadInputError, UsageError
from casetrail.model.ids import check_name
from casetrail.model.time import parse_utc

# CAM01_20260302T120000+0900.mp4, CAM01_2026-03-02_12-00-00.mkv, CAM01-20260302120000.avi
USUAL = (
    r"(?P<camera>.+?)[_-](?P<year>\d{4})-?(?P<month>\d{2})-?(?P<day>\d{2})[T_ -]?"
    r"(?P<hour>\d{2})[-:.]?(?P<minute>\d{2})[-:.]?(?P<second>\d{2})(?P<fraction>\.\d{1,6})?(?P<offset>Z|[+-]\d{2}:?\d{2})?"
)
_PARTS = ("year", "month", "day", "hour", "minute", "second")
_OFFSET = re.compile(r"([+-])(\d{2}):?(\d{2})")


@dataclass(frozen=True)
class NamePattern:
    """How names are read. `regex` has the group `camera`, and either `start` (with `start_format`, as strptime reads
    it; ISO 8601 when empty) or `year month day hour minute second` and optionally `fraction` and `offset`.

    A given pattern is searched in the path below the folder (with /); the usual one must fit the whole name
    without its suffix. `utc_offset` such as +09:00 serves names that state none. Raises UsageError when unusable.
    """

    regex: str = ""
    start_format: str = ""
    utc_offset: str = ""

    def __post_init__(self) -> None:
        try:
            groups = re.compile(self.regex or USUAL).groupindex
        except re.error as error:
            raise UsageError(f"the pattern is no regular expression ({error})") from None
        if "camera" not in groups or not ("start" in groups or set(_PARTS) <= set(groups)):
            raise UsageError("the pattern needs the groups camera and start, or camera and year to second")
        if self.utc_offset:
            _zone(self.utc_offset)


def read_name(relative: PurePosixPath, pattern: NamePattern) -> tuple[str, int]:
    """Camera id and start (UTC microseconds by the camera's clock) from a path below the searched folder.

    Raises BadInputError when the name does not fit, or states no offset and none was given.
    """
    if pattern.regex:
        found = re.search(pattern.regex, str(relative))
    else:
        found = re.fullmatch(USUAL, relative.stem if relative.suffix else relative.name)
    if found is None:
        raise BadInputError("its name does not fit the pattern", todo="give --pattern, or a manifest")
    groups = {name: text for name, text in found.groupdict().items() if text}
    camera_id = check_name(groups.get("camera", ""), what="camera id")
    return camera_id, _utc_us(_moment(groups, pattern), pattern)


def _moment(groups: dict[str, str], pattern: NamePattern) -> datetime:
    try:
        if "start" in groups and pattern.start_format:
            return datetime.strptime(groups["start"], pattern.start_format)
        if "start" in groups:
            return datetime.fromisoformat(groups["start"])
        moment = datetime(*(int(groups[part]) for part in _PARTS), tzinfo=_stated_zone(groups))  # type: ignore[arg-type,misc]
        return moment + timedelta(seconds=float(groups.get("fraction", "0")))
    except (ValueError, KeyError):
        raise BadInputError("its name holds no moment that exists", todo="check pattern and start format") from None


def _utc_us(moment: datetime, pattern: NamePattern) -> int:
    if moment.tzinfo is None:
        if not pattern.utc_offset:
            raise BadInputError("its name states no offset from UTC", todo="give --utc-offset such as +09:00")
        moment = moment.replace(tzinfo=_zone(pattern.utc_offset))
    return parse_utc(moment.isoformat())


def _stated_zone(groups: dict[str, str]) -> tzinfo | None:
    return _zone(groups["offset"]) if "offset" in groups else None


def _zone(text: str) -> tzinfo:
    found = _OFFSET.fullmatch(text)
    if text in {"Z", "UTC"}:
        return UTC
    if found is None or int(found[2]) > 14 or int(found[3]) > 59:
        raise UsageError(f"{text[:20]!r} is no offset from UTC", todo="write it like +09:00")
    size = timedelta(hours=int(found[2]), minutes=int(found[3]))
    return timezone(-size if found[1] == "-" else size)
