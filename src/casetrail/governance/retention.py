"""When things go: every stored thing has a due date, which only moves earlier, except under a legal hold (PIPA 21)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from casetrail.governance.case_store import Hold
from casetrail.model.errors import BadInputError, RefusedError
from casetrail.model.time import SECOND_US

DAY_US = 86_400 * SECOND_US
PRESENCE_DAYS, LONGEST_PRESENCE_DAYS = 14, 30
OUTPUT_DAYS = 14
RECEIPT_DAYS = 5 * 365
PREVIEW_HOURS = TEMPORARY_HOURS = 1
NOTICE_DAYS = 7  # a case that is due and whose notice is not recorded waits so long, sealed, and goes then


class DueKind(StrEnum):
    """What is due."""

    CASE = "case"
    DAY = "day"
    OUTPUT = "output"
    PREVIEW = "preview"
    TEMPORARY = "temporary"
    CONSENT = "consent"
    RECEIPT = "receipt"


@dataclass(frozen=True)
class Due:
    """A thing and when it goes. `thing`: its kind and name, such as `day 2026-03-02`; `held`: why it stays anyway."""

    kind: DueKind
    name: str
    due_us: int
    held: str = ""

    @property
    def thing(self) -> str:
        """Kind and name, as legal holds name it."""
        return f"{self.kind} {self.name}"

    def is_due(self, now_us: int) -> bool:
        """Whether it should be gone by now, and nothing holds it."""
        return now_us >= self.due_us and not self.held


def with_hold(due: Due, holds: Mapping[str, Hold], case_id: str = "") -> Due:
    """The same, held where it or its case is under legal hold."""
    hold = holds.get(due.thing) or holds.get(f"{DueKind.CASE} {case_id}")
    return due if hold is None else replace(due, held=hold.basis)


def check_hold(thing: str, basis: str) -> None:
    """Raises BadInputError for what cannot be held, RefusedError when no basis is named."""
    kind, _, name = thing.partition(" ")
    if kind not in (DueKind.CASE, DueKind.DAY, DueKind.OUTPUT) or not name.strip():
        raise BadInputError("only a case, a day or an output can be held", todo="write it like 'day 2026-03-02'")
    if not basis.strip():
        raise RefusedError("a legal hold needs a named basis", where=thing, todo="name the document with --basis")


def check_not_held(holds: Mapping[str, Hold], case_id: str) -> None:
    """Raises RefusedError when a case is under legal hold."""
    hold = holds.get(f"{DueKind.CASE} {case_id}")
    if hold is not None:
        what = f"this case is under legal hold ({hold.basis})"
        raise RefusedError(what, where=f"case {case_id}", todo="end it with `casetrail retention release`")
