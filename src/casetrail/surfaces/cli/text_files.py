"""Short texts that verbs take in: from a file, from standard input, or straight from the command line."""

import sys
from pathlib import Path

from casetrail.governance.signing import PublicKey, parse_public_key
from casetrail.model.errors import BadInputError, MissingError

LARGEST_BYTES = 200_000


def read_text(path: Path) -> str:
    """A small file as text; `-` is standard input. Raises MissingError or BadInputError when it cannot be read."""
    if str(path) == "-":
        return sys.stdin.read(LARGEST_BYTES)
    if not path.is_file():
        raise MissingError("there is no such file", where=str(path))
    if path.stat().st_size > LARGEST_BYTES:
        raise BadInputError("too large for a key, a checkpoint or a request", where=str(path))
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise BadInputError("not a text in UTF-8", where=str(path)) from None


def read_key(text: str) -> PublicKey:
    """A public key from a line of text, or from a file that holds it."""
    path = Path(text)
    return parse_public_key(read_text(path) if path.is_file() else text)
