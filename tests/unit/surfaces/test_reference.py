"""The command reference says what the commands are."""

from pathlib import Path

from casetrail.surfaces.cli.reference import build_reference

REFERENCE = Path(__file__).parents[3] / "docs/reference/commands.md"


def test_reference_is_up_to_date() -> None:
    """`docs/reference/commands.md` is what `make docs` writes."""
    assert REFERENCE.read_text(encoding="utf-8") == build_reference(), "run `make docs`"


def test_every_reading_command_offers_json() -> None:
    """Every verb can print JSON."""
    sections = build_reference().split("\n## ")[1:]
    assert [section.splitlines()[0] for section in sections if "`--json`" not in section] == []
