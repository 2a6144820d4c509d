"""`casetrail case`: the life of a case. `casetrail erase`: the same as closing it."""

from pathlib import Path
from typing import Annotated

import typer

from casetrail import bootstrap
from casetrail.app.acting import local_actor
from casetrail.app.case_evidence import GIVEN_KINDS, EvidenceRead, add_evidence, make_anchor, read_evidence
from casetrail.app.case_ports import CasePorts
from casetrail.app.clock import utc_now_us
from casetrail.app.close_case import Receipt, close_case
from casetrail.app.consent import record_consent, withdraw_consent
from casetrail.app.open_case import KEEP_DAYS, CaseRequest, CaseSummary, list_cases, open_case
from casetrail.app.rescore_trace import rescore_trace
from casetrail.app.settings import Settings
from casetrail.app.show_case import ShownCase, show_case
from casetrail.governance.access import check_legal_basis
from casetrail.governance.audit import Actor
from casetrail.governance.cases import Case, LegalBasis, Method, Scope
from casetrail.governance.consent import ConsentRecord, ConsentStatus
from casetrail.governance.infectious_period import infectious_period, parse_day, parse_zone
from casetrail.model.errors import BadInputError, MissingError, RefusedError
from casetrail.model.time import UtcInterval, format_utc, parse_utc
from casetrail.surfaces.cli import case_grants
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

app = typer.Typer(
    help="Life of a case: open, request, approve, show, consent, evidence, suspend, close.", no_args_is_help=True
)

CaseArgument = Annotated[str, typer.Argument(metavar="CASE", help="Pseudonym of the case, such as C-7K3F-M2QD.")]


