"""What the command line says when something goes wrong."""

import pytest

from casetrail.model.errors import BadInputError, IntegrityError, MissingError, RefusedError, UsageError
from casetrail.surfaces.cli import main as cli
from casetrail.surfaces.cli.output import warn_if_outside


def _run(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> int:
    def fail() -> None:
        raise error

    monkeypatch.setattr(cli, "app", fail)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return int(str(ended.value.code))


@pytest.mark.parametrize(
    ("kind", "code"),
    [(UsageError, 2), (RefusedError, 3), (BadInputError, 4), (MissingError, 5), (IntegrityError, 6)],
)
def test_exit_code_tells_the_cause(monkeypatch, capsys, kind, code) -> None:
    """Each kind of error has its exit code and is one line on stderr."""
    assert _run(monkeypatch, kind("what", where="where", todo="do this")) == code
    assert capsys.readouterr().err == "casetrail: where: what; do this\n"


def test_a_bug_says_where_and_never_what_was_entered(monkeypatch, capsys) -> None:
    """A bug is one line with its place, exit code 70, and without the words of its message."""
    monkeypatch.delenv("CASETRAIL_TRACEBACK", raising=False)
    assert _run(monkeypatch, ValueError("Hong Gil-dong, dark coat")) == 70
    said = capsys.readouterr().err
    assert said.startswith("casetrail: bug: ValueError at ") and said.count("\n") == 1
    assert "Hong" not in said


def test_a_bug_shows_everything_to_developers(monkeypatch) -> None:
    """With CASETRAIL_TRACEBACK the error comes through."""
    monkeypatch.setenv("CASETRAIL_TRACEBACK", "1")
    with pytest.raises(ValueError, match="all of it"):
        _run(monkeypatch, ValueError("all of it"))


def test_an_interruption_says_how_to_go_on(monkeypatch, capsys) -> None:
    """Ctrl-C ends with 130 and the way to resume."""
    assert _run(monkeypatch, KeyboardInterrupt()) == 130
    assert "same command again" in capsys.readouterr().err


@pytest.mark.parametrize(("place", "warned"), [("inside/C-1/lists", False), ("inside/C-1", False), ("elsewhere", True)])
def test_files_that_erasure_will_not_reach_are_said(tmp_path, capsys, place, warned) -> None:
    """A file about a case outside the folder that erasing removes brings a warning; one inside does not."""
    warn_if_outside(tmp_path / place, tmp_path / "inside/C-1")
    assert ("erasing the case will not reach it" in capsys.readouterr().err) is warned
