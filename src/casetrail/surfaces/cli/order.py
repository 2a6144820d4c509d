"""`casetrail order`: outbreak orders, signed by an authority outside the installation."""

from pathlib import Path
from typing import Annotated

import typer

from casetrail import bootstrap
from casetrail.app.acting import local_actor
from casetrail.app.clock import utc_now_us
from casetrail.app.order_import import ListedOrder, import_order, list_orders, trust_authority
from casetrail.governance.audit import Role
from casetrail.governance.orders import AlertLevel, Order, format_order, sign_order
from casetrail.model.time import SECOND_US, UtcInterval, format_utc, parse_utc
from casetrail.surfaces.cli.acting import AsOption
from casetrail.surfaces.cli.output import DataOption, JsonOption, console, print_json, print_table, settings_for

app = typer.Typer(help="Outbreak orders: trust an authority's key, import what it signed.", no_args_is_help=True)

DAYS = 30


@app.command("trust")
def trust(
    key_file: Annotated[Path, typer.Argument(metavar="KEYFILE", help="Public key of the authority, one line.")],
    as_: AsOption = "",
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Heed the orders of an authority from now on; an administrator's act."""
    key = trust_authority(
        bootstrap.open_order_ports(settings_for(data)), key_file, local_actor(Role.ADMINISTRATOR, as_)
    )
    if as_json:
        print_json({"name": key.name, "key_id": key.key_id.hex()})
    else:
        console.print(f"orders signed by {key.name} ({key.key_id.hex()}) count here")


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="The order as the authority signed it (JSON).")],
    as_: AsOption = "",
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Import a signed order; without one in force no case is opened and no trace is run."""
    ports = bootstrap.open_order_ports(settings_for(data))
    order = import_order(ports, file, local_actor(Role.SUPERVISOR, as_), utc_now_us())
    if as_json:
        print_json(_plain(order))
    else:
        console.print(f"[bold]{order.order_id}[/bold]: {order.disease}, {order.alert_level}, {order.valid.describe()}")


@app.command("list")
def list_(as_: AsOption = "", data: DataOption = None, as_json: JsonOption = False) -> None:
    """Every order, and whether it is in force."""
    orders = list_orders(bootstrap.open_order_ports(settings_for(data)), local_actor(given=as_), utc_now_us())
    rows = [_row(listed) for listed in orders]
    if as_json:
        print_json(rows)
    else:
        print_table(rows, title="orders")


@app.command("sign")
def sign(
    out: Annotated[Path, typer.Argument(help="File to write.")],
    keys: Annotated[Path, typer.Option(help="Folder with the authority's key, outside any installation.")],
    order_id: Annotated[str, typer.Option("--id", help="Number of the order.")],
    disease: Annotated[str, typer.Option(help="The disease.")],
    text: Annotated[str, typer.Option(help="Its legal text.")],
    level: Annotated[AlertLevel, typer.Option(help="Alert level.")] = AlertLevel.CAUTION,
    start: Annotated[str, typer.Option("--from", help="Start, ISO 8601; default: now.")] = "",
    days: Annotated[float, typer.Option(help="For how long it holds.")] = DAYS,
    as_json: JsonOption = False,
) -> None:
    """Sign an order: for the authority's own machine. Its public key is written beside as `authority.pub`."""
    start_us = parse_utc(start, where="--from") if start else utc_now_us()
    valid = UtcInterval(start_us, start_us + round(days * 86_400 * SECOND_US))
    signer = bootstrap.open_order_signer(keys)
    order = sign_order(Order(order_id, disease, level, text, valid), signer)
    out.write_text(format_order(order), encoding="utf-8")
    public = out.with_name("authority.pub")
    public.write_text(f"{signer.public_key.text}\n", encoding="utf-8")
    if as_json:
        print_json({**_plain(order), "file": out, "public_key": public})
        return
    console.print(f"{out} signed with key {signer.key_id}; whoever trusts it needs {public}", highlight=False)


def _row(listed: ListedOrder) -> dict[str, object]:
    standing = "in force" if listed.in_force else "not in force" if listed.signed else "signature does not hold"
    return {**_plain(listed.order), "standing": standing}


def _plain(order: Order) -> dict[str, object]:
    return {
        "order": order.order_id,
        "disease": order.disease,
        "alert_level": order.alert_level.value,
        "from": format_utc(order.valid.start_us),
        "until": format_utc(order.valid.end_us),
        "key": order.key_id,
    }
