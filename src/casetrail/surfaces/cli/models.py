"""`casetrail models`: the catalogue of models, downloads by hash, and self-tests."""

from typing import Annotated

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn

from casetrail import bootstrap
from casetrail.app.check_models import ModelCheck, check_model
from casetrail.app.clock import utc_now_us
from casetrail.app.model_catalogue import find_entry, read_model_catalogue
from casetrail.app.models import choose_models, list_models, pull_models
from casetrail.model.errors import IntegrityError, MissingError, UsageError
from casetrail.model.models import ModelRole
from casetrail.surfaces.cli.output import (
    DataOption,
    JsonOption,
    console,
    print_json,
    print_table,
    progress_console,
    settings_for,
)

app = typer.Typer(help="Models: the catalogue, downloads by hash, self-tests.", no_args_is_help=True)

NamesArgument = Annotated[list[str] | None, typer.Argument(help="Names from the catalogue.")]


@app.command("list")
def list_verb(data: DataOption = None, as_json: JsonOption = False) -> None:
    """The catalogue: which models are here, which serve, where the others are to be had."""
    states = list_models(bootstrap.open_model_files(settings_for(data)))
    if as_json:
        print_json(states)
        return
    rows = [
        {
            "role": state.role,
            "model": state.name,
            "class": state.accuracy,
            "here": state.place or ("wrong file" if state.problem else "no"),
            "used": "yes" if state.used else "",
            "licence": state.licence,
            "source": state.source,
        }
        for state in states
    ]
    print_table(rows, title="models")
    for state in states:
        if state.problem:
            console.print(state.problem)


@app.command("pull")
def pull(
    names: NamesArgument = None,
    role: Annotated[list[str] | None, typer.Option(help="Default models of a role; `all` is every role.")] = None,
    optional: Annotated[
        bool, typer.Option("--optional", help="Exit 0 although something could not be pulled: the carried set serves.")
    ] = False,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Download models into the cache, each verified by its hash; what is here already stays."""
    entries = choose_models(names or (), _roles(role or ()))
    files = bootstrap.open_model_files(settings_for(data))
    columns = TextColumn("{task.description}"), BarColumn(), DownloadColumn()
    with Progress(*columns, console=progress_console, transient=True) as shown:
        bars: dict[str, TaskID] = {}

        def tell(file: str, done: int, whole: int) -> None:
            if file not in bars:
                bars[file] = shown.add_task(file)
            shown.update(bars[file], completed=done, total=whole or None)

        results = pull_models(entries, files, tell)
    if as_json:
        print_json(results)
    else:
        print_table([{"model": one.name, "outcome": one.outcome} for one in results], title="models")
    missing = [one.name for one in results if not one.ok]
    if missing and not optional:
        raise MissingError(
            f"not pulled: {', '.join(missing)}",
            where="models",
            todo="the table says why; `casetrail doctor` what serves",
        )


@app.command("check")
def check(names: NamesArgument = None, data: DataOption = None, as_json: JsonOption = False) -> None:
    """Load each model and run its self-test on a drawn picture."""
    files, openers = bootstrap.open_model_files(settings_for(data)), bootstrap.model_openers()
    entries = [find_entry(name) for name in names] if names else list(read_model_catalogue())
    with Progress(console=progress_console, transient=True) as shown:
        tracked = shown.track(entries, description="checking models")
        checks = [check_model(entry, files, openers, utc_now_us()) for entry in tracked]
    if as_json:
        print_json(checks)
    else:
        print_table([_row(one) for one in checks], title="models")
    broken = [one.name for one in checks if one.problem and (not one.absent or names)]
    if broken:
        raise IntegrityError(f"did not pass: {', '.join(broken)}", where="models", todo="the table says what to do")


def _row(one: ModelCheck) -> dict[str, object]:
    took = "" if one.milliseconds is None else one.milliseconds
    outcome = "ok" if one.ok else one.problem
    return {"model": one.name, "role": one.role, "class": one.accuracy, "self-test": outcome, "ms": took}


def _roles(names: list[str] | tuple[str, ...]) -> tuple[ModelRole, ...]:
    if "all" in names:
        return tuple(ModelRole)
    try:
        return tuple(ModelRole(name) for name in names)
    except ValueError as error:
        known = ", ".join(role.value for role in ModelRole)
        raise UsageError("no such role", where=", ".join(names), todo=f"choose from all, {known}") from error
