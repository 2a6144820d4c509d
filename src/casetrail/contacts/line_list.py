"""The line list: one row for the case and one per contact, and their links, as epicontacts reads them.

Columns: `linelist.csv` opens with `id`, `contacts.csv` with `from,to` (R package epicontacts). Rows say UNCONFIRMED
until a reviewer confirmed the contact, name the definition by its hash, and carry the date on which they expire.
"""

import csv
import io
from collections.abc import Sequence

from casetrail.contacts.contacts import Contact
from casetrail.contacts.findings import Finding
from casetrail.model.time import format_utc

LINE_LIST_COLUMNS = (
    "id",
    "type",
    "status",
    "reviewer",
    "first_exposure_utc",
    "last_exposure_utc",
    "cameras",
    "exposures",
    "not_measured_s",
    "expires_utc",
)
CONTACT_COLUMNS = (
    "from",
    "to",
    "status",
    "definition",
    "definition_sha256",
    "finding",
    "duration_s",
    "duration_low_s",
    "duration_high_s",
    "closest_m",
    "closest_low_m",
    "closest_high_m",
    "index_mask",
    "contact_mask",
    "why",
    "expires_utc",
)


def build_line_list(case_id: str, contacts: Sequence[Contact], expires_us: int) -> tuple[dict[str, str], ...]:
    """Rows of `linelist.csv`: the case first, then its contacts; keys are `LINE_LIST_COLUMNS`."""
    case = dict.fromkeys(LINE_LIST_COLUMNS, "") | {
        "id": case_id,
        "type": "case",
        "expires_utc": format_utc(expires_us),
    }
    return case, *(_contact_row(case_id, contact, expires_us) for contact in contacts)


def build_contact_links(case_id: str, contacts: Sequence[Contact], expires_us: int) -> tuple[dict[str, str], ...]:
    """Rows of `contacts.csv`: from the case to each contact, one per definition; keys are `CONTACT_COLUMNS`."""
    return tuple(
        _link_row(case_id, contact, finding, expires_us) for contact in contacts for finding in contact.findings
    )


def format_csv(rows: Sequence[dict[str, str]], columns: Sequence[str]) -> str:
    """The rows as CSV with a header, RFC 4180 line ends."""
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(columns))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def contact_name(case_id: str, contact: Contact) -> str:
    """The contact's id in exchange files: unique over cases."""
    return f"{case_id}.{contact.contact_id}"


def _contact_row(case_id: str, contact: Contact, expires_us: int) -> dict[str, str]:
    cameras = {one.camera_id for one in contact.exposures} | {one.camera_id for one in contact.unmeasured}
    return {
        "id": contact_name(case_id, contact),
        "type": "contact",
        "status": _status(contact),
        "reviewer": contact.reviewer,
        "first_exposure_utc": _utc(min((one.interval.start_us for one in contact.exposures), default=None)),
        "last_exposure_utc": _utc(max((one.interval.end_us for one in contact.exposures), default=None)),
        "cameras": " ".join(sorted(cameras)),
        "exposures": str(len(contact.exposures)),
        "not_measured_s": f"{sum(one.duration_s for one in contact.unmeasured):.0f}",
        "expires_utc": format_utc(expires_us),
    }


def _link_row(case_id: str, contact: Contact, finding: Finding, expires_us: int) -> dict[str, str]:
    closest = min((one.closest for one in contact.exposures), key=lambda one: one.median_m, default=None)
    metres = (
        ("", "", "")
        if closest is None
        else tuple(f"{value:.2f}" for value in (closest.median_m, closest.low_m, closest.high_m))
    )
    return {
        "from": case_id,
        "to": contact_name(case_id, contact),
        "status": _status(contact),
        "definition": finding.definition,
        "definition_sha256": finding.definition_sha256,
        "finding": finding.verdict.value,
        "duration_s": f"{finding.duration_s:.1f}",
        "duration_low_s": f"{finding.duration_low_s:.1f}",
        "duration_high_s": f"{finding.duration_high_s:.1f}",
        "closest_m": metres[0],
        "closest_low_m": metres[1],
        "closest_high_m": metres[2],
        "index_mask": _states({one.index_mask.state.value for one in contact.exposures}),
        "contact_mask": _states({one.other_mask.state.value for one in contact.exposures}),
        "why": finding.why,
        "expires_utc": format_utc(expires_us),
    }


def _status(contact: Contact) -> str:
    return "CONFIRMED" if contact.confirmed else "UNCONFIRMED"


def _states(states: set[str]) -> str:
    return " / ".join(sorted(states))


def _utc(utc_us: int | None) -> str:
    return "" if utc_us is None else format_utc(utc_us)
