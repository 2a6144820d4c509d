"""Port: one key for every UTC day of the presence index; destroying it is how a day is forgotten."""

from typing import Protocol

KEY_BYTES = 32


class DayKeys(Protocol):
    """Keys of days such as `2026-03-02`. A destroyed key never comes back, and its day gets no new one."""

    def key_for(self, day: str, *, create: bool = False) -> bytes:
        """The 32 bytes of a day's key, made when asked to and absent.

        Raises MissingError when there is none (or it was destroyed), IntegrityError when it is not a key.
        """

    def destroy(self, day: str) -> bool:
        """Destroy the key of a day; says whether there was one. The caller has recorded the event."""

    def was_destroyed(self, day: str) -> bool:
        """Whether the day had its key destroyed: it is forgotten, and gets no new one."""

    def read_days(self) -> tuple[str, ...]:
        """The days that have a key, in order."""

    def read_made_us(self, day: str) -> int:
        """UTC at which a day's key was made, in microseconds. Raises MissingError when there is none."""
