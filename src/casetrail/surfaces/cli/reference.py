"""The command reference, written from the commands themselves: `python -m casetrail.surfaces.cli.reference`."""

from typing import Any

import typer

from casetrail.surfaces.cli.main import app

HEAD = """# Commands

Written from the commands themselves (`make docs`). Errors are one line on stderr: what, where, what to do. Exit codes:
0 done, 2 wrong usage, 3 refused by governance, 4 bad input, 5 something missing (model, footage, key), 6 integrity
failure, 70 bug.
"""


def build_reference() -> str:
    """Every verb with its arguments and options, as Markdown."""
    root: Any = typer.main.get_command(app)
    return "\n".join([HEAD, *_describe(root, "casetrail")]).rstrip() + "\n"


def _describe(command: Any, path: str) -> list[str]:
    if hasattr(command, "commands"):
        return [line for name, part in command.commands.items() for line in _describe(part, f"{path} {name}")]
    lines = [f"## {path}", "", _one_line(command.help), ""]
    rows = [_row(parameter) for parameter in command.params if parameter.name != "help"]
    return [*lines, "| argument or option | meaning |", "|---|---|", *rows, ""] if rows else lines


def _row(parameter: Any) -> str:
    name = ", ".join(f"`{text}`" for text in parameter.opts if text.startswith("-")) or f"`{parameter.name.upper()}`"
    return f"| {name} | {_one_line(getattr(parameter, 'help', '')) or 'required'} |"


def _one_line(text: str | None) -> str:
    return " ".join((text or "").split()).replace("|", "\\|")


if __name__ == "__main__":
    typer.echo(build_reference(), nl=False)
