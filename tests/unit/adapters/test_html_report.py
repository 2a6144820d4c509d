"""The page of a report: what is drawn, and how times, shares and probabilities are said."""

import re
from dataclasses import replace
from datetime import UTC, timedelta, timezone
from xml.etree import ElementTree

import pytest

from casetrail.adapters.html_report import HtmlReportRenderer
from casetrail.adapters.html_report.drawing import element
from casetrail.adapters.html_report.speech import Speech
from casetrail.evidence.report import Language, ReportContent
from casetrail.evidence.report_words import words_in
from casetrail.governance.authorities import UNLISTED
from casetrail.model.time import SECOND_US, UtcInterval
from casetrail.testing.drawn_report import draw_report
from casetrail.trace.case_trace import Alternative

ENGLISH = Speech(Language.ENGLISH, timezone(timedelta(hours=9)))


def page_of(content: ReportContent) -> str:
    """The page."""
    return HtmlReportRenderer().render(content)


def pictures(page: str) -> list[ElementTree.Element]:
    """Every SVG of a page, read as XML."""
    return [ElementTree.fromstring(text) for text in re.findall(r"<svg.*?</svg>", page, re.DOTALL)]


def styled(picture: ElementTree.Element, style: str) -> list[ElementTree.Element]:
    """Elements of a picture that carry a style."""
    return [each for each in picture.iter() if style in each.get("class", "").split()]


@pytest.fixture(scope="module")
def plan() -> ElementTree.Element:
    """The plan of a case with three confirmed steps and a proposed one."""
    return pictures(page_of(draw_report(reviewed=False)))[0]


def test_confirmed_and_proposed_look_different(plan: ElementTree.Element) -> None:
    """Three numbers are whole, the fourth is a proposal and drawn as such."""
    badges = [each for each in styled(plan, "badge") if each.tag == "circle"]
    assert len(badges) == 4
    assert len([each for each in badges if "proposed" in each.get("class", "")]) == 1


def test_gaps_are_drawn_apart_from_walks(plan: ElementTree.Element) -> None:
    """One dashed line for each way between cameras that nobody saw, and one path for each measured walk."""
    assert len(styled(plan, "gap")) == 3
    assert len([each for each in styled(plan, "walk") if "tip" not in each.get("class", "")]) == 3


def test_everything_lies_inside_the_plan(plan: ElementTree.Element) -> None:
    """No number, mast or circle is cut off by the edge."""
    _, _, width, height = (float(part) for part in plan.get("viewBox", "").split())
    for circle in plan.iter("circle"):
        assert 0 <= float(circle.get("cx", "-1")) <= width
        assert 0 <= float(circle.get("cy", "-1")) <= height


def test_numbers_do_not_hide_each_other(plan: ElementTree.Element) -> None:
    """Badges that would lie on one another are pushed apart."""
    content = draw_report(reviewed=False)
    walks = tuple(replace(walk, points=((0.0, 0.0), (1.0, 1.0))) for walk in content.plan.walks)
    picture = pictures(page_of(replace(content, plan=replace(content.plan, walks=walks))))[0]
    spots = [(float(c.get("cx", "")), float(c.get("cy", ""))) for c in styled(picture, "badge") if c.tag == "circle"]
    apart = [abs(complex(*a) - complex(*b)) for n, a in enumerate(spots) for b in spots[n + 1 :]]
    assert min(apart) > 20


def test_a_new_outing_gets_a_timeline_of_its_own() -> None:
    """Steps hours apart are not squeezed into one picture."""
    content = draw_report()
    late = content.steps[2].step
    hours_us = 7200 * SECOND_US
    interval = UtcInterval(late.interval.start_us + hours_us, late.interval.end_us + hours_us)
    later = replace(late, interval=interval)
    content = replace(content, steps=(*content.steps[:2], replace(content.steps[2], step=later)))
    timelines = [each for each in pictures(page_of(content)) if each.get("class") == "timeline"]
    assert [len(styled(each, "bar")) for each in timelines] == [2, 1]


def test_stills_are_inside_the_page_and_missing_ones_are_said() -> None:
    """A picture per sighting as a data address; without pictures the page says so instead."""
    assert page_of(draw_report()).count('src="data:image/png;base64,') == 3
    bare = page_of(draw_report(stills=False))
    assert (bare.count("<img"), bare.count("no still<")) == (0, 3)


