"""`casetrail retention`: what goes when, letting it go, and why it stays. `casetrail keys`: the keys of vaults."""

from pathlib import Path
from typing import Annotated

import typer

from casetrail import bootstrap
from casetrail.app.acting import local_actor
from casetrail.app.clock import utc_now_us
from casetrail.app.retention import hold, move_due, release, run_retention, show_due
from casetrail.app.rotate_keys import rotate_keys
from casetrail.governance.audit import Role
from casetrail.governance.retention import Due
from casetrail.model.errors import IntegrityError
from casetrail.model.time import format_utc, parse_utc
from casetrail.surfaces.cli.acting import AsOption
from casetrail.surfaces.cli.output import DataOption, JsonOption, console, print_json, print_table, settings_for

app = typer.Typer(help="Due dates of everything stored, legal holds.", no_args_is_help=True)
keys = typer.Typer(help="The key that protects the keys of cases.", no_args_is_help=True)

ThingArgument = Annotated[str, typer.Argument(metavar="THING", help="Such as 'case C-7K3F-M2QD' or 'day 2026-03-02'.")]


@app.command("show")
def show(as_: AsOption = "", data: DataOption = None, as_json: JsonOption = False) -> None:
    """Everything that has a due date, the earliest first."""
    due, now_us = show_due(bootstrap.open_retention_ports(settings_for(data)), local_actor(given=as_)), utc_now_us()
    if as_json:
        print_json([_row(each, now_us) for each in due])
    else:
        print_table([_row(each, now_us) for each in due], title="due dates")


@app.command("run")
def run(data: DataOption = None, as_json: JsonOption = False) -> None:
    """Let everything go that is due; whatever was missed goes now."""
    done = run_retention(bootstrap.open_retention_ports(settings_for(data)), utc_now_us())
    if as_json:
        print_json(done)
    else:
        console.print(
            f"{len(done.gone)} gone, {len(done.waiting)} waiting for a notice, {len(done.suspended)} suspended"
        )
        for thing in done.gone:
            console.print(f"gone: {thing}", highlight=False)
        for thing in done.waiting:
            console.print(f"due, and waits for its notice: {thing}", highlight=False)
    for kept in done.kept:
        typer.echo(f"not erased: {kept.thing}: {kept.why}", err=True)
    if done.kept:
        todo = "do what the lines above say, and run it again"
        raise IntegrityError(f"{len(done.kept)} things that are due could not be erased", todo=todo)


@app.command("move")
def move(
    case: Annotated[str, typer.Argument(metavar="CASE", help="Pseudonym of the case.")],
    due: Annotated[str, typer.Option(help="New due date, ISO 8601 with offset; only an earlier one is taken.")],
    as_: AsOption = "",
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Move the due date of a case earlier."""
    due_us = parse_utc(due, where="--due")
    entry = move_due(bootstrap.open_case_ports(settings_for(data)), case, due_us, local_actor(given=as_), utc_now_us())
    if as_json:
        print_json(entry)
    else:
        console.print(f"{case} is due {format_utc(entry.due_us)}", highlight=False)


@app.command("hold")
def hold_(
    thing: ThingArgument,
    basis: Annotated[str, typer.Option(help="The document that requires it to stay.")] = "",
    as_: AsOption = "",
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Put a case, a day or an output under legal hold: it stays beyond its due date."""
    ports, actor = bootstrap.open_case_ports(settings_for(data)), local_actor(Role.PRIVACY_OFFICER, as_)
    made = hold(ports, thing, basis, actor, utc_now_us())
    if as_json:
        print_json(made)
    else:
        console.print(f"{made.thing} is under legal hold: {made.basis}", highlight=False)


@app.command("release")
def release_(thing: ThingArgument, as_: AsOption = "", data: DataOption = None, as_json: JsonOption = False) -> None:
    """End a legal hold; what is due by then goes at the next run."""
    release(bootstrap.open_case_ports(settings_for(data)), thing, local_actor(Role.PRIVACY_OFFICER, as_))
    if as_json:
        print_json({"released": thing})
    else:
        console.print(f"{thing} is no longer under legal hold", highlight=False)


@keys.command("rotate")
def rotate(
    passphrase: Annotated[Path | None, typer.Option(help="File with a passphrase for the new key; none: bare.")] = None,
    as_: AsOption = "",
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Wrap the keys of all cases under a new key; the old one opens nothing afterwards."""
    cases = rotate_keys(bootstrap.open_case_ports(settings_for(data)), local_actor(Role.ADMINISTRATOR, as_), passphrase)
    if as_json:
        print_json({"cases": cases})
        return
    console.print(f"the keys of {cases} cases are wrapped under a new key")
    if passphrase is not None:
        console.print(f"from now on set CASETRAIL_PASSPHRASE_FILE={passphrase}", highlight=False)


def _row(due: Due, now_us: int) -> dict[str, object]:
    state = "held: " + due.held if due.held else "due" if due.is_due(now_us) else ""
    return {"due": format_utc(due.due_us)[:16].replace("T", " "), "kind": due.kind, "name": due.name, "state": state}
