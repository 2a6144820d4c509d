"""Every import contract is seen to break when somebody breaks it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

PLANTED = {
    "Rooms: data flows one way": ("model/errors.py", "import casetrail.footage.cameras"),
    "Surfaces do not know each other": ("surfaces/web.py", "import casetrail.surfaces.cli.main"),
    "Surfaces speak to app, not to stages": ("surfaces/cli/output.py", "import casetrail.trace.anchors"),
    "Adapters do not know each other": (
        "adapters/sample_files/__init__.py",
        "import casetrail.adapters.recording_windows",
    ),
    "Only bootstrap names adapters": ("surfaces/cli/output.py", "import casetrail.adapters.sample_files"),
    "The core is free of vendors": ("footage/recordings.py", "import av"),
    "No cycles between siblings": ("trace/anchors.py", "import casetrail.trace.case_trace"),
}


def _lint(folder: Path) -> tuple[int, str]:
    """Exit code and report of the import linter on a copy of the project."""
    program = Path(sys.executable).with_name("lint-imports")
    environment = {**os.environ, "PYTHONPATH": str(folder / "src"), "COLUMNS": "200"}
    done = subprocess.run(
        [program, "--config", folder / "pyproject.toml", "--no-cache"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the sources that a test may spoil."""
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=ignore)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_contract_holds(copy: Path) -> None:
    """The sources as they stand keep every contract."""
    code, report = _lint(copy)
    assert code == 0, report
    assert all(f"{name} KEPT" in report for name in PLANTED), report


@pytest.mark.parametrize("name", PLANTED)
def test_contract_breaks_on_a_planted_violation(copy: Path, name: str) -> None:
    """One forbidden import breaks the contract that forbids it."""
    where, line = PLANTED[name]
    file = copy / "src" / "casetrail" / where
    file.parent.mkdir(exist_ok=True)
    before = file.read_text() if file.exists() else ""
    file.write_text(f"{before}\n{line}\n")
    if name == "No cycles between siblings":
        other = copy / "src/casetrail/trace/case_trace.py"
        other.write_text(other.read_text() + "\nimport casetrail.trace.anchors\n")
    code, report = _lint(copy)
    assert code != 0
    assert f"{name} BROKEN" in report, report


def test_a_new_room_breaks_the_contract(copy: Path) -> None:
    """A folder that is no room, such as `utils`, fails."""
    room = copy / "src/casetrail/utils"
    room.mkdir()
    (room / "__init__.py").write_text("")
    code, report = _lint(copy)
    assert code != 0
    assert "utils" in report
