"""`casetrail cameras`: import and list cameras."""

from pathlib import Path
from typing import Annotated, Any

import typer

from casetrail import bootstrap
from casetrail.app.acting import local_actor
from casetrail.app.add_cameras import add_cameras
from casetrail.app.add_streets import add_streets
from casetrail.governance.audit import Role
from casetrail.surfaces.cli.output import DataOption, JsonOption, console, print_json, print_table, settings_for

app = typer.Typer(help="Cameras: import, list, calibrate.", no_args_is_help=True)


@app.command("import")
def import_cameras(
    file: Annotated[Path, typer.Argument(help="CSV or GeoJSON list of cameras; Korean open data is recognised.")],
    mapping: Annotated[Path | None, typer.Option(help="JSON file that maps other columns to ours.")] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Import nothing unless every row is usable.")] = False,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Import cameras. Rows that cannot be taken are listed; the others are imported."""
    ports = bootstrap.open_catalogue_ports(settings_for(data))
    done = add_cameras(file, ports, local_actor(Role.ADMINISTRATOR), mapping=mapping, strict=strict)
    if as_json:
        print_json(done)
        return
    console.print(f"{done.listed} cameras listed, {done.added} new or changed", highlight=False)
    for note in done.notes:
        console.print(note, highlight=False, markup=False)
    for problem in done.problems:
        console.print(f"not imported: {problem.describe()}", highlight=False, markup=False)


@app.command("streets")
def import_streets(
    file: Annotated[Path, typer.Argument(help="GeoJSON lines of streets; lines with `transport` are rides.")],
    strict: Annotated[bool, typer.Option("--strict", help="Import nothing unless every feature is usable.")] = False,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Import the streets that people walk along. Without them, traces walk straight from camera to camera."""
    ports = bootstrap.open_catalogue_ports(settings_for(data))
    done = add_streets(file, ports, local_actor(Role.ADMINISTRATOR), strict=strict)
    if as_json:
        print_json(done)
        return
    graph = f"{done.kilometres:.1f} km of streets, {done.nodes} nodes, {done.edges} edges, {done.rides} rides"
    console.print(graph if done.changed else f"{graph}: nothing changed", highlight=False)
    for note in done.notes:
        console.print(note, highlight=False, markup=False)
    for problem in done.problems:
        console.print(f"not imported: {problem.describe()}", highlight=False, markup=False)


@app.command("list")
def list_cameras(data: DataOption = None, as_json: JsonOption = False) -> None:
    """Every camera of the installation, with what is known of its place and clock."""
    catalogue = bootstrap.open_catalogue(settings_for(data))
    recordings = [recording.camera_id for recording in catalogue.read_recordings()]
    rows = [_row(camera, recordings.count(camera.camera_id)) for camera in catalogue.read_cameras()]
    if as_json:
        print_json(rows)
    else:
        shown = ("camera_id", "name", "lat", "lon", "clock_offset_s", "ground_plane", "recordings")
        print_table([{name: row[name] for name in shown} for row in rows], title="cameras")


def _row(camera: Any, recordings: int) -> dict[str, object]:
    return {
        "camera_id": camera.camera_id,
        "name": camera.name,
        "lat": camera.place and camera.place.lat,
        "lon": camera.place and camera.place.lon,
        "indoor": camera.indoor,
        "clock_offset_s": camera.clock.offset_s,
        "clock_sigma_s": camera.clock.sigma_s,
        "ground_plane": "none" if camera.ground is None else camera.ground.source,
        "recordings": recordings,
    }
