"""The page and its fake keep the contract of the ReportRenderer port."""

import pytest

from casetrail.adapters.html_report import HtmlReportRenderer
from casetrail.evidence.report import ReportRenderer
from casetrail.testing.contracts.report_renderer import ReportRendererContract
from casetrail.testing.fake_report_renderer import FakeReportRenderer


class TestHtmlReportRenderer(ReportRendererContract):
    """The page for a browser and for print."""

    @pytest.fixture
    def renderer(self) -> ReportRenderer:
        """The page's renderer."""
        return HtmlReportRenderer()


class TestFakeReportRenderer(ReportRendererContract):
    """The plain list."""

    @pytest.fixture
    def renderer(self) -> ReportRenderer:
        """The fake."""
        return FakeReportRenderer()