def test_carried_models_are_warned_of() -> None:
    """A model of lower accuracy is named in a warning at the top."""
    content = replace(draw_report(), models=("clothing-parts (carried set, lower accuracy)",))
    assert 'class="warning carried"' in page_of(content)
    assert 'class="warning carried"' not in page_of(draw_report())


def test_a_contradiction_names_the_sighting_and_its_probability() -> None:
    """What a statement says, what the footage says, how sure, and on which sighting that rests."""
    page = page_of(draw_report())
    assert "contradicted 97 %" in page
    assert "Confirmed elsewhere: sighting 2" in page


def test_alternatives_are_told() -> None:
    """A case trace that also fits is named with how much less likely it is."""
    content = replace(draw_report(), alternatives=(Alternative(("drawn-1", "elsewhere"), 3.2),))
    assert "1 other sighting is 3.2 times less likely" in page_of(content)


def test_likely_alternatives_of_a_kind_are_told_once() -> None:
    """Of three case traces that each go elsewhere once, the likeliest is told."""
    others = tuple(Alternative(("drawn-1", f"elsewhere-{times}"), times) for times in (144.0, 131.0, 133.0))
    page = page_of(replace(draw_report(), alternatives=others))
    assert re.findall(r"1 other sighting is (\d+) times", page) == ["131"]


def test_contacts_that_nobody_looked_at_are_said_at_the_top() -> None:
    """A reviewed case trace does not make its contacts confirmed."""
    assert "1 of these contacts is UNCONFIRMED" in page_of(draw_report())


def test_people_who_meet_nothing_are_one_sentence() -> None:
    """Contacts without an exposure and without an open finding do not fill the table."""
    content = draw_report()
    first = (content.contacts or ())[0]
    away = replace(first, contact_id="K-09", exposures=(), unmeasured=())
    page = page_of(replace(content, contacts=(*(content.contacts or ()), away)))
    assert "1 more person was in the picture" in page
    assert "<b>K-09</b>" not in page


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.4, "0.4 s"), (5, "5 s"), (119, "119 s"), (1032, "17 min 12 s"), (7200, "2 h"), (200_000, "2 d 7 h")],
)
def test_durations(seconds: float, said: str) -> None:
    """Each length in the units a reader thinks in."""
    assert ENGLISH.duration(seconds) == said


@pytest.mark.parametrize(
    ("probability", "words", "share"),
    [(0.9999, "virtually certain", "> 99 %"), (0.9, "very likely", "90 %"), (0.5, "about as likely as not", "50 %"),
     (0.001, "very unlikely", "< 1 %")],
)  # fmt: skip
def test_probabilities(probability: float, words: str, share: str) -> None:
    """Words by the scale of the IPCC; no share is rounded up to certainty."""
    assert (ENGLISH.likelihood(probability), ENGLISH.share(probability)) == (words, share)


def test_local_time_carries_its_offset() -> None:
    """A moment in Korea is nine hours ahead, and says so."""
    assert ENGLISH.moment(0) == "1970-01-01 09:00 UTC+09:00"
    assert ENGLISH.utc(0) == "00:00:00.0 UTC"
    assert Speech(Language.KOREAN, UTC).offset(0) == "UTC"


def test_attributes_cannot_break_out() -> None:
    """Quotes in a value stay in the value."""
    assert element("text", text="<b>", class_='x" onload="y') == ('<text class="x&#34; onload=&#34;y">&lt;b&gt;</text>')


@pytest.mark.parametrize("language", list(Language))
def test_doubts_stand_beside_what_they_are_about(language: Language) -> None:
    """An authority that is not listed is said where it is named, withdrawn consent where the method is."""
    words, plain = words_in(language), draw_report(language)
    content = replace(plain, doubts=(UNLISTED,), consent_withdrawn=True)
    beside = dict(re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", page_of(content), re.DOTALL))
    assert words[UNLISTED] in beside[words["authority"]]
    assert words["consent_withdrawn"] in beside[words["method"]]
    assert not any(words[key] in page_of(plain) for key in (UNLISTED, "consent_withdrawn"))
    assert page_of(content).count(words[UNLISTED]) == 1
