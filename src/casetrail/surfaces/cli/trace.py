"""`casetrail trace`: propose a case trace, answer questions about it, see it with its gaps."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from casetrail import bootstrap
from casetrail.app.acting import local_actor
from casetrail.app.check_first import check_first
from casetrail.app.make_preview import destroy_previews, open_previews
from casetrail.app.paced_case import trace_case
from casetrail.app.review_trace import (
    Pictured,
    Preview,
    Proposal,
    parse_answer,
    read_script,
    scripted_answers,
)
from casetrail.app.show_trace import ShownTrace, show_trace
from casetrail.app.trace_session import TraceSession, open_trace_session
from casetrail.app.trace_work import TracePorts
from casetrail.governance.acts import Act
from casetrail.model.errors import BadInputError, MissingError, UsageError
from casetrail.model.ids import check_name
from casetrail.model.time import format_utc
from casetrail.surfaces.cli.output import (
    DataOption,
    JsonOption,
    console,
    print_json,
    print_table,
    progress_console,
    settings_for,
)
from casetrail.surfaces.cli.trace_cases import run_several

app = typer.Typer(help="Find where a case was: run, review, show.", no_args_is_help=True)

CaseArgument = Annotated[str, typer.Argument(metavar="CASE", help="Pseudonym of the case, such as C-7K3F-M2QD.")]
AnswersOption = Annotated[Path | None, typer.Option("--answers", help="JSON list of presence_id and answer.")]
PreviewsOption = Annotated[Path | None, typer.Option("--previews", help="Folder for redacted pictures while it lasts.")]
ELSE = "an answer holds of all; name the numbers of pictures of somebody else after it, as in `y 3`"
KEYS = "y yes, n no, u unsure, b take the last answer back, q stop for now"


@app.command("run")
def run(
    cases: Annotated[list[str] | None, typer.Argument(metavar="CASE...", help="One case, or several at once.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Every case that is authorised or being traced.")] = False,
    urgent: Annotated[list[str] | None, typer.Option(help="A case among several that goes first.")] = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Propose a case trace from the case's evidence; run again to go on. Several cases share the machine fairly."""
    settings = settings_for(data)
    named = cases or []
    if bool(named) is every:
        raise UsageError("name the cases to run, or ask for --all", todo="see `casetrail case list`")
    if every or len(named) > 1:
        run_several(settings, named, urgent or (), as_json=as_json)
        return
    case, actor = named[0], local_actor()
    check_first(bootstrap.open_case_ports(settings), case, Act.TRACE_RUN, actor)
    ports = bootstrap.open_trace_ports(settings, case, actor)
    with bootstrap.keep_retention(settings), _progress() as report:
        trace = trace_case(ports, case, actor, report)
    if as_json:
        print_json(trace)
        return
    _print_shown(show_trace(ports.case, ports.catalogue, case, actor))
    console.print(f"Next: casetrail trace review {case}")


