"""Papers promise nothing that no test holds: every test that they name exists, and both languages name the same."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
PAPERS = sorted(
    [ROOT / "THREAT_MODEL.md", *(ROOT / "docs" / "papers").glob("*.md"), *(ROOT / "docs").rglob("governance.md")]
)
PAIRS = sorted({path.name.split(".")[0] for path in (ROOT / "docs" / "papers").glob("*.md")})


def _tests(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


def _named(path: Path) -> set[tuple[str, str]]:
    return set(NAMED.findall(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("paper", PAPERS, ids=lambda path: path.name)
def test_every_test_that_is_named_exists(paper: Path) -> None:
    """A sentence that rests on a test rests on one that is there."""
    named = _named(paper)
    assert named, "a paper that rests on no test promises out of thin air"
    absent = [(file, name) for file, name in named if not (ROOT / file).is_file() or name not in _tests(ROOT / file)]
    assert absent == []


def test_each_paper_is_there_in_both_languages() -> None:
    """The assessment and the policy exist in English and Korean."""
    assert set(PAIRS) >= {"data-protection-impact-assessment", "operating-policy"}
    for name in PAIRS:
        assert {path.name for path in (ROOT / "docs" / "papers").glob(f"{name}.*")} == {
            f"{name}.en.md",
            f"{name}.ko.md",
        }


@pytest.mark.parametrize("name", PAIRS)
def test_both_languages_promise_the_same(name: str) -> None:
    """What one language rests on a test, the other does too, under as many headings and in as many rows."""
    english, korean = ((ROOT / "docs" / "papers" / f"{name}.{language}.md") for language in ("en", "ko"))
    assert _named(english) == _named(korean)
    assert _shape(english) == _shape(korean)


def _shape(path: Path) -> list[str]:
    """Headings by level and rows of tables, in order."""
    return [line.split(" ")[0] for line in path.read_text(encoding="utf-8").splitlines() if line[:1] in ("#", "|")]


def test_the_links_of_the_papers_lead_somewhere() -> None:
    """Links to other pages of the project are not broken."""
    broken = [
        (paper.name, target)
        for paper in PAPERS
        for target in re.findall(r"\]\(([^)#:]+)\)", paper.read_text(encoding="utf-8"))
        if not (paper.parent / target).exists()
    ]
    assert broken == []
