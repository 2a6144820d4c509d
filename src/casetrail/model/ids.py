"""Ids: stable ones that follow from content, and random pseudonyms that follow from nothing."""

import hashlib
import re
import secrets

from casetrail.model.errors import BadInputError

_NAME = re.compile(r"[A-Za-z0-9가-힣][A-Za-z0-9가-힣_.\-]{0,63}")


def stable_id(*parts: object) -> str:
    """Twenty hexadecimal digits that depend on the parts only: the same parts give the same id anywhere."""
    text = "\x1f".join(str(part) for part in parts)
    return hashlib.sha256(text.encode()).hexdigest()[:20]


def new_case_id() -> str:
    """A random case pseudonym such as C-7K3F-M2QD; it says nothing about the person."""
    alphabet = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
    text = "".join(secrets.choice(alphabet) for _ in range(8))
    return f"C-{text[:4]}-{text[4:]}"


def check_name(text: str, *, what: str, where: str = "") -> str:
    """The text if it may serve as an id and a file name; raises BadInputError otherwise."""
    if not _NAME.fullmatch(text):
        raise BadInputError(
            f"{what} {text[:40]!r} is not usable",
            where=where,
            todo="use letters, digits, '-', '_' and '.', at most 64 characters",
        )
    return text
