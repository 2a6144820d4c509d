"""Fake of the ReportRenderer port: a plain list of what a report says, and what was asked for."""

from html import escape

from casetrail.evidence.report import ReportContent
from casetrail.evidence.report_words import words_in
from casetrail.model.time import day_of, format_utc


class FakeReportRenderer:
    """Writes the facts as a list and keeps every content that it was given."""

    def __init__(self) -> None:
        self.contents: list[ReportContent] = []

    def render(self, content: ReportContent) -> str:
        """The facts, one a line."""
        self.contents.append(content)
        words = words_in(content.language)
        lines = [content.case.case_id, content.case.disease, f"erase by {day_of(content.due_us)}"]
        lines += [] if content.reviewed else [words["unconfirmed"], words["warning_open"]]
        lines += [
            f"{each.number} {each.step.camera_id} {format_utc(each.step.interval.start_us)} "
            f"{each.step.reviewer if each.confirmed else words['unconfirmed']}"
            for each in content.steps
        ]
        lines += [
            f"{contact.contact_id} {contact.reviewer or words['unconfirmed']}" for contact in content.contacts or ()
        ]
        lines += [f"{words[each.status.value]}: {each.anchor.statement}" for each in content.findings]
        lines += [f"{one.name} {one.sha256[:12]}" for one in content.definitions]
        lines += [*content.models, content.case.legal_basis.document, words["limit_transmission"]]
        rows = "".join(f"<li>{escape(line)}</li>" for line in lines)
        return f'<!DOCTYPE html><html lang="{content.language}"><meta charset="utf-8"><ul>{rows}</ul></html>'
