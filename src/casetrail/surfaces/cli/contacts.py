"""`contacts`, `evaluate contacts` and `cameras calibrate`."""

import dataclasses
from pathlib import Path
from typing import Annotated

import typer

from casetrail import bootstrap
from casetrail.app.acting import local_actor
from casetrail.app.calibrate_camera import calibrate_camera
from casetrail.app.evaluate.contacts import evaluate_contacts
from casetrail.app.find_contacts import CaseContacts, Contact, confirm_contact, find_contacts, read_definitions
from casetrail.app.write_line_list import write_line_list
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
    warn_if_outside,
)


def contacts(
    case: Annotated[str, typer.Argument(help="Case pseudonym.")],
    definition: Annotated[
        list[str] | None, typer.Option("--definition", help="Contact definition by name, or a TOML file; repeatable.")
    ] = None,
    confirm: Annotated[
        str | None, typer.Option(help="Confirm this contact, such as K-01, after looking at it.")
    ] = None,
    line_list: Annotated[Path | None, typer.Option("--csv", help="Write linelist.csv and contacts.csv here.")] = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Who was near the index case at the confirmed sightings, and what contact definitions say of it."""
    actor, settings = local_actor(), settings_for(data)
    ports = bootstrap.open_contact_ports(settings, case, actor)
    if confirm is None:
        found = find_contacts(case, read_definitions(definition or []), ports, actor)
    else:
        found = confirm_contact(case, confirm, actor.actor_id, ports, actor)
    if line_list is not None:
        write_line_list(case, line_list, ports.case, actor)
        warn_if_outside(line_list, settings.output_dir / check_name(case, what="case"))
    if as_json:
        print_json(found)
    else:
        _print_contacts(found)


def evaluate(
    recording: Annotated[Path, typer.Option(help="A recording.")],
    truth: Annotated[Path, typer.Option(help="Its annotated people: MOT text, frame-exact.")],
    calibration: Annotated[Path, typer.Option(help="The camera's calibration.")],
    definition: Annotated[str, typer.Option(help="Contact definition whose distance counts.")],
    calibration_format: Annotated[str | None, typer.Option(help="Format of the calibration.")] = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Exposures, distances and durations on a recording against its annotated people."""
    settings = settings_for(data)
    with progress_console.status(f"finding people in {recording.name}"):
        result = evaluate_contacts(
            recording,
            truth,
            calibration,
            definition,
            bootstrap.open_decoder(),
            bootstrap.open_detector(settings),
            calibration_format=calibration_format,
        )
    measured = dataclasses.asdict(result.measured)
    if as_json:
        print_json(measured | {"provenance": result.provenance})
    else:
        print_table([{"measure": name, "value": value} for name, value in measured.items()], title="contacts")


def calibrate(
    camera: Annotated[str, typer.Argument(help="Camera id.")],
    file: Annotated[Path, typer.Argument(help="Calibration file.")],
    form: Annotated[
        str | None,
        typer.Option("--format", help="tsai-xml, opencv-json, wildtrack-xml, towncentre or map-points."),
    ] = None,
    corner: Annotated[
        tuple[float, float],
        typer.Option(help="Pixel of the calibrated picture at which this camera's picture begins."),
    ] = (0.0, 0.0),
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Give a camera its ground plane from a calibration file."""
    settings = settings_for(data)
    calibrated = calibrate_camera(
        camera, file, bootstrap.open_catalogue_ports(settings), local_actor(), form=form, corner_px=corner
    )
    if as_json:
        print_json(calibrated)
    else:
        source = "" if calibrated.ground is None else calibrated.ground.source
        console.print(f"{camera}: ground plane from {source}")


def _print_contacts(found: CaseContacts) -> None:
    """One block for each contact with an exposure, one line for everybody else."""
    console.print(f"contacts of {found.case_id}", highlight=False)
    for contact in found.contacts:
        if contact.exposures:
            _print_contact(contact)
    others = [contact for contact in found.contacts if not contact.exposures]
    if others:
        longest_s = max(one.duration_s for contact in others for one in contact.unmeasured)
        console.print(
            f"{len(others)} more in the same picture were perhaps near, for {longest_s:.0f} s at most each time: "
            f"{', '.join(contact.contact_id for contact in others)}",
            highlight=False,
        )
    if not found.contacts:
        console.print("nobody was near at the confirmed sightings")


def _print_contact(contact: Contact) -> None:
    first = contact.exposures[0]
    status = f"CONFIRMED by {contact.reviewer}" if contact.confirmed else "UNCONFIRMED"
    when = format_utc(first.interval.start_us)
    console.print(f"{contact.contact_id}  {status}, first near {when} on {first.camera_id}", highlight=False)
    for finding in contact.findings:
        line = f"      {finding.definition}: {finding.verdict.value.upper()}: {finding.why}"
        console.print(line, highlight=False, markup=False)
