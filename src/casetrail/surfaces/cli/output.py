"""What every verb shares: the options, the one-line error, and the choice between a table and JSON."""

import dataclasses
import json
import math
from collections.abc import Mapping, Sequence
from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from casetrail import bootstrap
from casetrail.app.settings import Settings
from casetrail.model.errors import CasetrailError, printable

DataOption = Annotated[Path | None, typer.Option("--data", help="Directory of the installation.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]

PIPED_WIDTH = 160  # a file or a pipe has no width of its own, and the usual 80 columns break every cell

console = Console(soft_wrap=True)
progress_console = Console(stderr=True)


def settings_for(data: Path | None) -> Settings:
    """Settings from the environment, with `--data` when given; what is due there by now goes first."""
    settings = Settings() if data is None else Settings(data=data)
    _catch_up(settings)
    return settings


def _catch_up(settings: Settings) -> None:
    """Let go what is due. A damaged store is for the command itself to tell; what is due and stays is told here."""
    try:
        done = bootstrap.catch_up_retention(settings)
    except (CasetrailError, OSError):
        return
    if done is not None and done.kept:
        typer.echo(f"{len(done.kept)} things are due and stay: see `casetrail retention run`", err=True)


def warn_if_outside(path: Path, folder: Path) -> None:
    """Say so when a file about a case lies outside the folder that erasing the case removes."""
    if folder.resolve() not in [path.resolve(), *path.resolve().parents]:
        typer.echo(f"{path} lies outside the installation: erasing the case will not reach it", err=True)


def print_json(value: object) -> None:
    """Print plain JSON: frozen values as objects, fractions as text, numbers that do not exist as null."""
    typer.echo(json.dumps(to_plain(value), ensure_ascii=False, indent=2))


def print_table(rows: Sequence[Mapping[str, object]], *, title: str = "") -> None:
    """Print rows as a table; columns in the order of the first row's keys."""
    if not rows:
        console.print(f"{title}: none" if title else "none")
        return
    table = Table(*[str(key) for key in rows[0]], title=title or None)
    for row in rows:
        table.add_row(*[Text(printable(_cell(value))) for value in row.values()])  # names may look like markup
    wide = console if console.is_terminal else Console(width=PIPED_WIDTH)
    wide.print(table)


def to_plain(value: object) -> Any:
    """A value made of what JSON knows."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: to_plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): to_plain(item) for key, item in value.items()}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, str | int | float | None):
        return value if not isinstance(value, float) or math.isfinite(value) else None
    return _plain_sequence(value)


def _plain_sequence(value: object) -> Any:
    if hasattr(value, "tolist"):
        return to_plain(value.tolist())
    if isinstance(value, set | frozenset):
        return sorted(to_plain(item) for item in value)
    if isinstance(value, list | tuple):
        return [to_plain(item) for item in value]
    return str(value)


def _cell(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)
