"""Contract of the DayKeys port: a key is made once, and destroyed for good."""

import pytest

from casetrail.model.errors import MissingError
from casetrail.presence.day_keys import KEY_BYTES, DayKeys


class DayKeysContract:
    """Every key store passes these. A subclass gives the fixture `day_keys`."""

    def test_key_is_made_once(self, day_keys: DayKeys) -> None:
        """The key of a day stays the same; each day has its own."""
        key = day_keys.key_for("2026-03-02", create=True)
        assert len(key) == KEY_BYTES
        assert day_keys.key_for("2026-03-02") == day_keys.key_for("2026-03-02", create=True) == key
        assert day_keys.key_for("2026-03-03", create=True) != key
        assert day_keys.read_days() == ("2026-03-02", "2026-03-03")

    def test_absent_key_is_missing(self, day_keys: DayKeys) -> None:
        """Reading never makes a key."""
        with pytest.raises(MissingError):
            day_keys.key_for("2026-03-02")
        assert day_keys.read_days() == ()

    def test_destroyed_key_never_comes_back(self, day_keys: DayKeys) -> None:
        """After destruction the day has no key and gets no new one; other days keep theirs."""
        other = day_keys.key_for("2026-03-03", create=True)
        day_keys.key_for("2026-03-02", create=True)
        assert not day_keys.was_destroyed("2026-03-02")
        assert day_keys.destroy("2026-03-02")
        assert day_keys.was_destroyed("2026-03-02")
        assert not day_keys.destroy("2026-03-02")
        for create in (False, True):
            with pytest.raises(MissingError, match="destroyed"):
                day_keys.key_for("2026-03-02", create=create)
        assert day_keys.key_for("2026-03-03") == other

    def test_when_a_key_was_made(self, day_keys: DayKeys) -> None:
        """The moment stays when the key is read or asked for again, and is unknown where there is no key."""
        day_keys.key_for("2026-03-02", create=True)
        made_us = day_keys.read_made_us("2026-03-02")
        day_keys.key_for("2026-03-02", create=True)
        assert day_keys.read_made_us("2026-03-02") == made_us
        day_keys.destroy("2026-03-02")
        for day in ("2026-03-02", "2026-03-03"):
            with pytest.raises(MissingError):
                day_keys.read_made_us(day)
