"""One word per idea: the words that the glossary replaces do not come back."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# Word -> what to say instead. Only words that have no other honest use in this project stand here.
REPLACED = {
    r"bbox\w*": "xyxy, box",
    r"blobs?": "detection",
    r"track_?ids?": "tracklet",
    r"suspects?": "index case",
    r"patient[ _]zero": "index case",
    r"encounters?": "exposure",
    r"contactees?": "contact",
    r"opt[-_ ]in": "consent status",
    r"anonymi[sz]\w*|anonymous": "pseudonymised",
    r"blur\w*": "redaction, mosaic",
    r"purge\w*|clean_?up": "erasure, retention",
    r"watch[-_ ]?list": "(there is none)",
}
# Files in which a foreign name stands: outputs of a model, the text that forbids.
ALLOWED = {r"watch[-_ ]?list": ("README.md",), r"bbox\w*": ("face_detectors.py",)}


def _files() -> Iterator[Path]:
    for folder, pattern in (("src", "*.py"), ("src", "*.toml"), ("src", "*.j2"), ("docs", "*.md"), (".", "*.md")):
        found = (ROOT / folder).glob(pattern) if folder == "." else (ROOT / folder).rglob(pattern)
        yield from (path for path in found if path.name != "GLOSSARY.md")


@pytest.mark.parametrize("word", REPLACED)
def test_replaced_word_does_not_come_back(word: str) -> None:
    """Neither code nor documents use a word that the glossary replaces."""
    pattern = re.compile(rf"(?<![A-Za-z]){word}(?![A-Za-z])", re.IGNORECASE)
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in _files()
        if path.name not in ALLOWED.get(word, ())
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if pattern.search(line)
    ]
    assert not found, f"say {REPLACED[word]!r} instead in {found}"


def test_glossary_has_the_words_of_the_code() -> None:
    """The glossary explains the words that name the central values."""
    glossary = (ROOT / "GLOSSARY.md").read_text(encoding="utf-8").lower()
    words = ("presence", "sighting", "anchor", "gate", "case trace", "exposure", "contact definition", "mosaic")
    assert [word for word in words if word not in glossary] == []
