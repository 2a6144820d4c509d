"""Hostile inputs at the command line: nothing crashes, hangs, grows without bound or is left out without a word."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from casetrail.testing.hostile_inputs import CAMERA, Fate, HostileRecording, hostile_recordings
from casetrail.testing.hostile_tables import HostileTable, TableKind, hostile_tables

RECORDINGS, TABLES = hostile_recordings(), hostile_tables()
MOST_MB = 1024
MOST_DEATHS = 3
BY_CAUSE = {0, 4, 5}


@pytest.fixture(scope="module")
def met_recordings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What happened when each hostile recording was added, indexed and checked."""
    return _meet_all("recordings", [one.name for one in RECORDINGS], tmp_path_factory.mktemp("recordings"))


@pytest.fixture(scope="module")
def met_tables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What happened when each hostile table was read."""
    return _meet_all("tables", [one.name for one in TABLES], tmp_path_factory.mktemp("tables"))


def test_there_are_enough() -> None:
    """At least twenty kinds of hostile recordings and twenty of tables, each named once."""
    assert len({one.name for one in RECORDINGS}) == len(RECORDINGS) >= 20
    assert len({one.name for one in TABLES}) == len(TABLES) >= 20


@pytest.mark.parametrize("hostile", RECORDINGS, ids=lambda one: one.name)
def test_recording(hostile: HostileRecording, met_recordings: dict[str, Any]) -> None:
    """It is indexed or listed with its reason, and the good recording beside it is indexed as ever."""
    if hostile.name == "unreadable" and os.geteuid() == 0:
        pytest.skip("root may read everything")
    acts = _acts(hostile.name, met_recordings)
    added, problems = _added(acts["add"])
    assert "GOOD" in added
    indexed = json.loads(acts["index"]["out"])
    assert (acts["index"]["code"], indexed["segments_done"] >= 2, indexed["presences"] >= 4) == (0, True, True)
    failed = [failure for failure in indexed["failures"] if failure["where"].startswith(CAMERA)]
    assert len(failed) == indexed["segments_failed"]
    if hostile.fate is Fate.NOT_ADDED:
        _assert_told(acts["alone"], Path(hostile.place(Path())).name)
        assert (CAMERA in added, len(problems), indexed["segments_failed"]) == (False, 1, 0)
        assert re.search(hostile.says, problems[0]["what"])
        return
    assert (CAMERA in added, problems) == (True, [])
    assert bool(failed) == (hostile.fate is Fate.NOT_INDEXED)
    listed = failed or [doubt for doubt in indexed["doubts"] if doubt["where"].startswith(CAMERA)]
    said = [one["what"] for one in listed] + ([] if failed else added[CAMERA]["doubts"])
    assert not hostile.says or any(re.search(hostile.says, one) for one in said)
    checked = [problem["what"] for problem in json.loads(acts["check"]["out"])["problems"]]
    assert not (failed or added[CAMERA]["doubts"]) or checked


@pytest.mark.parametrize("hostile", TABLES, ids=lambda one: one.name)
def test_table(hostile: HostileTable, met_tables: dict[str, Any]) -> None:
    """Its good rows are taken and its bad ones listed, or it is turned down in one line; nothing else comes of it."""
    acts = _acts(hostile.name, met_tables)
    read, listed = acts["read"], acts["footage" if hostile.kind is TableKind.MANIFEST else "cameras"]
    if hostile.good:
        assert read["code"] == 0
        assert "GOOD" in listed["out"]
        assert hostile.says in read["out"]
        return
    _assert_told(read, "" if "(OpenCV)" in read["err"] or "lens" in read["err"] else f"table{hostile.suffix}")
    assert hostile.says in read["err"] + read["out"]
    assert hostile.kind is TableKind.CALIBRATION or "GOOD" not in listed["out"]


def _acts(name: str, met: dict[str, Any]) -> dict[str, Any]:
    """What happened, once everything that holds for every input was held against it."""
    one = met[name]
    assert isinstance(one, dict), one
    assert {act["code"] for act in one["acts"].values()} <= BY_CAUSE, one["acts"]
    assert not [act for act in one["acts"].values() if act["code"] == 0 and act["err"]]
    assert all(shown.isprintable() for act in one["acts"].values() for shown in (act["out"] + act["err"]).split("\n"))
    assert one["left"] == []
    assert one["peak_mb"] < MOST_MB
    acts: dict[str, Any] = one["acts"]
    return acts


def _assert_told(act: dict[str, Any], where: str) -> None:
    """One line that says where and what, with the exit code of its cause."""
    assert act["code"] in {4, 5}
    lines = act["err"].splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("casetrail: ")
    assert act["code"] == 5 or "".join(one for one in where if one.isprintable())[:24] in lines[0]


def _added(act: dict[str, Any]) -> tuple[dict[str, Any], list[dict[str, str]]]:
    said = json.loads(act["out"])
    assert act["code"] == 0
    return {one["camera_id"]: one for one in said["added"]}, said["problems"]


def _meet_all(kind: str, names: list[str], root: Path) -> dict[str, Any]:
    """Run the program; when it dies, remember on which input, and go on with the others."""
    met: dict[str, Any] = {}
    for attempt in range(MOST_DEATHS):
        folder = root / str(attempt)
        folder.mkdir()
        left = [name for name in names if name not in met]
        died, said = _run(kind, left, folder)
        met |= said
        if not died:
            break
    return met


def _run(kind: str, names: list[str], folder: Path) -> tuple[bool, dict[str, Any]]:
    (folder / "names.json").write_text(json.dumps(names))
    program = Path(__file__).with_name("run_hostile_inputs.py")
    command = [sys.executable, str(program), kind, str(folder), str(folder / "names.json")]
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600, check=False)
    lines = [json.loads(line) for line in ended.stdout.splitlines()]
    assert lines, ended.stderr[-2000:]
    met: dict[str, Any] = {}
    for line in lines:
        met[line["name"]] = line if "acts" in line else f"the process ended on it with {ended.returncode}"
    return ended.returncode != 0, met
