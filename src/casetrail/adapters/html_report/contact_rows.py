"""Rows of the table of contacts: nearness in metres and seconds, masks, and each definition beside the other."""

from dataclasses import dataclass

from markupsafe import Markup

from casetrail.adapters.html_report.small_pictures import draw_distance, draw_share
from casetrail.adapters.html_report.speech import Speech
from casetrail.adapters.html_report.step_rows import mask_words
from casetrail.contacts.contacts import Contact
from casetrail.contacts.exposures import Exposure
from casetrail.contacts.findings import Finding, FindingVerdict
from casetrail.evidence.report import ReportContent

MOST_EXPOSURES = 3


@dataclass(frozen=True)
class Judged:
    """What one definition says of a contact, and why."""

    definition: str
    style: str
    verdict: str
    bar: Markup
    why: tuple[str, ...]


@dataclass(frozen=True)
class ContactRow:
    """One contact as it stands in the table."""

    contact_id: str
    confirmed: bool
    status: str
    nearest: str
    picture: Markup | None
    lasting: str
    exposures: tuple[str, ...]
    masks: tuple[str, ...]
    judged: tuple[Judged, ...]
    unmeasured: str


def contact_rows(content: ReportContent, say: Speech) -> list[ContactRow]:
    """Contacts with an exposure, or for whom a definition is met or leaves it open."""
    return [_row(contact, content, say) for contact in content.contacts or () if _matters(contact)]


def other_contacts(content: ReportContent, say: Speech) -> str:
    """Everybody else who was in the picture, in one sentence; empty when there is nobody."""
    names = [contact.contact_id for contact in content.contacts or () if not _matters(contact)]
    return say.counted("others_near", len(names), names=", ".join(names)) if names else ""


def _matters(contact: Contact) -> bool:
    return bool(contact.exposures) or any(one.verdict is not FindingVerdict.NOT_MET for one in contact.findings)


def _row(contact: Contact, content: ReportContent, say: Speech) -> ContactRow:
    nearest = min((one.closest for one in contact.exposures), key=lambda one: one.median_m, default=None)
    marks = [one.distance_m for one in content.definitions if one.distance_m is not None]
    return ContactRow(
        contact.contact_id,
        contact.confirmed,
        say("reviewed_by", name=contact.reviewer) if contact.confirmed else say("unconfirmed"),
        say("not_measured") if nearest is None else say.metres(nearest),
        None if nearest is None else draw_distance(nearest, marks, say.metres(nearest)),
        _lasting(contact, say),
        _exposures(contact, say),
        tuple(dict.fromkeys(words for one in contact.exposures for words in _masks(one, say))),
        tuple(_judged(finding, say) for finding in contact.findings),
        _unmeasured(contact, say),
    )


def _lasting(contact: Contact, say: Speech) -> str:
    if not contact.exposures:
        return ""
    middle, low, high = (
        say.duration(sum(getattr(one, name) for one in contact.exposures))
        for name in ("duration_s", "duration_low_s", "duration_high_s")
    )
    return f"{middle} ({say('interval_of', low=low, high=high)})"


def _exposures(contact: Contact, say: Speech) -> tuple[str, ...]:
    shown = [
        say("at_exposure", camera=e.camera_id, time=say.clock(e.interval.start_us), duration=say.duration(e.duration_s))
        for e in contact.exposures[:MOST_EXPOSURES]
    ]
    more = len(contact.exposures) - MOST_EXPOSURES
    return tuple([*shown, say("more_exposures", count=more)] if more > 0 else shown)


def _masks(exposure: Exposure, say: Speech) -> tuple[str, str]:
    index, other = mask_words(exposure.index_mask, say), mask_words(exposure.other_mask, say)
    return say("mask_case", state=index), say("mask_contact", state=other)


def _judged(finding: Finding, say: Speech) -> Judged:
    style = finding.verdict.name.lower()
    have, needed = say.duration(finding.duration_s), say.duration(finding.needed_s)
    why = [say("of_needed", have=have, needed=needed)]
    if finding.duration_high_s > finding.duration_s + 0.5:
        why.append(say("counts_high", high=say.duration(finding.duration_high_s)))
    if "investigator" in finding.why:
        why.append(say("investigator"))
    elif "leaves unknown open" in finding.why:
        why.append(say("masks_open"))
    share = finding.duration_s / finding.needed_s if finding.needed_s else 1.0
    return Judged(finding.definition, style, say(finding.verdict.value), draw_share(share, why[0], style), tuple(why))


def _unmeasured(contact: Contact, say: Speech) -> str:
    seconds = sum(one.duration_s for one in contact.unmeasured)
    return say("unmeasured", duration=say.duration(seconds)) if seconds >= 0.5 else ""
