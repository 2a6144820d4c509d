"""`casetrail demo`: the whole job on real sample footage, printed step by step."""

import time
from pathlib import Path
from typing import Annotated

import typer

from casetrail import bootstrap
from casetrail.app.demo import prepare_job
from casetrail.app.pipeline import Notes, Outcome, Step, close_and_erase, trace_a_case
from casetrail.surfaces.cli.output import DataOption, JsonOption, console, print_json, settings_for


def demo(
    erase: Annotated[bool, typer.Option("--erase", help="Close and erase the case at the end.")] = False,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Do the whole job on real sample footage: three cameras, one statement, a scripted reviewer."""
    settings = settings_for(data)
    start, steps = time.perf_counter(), list[Step]()

    def on_step(step: Step) -> None:
        steps.append(step)
        if not as_json:
            _print_step(step)

    notes = Notes(on_step)
    if not as_json:
        console.print("casetrail on sample footage. The reviewer is a script: its answers are prepared, not looked at.")
    job = prepare_job(bootstrap.open_demo_ports(settings), notes)
    actor = job.people.investigator
    desk = bootstrap.open_desk(settings, actor)
    outcome = trace_a_case(desk, job, notes)
    if erase:
        close_and_erase(desk, outcome.case_id, actor, notes)
    seconds = time.perf_counter() - start
    if as_json:
        print_json({"case_id": outcome.case_id, "seconds": seconds, "steps": steps, "files": _left(outcome)})
    else:
        _print_end(outcome, seconds)


def _print_step(step: Step) -> None:
    console.print(f"\n[bold]{step.name}[/bold]  ({step.seconds:.1f} s)")
    for sentence in step.found:
        console.print(f"  {sentence}", highlight=False, markup=False)


def _print_end(outcome: Outcome, seconds: float) -> None:
    console.print(f"\nDone in {seconds:.0f} s.")
    files = _left(outcome)
    for file in files:
        console.print(f"  {file}", highlight=False)
    if not files:
        console.print(f"  The case {outcome.case_id} is erased; its receipt is in store/receipts.")


def _left(outcome: Outcome) -> list[Path]:
    return [file for file in outcome.evidence if file.exists()]
