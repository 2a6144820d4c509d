"""Public keys of witnesses, a line each, and what a witness remembers of the logs that it sees."""

from pathlib import Path

from casetrail.app.private_files import make_folder, open_lock, replace_file
from casetrail.governance.audit import AuditEvent, AuditLog
from casetrail.governance.signing import PublicKey, parse_public_key
from casetrail.model.errors import BadInputError, IntegrityError, UsageError


class WitnessKeyFile:
    """The witnesses that an installation relies on, in a file of the key folder."""

    def __init__(self, path: Path, log: AuditLog) -> None:
        self._path, self._log = path, log

    def read_witnesses(self) -> tuple[PublicKey, ...]:
        """Their public keys, in the order in which they were added."""
        if not self._path.exists():
            return ()
        try:
            lines = self._path.read_text(encoding="utf-8").splitlines()
            return tuple(parse_public_key(line) for line in lines if line.strip())
        except (BadInputError, UnicodeDecodeError):
            raise IntegrityError("the list of witnesses was spoilt", where=str(self._path)) from None

    def add_witness(self, key: PublicKey, *, audit: AuditEvent) -> None:
        """Rely on one more."""
        make_folder(self._path.parent)
        with open_lock(self._path.with_name(f"{self._path.name}.lock"), exclusive=True):
            known = self.read_witnesses()
            if any(each.name == key.name for each in known):
                raise UsageError(f"there is a witness {key.name} already")
            self._log.record(audit)
            replace_file(self._path, "".join(f"{each.text}\n" for each in (*known, key)).encode())


class SeenCheckpointFiles:
    """What a witness remembers: one checkpoint for each log, named by the id of the log's key."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read_seen(self, log: PublicKey) -> str | None:
        """The text of the checkpoint seen last, or None."""
        path = self._path(log)
        return path.read_text(encoding="utf-8") if path.exists() else None

    def add_seen(self, log: PublicKey, text: str) -> None:
        """Remember a checkpoint durably."""
        make_folder(self._folder)
        replace_file(self._path(log), text.encode())

    def _path(self, log: PublicKey) -> Path:
        return self._folder / f"{log.key_id.hex()}.note"
