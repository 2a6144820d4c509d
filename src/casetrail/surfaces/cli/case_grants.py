"""`casetrail case request|approve|suspend|resume`: two people agree on what a case may look into."""

from enum import StrEnum
from typing import Annotated

import typer

from casetrail import bootstrap
from casetrail.app.acting import local_actor
from casetrail.app.approve_request import approve_request
from casetrail.app.clock import utc_now_us
from casetrail.app.request_access import (
    AskedFor,
    RequestPorts,
    ScopeReach,
    ScopeWish,
    read_asked,
    request_access,
)
from casetrail.app.suspend_case import Cause, resume_case, suspend_case
from casetrail.governance.audit import Role
from casetrail.governance.cases import Method
from casetrail.governance.grants import LONGEST_HOURS
from casetrail.model.time import format_utc, parse_utc
from casetrail.surfaces.cli.acting import AsOption
from casetrail.surfaces.cli.output import DataOption, JsonOption, console, print_json, settings_for

CaseArgument = Annotated[str, typer.Argument(metavar="CASE", help="Pseudonym of the case, such as C-7K3F-M2QD.")]


class MethodWord(StrEnum):
    """A method as it is typed."""

    CLOTHING = "clothing"
    CLOTHING_AND_FACE = "clothing-and-face"

    @property
    def method(self) -> Method:
        """The method it names."""
        return Method[self.name]


def request(
    case_id: CaseArgument,
    camera: Annotated[list[str] | None, typer.Option(help="Camera to look into; repeat. Default: as opened.")] = None,
    start: Annotated[str, typer.Option("--from", help="Start, ISO 8601; default: as opened.")] = "",
    end: Annotated[str, typer.Option("--to", help="End, ISO 8601; default: as opened.")] = "",
    method: Annotated[MethodWord | None, typer.Option(help="What to compare; default: as opened.")] = None,
    views: Annotated[int | None, typer.Option(help="How many views may be described; default: as opened.")] = None,
    written_order: Annotated[str, typer.Option(help="Document that allows comparing clothing.")] = "",
    as_: AsOption = "",
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ask to look into footage for a case: shows how far it reaches and how many people that touches."""
    ports = bootstrap.open_request_ports(settings_for(data))
    wish = ScopeWish(
        frozenset(camera) if camera else None,
        parse_utc(start, where="--from") if start else None,
        parse_utc(end, where="--to") if end else None,
        None if method is None else method.method,
        views,
    )
    actor = local_actor(given=as_)
    asked = request_access(ports, case_id, actor, utc_now_us(), wish=wish, written_order=written_order)
    if as_json:
        print_json(asked)
        return
    _print_asked(asked)
    console.print(f"Next: casetrail case approve {case_id} {asked.entry.request_id} --as supervisor:NAME")


def approve(
    case_id: CaseArgument,
    request_id: Annotated[str, typer.Argument(metavar="REQUEST", help="The request, such as R-1a2b3c4d.")],
    hours: Annotated[float, typer.Option(help="For how long it holds.")] = float(LONGEST_HOURS),
    look: Annotated[bool, typer.Option("--look", help="Only show what it asks for; grant nothing.")] = False,
    as_: AsOption = "",
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Grant a request, as another person than who asked: a supervisor or the privacy officer, for a day at most."""
    ports: RequestPorts = bootstrap.open_request_ports(settings_for(data))
    actor = local_actor(Role.SUPERVISOR, as_)
    asked = read_asked(ports, case_id, request_id, actor)
    if not as_json:
        _print_asked(asked)
    if look:
        if as_json:
            print_json(asked)
        return
    grant = approve_request(ports.case, case_id, request_id, actor, utc_now_us(), hours=hours)
    if as_json:
        print_json({"grant": grant, "reach": asked.reach, "doubts": asked.doubts})
    else:
        until = format_utc(grant.entry.valid.end_us)
        console.print(f"[bold]{grant.entry.grant_id}[/bold] granted by {grant.entry.approver} until {until}")


def suspend(
    case_id: CaseArgument,
    cause: Annotated[Cause, typer.Option(help="Why.")] = Cause.OBJECTION,
    as_: AsOption = "",
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Stop the work on a case; its grants end."""
    entry = suspend_case(bootstrap.open_case_ports(settings_for(data)), case_id, cause, local_actor(given=as_))
    if as_json:
        print_json(entry)
    else:
        console.print(f"{case_id} is {entry.state}: {cause}")


def resume(case_id: CaseArgument, as_: AsOption = "", data: DataOption = None, as_json: JsonOption = False) -> None:
    """Let the work on a suspended case go on, under a new grant."""
    actor = local_actor(Role.SUPERVISOR, as_)
    entry = resume_case(bootstrap.open_case_ports(settings_for(data)), case_id, actor)
    if as_json:
        print_json(entry)
    else:
        console.print(f"{case_id} is {entry.state}; ask for a new grant with casetrail case request {case_id}")


def _print_asked(asked: AskedFor) -> None:
    scope, entry = asked.request.scope, asked.entry
    console.print(f"[bold]{entry.request_id}[/bold] by {entry.requester}: {scope.interval.describe()}", highlight=False)
    console.print(
        f"  {scope.method}, at most {scope.views} views; written order: {asked.request.written_order or 'none'}"
    )
    console.print(f"  {_reach_words(asked.reach)}", highlight=False)
    for doubt in asked.doubts:
        console.print(f"  note: {doubt}")


def _reach_words(reach: ScopeReach) -> str:
    words = f"{reach.cameras} cameras, {reach.camera_hours:.2f} recorded camera-hours"
    if reach.presences is None:
        return f"{words}; nobody is counted yet, since nothing there is indexed"
    share = reach.counted_hours / reach.camera_hours if reach.camera_hours else 1.0
    how = "counted" if share >= 0.999 else f"counted in {100 * share:.0f} % of the hours and taken on at that rate"
    return f"{words}; about {reach.presences} presences of people, {how}"
