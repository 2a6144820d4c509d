"""`casetrail evaluate city` and `casetrail simulate city`: tracing at city size, with known truth."""

import dataclasses
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from casetrail import bootstrap
from casetrail.app.evaluate.city import CityMeasured, CityRun, evaluate_city
from casetrail.app.evaluate.city import Progress as Tell
from casetrail.app.evaluate.contenders import Contender, open_contender
from casetrail.app.evaluate.reviewers import Reviewer
from casetrail.app.evaluate.world import Start, WorldSpec
from casetrail.model.errors import UsageError
from casetrail.surfaces.cli.output import (
    DataOption,
    JsonOption,
    print_json,
    print_table,
    progress_console,
    settings_for,
)

CameraOption = Annotated[int, typer.Option(min=20, help="How many cameras, at the density of the real city.")]
DaysOption = Annotated[int, typer.Option(min=1, help="How many days, from midnight.")]
SeedOption = Annotated[int, typer.Option(help="The same seed gives the same city and the same cases.")]
OptionOption = Annotated[list[str] | None, typer.Option("--world-option", help="NAME=VALUE of the world, repeatable.")]


def city(
    cameras: CameraOption = 10_820,
    days: DaysOption = 1,
    cases: Annotated[int, typer.Option(min=1, help="How many index cases.")] = 20,
    seed: SeedOption = 1,
    budget: Annotated[int, typer.Option(min=1, help="Views that may be described for each case.")] = 5000,
    start: Annotated[
        Start, typer.Option(help="What is known: one confirmed sighting, records, or both.")
    ] = Start.RECORDS,
    reviewer: Annotated[Reviewer, typer.Option(help="Who answers questions.")] = Reviewer.ERRING,
    contender: Annotated[Contender | None, typer.Option(help="Also trace every case with this.")] = None,
    world: Annotated[str, typer.Option(help="MODULE:FACTORY of another world than the simulated city.")] = "",
    world_option: OptionOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """How much of each index case's day is found again in a simulated city, at what cost, and how honestly."""
    settings = settings_for(data)
    spec = WorldSpec(cameras, days, seed, world, _options(world_option))
    with _progress() as tell:
        opened = bootstrap.open_world(spec, settings, tell)
        other = None if contender is None else (contender.value, open_contender(contender, opened, seed))
        run = CityRun(cases, days, seed, budget, start, reviewer)
        cost = bootstrap.measure_describing(settings)
        measured = evaluate_city(opened, run, bootstrap.open_city_tracer(), cost, other, tell)
    if as_json:
        print_json(measured)
    else:
        _print(measured)


def simulate(
    out: Annotated[Path, typer.Option(help="Folder to write the installation and its truth into.")],
    cameras: CameraOption = 10_820,
    days: DaysOption = 1,
    seed: SeedOption = 1,
    world_option: OptionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write a simulated city: cameras, streets and presences, and beside them who everybody truly is."""
    spec = WorldSpec(cameras, days, seed, "", _options(world_option))
    with _progress() as tell:
        written = bootstrap.write_city(spec, out, tell)
    if as_json:
        print_json(written)
    else:
        print_table([{"what": name, "value": value} for name, value in written.items()], title="simulated city")


def _options(texts: Sequence[str] | None) -> dict[str, str]:
    pairs = [text.partition("=") for text in texts or ()]
    if any(not equals for _, equals, _ in pairs):
        raise UsageError("an option of a world is written NAME=VALUE", where="--world-option")
    return {name.strip(): value.strip() for name, _, value in pairs}


def _print(measured: CityMeasured) -> None:
    values = dataclasses.asdict(measured)
    rows = [{"figure": name, "value": value} for name, value in values.items() if isinstance(value, str | int | float)]
    print_table(rows, title="tracing in a city")
    print_table([dataclasses.asdict(each) for each in measured.reliability], title="claimed and held")


@contextmanager
def _progress() -> Iterator[Tell]:
    with Progress(console=progress_console, transient=True) as shown:
        tasks = {"": shown.add_task("", visible=False)}

        def tell(what: str, done: int, whole: int) -> None:
            if what not in tasks:
                tasks[what] = shown.add_task(what, total=whole)
            shown.update(tasks[what], completed=done, total=whole)

        yield tell
