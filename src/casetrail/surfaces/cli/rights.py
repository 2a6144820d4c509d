"""What the law asks for: notices, requests of data subjects, statistics, the ledger, disclosure of places."""

import csv
import io
import json
from pathlib import Path
from typing import Annotated

import typer

from casetrail import bootstrap
from casetrail.app.access_request import INDEX_CASE, answer_request, list_requests, make_copy, receive_request
from casetrail.app.acting import local_actor
from casetrail.app.check_first import check_first
from casetrail.app.clock import utc_now_us
from casetrail.app.consent_receipt import make_consent_receipt
from casetrail.app.disclosure import make_disclosure, read_places
from casetrail.app.ledger import export_ledger
from casetrail.app.notice import NoticeWish, draft_notice, record_notice
from casetrail.app.private_files import replace_file
from casetrail.app.statistics import make_statistics
from casetrail.governance.acts import Act
from casetrail.governance.audit import Role
from casetrail.governance.rights import RequestStatus, RightKind, SubjectRequest
from casetrail.model.ids import check_name
from casetrail.model.time import format_utc
from casetrail.surfaces.cli.acting import AsOption
from casetrail.surfaces.cli.output import (
    DataOption,
    JsonOption,
    console,
    print_json,
    print_table,
    settings_for,
    to_plain,
)

subject = typer.Typer(help="Requests of the people filmed: ten days to answer.", no_args_is_help=True)

CaseArgument = Annotated[str, typer.Argument(metavar="CASE", help="Pseudonym of the case, such as C-7K3F-M2QD.")]


