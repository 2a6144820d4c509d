"""`casetrail audit witness`: somebody outside who countersigns the log's head, by file or QR code."""

import dataclasses
from pathlib import Path
from typing import Annotated

import typer

from casetrail import bootstrap
from casetrail.app.acting import local_actor
from casetrail.app.audit_witness import (
    add_witness,
    answer_request,
    list_countersignatures,
    receive_countersignature,
    request_countersignature,
)
from casetrail.app.clock import utc_now_us
from casetrail.governance.audit import Role
from casetrail.governance.signing import KeyKind
from casetrail.model.time import format_utc
from casetrail.surfaces.cli.acting import AsOption
from casetrail.surfaces.cli.output import DataOption, JsonOption, print_json, print_table, settings_for
from casetrail.surfaces.cli.text_files import read_key, read_text

app = typer.Typer(help="A witness outside the centre, who countersigns the log's head.", no_args_is_help=True)

OutOption = Annotated[Path | None, typer.Option(help="Write the text to this file.")]
QrOption = Annotated[Path | None, typer.Option(help="Draw the text as a QR code into this SVG file.")]
ShowQrOption = Annotated[bool, typer.Option("--show-qr", help="Draw the text as a QR code in the terminal.")]


@app.command("add")
def add(
    key: Annotated[str, typer.Argument(help="The witness' public key: a line of text, or a file that holds it.")],
    who: AsOption = "",
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Rely on a witness, as privacy officer: from then on new traces are refused while its word is too old."""
    found = read_key(key)
    add_witness(bootstrap.open_audit_ports(settings_for(data)), found, local_actor(Role.PRIVACY_OFFICER, who))
    if as_json:
        print_json({"witness": found.name, "public_key": found.text})
    else:
        typer.echo(f"relying on {found.name} from now on")


@app.command("request")
def request(
    out: OutOption = None,
    qr: QrOption = None,
    show_qr: ShowQrOption = False,
    old_size: Annotated[int | None, typer.Option(help="How many events the witness says it saw last.")] = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Publish a checkpoint and write what a witness needs to countersign it."""
    ports = bootstrap.open_audit_ports(settings_for(data))
    asked = request_countersignature(ports, local_actor(Role.AUDITOR), old_size)
    _give(asked.text, _Places(out, qr, show_qr, as_json))


@app.command("receive")
def receive(
    answer: Annotated[Path, typer.Argument(help="What the witness answered; - reads standard input.")],
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check what a witness answered and keep it with the checkpoint."""
    ports = bootstrap.open_audit_ports(settings_for(data))
    received = receive_countersignature(ports, read_text(answer), local_actor(Role.AUDITOR))
    if as_json:
        print_json(received)
        return
    for each in received:
        typer.echo(f"{each.witness} saw {each.size} events at {format_utc(each.utc_us)[:19]}Z")


@app.command("list")
def list_(data: DataOption = None, as_json: JsonOption = False) -> None:
    """The witnesses relied on, and what each has countersigned."""
    ports = bootstrap.open_audit_ports(settings_for(data))
    witnesses, found = ports.witnesses.read_witnesses(), list_countersignatures(ports)
    if as_json:
        print_json({"witnesses": [each.text for each in witnesses], "countersigned": found})
        return
    print_table([{"witness": each.name, "public key": each.text} for each in witnesses], title="witnesses")
    rows = [{**dataclasses.asdict(each), "utc_us": format_utc(each.utc_us)} for each in found]
    print_table(rows, title="countersignatures")


@app.command("countersign")
def countersign(
    request_file: Annotated[Path, typer.Argument(metavar="REQUEST", help="What the centre sent; - is standard input.")],
    log_key: Annotated[str, typer.Option(help="Public key of the centre's log: a line of text, or a file.")],
    folder: Annotated[Path, typer.Option(help="The witness' own folder: its key, and what it saw before.")],
    out: OutOption = None,
    qr: QrOption = None,
    show_qr: ShowQrOption = False,
    as_json: JsonOption = False,
) -> None:
    """For the witness, on a machine of its own: check that history only grew, and countersign."""
    signer, seen = bootstrap.open_witness_desk(folder)
    text, log = read_text(request_file), read_key(log_key)
    answer = answer_request(text, log, seen, signer, bootstrap.open_verifier(), utc_now_us())
    _give(f"{answer.line}\n", _Places(out, qr, show_qr, as_json))


@app.command("key")
def key(
    folder: Annotated[Path, typer.Option(help="The witness' own folder; its key is made when there is none.")],
    as_json: JsonOption = False,
) -> None:
    """For the witness: its public key, for the centre to rely on."""
    signer, _ = bootstrap.open_witness_desk(folder)
    text = signer.public_key.as_kind(KeyKind.COSIGNATURE).text
    if as_json:
        print_json({"public_key": text})
    else:
        typer.echo(text)


@dataclasses.dataclass(frozen=True)
class _Places:
    """Where a text goes: a file, a picture, the terminal as a code, JSON; standard output when nowhere."""

    out: Path | None
    qr: Path | None
    show_qr: bool
    as_json: bool


def _give(text: str, places: _Places) -> None:
    if places.out is not None:
        places.out.write_text(text, encoding="utf-8", newline="\n")
    if places.qr is not None:
        places.qr.write_bytes(bootstrap.open_qr_codes().draw_svg(text))
    if places.show_qr:
        typer.echo(bootstrap.open_qr_codes().draw_terminal(text))
    if places.as_json:
        print_json({"text": text})
    elif not (places.out or places.qr or places.show_qr):
        typer.echo(text, nl=False)
