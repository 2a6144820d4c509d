"""Fake of the DayKeys port: keys in memory that follow from the day."""

import hashlib

from casetrail.model.errors import MissingError


class FakeDayKeys:
    """Keys that are the same in every test, all made at `made_us`."""

    def __init__(self, made_us: int = 0) -> None:
        self.made_us = made_us
        self._days: set[str] = set()
        self._destroyed: set[str] = set()

    def key_for(self, day: str, *, create: bool = False) -> bytes:
        """The day's key."""
        if day in self._destroyed:
            raise MissingError("the key of this day was destroyed at its retention limit", where=f"day {day}")
        if create:
            self._days.add(day)
        if day not in self._days:
            raise MissingError("the presence index has no key for this day", where=f"day {day}")
        return hashlib.sha256(day.encode()).digest()

    def destroy(self, day: str) -> bool:
        """Forget the day's key for good."""
        existed = day in self._days
        self._days.discard(day)
        self._destroyed.add(day)
        return existed

    def was_destroyed(self, day: str) -> bool:
        """Whether the day was forgotten."""
        return day in self._destroyed

    def read_days(self) -> tuple[str, ...]:
        """The days that have a key."""
        return tuple(sorted(self._days))

    def read_made_us(self, day: str) -> int:
        """When every key was made."""
        if day not in self._days:
            raise MissingError("the presence index has no key for this day", where=f"day {day}")
        return self.made_us
