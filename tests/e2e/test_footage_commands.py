"""`casetrail cameras` and `casetrail footage`, as somebody at a terminal uses them."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from casetrail.model.errors import BadInputError, RefusedError
from casetrail.model.time import parse_utc
from casetrail.surfaces.cli import cameras, footage
from casetrail.testing.drawn_files import write_walk
from casetrail.testing.drawn_footage import walk_scenes

RUN = CliRunner()


@pytest.fixture
def installation(tmp_path: Path) -> list[str]:
    """Two drawn cameras with a list and their recordings, and a text file among them; the `--data` option."""
    drawn = walk_scenes(2, start_us=parse_utc("2026-03-02T03:00:00+00:00"), frames=20)
    write_walk(drawn, tmp_path / "footage")
    (tmp_path / "footage" / "CAM01_20260302T050000Z.mp4").write_text("not a recording")
    rows = [f"{one.camera.camera_id},{one.camera.name},fixed_cctv" for one in drawn]
    (tmp_path / "cameras.csv").write_text("\n".join(["camera_id,name,source_type", *rows, "X,x,drone"]))
    return ["--data", str(tmp_path / "data")]


def _json(app: object, *words: str) -> object:
    result = RUN.invoke(app, [*words, "--json"], catch_exceptions=False)  # type: ignore[arg-type]
    return json.loads(result.stdout)


def test_import_add_list_check(tmp_path: Path, installation: list[str]) -> None:
    """The way from nothing to checked footage, in JSON."""
    imported = _json(cameras.app, "import", str(tmp_path / "cameras.csv"), *installation)
    assert (imported["added"], len(imported["problems"])) == (2, 1)  # type: ignore[index]
    added = _json(footage.app, "add", str(tmp_path / "footage"), *installation)
    assert [one["camera_id"] for one in added["added"]] == ["CAM01", "CAM02"]  # type: ignore[index]
    assert len(added["problems"]) == 1  # type: ignore[index]
    listed = _json(footage.app, "list", *installation)
    assert [(one["start"], one["duration_s"]) for one in listed] == [  # type: ignore[attr-defined]
        ("2026-03-02T03:00:00.000Z", 2.0),
        ("2026-03-02T03:00:22.000Z", 2.0),
    ]
    assert [one["recordings"] for one in _json(cameras.app, "list", *installation)] == [1, 1]  # type: ignore[attr-defined]
    assert _json(footage.app, "check", "--thorough", *installation)["recordings"] == 2  # type: ignore[index]


def test_same_for_people(tmp_path: Path, installation: list[str]) -> None:
    """Without --json the same acts name what was left out, one line each."""
    words = ["import", str(tmp_path / "cameras.csv"), *installation]
    assert "not imported: cameras.csv line 4" in RUN.invoke(cameras.app, words).stdout
    words = ["add", str(tmp_path / "footage"), *installation]
    result = RUN.invoke(footage.app, words)
    assert (result.exit_code, "2 recordings added" in result.stdout, "not added: " in result.stdout) == (0, True, True)
    assert "2 recordings of 2 cameras" in RUN.invoke(footage.app, ["check", *installation]).stdout
    assert "CAM02" in RUN.invoke(footage.app, ["list", *installation]).stdout


def test_nothing_added_is_bad_input(tmp_path: Path, installation: list[str]) -> None:
    """Exit code 4 when nothing could be added, 3 when the law refuses."""
    result = RUN.invoke(footage.app, ["add", str(tmp_path / "footage"), *installation])
    assert isinstance(result.exception, BadInputError)
    assert result.exception.exit_code == 4
    (tmp_path / "moving.csv").write_text("camera_id,source_type\nA,drone\n")
    result = RUN.invoke(cameras.app, ["import", str(tmp_path / "moving.csv"), *installation])
    assert isinstance(result.exception, RefusedError)


def test_adding_survives_a_kill(tmp_path: Path, installation: list[str]) -> None:
    """Killed while adding, the catalogue stays sound and the same command finishes the work."""
    RUN.invoke(cameras.app, ["import", str(tmp_path / "cameras.csv"), *installation])
    program = (
        "import os, casetrail.adapters.catalogue.catalogue as c\n"
        "put = c._put\n"
        "def dying(*args, **more):\n    put(*args, **more)\n    os.kill(os.getpid(), 9)\n"
        "c._put = dying\n"
        "from casetrail.surfaces.cli.footage import app\n"
        f"app(['add', {str(tmp_path / 'footage')!r}, '--data', {installation[1]!r}])\n"
    )
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, check=False).returncode == -9
    assert _json(footage.app, "list", *installation) == []
    assert len(_json(footage.app, "add", str(tmp_path / "footage"), *installation)["added"]) == 2  # type: ignore[index]
