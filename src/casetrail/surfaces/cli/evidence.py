"""`casetrail evidence`: what may be shown of a case: redacted clips, and the report."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from casetrail import bootstrap
from casetrail.app.acting import local_actor
from casetrail.app.check_first import check_first
from casetrail.app.clock import utc_now_us
from casetrail.app.make_clip import ClipWish, check_clip, make_clip
from casetrail.app.make_preview import make_still
from casetrail.app.make_report import make_report
from casetrail.governance.acts import Act
from casetrail.model.ids import check_name
from casetrail.surfaces.cli.output import (
    DataOption,
    JsonOption,
    console,
    print_json,
    progress_console,
    settings_for,
    warn_if_outside,
)

app = typer.Typer(help="Redacted clips and the report of a case.", no_args_is_help=True)

CaseArgument = Annotated[str, typer.Argument(metavar="CASE", help="Pseudonym of the case, such as C-7K3F-M2QD.")]


@app.command("clip")
def clip(
    case: CaseArgument,
    step: Annotated[int | None, typer.Option(help="Only this step of the case trace, as `trace show` counts.")] = None,
    out: Annotated[Path | None, typer.Option(help="File to write; default: among the outputs of the case.")] = None,
    around_s: Annotated[float, typer.Option("--around", help="Seconds before and after.", min=0, max=60)] = 1.0,
    whole_bodies: Annotated[bool, typer.Option("--whole-bodies", help="Cover others whole, not their heads.")] = False,
    show_face: Annotated[bool, typer.Option("--show-face", help="Of the index case; needs live consent.")] = False,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Cut the confirmed sightings out of the recordings, every head covered, without sound or metadata."""
    settings, actor = settings_for(data), local_actor()
    wish = ClipWish(step, around_s, whole_bodies, show_face)
    check_clip(bootstrap.open_case_ports(settings), case, actor, wish, utc_now_us())
    ports = bootstrap.open_evidence_ports(settings)
    folder = settings.output_dir / check_name(case, what="case")
    path = out or folder / ("clip.mp4" if step is None else f"clip-step-{step}.mp4")
    with _progress() as report:
        made = make_clip(ports, case, actor, path, wish, report)
    if as_json:
        print_json(made)
        return
    steps = ", ".join(str(number) for number in made.steps)
    console.print(f"[bold]{made.path}[/bold]: steps {steps}, {made.seconds:.1f} s, {made.frames} frames")
    console.print(f"{100 * made.masked_area_share:.0f} % of the picture is covered on average; no sound, no metadata")
    warn_if_outside(made.path, folder)


@app.command("report")
def report(
    case: CaseArgument,
    language: Annotated[str, typer.Option(help="en or ko.")] = "en",
    pictures: Annotated[bool, typer.Option("--pictures/--no-pictures", help="Redacted stills of sightings.")] = True,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write the report of a case: one file that opens anywhere, every head in its pictures covered."""
    settings, actor = settings_for(data), local_actor()
    check_first(bootstrap.open_case_ports(settings), case, Act.REPORT_MAKE, actor)
    ports = bootstrap.open_evidence_ports(settings) if pictures else None
    with _progress() as tell:
        tell("writing the report", 0, 0)
        path = make_report(
            bootstrap.open_report_ports(settings),
            case,
            actor,
            language=language,
            stills=None if ports is None else lambda step: make_still(ports, case, step, actor, whole_bodies=True),
        )
    if as_json:
        print_json({"path": path})
    else:
        console.print(f"[bold]{path}[/bold]", highlight=False)


@contextmanager
def _progress() -> Iterator[Callable[[str, int, int], None]]:
    with Progress(console=progress_console, transient=True) as shown:
        task = shown.add_task("reading the case", total=None)
        yield lambda what, done, whole: shown.update(task, description=what, completed=done, total=whole)
