"""Bodies that may ask for recordings (IDCPA 76-2(1), to be confirmed by counsel), as data.

A body that is not listed is not refused: it is flagged to whoever approves, and in the report.
"""

import tomllib
from functools import lru_cache
from importlib import resources

from casetrail.governance.cases import LegalBasis

UNLISTED = "the requesting authority is not on the list of those that may ask (IDCPA 76-2(1))"


def is_listed(basis: LegalBasis) -> bool:
    """Whether the authority of a legal basis is on the list, by any of its names."""
    return _folded(basis.authority) in _names()


def describe_doubts(basis: LegalBasis) -> tuple[str, ...]:
    """What an approver and a reader of the report should know of a legal basis."""
    return () if is_listed(basis) else (UNLISTED,)


@lru_cache(maxsize=1)
def _names() -> frozenset[str]:
    text = resources.files("casetrail.governance").joinpath("authorities.toml").read_text(encoding="utf-8")
    listed = tomllib.loads(text)["authority"]
    return frozenset(_folded(name) for entry in listed for name in entry["names"])


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()
