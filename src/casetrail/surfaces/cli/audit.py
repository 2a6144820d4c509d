"""`casetrail audit`: the log of every act, what was published of it, and whether everything is what was stored."""

import dataclasses
from pathlib import Path
from typing import Annotated

import typer

from casetrail import bootstrap
from casetrail.app.acting import local_actor
from casetrail.app.audit_checkpoint import make_checkpoint
from casetrail.app.audit_receipts import write_verifier
from casetrail.app.show_log import EventWish, show_events
from casetrail.app.verify import KeptCheckpoint, check_whole, verify_for
from casetrail.governance.audit import RecordedEvent, Role
from casetrail.governance.checkpoint import parse_checkpoint
from casetrail.model.time import format_utc
from casetrail.surfaces.cli import witness
from casetrail.surfaces.cli.acting import AsOption
from casetrail.surfaces.cli.output import (
    DataOption,
    JsonOption,
    console,
    print_json,
    print_table,
    settings_for,
)
from casetrail.surfaces.cli.text_files import read_key, read_text

app = typer.Typer(help="The log of every act: show it, verify it, publish its head.", no_args_is_help=True)
app.add_typer(witness.app, name="witness")


@app.command("verify")
def verify(
    checkpoint: Annotated[list[Path] | None, typer.Option(help="A checkpoint kept elsewhere; may be repeated.")] = None,
    key: Annotated[str | None, typer.Option(help="Public key of those checkpoints; this installation's own.")] = None,
    as_: AsOption = "",
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Recompute the log, hold it against checkpoints, read every vault and the index; exit code 6 names the fault."""
    settings = settings_for(data)
    ports, audit = bootstrap.open_case_ports(settings), bootstrap.open_audit_ports(settings)
    known = None if key is None else read_key(key)
    kept = [KeptCheckpoint(path.name, read_text(path), known) for path in checkpoint or ()]
    found = verify_for(ports, bootstrap.open_presence_index(settings), audit, local_actor(Role.AUDITOR, as_), kept)
    checked, head = found.checked, found.head
    if as_json:
        print_json({"checked": checked, "size": head and head.size, "root_hash": head and head.root_hash})
    else:
        print_table([dataclasses.asdict(item) for item in checked], title="stores")
    check_whole(checked)
    if head is not None and not as_json:
        console.print(f"audit log: {head.size} events, root {head.root_hash}", highlight=False)


@app.command("checkpoint")
def checkpoint(
    out: Annotated[Path | None, typer.Option(help="Also write the text to this file.")] = None,
    verifier: Annotated[
        Path | None, typer.Option(help="Also put the stand-alone verifier and the public key into this folder.")
    ] = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Sign the head of the log and publish it: whoever keeps the text can tell later whether history was changed."""
    ports = bootstrap.open_audit_ports(settings_for(data))
    note, key = make_checkpoint(ports, local_actor(Role.AUDITOR)), ports.signer.public_key
    if out is not None:
        out.write_text(note.text, encoding="utf-8", newline="\n")
    if verifier is not None:
        write_verifier(verifier).with_name("log.pub").write_text(f"{key.text}\n", encoding="utf-8")
    if as_json:
        head = parse_checkpoint(note)
        plain = {"origin": head.origin, "size": head.size, "root_hash": head.root.hex()}
        print_json({**plain, "public_key": key.text, "text": note.text})
    else:
        typer.echo(note.text, nl=False)


@app.command("show")
def show(
    case: Annotated[str | None, typer.Option(help="Only the events of this case.")] = None,
    actor: Annotated[str | None, typer.Option(help="Only what this actor did.")] = None,
    act: Annotated[str | None, typer.Option(help="Only acts that begin so, such as `trace.` or `case.close`.")] = None,
    last: Annotated[int, typer.Option(help="Only so many, the newest; 0 means all.")] = 0,
    as_: AsOption = "",
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Who did what, on which case, when, under which paper. Looking is on record as well."""
    wish = EventWish(case, actor, act or "", last)
    events = show_events(bootstrap.open_audit_ports(settings_for(data)), wish, local_actor(Role.AUDITOR, as_))
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
        "under": event.basis[:12],
        "policy": event.policy[:12],
    }
