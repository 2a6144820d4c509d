"""DayKeys in files: one per day, readable by its owner only."""

import secrets
from datetime import date
from pathlib import Path

from casetrail.app.private_files import add_file, destroy_file, make_folder
from casetrail.model.errors import BadInputError, IntegrityError, MissingError
from casetrail.presence.day_keys import KEY_BYTES

_SUFFIX, _DESTROYED = ".key", ".destroyed"


class DayKeyFiles:
    """Keys under `folder`, as `2026-03-02.key`; a destroyed one leaves an empty `2026-03-02.destroyed`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def key_for(self, day: str, *, create: bool = False) -> bytes:
        """The day's key. Two processes that create it at once get the same one."""
        path = self._path(day, _SUFFIX)
        if self.was_destroyed(day):
            raise MissingError("the key of this day was destroyed at its retention limit", where=f"day {day}")
        if create and not path.exists():
            make_folder(self._folder)
            add_file(path, secrets.token_bytes(KEY_BYTES))
        return self._read(path, day)

    def destroy(self, day: str) -> bool:
        """Forbid the day a new key first, then destroy the one it has: a crash in between loses nothing."""
        path = self._path(day, _SUFFIX)
        make_folder(self._folder)
        add_file(self._path(day, _DESTROYED), b"")
        existed = path.exists()
        destroy_file(path)
        return existed

    def was_destroyed(self, day: str) -> bool:
        """Whether the mark of destruction is there."""
        return self._path(day, _DESTROYED).exists()

    def read_days(self) -> tuple[str, ...]:
        """The days that have a key."""
        return tuple(sorted(path.stem for path in self._folder.glob(f"*{_SUFFIX}")))

    def read_made_us(self, day: str) -> int:
        """When the key's file was written."""
        path = self._path(day, _SUFFIX)
        if not path.exists():
            raise MissingError("the presence index has no key for this day", where=f"day {day}")
        return path.stat().st_mtime_ns // 1000

    def _path(self, day: str, suffix: str) -> Path:
        try:
            return self._folder / f"{date.fromisoformat(day).isoformat()}{suffix}"
        except ValueError as error:
            raise BadInputError(f"not a day: {day[:20]!r}", todo="write it like 2026-03-02") from error

    @staticmethod
    def _read(path: Path, day: str) -> bytes:
        try:
            key = path.read_bytes()
        except FileNotFoundError as error:
            todo = "restore it from the backup of keys, or index that day again from its recordings"
            raise MissingError("the presence index has no key for this day", where=f"day {day}", todo=todo) from error
        if len(key) != KEY_BYTES:
            raise IntegrityError("this is not a whole key", where=str(path), todo="restore it from the backup of keys")
        return key
