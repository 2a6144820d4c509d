"""`casetrail index`: build the presence index. Interrupted, it goes on where it stopped."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from casetrail import bootstrap
from casetrail.app.acting import local_actor
from casetrail.app.compact_index import MANY, compact_index
from casetrail.app.index_presence import IndexSummary, SegmentSampling, explain_sampling, index_presence
from casetrail.app.index_presence import Progress as OnProgress
from casetrail.app.look_again import look_at_segment_again
from casetrail.app.sampling_mode import SamplingMode
from casetrail.app.settings import Settings
from casetrail.governance.audit import Role
from casetrail.model.errors import BadInputError, IntegrityError
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


def index(
    engine: Annotated[str, typer.Option(help="What runs the work: local.")] = "local",
    workers: Annotated[int, typer.Option(help="How many processes; 0 takes CASETRAIL_WORKERS or all cores.")] = 0,
    segment_s: Annotated[float, typer.Option("--segment-s", help="Length of a unit of work in seconds.")] = 300.0,
    sampling: Annotated[
        SamplingMode, typer.Option(help="Look only where people move, or at every frame.")
    ] = SamplingMode.ADAPTIVE,
    explain: Annotated[
        bool, typer.Option("--explain", help="Index nothing; say which frames of each segment were looked at and why.")
    ] = False,
    compact: Annotated[
        bool, typer.Option("--compact", help="Index nothing; put the small files of the index into few large ones.")
    ] = False,
    look_again: Annotated[
        str, typer.Option("--look-again", help="Index nothing; look at this segment again (see --explain) and compare.")
    ] = "",
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Find presences in every recording that is not indexed yet. Describes nobody."""
    settings = settings_for(data)
    if workers:
        settings = settings.model_copy(update={"workers": workers})
    if explain:
        _explain(explain_sampling(bootstrap.open_presence_index(settings)), as_json=as_json)
        return
    if compact:
        _compact(settings, as_json=as_json)
        return
    if look_again:
        _look_again(settings, look_again, as_json=as_json)
        return
    ports = bootstrap.open_index_ports(settings, engine, sampling)
    with bootstrap.keep_retention(settings), _progress() as on_progress:
        done = index_presence(ports, local_actor(Role.ADMINISTRATOR), segment_s=segment_s, on_progress=on_progress)
    compact_index(bootstrap.open_merging_ports(settings), local_actor(Role.ADMINISTRATOR), least=MANY)
    if as_json:
        print_json({**done.__dict__, "fps": done.fps})
    else:
        _print(done)
    if done.segments_failed and not done.segments_done and not done.segments_skipped:
        raise BadInputError("nothing could be indexed", todo="read the reasons above")


def _compact(settings: Settings, *, as_json: bool) -> None:
    ports = bootstrap.open_merging_ports(settings)
    with Progress(console=progress_console, transient=True) as shown:
        task = shown.add_task("merging", total=None)
        done = compact_index(
            ports,
            local_actor(Role.ADMINISTRATOR),
            on_progress=lambda so_far, of: shown.update(task, completed=so_far, total=of),
        )
    if as_json:
        print_json(done)
    else:
        console.print(f"{done.cells} cells of days merged, {done.segments} segments lie in them", highlight=False)
        for failure in done.failures:
            console.print(f"not merged: {failure}", highlight=False, markup=False)
    if done.failures:
        raise IntegrityError(f"{len(done.failures)} cells could not be merged", todo="read the reasons above")


def _print(done: IndexSummary) -> None:
    counts = f"{done.segments_done} segments indexed, {done.segments_skipped} were there, {done.segments_failed} failed"
    looked = f"{done.frames} frames, {done.frames_analysed} of them looked at"
    work = f"{done.presences} presences in {looked} ({done.fps:.1f} frames per second)"
    console.print(f"{counts}; {work}; {done.models}", highlight=False)
    if done.failures:
        print_table([{"where": one.where, "why": one.what} for one in done.failures], title="not indexed")
    if done.doubts:
        print_table([{"where": one.where, "why": one.what} for one in done.doubts], title="indexed in part")


def _explain(rows: list[SegmentSampling], *, as_json: bool) -> None:
    if as_json:
        print_json(rows)
        return
    shown = [
        {
            "segment": row.segment_id,
            "camera": row.camera_id,
            "from": format_utc(row.start_us),
            "to": format_utc(row.end_us),
            "why": row.decision,
        }
        for row in rows
    ]
    print_table(shown, title="sampling")


def _look_again(settings: Settings, segment_id: str, *, as_json: bool) -> None:
    catalogue, ports = bootstrap.open_catalogue(settings), bootstrap.open_worker_ports(settings)
    with progress_console.status("looking again"):
        seen = look_at_segment_again(catalogue, ports, segment_id)
    if as_json:
        print_json({**seen.__dict__, "all_same": seen.all_same})
    else:
        counts = f"{seen.indexed} presences in the index, {seen.found} found now, {seen.same} of them the same"
        console.print(f"{counts}; {seen.decision}", highlight=False)
    if not seen.all_same:
        todo = "check the recording with `casetrail footage check`"
        raise IntegrityError(
            "the index does not say what the recording shows", where=f"segment {segment_id}", todo=todo
        )


@contextmanager
def _progress() -> Iterator[OnProgress]:
    columns = (TextColumn("indexing"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=progress_console, transient=True) as shown:
        task = shown.add_task("indexing", total=None)

        def on_progress(so_far: IndexSummary, of: int) -> None:
            shown.update(task, total=of, completed=so_far.segments_done + so_far.segments_failed)

        yield on_progress
