"""`casetrail audit`: the log of every act, and whether everything stored is what was stored."""

import dataclasses
from typing import Annotated

import typer

from casetrail import bootstrap
from casetrail.app.verify import check_whole, verify_installation
from casetrail.governance.audit import RecordedEvent
from casetrail.model.time import format_utc
from casetrail.surfaces.cli.output import DataOption, JsonOption, console, print_json, print_table, settings_for

app = typer.Typer(help="The log of every act: show it, verify it.", no_args_is_help=True)


@app.command("verify")
def verify(data: DataOption = None, as_json: JsonOption = False) -> None:
    """Recompute the whole log and read every vault and the presence index; exit code 6 names the first fault."""
    settings = settings_for(data)
    ports = bootstrap.open_case_ports(settings)
    checked = verify_installation(ports, bootstrap.open_presence_index(settings))
    head = ports.audit_log.read_head()
    if as_json:
        print_json({"checked": checked, "size": head.size, "root_hash": head.root_hash})
    else:
        print_table([dataclasses.asdict(item) for item in checked], title="stores")
        console.print(f"audit log: {head.size} events, root {head.root_hash}", highlight=False)
    check_whole(checked)


@app.command("show")
def show(
    case: Annotated[str | None, typer.Option(help="Only the events of this case.")] = None,
    last: Annotated[int, typer.Option(help="Only so many, the newest; 0 means all.")] = 0,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Who did what, on which case, when."""
    events = list(bootstrap.open_audit_log(settings_for(data)).read_events(case))
    events = events[-last:] if last > 0 else events
    if as_json:
        print_json(events)
    else:
        print_table([_row(recorded) for recorded in events], title="audit log")


def _row(recorded: RecordedEvent) -> dict[str, object]:
    event = recorded.event
    return {
        "event": recorded.index,
        "utc": format_utc(recorded.utc_us)[:19].replace("T", " "),
        "actor": f"{event.actor.actor_id} ({event.actor.role.replace('_', ' ')})",
        "act": event.act,
        "case": event.case_id or "",
        "counts": ", ".join(f"{name} {count:g}" for name, count in event.counts.items()),
    }