def notice(
    case: CaseArgument,
    language: Annotated[str, typer.Option(help="ko or en.")] = "ko",
    address: Annotated[str, typer.Option(help="Where the person can turn to.")] = "",
    given_to: Annotated[str, typer.Option(help="To whom anything of the case was given, if anybody.")] = "",
    sent: Annotated[bool, typer.Option("--sent", help="Record that it was sent; a case cannot close before.")] = False,
    means: Annotated[str, typer.Option(help="By which means it was sent, such as 'registered letter'.")] = "",
    as_: AsOption = "",
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """The notice to the person: print its text, or record that it was sent."""
    ports, wish = bootstrap.open_case_ports(settings_for(data)), NoticeWish(language, address, given_to)
    if not sent:
        text = draft_notice(ports, case, local_actor(given=as_), wish)
        typer.echo(text) if not as_json else print_json({"case": case, "language": language, "text": text})
        return
    recorded = record_notice(ports, case, local_actor(given=as_), wish, means, utc_now_us())
    if as_json:
        print_json(recorded)
    else:
        console.print(f"the notice of {case} is on record: {recorded.means}, text {recorded.text_hash[:12]}")


@subject.command("receive")
def receive(
    case: CaseArgument,
    kind: Annotated[RightKind, typer.Option(help="What is asked for.")],
    asks: Annotated[str, typer.Option(help="In the person's words; kept in the vault only.")] = "",
    subject_: Annotated[str, typer.Option("--subject", help="Who asks: the index case, or a contact.")] = INDEX_CASE,
    as_: AsOption = "",
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Put a request down and start its clock; an objection suspends the work at once."""
    ports = bootstrap.open_case_ports(settings_for(data))
    actor = local_actor(given=as_)
    _print(receive_request(ports, case, kind, asks, actor, utc_now_us(), subject_), as_json)


@subject.command("list")
def list_(as_: AsOption = "", data: DataOption = None, as_json: JsonOption = False) -> None:
    """Requests of all cases, open ones first, the most urgent at the top."""
    found = list_requests(bootstrap.open_case_ports(settings_for(data)), local_actor(given=as_))
    if as_json:
        print_json([_plain(request) for request in found])
    else:
        print_table([_row(request, utc_now_us()) for request in found], title="requests")


@subject.command("answer")
def answer(
    case: CaseArgument,
    request: Annotated[str, typer.Argument(metavar="REQUEST", help="Id of the request.")],
    status: Annotated[RequestStatus, typer.Option(help="granted or refused.")],
    text: Annotated[str, typer.Option(help="The answer; a refusal needs its reason.")] = "",
    as_: AsOption = "",
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Answer a request, once."""
    ports, actor = bootstrap.open_case_ports(settings_for(data)), local_actor(Role.PRIVACY_OFFICER, as_)
    _print(answer_request(ports, case, request, status, text, actor, utc_now_us()), as_json)


@subject.command("copy")
def copy(case: CaseArgument, as_: AsOption = "", data: DataOption = None, as_json: JsonOption = False) -> None:
    """Make the copy for the index case: a clip with everybody else covered whole, and the records in words."""
    settings = settings_for(data)
    folder = settings.output_dir / check_name(case, what="case") / "copy"
    actor = local_actor(Role.PRIVACY_OFFICER, as_)
    check_first(bootstrap.open_case_ports(settings), case, Act.SUBJECT_COPY, actor)
    made = make_copy(bootstrap.open_evidence_ports(settings), case, actor, folder)
    if as_json:
        print_json(made)
        return
    console.print(f"{made.held}", highlight=False)
    console.print(f"{made.clip.path}" if made.clip else "no recording of these sightings is left", highlight=False)


@subject.command("consent-receipt")
def consent_receipt(
    case: CaseArgument, as_: AsOption = "", data: DataOption = None, as_json: JsonOption = False
) -> None:
    """The receipt for the person's consent, in the shape of ISO/IEC TS 27560; JSON in either case."""
    receipt = make_consent_receipt(bootstrap.open_case_ports(settings_for(data)), case, local_actor(given=as_))
    if as_json:
        print_json(json.loads(receipt))
    else:
        typer.echo(receipt)


def statistics(
    year: Annotated[int, typer.Argument(metavar="YEAR", help="Such as 2026; years are UTC.")],
    as_: AsOption = "",
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """The annual report: counts, never persons."""
    found = make_statistics(bootstrap.open_case_ports(settings_for(data)), year, local_actor(Role.PRIVACY_OFFICER, as_))
    if as_json:
        print_json(found)
    else:
        print_table([{"what": name.replace("_", " "), "count": value} for name, value in to_plain(found).items()])


def ledger(
    out: Annotated[Path | None, typer.Option(help="File to write; default: print.")] = None,
    as_: AsOption = "",
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """The ledger of personal video, as CSV."""
    text = export_ledger(bootstrap.open_case_ports(settings_for(data)), local_actor(Role.PRIVACY_OFFICER, as_))
    if as_json:
        print_json(list(csv.DictReader(io.StringIO(text))))
    elif out is None:
        typer.echo(text, nl=False)
    else:
        replace_file(out, text.encode())
        console.print(f"{out}", highlight=False)


def disclosure(
    case: CaseArgument,
    places: Annotated[Path, typer.Option(help="CSV camera_id,place,district,all_contacts_known.")],
    as_: AsOption = "",
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """The list of places for the public: no person, and each line with the moment at which it must be taken down."""
    settings = settings_for(data)
    path = settings.output_dir / check_name(case, what="case") / "disclosure.csv"
    actor = local_actor(Role.PRIVACY_OFFICER, as_)
    made = make_disclosure(bootstrap.open_case_ports(settings), case, actor, read_places(places), path, utc_now_us())
    if as_json:
        print_json(made)
    else:
        console.print(f"{made.path}: {len(made.places)} places, {made.left_out} sightings left out", highlight=False)


def _print(request: SubjectRequest, as_json: bool) -> None:
    if as_json:
        print_json(_plain(request))
    else:
        console.print(f"{request.request_id}: {request.kind}, {request.status}, due {format_utc(request.due_us)[:10]}")


def _plain(request: SubjectRequest) -> dict[str, object]:
    return {**to_plain(request), "due": format_utc(request.due_us)}


def _row(request: SubjectRequest, now_us: int) -> dict[str, object]:
    return {
        "request": request.request_id,
        "case": request.case_id,
        "kind": request.kind,
        "status": "late" if request.is_late(now_us) else request.status,
        "due": format_utc(request.due_us)[:10],
    }
