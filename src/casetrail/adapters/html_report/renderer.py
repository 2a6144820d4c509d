"""The report as one HTML file: inline style and pictures, no script, no outside request, everything escaped."""

from importlib import resources

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from casetrail.adapters.html_report.page import Page
from casetrail.evidence.report import ReportContent

PACKAGE = "casetrail.adapters.html_report"


class HtmlReportRenderer:
    """ReportRenderer for a browser and for print; the page's own policy forbids scripts and outside requests."""

    def __init__(self) -> None:
        self._environment = Environment(
            loader=PackageLoader(PACKAGE),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def render(self, content: ReportContent) -> str:
        """The page as text."""
        page = Page(content)
        style = (resources.files(PACKAGE) / "templates" / "report.css").read_text(encoding="utf-8")
        template = self._environment.get_template("report.html.j2")
        return template.render(page=page, say=page.say, c=content, style=Markup(style))
