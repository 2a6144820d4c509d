"""What casetrail will never do is absent from its code."""

import ast
from collections.abc import Iterator
from pathlib import Path

SOURCES = Path(__file__).parents[2] / "src" / "casetrail"

NETWORK = {"socket", "urllib", "http", "requests", "httpx", "aiohttp", "ftplib", "smtplib", "websockets"}
MAY_DOWNLOAD = {"adapters/model_files", "adapters/sample_files"}  # asked for by name: `models pull`, `demo`
INFERRED = ("gender", "ethnic", "emotion", "gait", "age_group", "estimate_age", "stature")


def _trees() -> Iterator[tuple[str, ast.Module]]:
    for path in SOURCES.rglob("*.py"):
        yield str(path.relative_to(SOURCES)), ast.parse(path.read_text(encoding="utf-8"))


def _imported(tree: ast.Module) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    return names


def test_only_the_two_downloads_touch_the_network() -> None:
    """No module but the model and the sample download can open a connection."""
    found = [
        name
        for name, tree in _trees()
        if _imported(tree) & NETWORK and not any(name.startswith(place) for place in MAY_DOWNLOAD)
    ]
    assert found == []


def test_nothing_is_inferred_about_a_person() -> None:
    """No name in the code speaks of sex, age, ethnicity, emotion, gait or stature."""
    names = [
        (where, node.id if isinstance(node, ast.Name) else node.name)
        for where, tree in _trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Name | ast.FunctionDef | ast.ClassDef)
    ]
    assert [pair for pair in names if any(word in pair[1].lower() for word in INFERRED)] == []


def test_no_live_source_can_be_opened() -> None:
    """No address of a live stream or a capture device stands in the code."""
    words = ("rtsp:", "rtmp:", "srt:", "/dev/video", "VideoCapture")
    found = [
        (path.name, word)
        for path in SOURCES.rglob("*.py")
        for word in words
        if word in path.read_text(encoding="utf-8")
    ]
    assert found == []
