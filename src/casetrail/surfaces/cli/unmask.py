"""`casetrail unmask`: one third person's face, asked for by one, granted by a privacy officer, for 15 minutes."""

from pathlib import Path
from typing import Annotated

import typer

from casetrail import bootstrap
from casetrail.app.acting import local_actor
from casetrail.app.clock import utc_now_us
from casetrail.app.make_clip import ClipWish, check_clip, make_clip
from casetrail.app.unmask import approve_unmasking, list_unmaskings, request_unmasking
from casetrail.governance.audit import Role
from casetrail.governance.unmasking import UnmaskRequest
from casetrail.model.ids import check_name
from casetrail.model.time import format_utc
from casetrail.surfaces.cli.acting import AsOption
from casetrail.surfaces.cli.output import (
    DataOption,
    JsonOption,
    console,
    print_json,
    print_table,
    progress_console,
    settings_for,
    warn_if_outside,
)

app = typer.Typer(help="One other person's face: asked for, granted, shown for 15 minutes.", no_args_is_help=True)

CaseArgument = Annotated[str, typer.Argument(metavar="CASE", help="Pseudonym of the case, such as C-7K3F-M2QD.")]
RequestArgument = Annotated[str, typer.Argument(metavar="REQUEST", help="As `unmask request` named it.")]


@app.command("request")
def request(
    case: CaseArgument,
    presence: Annotated[str, typer.Option(help="The one presence to show, as `contacts --json` names it.")],
    reason: Annotated[str, typer.Option(help="Why the face has to be seen; kept in the vault only.")],
    as_: AsOption = "",
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ask to see the face in one presence; nothing is shown by asking."""
    ports = bootstrap.open_case_ports(settings_for(data))
    _tell(request_unmasking(ports, case, presence, reason, local_actor(given=as_), utc_now_us()), as_json)


@app.command("approve")
def approve(
    case: CaseArgument,
    request_id: RequestArgument,
    as_: AsOption = "",
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Grant a request of somebody else for a quarter of an hour from now."""
    ports, actor = bootstrap.open_case_ports(settings_for(data)), local_actor(Role.PRIVACY_OFFICER, given=as_)
    _tell(approve_unmasking(ports, case, request_id, actor, utc_now_us()), as_json)


@app.command("list")
def list_(case: CaseArgument, as_: AsOption = "", data: DataOption = None, as_json: JsonOption = False) -> None:
    """Every request of a case, and who granted it."""
    found = list_unmaskings(bootstrap.open_case_ports(settings_for(data)), case, local_actor(given=as_))
    if as_json:
        print_json(found)
        return
    print_table([_row(each) for each in found], title=f"faces of others in {case}")


@app.command("clip")
def clip(
    case: CaseArgument,
    request_id: RequestArgument,
    out: Annotated[Path | None, typer.Option(help="File to write; default: among the outputs of the case.")] = None,
    as_: AsOption = "",
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Cut the one presence with its face shown, every other head covered; watermarked, and in the ledger."""
    settings = settings_for(data)
    folder = settings.output_dir / check_name(case, what="case")
    path = out or folder / f"unmasked-{check_name(request_id, what='request')}.mp4"
    actor, wish = local_actor(given=as_), ClipWish(unmask=request_id)
    check_clip(bootstrap.open_case_ports(settings), case, actor, wish, utc_now_us())
    ports = bootstrap.open_evidence_ports(settings)
    with progress_console.status("redacting everybody else"):
        made = make_clip(ports, case, actor, path, wish)
    if as_json:
        print_json(made)
        return
    console.print(f"[bold]{made.path}[/bold]: {made.seconds:.1f} s, {made.frames} frames; the person is to be told")
    warn_if_outside(made.path, folder)


def _tell(asked: UnmaskRequest, as_json: bool) -> None:
    if as_json:
        print_json(asked)
        return
    console.print(f"request [bold]{asked.request_id}[/bold]: {asked.interval.duration_s:.1f} s at {asked.camera_id}")
    if asked.approver:
        console.print(f"granted by {asked.approver} until {format_utc(asked.until_us)}")
    else:
        todo = f"casetrail unmask approve {asked.case_id} {asked.request_id}"
        console.print(f"a privacy officer other than {asked.requester} may grant it: {todo}")


def _row(each: UnmaskRequest) -> dict[str, object]:
    granted = f"{each.approver}, until {format_utc(each.until_us)}" if each.approver else "nobody"
    return {"request": each.request_id, "camera": each.camera_id, "asked by": each.requester, "granted by": granted}
