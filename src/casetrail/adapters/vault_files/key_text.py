"""The bytes of a key file: the bare key, or the key wrapped under a passphrase with what scrypt needs to know."""

import json
import secrets
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from casetrail.app.private_files import check_private
from casetrail.model.errors import BadInputError, IntegrityError, MissingError

KEY_BYTES = 32
COST, BLOCK, LANES = 2**17, 8, 1  # RFC 7914: N, r, p; 128 MiB and about half a second
_DEAREST, _SHORTEST = 2**20, 12
_FORMAT = "casetrail key 1"


def write_key(passphrase: bytes | None, cost: int = COST) -> bytes:
    """A new random key as a key file holds it: bare without a passphrase."""
    key = secrets.token_bytes(KEY_BYTES)
    if passphrase is None:
        return key
    salt = secrets.token_bytes(16)
    wrapped = aes_key_wrap(_stretch(passphrase, salt, cost, BLOCK, LANES), key)
    scrypt = {"n": cost, "r": BLOCK, "p": LANES, "salt": salt.hex()}
    return json.dumps({"format": _FORMAT, "scrypt": scrypt, "wrapped": wrapped.hex()}).encode()


def read_key(data: bytes, passphrase: bytes | None, *, where: str) -> bytes:
    """The key in a key file that `write_key` wrote under a passphrase.

    Raises MissingError without a passphrase, IntegrityError when it is the wrong one or the bytes are no such file.
    """
    try:
        plain: dict[str, Any] = json.loads(data)
        given = plain["scrypt"]
        salt, wrapped = bytes.fromhex(given["salt"]), bytes.fromhex(plain["wrapped"])
        cost, block, lanes = int(given["n"]), int(given["r"]), int(given["p"])
    except (ValueError, KeyError, TypeError):
        raise IntegrityError(f"the installation's key is not {KEY_BYTES} bytes", where=where) from None
    if plain.get("format") != _FORMAT or not 2 <= cost <= _DEAREST or not (1 <= block <= 32 and 1 <= lanes <= 16):
        raise IntegrityError("the installation's key file is of no known kind", where=where)
    if passphrase is None:
        todo = "name the file that holds the passphrase in CASETRAIL_PASSPHRASE_FILE"
        raise MissingError("the installation's key needs its passphrase", where=where, todo=todo)
    try:
        return aes_key_unwrap(_stretch(passphrase, salt, cost, block, lanes), wrapped)
    except (InvalidUnwrap, ValueError):
        raise IntegrityError("the passphrase does not open the installation's key", where=where) from None


def read_passphrase(path: Path) -> bytes:
    """The passphrase in a file without its last line break. Raises MissingError, BadInputError when too short."""
    if not path.exists():
        raise MissingError("there is no file with the passphrase", where=str(path))
    check_private(path, "the passphrase")
    passphrase = path.read_bytes().rstrip(b"\r\n")
    if len(passphrase) < _SHORTEST:
        raise BadInputError(f"the passphrase has fewer than {_SHORTEST} bytes", where=str(path))
    return passphrase


def _stretch(passphrase: bytes, salt: bytes, cost: int, block: int, lanes: int) -> bytes:
    return Scrypt(salt=salt, length=KEY_BYTES, n=cost, r=block, p=lanes).derive(passphrase)
