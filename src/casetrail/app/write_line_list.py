"""Write the line list of a case: `linelist.csv` and `contacts.csv`, as epicontacts reads them."""

from pathlib import Path

from casetrail.app.case_ports import CasePorts
from casetrail.app.case_records import read_case_file
from casetrail.app.erase_outputs import keep_output
from casetrail.app.find_contacts import read_contacts
from casetrail.app.private_files import make_folder, replace_file
from casetrail.contacts.line_list import (
    CONTACT_COLUMNS,
    LINE_LIST_COLUMNS,
    build_contact_links,
    build_line_list,
    format_csv,
)
from casetrail.governance.access import check_working
from casetrail.governance.acts import Act
from casetrail.governance.audit import Actor
from casetrail.model.errors import MissingError


def write_line_list(case_id: str, folder: Path, ports: CasePorts, actor: Actor) -> tuple[Path, Path]:
    """Write both files into `folder`, readable by their owner only; rows expire when the case must be closed.

    Raises MissingError when contacts were not found yet.
    """
    file = read_case_file(ports.store, ports.vault, case_id)
    check_working(case_id, file.case.state)
    found = read_contacts(ports.vault, case_id)
    if found is None:
        raise MissingError("no contacts yet", where=f"case {case_id}", todo="run `casetrail contacts` first")
    ports.gate.permit(actor, Act.CONTACTS_EXPORT, case_id, {"contacts": len(found.contacts)})
    due_us = ports.store.read_case(case_id).due_us
    rows = build_line_list(case_id, found.contacts, due_us)
    links = build_contact_links(case_id, found.contacts, due_us)
    written = (
        _write(folder / "linelist.csv", format_csv(rows, LINE_LIST_COLUMNS)),
        _write(folder / "contacts.csv", format_csv(links, CONTACT_COLUMNS)),
    )
    keep_output(ports.store, case_id, *written)
    return written


def _write(path: Path, text: str) -> Path:
    make_folder(path.parent)
    replace_file(path, text.encode())
    return path
