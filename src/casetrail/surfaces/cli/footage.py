"""`casetrail footage`: add, list and check recordings. Nothing is copied."""

import dataclasses
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import Progress

from casetrail import bootstrap
from casetrail.app.acting import local_actor
from casetrail.app.add_footage import FootageAdded, add_footage, name_pattern, read_claims
from casetrail.app.check_footage import check_footage
from casetrail.app.clock import utc_now_us
from casetrail.governance.audit import Role
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

app = typer.Typer(help="Recordings: add in place, list, check.", no_args_is_help=True)


@app.command("add")
def add(
    path: Annotated[Path, typer.Argument(help="A folder, a file, an image sequence, or a manifest CSV.")],
    pattern: Annotated[
        str, typer.Option(help="Regular expression with groups camera and start, or year to second.")
    ] = "",
    start_format: Annotated[str, typer.Option(help="How the group start is written, as strptime reads it.")] = "",
    utc_offset: Annotated[str, typer.Option(help="Offset of names that state none, such as +09:00.")] = "",
    manifest: Annotated[bool, typer.Option("--manifest", help="PATH is a manifest, whatever its suffix.")] = False,
    sha256: Annotated[bool, typer.Option("--sha256", help="Compute the sha256 of every new file.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Add nothing unless everything can be added.")] = False,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Add recordings where they lie. What cannot be taken is listed; exit code 4 when nothing could be."""
    claims = read_claims(path, manifest=manifest, names=name_pattern(pattern, start_format, utc_offset))
    ports = bootstrap.open_footage_ports(settings_for(data))
    with _progress("reading recordings") as on_file:
        actor = local_actor(Role.ADMINISTRATOR)
        done = add_footage(claims, ports, actor, strict=strict, hash_files=sha256, on_file=on_file)
    if as_json:
        print_json({**dataclasses.asdict(done), "added": [_row(one) for one in done.added]})
    else:
        _print_added(done)
    done.check()


@app.command("list")
def list_footage(
    camera: Annotated[str | None, typer.Option(help="Only this camera's recordings.")] = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Every recording, by camera and start (by the camera's own clock)."""
    rows = [_row(one) for one in bootstrap.open_catalogue(settings_for(data)).read_recordings(camera)]
    if as_json:
        print_json(rows)
    else:
        shown = ("camera_id", "start", "duration_s", "frames", "path")
        print_table([{name: row[name] for name in shown} for row in rows], title="recordings")


@app.command("check")
def check(
    thorough: Annotated[
        bool, typer.Option("--thorough", help="Count every file again and compare its sha256.")
    ] = False,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Gaps, overlaps, doubtful clocks, and files that vanished, changed or cannot be read."""
    ports = bootstrap.open_footage_ports(settings_for(data))
    with _progress("checking recordings") as on_file:
        found = check_footage(ports, utc_now_us(), thorough=thorough, on_file=on_file)
    if as_json:
        print_json(found)
        return
    what = f"{found.recordings} recordings of {found.cameras} cameras, {len(found.problems)} problems"
    console.print(what, highlight=False)
    for problem in found.problems:
        console.print(problem.describe(), highlight=False, markup=False)


@contextmanager
def _progress(what: str) -> Iterator[Callable[[int, int], None]]:
    with Progress(console=progress_console, transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, of: bar.update(task, completed=done, total=of)


def _print_added(done: FootageAdded) -> None:
    console.print(f"{len(done.added)} recordings added, {done.known} known before", highlight=False)
    for note in done.notes:
        console.print(note, highlight=False, markup=False)
    for one in done.added:
        for doubt in one.media.doubts:
            console.print(f"{one.path}: {doubt}", highlight=False, markup=False)
    for problem in done.problems:
        console.print(f"not added: {problem.describe()}", highlight=False, markup=False)


def _row(recording: Any) -> dict[str, Any]:
    media = recording.media
    return {
        "recording_id": recording.recording_id,
        "camera_id": recording.camera_id,
        "start": format_utc(recording.start_us),
        "duration_s": float((media.end_pts - media.first_pts) * media.time_base),
        "frames": media.frames,
        "size": f"{media.width}x{media.height}",
        "codec": media.codec,
        "path": recording.path,
        "doubts": list(media.doubts),
    }
