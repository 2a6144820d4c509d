"""Every error that casetrail raises on purpose, and the exit code of each.

- `CasetrailError` (70): the root; raised itself only for a bug
  - `UsageError` (2): the call asks for something that cannot be
  - `RefusedError` (3): governance forbids the act
  - `BadInputError` (4): a file or a value from outside is wrong
  - `MissingError` (5): a model, footage or a key is not there
  - `IntegrityError` (6): something stored is not what was stored

An error says what is wrong, where, and what to do, in one line. It never carries personal data.
"""


class CasetrailError(Exception):
    """What went wrong, where, and what to do next; `exit_code` tells the cause to the shell."""

    exit_code = 70
    kind = "bug"

    def __init__(self, what: str, *, where: str = "", todo: str = "") -> None:
        self.what, self.where, self.todo = what, where, todo
        super().__init__(_one_line(what, where, todo))


class UsageError(CasetrailError):
    """The call asks for something that cannot be."""

    exit_code = 2
    kind = "usage"


class RefusedError(CasetrailError):
    """Governance forbids the act."""

    exit_code = 3
    kind = "refused"


class BadInputError(CasetrailError):
    """A file or a value from outside is wrong."""

    exit_code = 4
    kind = "bad_input"


class MissingError(CasetrailError):
    """A model, footage or a key is not there."""

    exit_code = 5
    kind = "missing"


class IntegrityError(CasetrailError):
    """Something stored is not what was stored."""

    exit_code = 6
    kind = "integrity"


def printable(text: str) -> str:
    """The text on one line without anything that would steer a terminal: names of files come from outside."""
    return "".join(one if one.isprintable() else f"\\x{ord(one):02x}" for one in " ".join(text.split()))


def _one_line(what: str, where: str, todo: str) -> str:
    text = what if not where else f"{where}: {what}"
    return printable(text if not todo else f"{text}; {todo}")
