"""AES-256-GCM with everything that names a record bound into its tag, and records packed into one text."""

import secrets
import struct
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from casetrail.model.errors import IntegrityError

FORMAT = "casetrail vault 2"
_NONCE_BYTES = 12
_LENGTHS = struct.Struct("<IQ")


def seal(key: bytes, plain: bytes, *names: str) -> bytes:
    """Random nonce (NIST SP 800-38D, 96 bits) and ciphertext, bound to the names."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, _bound(names))


def unseal(key: bytes, sealed: bytes, *names: str, where: str) -> bytes:
    """The plain bytes. Raises IntegrityError when key, bytes or names are not those of sealing."""
    if len(sealed) <= _NONCE_BYTES:
        raise IntegrityError("a vault file is cut short", where=where, todo="restore it from a copy")
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], _bound(names))
    except InvalidTag:
        raise IntegrityError(
            "a vault file was changed or put elsewhere", where=where, todo="restore it from a copy"
        ) from None


def pack(records: Mapping[str, bytes]) -> bytes:
    """Records as one run of bytes: the lengths of id and data, then both, for each."""
    parts = []
    for record_id, data in records.items():
        name = record_id.encode()
        parts += [_LENGTHS.pack(len(name), len(data)), name, data]
    return b"".join(parts)


def unpack(packed: bytes) -> dict[str, bytes]:
    """What `pack` packed."""
    records, at = {}, 0
    while at < len(packed):
        name_bytes, data_bytes = _LENGTHS.unpack_from(packed, at)
        middle = at + _LENGTHS.size + name_bytes
        records[packed[at + _LENGTHS.size : middle].decode()] = packed[middle : middle + data_bytes]
        at = middle + data_bytes
    return records


def join(head: bytes, body: bytes) -> bytes:
    """Two sealed parts in one file."""
    return _LENGTHS.pack(0, len(head)) + head + body


def split(joined: bytes, *, where: str) -> tuple[bytes, bytes]:
    """The two parts that `join` put together. Raises IntegrityError when the bytes are too few."""
    if len(joined) < _LENGTHS.size:
        raise IntegrityError("a vault file is cut short", where=where, todo="restore it from a copy")
    zero, length = _LENGTHS.unpack_from(joined)
    if zero or _LENGTHS.size + length > len(joined):
        raise IntegrityError("a vault file was changed", where=where, todo="restore it from a copy")
    return joined[_LENGTHS.size : _LENGTHS.size + length], joined[_LENGTHS.size + length :]


def _bound(names: tuple[str, ...]) -> bytes:
    parts = [name.encode() for name in (FORMAT, *names)]
    return b"".join(struct.pack("<I", len(part)) + part for part in parts)
