"""What every ReportRenderer keeps: it says everything, asks for nothing from outside, and escapes what it is given."""

import re
from dataclasses import replace

import pytest

from casetrail.evidence.report import Language, ReportContent, ReportRenderer
from casetrail.evidence.report_words import words_in
from casetrail.governance.cases import CaseState
from casetrail.testing.drawn_report import CASE_ID, draw_report

HOSTILE = "<script>alert(1)</script><img src=x onerror=y> \"&' {{ 7 * 7 }}"


class ReportRendererContract:
    """Subclasses give a renderer."""

    @pytest.fixture
    def renderer(self) -> ReportRenderer:
        """The renderer under test."""
        raise NotImplementedError

    @pytest.fixture(params=list(Language))
    def language(self, request: pytest.FixtureRequest) -> Language:
        """Each language."""
        return Language(request.param)

    def test_every_fact_is_on_the_page(self, renderer: ReportRenderer, language: Language) -> None:
        """Pseudonym, sightings, contacts, definitions, document, models and statements are all named."""
        content = draw_report(language)
        page = renderer.render(content)
        facts = [CASE_ID, "2026-0317", "2026-03-23", "bus stop"]
        facts += [each.step.camera_id for each in content.steps] + [one.contact_id for one in content.contacts or ()]
        facts += [one.sha256[:12] for one in content.definitions] + list(content.models)
        assert [fact for fact in facts if fact not in page] == []

    def test_nothing_comes_from_outside(self, renderer: ReportRenderer, language: Language) -> None:
        """No address, script, handler or style from elsewhere; pictures are inside the page."""
        page = renderer.render(draw_report(language))
        assert re.findall(r"https?:|<script|<link|<iframe|@import|url\(|\son\w+=", page) == []
        assert all(source.startswith("data:image/") for source in re.findall(r'src="([^"]*)"', page))

    def test_what_it_is_given_is_escaped(self, renderer: ReportRenderer, language: Language) -> None:
        """Words of a statement or a case never become part of the page's structure, nor of its template."""
        content = _hostile(draw_report(language))
        page = renderer.render(content)
        assert "<script>" not in page
        assert "<img src=x" not in page
        assert "{{ 7 * 7 }}" in page

    def test_an_unfinished_review_is_marked(self, renderer: ReportRenderer, language: Language) -> None:
        """Until the review is complete the page says UNCONFIRMED and that nothing may rest on it."""
        words = words_in(language)
        page = renderer.render(draw_report(language, reviewed=False))
        assert words["unconfirmed"] in page
        assert words["warning_open"].replace("'", "&#39;") in page.replace("&#x27;", "&#39;")

    def test_a_finished_review_is_not_marked(self, renderer: ReportRenderer, language: Language) -> None:
        """Where everything is confirmed, the mark would be wrong and is not there."""
        content = draw_report(language)
        confirmed = tuple(replace(one, reviewer="reviewer-2") for one in content.contacts or ())
        for state in (CaseState.REVIEWED, CaseState.REPORTED):
            whole = replace(content, contacts=confirmed, case=replace(content.case, state=state))
            assert words_in(language)["unconfirmed"] not in renderer.render(whole)

    def test_it_never_says_that_transmission_happened(self, renderer: ReportRenderer) -> None:
        """The only sentence about transmission is the one that refuses to speak of it."""
        page = re.sub(r'"data:[^"]*"', "", renderer.render(draw_report()))
        assert re.findall(r"[^.<>]*(?:transmi|infected)[^.<>]*", page, re.IGNORECASE) == [
            words_in(Language.ENGLISH)["limit_transmission"].removesuffix(".")
        ]

    def test_an_empty_case_trace_is_a_page_too(self, renderer: ReportRenderer, language: Language) -> None:
        """Nothing found, nothing stated, no contacts looked for: the page says so and does not fail."""
        content = draw_report(language, stills=False)
        bare = replace(
            content, steps=(), gaps=(), alternatives=(), findings=(), definitions=(), contacts=None,
            plan=type(content.plan)(),
        )  # fmt: skip
        assert CASE_ID in renderer.render(bare)

    def test_the_same_content_gives_the_same_page(self, renderer: ReportRenderer) -> None:
        """Nothing but the content decides what is on the page."""
        assert renderer.render(draw_report()) == renderer.render(draw_report())


def _hostile(content: ReportContent) -> ReportContent:
    case = replace(content.case, disease=HOSTILE, legal_basis=replace(content.case.legal_basis, authority=HOSTILE))
    findings = tuple(
        replace(each, anchor=replace(each.anchor, statement=HOSTILE, reference=HOSTILE)) for each in content.findings
    )
    steps = tuple(replace(each, camera_name=HOSTILE) for each in content.steps)
    return replace(content, case=case, findings=findings, steps=steps, actor=HOSTILE, models=(HOSTILE,))
