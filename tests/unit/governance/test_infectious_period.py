"""The infectious period from the dates that people give."""

from datetime import date

import pytest

from casetrail.governance.infectious_period import infectious_period, parse_day, parse_zone
from casetrail.model.errors import BadInputError
from casetrail.model.time import parse_utc


def test_two_days_before_onset() -> None:
    """The period starts at the local midnight two days before onset and lasts ten days after it."""
    period = infectious_period(date(2026, 3, 2), parse_zone("+09:00"))
    assert period.start_us == parse_utc("2026-02-28T00:00:00+09:00")
    assert period.end_us == parse_utc("2026-03-12T00:00:00+09:00")


def test_isolation_ends_it() -> None:
    """Isolation ends the period at that moment."""
    isolated_us = parse_utc("2026-03-03T18:30:00+09:00")
    assert infectious_period(date(2026, 3, 2), parse_zone("+09:00"), isolated_us).end_us == isolated_us


def test_isolation_before_the_period() -> None:
    """Isolation before the period is a mistake in the dates."""
    with pytest.raises(BadInputError):
        infectious_period(date(2026, 3, 2), parse_zone("Z"), parse_utc("2026-02-01T00:00:00Z"))


@pytest.mark.parametrize("text", ["", "9", "Seoul", "+25:00"])
def test_a_zone_is_an_offset(text: str) -> None:
    """Only an offset from UTC is a zone here."""
    with pytest.raises(BadInputError):
        parse_zone(text)


@pytest.mark.parametrize("text", ["", "2026-02-30", "02.03.2026", "2026-03-02T10:00:00"])
def test_a_day_is_a_calendar_day(text: str) -> None:
    """A day is written year-month-day and exists."""
    with pytest.raises(BadInputError, match="onset"):
        parse_day(text, what="onset")
