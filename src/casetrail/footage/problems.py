"""A problem with cameras or footage, as a list of them is shown: where, what, and what to do."""

from dataclasses import dataclass
from pathlib import PurePath

from casetrail.model.errors import CasetrailError, printable


@dataclass(frozen=True)
class FootageProblem:
    """One thing that is wrong with a row, a file or a timeline. It never stops the others."""

    where: str
    what: str
    todo: str = ""

    def describe(self) -> str:
        """The problem on one line, safe to show at a terminal."""
        return printable(f"{self.where}: {self.what}" + (f"; {self.todo}" if self.todo else ""))


def problem_of(error: CasetrailError, *, where: str) -> FootageProblem:
    """The problem that an error tells about; the file that it names is named when `where` is another."""
    other = error.where and PurePath(error.where).name != PurePath(where).name
    return FootageProblem(printable(where), error.what + (f" ({printable(error.where)})" if other else ""), error.todo)
