"""Requests and grants: two people agree on what a case may look into (PIPA 3, 16, 29; Enforcement Decree 30).

An investigator asks for cameras, hours, a method and a budget of views. Another person, a supervisor or the privacy
officer, grants it for a day at most. What was asked for lies in the case vault; the register holds who and when.
"""

import secrets
from dataclasses import dataclass

from casetrail.governance.cases import Method, Scope
from casetrail.model.errors import BadInputError, RefusedError
from casetrail.model.time import SECOND_US, UtcInterval

LONGEST_HOURS = 24
LONGEST_GRANT_US = LONGEST_HOURS * 3600 * SECOND_US


def new_request_id() -> str:
    """A random id of a request."""
    return f"R-{secrets.token_hex(4)}"


def new_grant_id() -> str:
    """A random id of a grant."""
    return f"G-{secrets.token_hex(4)}"


@dataclass(frozen=True)
class Request:
    """What somebody asks to look into. `written_order`: the document that allows comparing clothing and silhouette.

    A trace by clothing needs such an order of its own (Enforcement Decree 32-2(3), to be confirmed by counsel); one
    by clothing and face goes on without the face, should consent be withdrawn, only where there is one. Raises
    RefusedError without it, BadInputError when nothing is asked for.
    """

    request_id: str
    case_id: str
    scope: Scope
    written_order: str = ""

    def __post_init__(self) -> None:
        if self.scope.views < 1 or self.scope.interval.end_us <= self.scope.interval.start_us:
            raise BadInputError("a request names hours and a budget of views", where=f"case {self.case_id}")
        if self.scope.method is Method.CLOTHING and not self.written_order.strip():
            todo = "name its document with --written-order"
            raise RefusedError("comparing clothing needs a written order", where=f"case {self.case_id}", todo=todo)


@dataclass(frozen=True)
class RequestEntry:
    """A request in the register: by whom, when, and a commitment to what it asks for, whose salt is in the vault."""

    request_id: str
    case_id: str
    requester: str
    asked_us: int
    commitment: str


@dataclass(frozen=True)
class GrantEntry:
    """A grant in the register: who granted which request, and while it holds. Raises BadInputError beyond a day."""

    grant_id: str
    case_id: str
    request_id: str
    approver: str
    valid: UtcInterval

    def __post_init__(self) -> None:
        if not 0 < self.valid.end_us - self.valid.start_us <= LONGEST_GRANT_US:
            raise BadInputError(f"a grant holds for {LONGEST_HOURS} hours at most", where=f"case {self.case_id}")


@dataclass(frozen=True)
class Grant:
    """A grant with what it allows and who asked for it."""

    entry: GrantEntry
    requester: str
    request: Request

    @property
    def scope(self) -> Scope:
        """Cameras, hours, method and views that were granted."""
        return self.request.scope

    def is_live(self, now_us: int) -> bool:
        """Whether it holds at a moment."""
        return self.entry.valid.contains(now_us)
