"""AuthorityKeys in files: one public key a file, as a line of text, in a folder away from the stores."""

from pathlib import Path

from casetrail.app.private_files import add_file, make_folder
from casetrail.governance.audit import AuditEvent, AuditLog
from casetrail.governance.signing import PublicKey, Verifier, parse_public_key
from casetrail.model.errors import BadInputError, IntegrityError, UsageError

_SUFFIX = ".pub"


class AuthorityKeyFiles:
    """Keys under `folder`, as `<key id>.pub`; signatures are checked by `verifier`."""

    def __init__(self, folder: Path, verifier: Verifier, audit_log: AuditLog) -> None:
        self._folder, self._verifier, self._audit_log = folder, verifier, audit_log

    def read_keys(self) -> tuple[PublicKey, ...]:
        """The trusted keys, by id."""
        return tuple(_read(path) for path in sorted(self._folder.glob(f"*{_SUFFIX}")))

    def add_key(self, key: PublicKey, *, audit: AuditEvent) -> None:
        """Trust one more. Raises UsageError when it is trusted already."""
        path = self._folder / f"{key.key_id.hex()}{_SUFFIX}"
        if path.exists():
            raise UsageError("this key is trusted already", where=f"key {key.key_id.hex()}")
        self._audit_log.record(audit)
        make_folder(self._folder)
        add_file(path, f"{key.text}\n".encode())

    def has_signed(self, key_id: str, data: bytes, signature: bytes) -> bool:
        """Whether the trusted key of this id signed the data."""
        keys = [key for key in self.read_keys() if key.key_id.hex() == key_id]
        return any(self._verifier.can_verify(key.key, signature, data) for key in keys)


def _read(path: Path) -> PublicKey:
    try:
        return parse_public_key(path.read_text(encoding="utf-8"))
    except (BadInputError, UnicodeDecodeError):
        raise IntegrityError("an authority's key is not readable", where=str(path), todo="trust it anew") from None
