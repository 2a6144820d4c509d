"""The words of a report: every sentence in both languages, with the same places to fill in."""

import re
from string import Formatter

import pytest

from casetrail.evidence.report import Language, Still
from casetrail.evidence.report_words import WORDS, words_in
from casetrail.model.errors import BadInputError


@pytest.mark.parametrize("key", WORDS)
def test_both_languages_fill_in_the_same(key: str) -> None:
    """A place that one language has and the other lacks would lose a fact."""
    english, korean = ({name for _, name, _, _ in Formatter().parse(text) if name} for text in WORDS[key])
    assert english == korean


@pytest.mark.parametrize("key", [key for key in WORDS if key.endswith("_one")])
def test_a_singular_has_its_plural(key: str) -> None:
    """What is said of one is said of several too, with the same places but the count."""
    one, several = ({name for _, name, _, _ in Formatter().parse(WORDS[name][0]) if name} for name in (key, key[:-4]))
    assert several - one <= {"count"}


def test_korean_is_korean() -> None:
    """No sentence was left untranslated."""
    same_on_purpose = {"mask_confidence", "at_exposure", "interval_of"}
    plain = {key for key, text in words_in(Language.KOREAN).items() if not re.search("[가-힣]", text)}
    assert plain == same_on_purpose


def test_a_still_is_a_picture() -> None:
    """Bytes that are no PNG or JPEG are refused, so that nothing else gets into a page."""
    assert Still(b"\xff\xd8\xff\xe0rest").media_type == "image/jpeg"
    with pytest.raises(BadInputError):
        Still(b"<svg onload=x>")