@app.command("open")
def open_(
    disease: Annotated[str, typer.Option(help="The disease under investigation.")] = "",
    onset: Annotated[str, typer.Option(help="Day of symptom onset, such as 2026-03-02.")] = "",
    specimen: Annotated[str, typer.Option(help="Day of the specimen, for a case without symptoms.")] = "",
    isolated: Annotated[str, typer.Option(help="Moment of isolation, ISO 8601; ends the infectious period.")] = "",
    zone: Annotated[str, typer.Option(help="Offset from UTC of the days given.")] = "+09:00",
    period: Annotated[str, typer.Option(help="Infectious period as START/END, ISO 8601, in place of a day.")] = "",
    authority: Annotated[str, typer.Option(help="Who asks: the requesting authority.")] = "",
    document: Annotated[str, typer.Option(help="Number of its document.")] = "",
    document_date: Annotated[str, typer.Option(help="Date of its document.")] = "",
    articles: Annotated[str, typer.Option(help="Articles it rests on, such as 'IDCPA 18, 76-2(1)'.")] = "",
    camera: Annotated[list[str] | None, typer.Option(help="Camera in the scope; repeat. None named: all.")] = None,
    start: Annotated[str, typer.Option("--from", help="Start of the scope; default: of the period.")] = "",
    end: Annotated[str, typer.Option("--to", help="End of the scope; default: of the period.")] = "",
    face: Annotated[bool, typer.Option("--face", help="Compare the face too, once consent is recorded.")] = False,
    views: Annotated[int, typer.Option(help="How many views may be described at most.")] = 5000,
    keep_days: Annotated[int, typer.Option(help="Days until the case must be closed.")] = KEEP_DAYS,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Open a case under a legal basis, with dates and a scope."""
    basis = LegalBasis(authority, document, document_date, articles)
    check_legal_basis(basis)
    infectious = _period(onset or specimen, period, zone, isolated)
    interval = UtcInterval(
        parse_utc(start, where="--from") if start else infectious.start_us,
        parse_utc(end, where="--to") if end else infectious.end_us,
    )
    method = Method.CLOTHING_AND_FACE if face else Method.CLOTHING
    request = CaseRequest(
        disease,
        infectious,
        basis,
        Scope(interval, frozenset(camera or ()), method, views),
        keep_days,
    )
    case = open_case(_ports(settings_for(data)), request, local_actor(), utc_now_us())
    if as_json:
        print_json(case)
        return
    console.print(f"[bold]{case.case_id}[/bold] opened: {case.state}. {_scope_words(case)}")
    console.print(
        f"Next: casetrail case request {case.case_id} --written-order DOCUMENT, for a second person to approve"
    )


@app.command("list")
def list_(as_: AsOption = "", data: DataOption = None, as_json: JsonOption = False) -> None:
    """Every case with its state and due date."""
    summaries = list_cases(_ports(settings_for(data)), local_actor(given=as_))
    if as_json:
        print_json(summaries)
    else:
        print_table([_row(summary) for summary in summaries], title="cases")


@app.command("show")
def show(case_id: CaseArgument, as_: AsOption = "", data: DataOption = None, as_json: JsonOption = False) -> None:
    """A case: legal basis, infectious period, scope, consent, evidence and what was opened."""
    plain = _described(show_case(_ports(settings_for(data)), case_id, local_actor(given=as_)))
    if as_json:
        print_json(plain)
        return
    for name, value in plain.items():
        console.print(f"[bold]{name.replace('_', ' ')}[/bold]: {_words(value)}", highlight=False)


@app.command("consent")
def consent(
    case_id: CaseArgument,
    status: Annotated[ConsentStatus, typer.Option(help="Where the consent stands.")],
    text: Annotated[Path | None, typer.Option(help="File with the text that was signed.")] = None,
    language: Annotated[str, typer.Option(help="Language of the text, such as ko.")] = "",
    method: Annotated[str, typer.Option(help="How it was given, such as 'signed on paper'.")] = "",
    valid_until: Annotated[str, typer.Option(help="Moment until which it holds, ISO 8601.")] = "",
    withdraw_at: Annotated[str, typer.Option(help="Where the patient can withdraw it.")] = "",
    guardian: Annotated[str, typer.Option(help="Who consented in the place of a child under 14.")] = "",
    under_14: Annotated[bool, typer.Option("--under-14", help="The patient is; the age itself is not kept.")] = False,
    as_: AsOption = "",
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Record the patient's consent to face comparison; withdrawing erases what rested on it."""
    ports, actor = _ports(settings_for(data)), local_actor(given=as_)
    if status is ConsentStatus.WITHDRAWN:
        change = withdraw_consent(ports, case_id, actor)
        if change.similarities_erased and not change.suspended:
            _rescore(settings_for(data), case_id, actor)
    else:
        now_us = utc_now_us()
        until_us = parse_utc(valid_until, where="--valid-until") if valid_until else now_us
        if status is ConsentStatus.GIVEN and until_us <= now_us:
            raise BadInputError("consent must hold until a later moment", todo="give --valid-until")
        if under_14 and not guardian.strip():
            raise RefusedError("for a child under 14 the guardian consents", todo="name them with --guardian")
        record = ConsentRecord(
            case_id, status, UtcInterval(now_us, until_us), _text_of(text), language, method, withdraw_at, guardian
        )
        change = record_consent(ports, record, actor)
    if as_json:
        print_json(change)
    else:
        console.print(f"consent is {change.status}; {change.similarities_erased} face similarities erased")
        if change.suspended:
            console.print("nothing else allowed the work: the case is suspended")


@app.command("evidence")
def evidence(
    case_id: CaseArgument,
    file: Annotated[Path | None, typer.Option(help="CSV or JSON with cards, phone fixes, entry logs.")] = None,
    kind: Annotated[str, typer.Option(help=f"One of {', '.join(GIVEN_KINDS)}.")] = "testimony",
    start: Annotated[str, typer.Option("--from", help="Start of one statement, ISO 8601.")] = "",
    end: Annotated[str, typer.Option("--to", help="End of one statement, ISO 8601.")] = "",
    lat: Annotated[float | None, typer.Option(help="Latitude, WGS 84.")] = None,
    lon: Annotated[float | None, typer.Option(help="Longitude, WGS 84.")] = None,
    radius_m: Annotated[float | None, typer.Option(help="How far from there, in metres.")] = None,
    place: Annotated[str, typer.Option(help="A camera's id, or the place in words.")] = "",
    reliability: Annotated[float | None, typer.Option(help="Probability that it is true.")] = None,
    reference: Annotated[str, typer.Option(help="Where it is on file.")] = "",
    statement: Annotated[str, typer.Option(help="The words of a testimony; kept in the vault only.")] = "",
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Add other evidence to a case: a file, or one statement."""
    settings = settings_for(data)
    cameras = {camera.camera_id: camera for camera in bootstrap.open_catalogue(settings).read_cameras()}
    if file is not None:
        read = read_evidence(file, cameras.values())
    else:
        row = {"kind": kind, "start": start, "end": end, "lat": lat, "lon": lon, "radius_m": radius_m}
        row |= {"place": place, "reliability": reliability, "reference": reference, "statement": statement}
        read = EvidenceRead((make_anchor(row, cameras),), ())
    if not read.anchors:
        raise BadInputError("no row could be used", where=str(file), todo=_first_problem(read))
    added = add_evidence(_ports(settings), case_id, read.anchors, local_actor())
    if as_json:
        print_json({"added": added, "problems": read.problems})
        return
    console.print(f"{added} added to the vault of {case_id}")
    for problem in read.problems:
        typer.echo(f"{problem.where}: {problem.what}", err=True)


for _name, _verb in (
    ("request", case_grants.request),
    ("approve", case_grants.approve),
    ("suspend", case_grants.suspend),
    ("resume", case_grants.resume),
):
    app.command(_name)(_verb)


@app.command("close")
def close(case_id: CaseArgument, data: DataOption = None, as_json: JsonOption = False) -> None:
    """Close a case: erase everything that describes it, and write a receipt."""
    receipt = _close(settings_for(data), case_id)
    if as_json:
        print_json(receipt)
    else:
        console.print(
            f"{case_id} erased: {receipt.records} records and {receipt.outputs} output files are gone; "
            f"audit event {receipt.audit_index}, signed receipt {receipt.path}"
        )


def erase(case_id: CaseArgument, data: DataOption = None, as_json: JsonOption = False) -> None:
    """Erase a case: close it now, destroy its key and files, and write a receipt."""
    close(case_id, data, as_json)


def _rescore(settings: Settings, case_id: str, actor: Actor) -> None:
    """Score the trace without the face; where models are missing, it keeps showing what was confirmed only."""
    try:
        rescore_trace(bootstrap.open_trace_ports(settings, case_id, actor), case_id, actor)
    except MissingError as error:
        typer.echo(f"the trace is not scored again yet ({error.what}): run casetrail trace run {case_id}", err=True)


def _close(settings: Settings, case_id: str) -> Receipt:
    places = bootstrap.open_case_places(settings)
    return close_case(_ports(settings), places, case_id, local_actor(), utc_now_us())


def _ports(settings: Settings) -> CasePorts:
    return bootstrap.open_case_ports(settings)


def _period(day: str, period: str, zone: str, isolated: str) -> UtcInterval:
    if period:
        start, slash, end = period.partition("/")
        if not slash:
            raise BadInputError("not START/END", where="--period", todo="write two ISO 8601 times with '/' between")
        return UtcInterval(parse_utc(start, where="--period"), parse_utc(end, where="--period"))
    if not day:
        todo = "give --onset or --specimen, or --period START/END"
        raise BadInputError("a case needs the dates that set its infectious period", todo=todo)
    isolated_us = parse_utc(isolated, where="--isolated") if isolated else None
    return infectious_period(parse_day(day, what="onset or specimen date"), parse_zone(zone), isolated_us)


def _described(shown: ShownCase) -> dict[str, object]:
    case, grant = shown.case, shown.grant
    return {
        "case": case.case_id,
        "state": case.state,
        "disease": case.disease,
        "infectious_period": case.infectious_period.describe(),
        "legal_basis": case.legal_basis,
        "notes": list(shown.doubts),
        "scope": case.scope,
        "requests": [{"request": each.request_id, "by": each.requester} for each in shown.requests],
        "granted": "no" if grant is None else f"by {grant.entry.approver} until {format_utc(grant.entry.valid.end_us)}",
        "opened": format_utc(case.opened_us),
        "due": format_utc(shown.entry.due_us),
        "consent": "not asked" if shown.consent is None else shown.consent.status,
        "evidence": [
            {"kind": anchor.kind, "interval": anchor.interval.describe(), "radius_m": anchor.radius_m}
            for anchor in shown.anchors
        ],
        "looked_into": shown.opened,
    }


def _row(summary: CaseSummary) -> dict[str, object]:
    case = summary.case
    return {
        "case": summary.entry.case_id,
        "state": summary.entry.state,
        "disease": case.disease if case is not None else summary.fault,
        "due": format_utc(summary.entry.due_us)[:10],
    }


def _scope_words(case: Case) -> str:
    scope = case.scope
    cameras = f"{len(scope.cameras)} cameras" if scope.cameras else "all cameras"
    return f"Scope: {cameras} x {scope.interval.duration_s / 3600:.1f} h, {scope.method}, {scope.views} views."


def _words(value: object) -> str:
    if isinstance(value, list):
        return "none" if not value else "".join(f"\n  {_words(item)}" for item in value)
    plain = to_plain(value)
    if not isinstance(plain, dict):
        return str(plain)
    if plain.keys() == {"start_us", "end_us"}:
        return UtcInterval(plain["start_us"], plain["end_us"]).describe()
    parts = [f"{name.replace('_', ' ')} {_words(item) if item != [] else 'all'}" for name, item in plain.items()]
    return ", ".join(parts)


def _text_of(path: Path | None) -> str:
    if path is None:
        return ""
    if not path.is_file():
        raise MissingError("there is no such file", where=path.name)
    return path.read_text(encoding="utf-8").strip()


def _first_problem(read: EvidenceRead) -> str:
    return f"{read.problems[0].where}: {read.problems[0].what}" if read.problems else "the file has no rows"