@app.command("review")
def review(
    case: CaseArgument,
    answers: AnswersOption = None,
    previews: PreviewsOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Answer questions until nothing is left to ask. Stopping loses nothing; redacted pictures go when it ends."""
    settings = settings_for(data)
    actor = local_actor()
    check_first(bootstrap.open_case_ports(settings), case, Act.TRACE_REVIEW, actor)
    ports = bootstrap.open_trace_ports(settings, case, actor)
    own_folder = settings.output_dir / check_name(case, what="case") / "previews"
    destroy_previews(own_folder)  # of a review that was killed, wherever this one puts its own
    if answers is not None:
        _review_scripted(ports, case, answers, quiet=as_json)
    else:
        evidence = bootstrap.open_evidence_ports(settings)
        previewed = open_previews(evidence, case, actor, previews or own_folder)
        with bootstrap.keep_retention(settings), previewed as preview:
            _review_by_hand(ports, case, preview)
    shown = show_trace(ports.case, ports.catalogue, case, actor)
    if as_json:
        print_json(shown)
    else:
        _print_shown(shown)


@app.command("show")
def show(case: CaseArgument, data: DataOption = None, as_json: JsonOption = False) -> None:
    """The case trace as it stands, with gaps, alternatives and what it says about each statement."""
    settings = settings_for(data)
    shown = show_trace(bootstrap.open_case_ports(settings), bootstrap.open_catalogue(settings), case, local_actor())
    if as_json:
        print_json(shown)
    else:
        _print_shown(shown)


def _review_scripted(ports: TracePorts, case: str, file: Path, *, quiet: bool) -> None:
    answer_for = scripted_answers(read_script(_read_json(file), where=str(file)))
    actor = local_actor()
    session = open_trace_session(ports, case, actor)
    proposal = session.proposal()
    while proposal.question is not None:
        question = proposal.question
        answer, along = answer_for(question)
        if not quiet:
            _print_question(proposal, None)
            console.print(f"  scripted answer: {answer}")
        session.answer(question.presence_id, answer, along)
        proposal = session.proposal()


def _review_by_hand(ports: TracePorts, case: str, preview: Preview | None) -> None:
    actor = local_actor()
    with _progress() as report:
        session = open_trace_session(ports, case, actor)
        session.advance(report)
    proposal = session.proposal()
    while proposal.question is not None:
        _print_question(proposal, preview)
        key = typer.prompt(f"  Is this the index case? ({KEYS})").strip().lower()
        if key in ("q", "quit"):
            return
        proposal = _take(session, proposal, key)
    console.print("Nothing is left to ask.")


def _take(session: TraceSession, proposal: Proposal, key: str) -> Proposal:
    if key in ("b", "back"):
        if proposal.asked:
            session.undo()
            return session.proposal()
        console.print("  no answer was given yet")
        return proposal
    if proposal.question is None:
        return proposal
    try:
        answer, along = parse_answer(key, proposal.question.along)
    except BadInputError as error:
        console.print(f"  not understood: {error}; {KEYS}", highlight=False, markup=False)
        return proposal
    session.answer(proposal.question.presence_id, answer, along)
    return session.proposal()


def _print_question(proposal: Proposal, preview: Preview | None) -> None:
    question = proposal.question
    if question is None:
        return
    alike = "none confirmed yet" if question.similarity is None else f"similarity {question.similarity:.2f}"
    console.print(
        f"[bold]Question {proposal.asked + 1}[/bold]  camera {question.camera_id}  "
        f"{format_utc(question.interval.start_us)} for {question.interval.duration_s:.1f} s  "
        f"probability {question.probability:.2f}  {alike}"
    )
    if question.along:
        console.print(f"  {len(question.along)} more of what seems to be the same walker: {ELSE}")
    if preview is not None:
        _print_picture(" 1" if question.along else "", question, preview)
        for number, shown in enumerate(question.along, start=2):
            _print_picture(f" {number}", shown, preview)


def _print_picture(number: str, shown: Pictured, preview: Preview) -> None:
    try:
        console.print(f"  redacted picture{number}: {preview(shown)}", highlight=False, markup=False)
    except (BadInputError, MissingError) as error:  # a recording may be gone while its presences are still known
        console.print(f"  no picture{number}: {error}", highlight=False, markup=False)


def _print_shown(shown: ShownTrace) -> None:
    trace = shown.trace
    gaps = {gap.interval.start_us: gap for gap in trace.gaps}
    rows: list[dict[str, object]] = []
    for number, step in enumerate(trace.steps, start=1):
        rows.append(
            {
                "": number,
                "camera": step.camera_id,
                "from (UTC)": format_utc(step.interval.start_us),
                "seconds": round(step.interval.duration_s, 1),
                "probability": f"{step.probability:.2f}",
                "verdict": step.verdict.value,
                "mask": step.mask.state.value,
            }
        )
        if step.interval.end_us in gaps:
            rows.append(_gap_row(gaps[step.interval.end_us].interval.duration_s, rows[-1]))
    print_table(rows, title=f"Case trace {trace.case_id}")
    opened = trace.opened
    console.print(
        f"Opened: {opened.presences} presences at {opened.cameras} cameras, {opened.camera_hours:.3f} camera-hours, "
        f"{opened.views} views. Models: {', '.join(trace.models) or 'none'}."
    )
    for alternative in trace.alternatives:
        console.print(
            f"Alternative: {len(alternative.presence_ids)} sightings, "
            f"{alternative.times_less_likely:.1f} times less likely"
        )
    for finding in shown.findings:
        sure = "" if finding.probability is None else f" (probability {finding.probability:.2f})"
        name = f"{finding.anchor.kind.value} {finding.anchor.reference}".strip()
        console.print(f"{name}: [bold]{finding.status.value}[/bold]{sure}: {finding.why}")


def _gap_row(seconds: float, like: dict[str, object]) -> dict[str, object]:
    return {**dict.fromkeys(like, ""), "camera": "(nobody saw the way)", "seconds": round(seconds, 1)}


def _read_json(file: Path) -> object:
    if not file.is_file():
        raise MissingError("there is no such file", where=str(file))
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except ValueError:
        raise BadInputError("this is not JSON", where=str(file)) from None


@contextmanager
def _progress() -> Iterator[Callable[[str, int, int], None]]:
    """A progress line on stderr that is gone when the work is done."""
    with Progress(console=progress_console, transient=True) as progress:
        task = progress.add_task("reading the case", total=None)

        def report(what: str, done: int, total: int) -> None:
            progress.update(task, description=what, completed=done, total=total)

        yield report
