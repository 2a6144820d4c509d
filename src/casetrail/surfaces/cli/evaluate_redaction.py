"""`casetrail evaluate redaction`: how many heads stay visible."""

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from casetrail import bootstrap
from casetrail.app.evaluate.head_truth import TruthFormat
from casetrail.app.evaluate.redaction import evaluate_redaction
from casetrail.surfaces.cli.output import (
    DataOption,
    JsonOption,
    print_json,
    print_table,
    progress_console,
    settings_for,
)


def redaction(
    recording: Annotated[Path, typer.Option("--recording", help="A recording, or a MOT-style folder of pictures.")],
    heads: Annotated[Path, typer.Option("--heads", help="Where its heads are; gzip accepted.")],
    truth_format: Annotated[
        TruthFormat, typer.Option("--truth-format", help="mot: the head is the top of the box.")
    ] = TruthFormat.TOWNCENTRE,
    frame_offset: Annotated[
        int, typer.Option("--frame-offset", help="Frame of the truth that is the first of the recording.")
    ] = 0,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Share of annotated heads that redaction covers, and of people with a head left visible in any frame."""
    ports = bootstrap.open_redaction_ports(settings_for(data))
    with Progress(console=progress_console, transient=True) as shown:
        task = shown.add_task("looking for people", total=None)
        measured = evaluate_redaction(
            recording,
            heads,
            truth_format,
            frame_offset,
            ports,
            lambda done, whole: shown.update(task, completed=done, total=whole),
        )
    if as_json:
        print_json(measured)
        return
    figures = {key: value for key, value in vars(measured).items() if isinstance(value, int | float)}
    figures["body_covered_share"] = measured.whole_bodies.covered_share
    print_table([{"figure": key, "value": value} for key, value in figures.items()], title="redaction")
    if measured.uncovered:
        print_table([vars(head) for head in measured.uncovered], title="heads that stayed visible")
