"""A problem with cameras or footage, as a list of them is shown: where, what, and what to do."""

from dataclasses import dataclass

from casetrail.model.errors import CasetrailError


@dataclass(frozen=True)
class FootageProblem:
    """One thing that is wrong with a row, a file or a timeline. It never stops the others."""

    where: str
    what: str
    todo: str = ""

    def describe(self) -> str:
        """The problem on one line."""
        return f"{self.where}: {self.what}" + (f"; {self.todo}" if self.todo else "")


def problem_of(error: CasetrailError, *, where: str) -> FootageProblem:
    """The problem that an error tells about."""
    return FootageProblem(where, error.what, error.todo)
