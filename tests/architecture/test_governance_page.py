"""The page on governance says what is: its diagram is the table of transitions, and its tests are there."""

import re
from pathlib import Path

import pytest

from casetrail.governance.state_diagram import build_state_diagram

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "explanation" / "governance.md"
NAMED = re.findall(r"`tests/([\w/.]+)::(\w+)`", PAGE.read_text(encoding="utf-8"))


def test_the_diagram_is_the_table() -> None:
    """Whoever changes a transition changes the page: its diagram is `build_state_diagram()`."""
    drawn = re.findall(r"```mermaid\n(.*?)\n```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert drawn == [build_state_diagram()]


def test_every_rule_names_a_test() -> None:
    """Each row of the table of rules ends with one."""
    rows = PAGE.read_text(encoding="utf-8").split("the test that holds it")[1].splitlines()
    rules = [row for row in rows if row.startswith("| ") and not row.startswith("| rule ")]
    assert len(rules) >= 20
    assert [row for row in rules if "`tests/" not in row] == []


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_a_named_test_is_there(file: str, name: str) -> None:
    """The page names no test that does not exist."""
    assert f"def {name}(" in (ROOT / "tests" / file).read_text(encoding="utf-8")
