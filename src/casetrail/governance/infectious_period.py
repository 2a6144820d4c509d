"""The infectious period of a case, which bounds what a trace may look at.

It starts two days before symptom onset, or before the specimen was taken when there are no symptoms, as the
contact definitions of WHO (2021-02), CDC (2020-10) and KDCA (2022-01) say. It ends when the person was
isolated; ten days after onset unless that date is known (CDC isolation guidance of 2020).
"""

from datetime import UTC, date, datetime, time, timedelta, timezone

from casetrail.model.errors import BadInputError
from casetrail.model.time import UtcInterval, parse_utc

DAYS_BEFORE = 2
DAYS_AFTER = 10


def infectious_period(onset: date, zone: timezone, isolated_us: int | None = None) -> UtcInterval:
    """Half-open UTC interval from the start of the day two days before `onset` in `zone`.

    `onset` is the specimen date for a case without symptoms. Raises BadInputError when isolation comes first.
    """
    start_us = _midnight_us(onset - timedelta(days=DAYS_BEFORE), zone)
    end_us = _midnight_us(onset + timedelta(days=DAYS_AFTER), zone) if isolated_us is None else isolated_us
    if end_us <= start_us:
        raise BadInputError("isolation lies before the infectious period", todo="check both dates")
    return UtcInterval(start_us, end_us)


def parse_zone(text: str) -> timezone:
    """A fixed offset from UTC such as +09:00. Raises BadInputError when it is not one."""
    try:
        offset = datetime.fromisoformat(f"2000-01-01T00:00:00{text.strip()}").utcoffset()
    except ValueError:
        offset = None
    if offset is None:
        raise BadInputError(f"not an offset from UTC: {text[:10]!r}", todo="write it like +09:00")
    return timezone(offset)


def parse_day(text: str, *, what: str) -> date:
    """A calendar day such as 2026-03-02. Raises BadInputError when it is not one."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise BadInputError(f"{what} is not a day", todo="write it like 2026-03-02") from None


def _midnight_us(day: date, zone: timezone) -> int:
    return parse_utc(datetime.combine(day, time(), zone).astimezone(UTC).isoformat())
