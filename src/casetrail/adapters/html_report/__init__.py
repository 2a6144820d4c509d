"""ReportRenderer as a self-contained HTML page (Jinja2)."""

from casetrail.adapters.html_report.renderer import HtmlReportRenderer

__all__ = ["HtmlReportRenderer"]
