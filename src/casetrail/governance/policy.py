"""Port: the policy text in force. It is asked after the invariants of `may`, so it can only take away."""

from collections.abc import Mapping
from typing import Protocol

from casetrail.governance.audit import Actor


class Policy(Protocol):
    """A readable policy, such as Cedar text, with the hash that audit events carry."""

    @property
    def text_hash(self) -> str:
        """sha256 of the policy text, hexadecimal."""

    def permits(self, actor: Actor, act: str, case_id: str | None, context: Mapping[str, bool | str]) -> bool:
        """Whether the text permits the act; `context` holds the facts of `may.build_context`.

        A fault while deciding is a refusal: nothing is permitted by an error.
        """
