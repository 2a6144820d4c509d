"""Writing the list of places for the public: what the law lets be told of a confirmed case trace, and nothing else."""

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from casetrail.app.case_ports import CasePorts
from casetrail.app.case_records import read_case_file, read_trace
from casetrail.app.erase_outputs import keep_output
from casetrail.app.find_contacts import read_contacts
from casetrail.app.gate import part_of
from casetrail.app.private_files import make_folder, replace_file
from casetrail.governance.acts import Act
from casetrail.governance.audit import Actor
from casetrail.governance.disclosure import DisclosedPlace, PublicPlace, build_disclosure, check_alert
from casetrail.governance.orders import AlertLevel, same_disease
from casetrail.model.errors import BadInputError, MissingError
from casetrail.model.time import format_utc

COLUMNS = ("district", "place", "from", "to", "remove_after")
_NEEDED = {"camera_id", "place", "district"}
_WORDS = {"yes": True, "no": False, "": False}


@dataclass(frozen=True)
class Disclosure:
    """The places told, and how many sightings are behind no line of it."""

    places: tuple[DisclosedPlace, ...]
    left_out: int
    path: Path


def make_disclosure(
    ports: CasePorts, case_id: str, actor: Actor, places: Mapping[str, PublicPlace], path: Path, now_us: int
) -> Disclosure:
    """Write `path` as CSV. Only confirmed sightings count; a place where nobody else was near is left out too.

    Raises RefusedError below alert level caution, MissingError when no trace was run.
    """
    event = ports.gate.check(actor, Act.DISCLOSURE_MAKE, case_id)
    check_alert(_alert_level(ports, case_id, now_us))
    trace = read_trace(ports.vault, case_id)
    if trace is None:
        raise MissingError("no trace was run", where=f"case {case_id}", todo=f"casetrail trace run {case_id}")
    visits = [(step.camera_id, step.interval) for step in trace.confirmed]
    told = build_disclosure(visits, _without_strangers(ports, case_id, places), now_us)
    shown = {(one.place, one.district) for one in told}
    left_out = sum(
        camera_id not in places or (places[camera_id].place, places[camera_id].district) not in shown
        for camera_id, _ in visits
    )
    ports.audit_log.record(part_of(event, event.act, {"places": len(told), "left_out": left_out}))
    make_folder(path.parent)
    replace_file(path, format_disclosure(told).encode())
    keep_output(ports.store, case_id, path)
    return Disclosure(told, left_out, path)


def read_places(path: Path) -> dict[str, PublicPlace]:
    """Public names of places, by camera, from CSV `camera_id,place,district,all_contacts_known`.

    Raises MissingError when there is no such file, BadInputError that names the row.
    """
    if not path.is_file():
        raise MissingError("there is no such file", where=path.name)
    try:
        rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"))))
    except (UnicodeDecodeError, csv.Error):
        raise BadInputError("this is not a table in UTF-8", where=path.name) from None
    missing = _NEEDED - {name for row in rows[:1] for name in row}
    if missing:
        raise BadInputError(f"the table lacks {', '.join(sorted(missing))}", where=path.name)
    places = [_place(row, f"{path.name} row {number}") for number, row in enumerate(rows, start=2)]
    return {place.camera_id: place for place in places}


def format_disclosure(places: Iterable[DisclosedPlace]) -> str:
    """The list as CSV, in UTC, with the moment at which each line must be taken down."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for one in places:
        hours = [format_utc(at)[:16] + "Z" for at in (one.hours.start_us, one.hours.end_us, one.until_us)]
        writer.writerow([one.district, one.place, *hours])
    return out.getvalue()


def _place(row: dict[str, str], where: str) -> PublicPlace:
    word = (row.get("all_contacts_known") or "").strip().lower()
    if word not in _WORDS:
        raise BadInputError("all_contacts_known is yes or no", where=where)
    texts = [(row.get(name) or "").strip() for name in ("camera_id", "place", "district")]
    try:
        return PublicPlace(texts[0], texts[1], texts[2], _WORDS[word])
    except BadInputError as error:
        raise BadInputError(error.what, where=where, todo=error.todo) from None


def _alert_level(ports: CasePorts, case_id: str, now_us: int) -> AlertLevel | None:
    """The highest level of the orders in force for the disease; the gate has checked that one is truly signed."""
    disease = read_case_file(ports.store, ports.vault, case_id).case.disease
    orders = [one for one in ports.store.read_orders() if one.valid.contains(now_us)]
    levels = [one.alert_level for one in orders if same_disease(one.disease, disease)]
    return max(levels, key=lambda level: level.rank, default=None)


def _without_strangers(ports: CasePorts, case_id: str, places: Mapping[str, PublicPlace]) -> dict[str, PublicPlace]:
    """Places where contacts were looked for and nobody was near have no contact left to call up."""
    found = read_contacts(ports.vault, case_id)
    if found is None:
        return dict(places)
    near = {one.camera_id for contact in found.contacts for one in contact.exposures}
    near |= {one.camera_id for contact in found.contacts for one in contact.unmeasured}
    return {key: place if key in near else replace(place, all_contacts_known=True) for key, place in places.items()}
