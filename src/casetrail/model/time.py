"""Exact time: whole microseconds of UTC, half-open intervals, and media time as a fraction.

Media time is `pts * time_base`; it reaches UTC through the start of its recording and the offset of
its camera's clock, never through a frame number divided by a nominal rate.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction

from casetrail.model.errors import BadInputError

SECOND_US = 1_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def parse_utc(text: str, *, where: str = "") -> int:
    """Microseconds of UTC of an ISO 8601 time that carries its offset.

    Raises BadInputError when the text is not such a time.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise BadInputError(
            f"not an ISO 8601 time with an offset: {text.strip()[:40]!r}",
            where=where,
            todo="write it like 2026-03-02T12:00:00+09:00",
        )
    return (moment - _EPOCH) // timedelta(microseconds=1)


def format_utc(utc_us: int) -> str:
    """ISO 8601 in UTC with milliseconds, such as 2026-03-02T03:00:00.000Z."""
    return to_datetime(utc_us).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def to_datetime(utc_us: int) -> datetime:
    """The same moment as an aware datetime in UTC."""
    return _EPOCH + timedelta(microseconds=int(utc_us))


def day_of(utc_us: int) -> str:
    """The UTC day of a moment, such as 2026-03-02: the partition and key of the presence index."""
    return to_datetime(utc_us).date().isoformat()


def media_us(pts: int, time_base: Fraction) -> int:
    """Microseconds of `pts * time_base`, rounded half to even once, exactly."""
    return round(pts * time_base * SECOND_US)


@dataclass(frozen=True, order=True)
class UtcInterval:
    """A half-open interval `[start_us, end_us)` of UTC microseconds. Raises BadInputError when reversed."""

    start_us: int
    end_us: int

    def __post_init__(self) -> None:
        if self.end_us < self.start_us:
            raise BadInputError(f"interval ends before it starts: {self.describe()}")

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return (self.end_us - self.start_us) / SECOND_US

    def contains(self, utc_us: int) -> bool:
        """Whether the moment lies inside; the end does not."""
        return self.start_us <= utc_us < self.end_us

    def overlaps(self, other: "UtcInterval") -> bool:
        """Whether the two share any moment."""
        return self.start_us < other.end_us and other.start_us < self.end_us

    def intersection(self, other: "UtcInterval") -> "UtcInterval | None":
        """What both share, or None."""
        if not self.overlaps(other):
            return None
        return UtcInterval(max(self.start_us, other.start_us), min(self.end_us, other.end_us))

    def widened(self, seconds: float) -> "UtcInterval":
        """The same interval with `seconds` more at either end."""
        by = round(seconds * SECOND_US)
        return UtcInterval(self.start_us - by, self.end_us + by)

    def describe(self) -> str:
        """Both ends for a person to read."""
        return f"{format_utc(self.start_us)} to {format_utc(self.end_us)}"
