"""`casetrail evaluate tracking`, `presence` and `handover`: how well people are told apart, and how fast."""

import dataclasses
from pathlib import Path
from typing import Annotated

import typer

from casetrail import bootstrap
from casetrail.app.evaluate.handover import HandoverFigures, evaluate_handover
from casetrail.app.evaluate.head_truth import TruthFormat
from casetrail.app.evaluate.presence import evaluate_presence
from casetrail.app.evaluate.tracking import evaluate_tracking
from casetrail.app.sampling_mode import SamplingMode
from casetrail.surfaces.cli.output import (
    DataOption,
    JsonOption,
    print_json,
    print_table,
    progress_console,
    settings_for,
)


def tracking(
    recording: Annotated[Path, typer.Option("--recording", help="A recording, or a MOT-style folder of pictures.")],
    truth: Annotated[Path, typer.Option("--truth", help="Its ground truth, in the text form of the MOT challenges.")],
    sampling: Annotated[
        SamplingMode, typer.Option(help="Look at every frame, or only as indexing does.")
    ] = SamplingMode.EVERY_FRAME,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """HOTA, IDF1 and MOTA of the presences of one recording, by TrackEval."""
    ports = bootstrap.open_tracking_ports(settings_for(data))
    with progress_console.status("finding and comparing presences"):
        measured = evaluate_tracking(recording, truth, ports, sampling)
    if as_json:
        print_json(measured)
        return
    rows = {**dataclasses.asdict(measured), "models": ", ".join(measured.models)}
    del rows["provenance"]
    print_table([{"figure": key, "value": value} for key, value in rows.items()], title="tracking")


def presence(
    recording: Annotated[Path, typer.Option("--recording", help="A recording, or a MOT-style folder of pictures.")],
    truth: Annotated[Path, typer.Option("--truth", help="Where its people truly are.")],
    truth_format: Annotated[TruthFormat, typer.Option(help="How the truth is written.")] = TruthFormat.MOT,
    frame_offset: Annotated[int, typer.Option(help="Frame i of the recording is frame i + N of the truth.")] = 0,
    sampling: Annotated[
        SamplingMode, typer.Option(help="Look only as indexing does, or at every frame.")
    ] = SamplingMode.ADAPTIVE,
    rounds: Annotated[int, typer.Option(help="How often each is run, in turns; times are medians.")] = 1,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """People found and time taken, beside the same detector on every frame with ByteTrack."""
    ports = bootstrap.open_presence_ports(settings_for(data))
    with progress_console.status("indexing and comparing"):
        measured = evaluate_presence(recording, truth, ports, truth_format, frame_offset, sampling, rounds)
    if as_json:
        print_json(measured)
        return
    rows = {key: value for key, value in dataclasses.asdict(measured).items() if key != "provenance"}
    print_table([{"figure": key, "value": value} for key, value in rows.items()], title="presence")


def handover(
    recording: Annotated[list[Path], typer.Option("--recording", help="Two recordings that start together.")],
    truth: Annotated[
        Path | None, typer.Option("--truth", help="CSV: recording (a or b), frame from 0, person, x1, y1, x2, y2.")
    ] = None,
    least: Annotated[float, typer.Option(min=0.0, max=1.0, help="Least probability of a pair that is linked.")] = 0.8,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Who is found again from one recording to another, by clothing and the time between."""
    ports = bootstrap.open_handover_ports(settings_for(data))
    with progress_console.status("indexing and describing") as status:
        measured = evaluate_handover(recording, truth, ports, least, status.update)
    if as_json:
        print_json(measured)
        return
    print_table([dataclasses.asdict(pair) for pair in measured.pairs], title="pairs")
    for title, figures in (("handover", measured), ("by similarity alone", measured.contender)):
        if figures is not None and figures.idf1 is not None:
            rows = {name: getattr(figures, name) for name in HandoverFigures.__dataclass_fields__}
            print_table([{"figure": name, "value": value} for name, value in rows.items()], title=title)
