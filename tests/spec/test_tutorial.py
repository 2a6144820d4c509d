"""The tutorial does what it says: its commands are run in order, on the installation of the demonstration."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from casetrail.testing.demo_run import DemoRun, settings_environment

TUTORIAL = Path(__file__).parents[2] / "docs/tutorial/first-case.md"


def _blocks() -> list[str]:
    """The shell blocks, without those that need a sighting that a person confirmed."""
    found = re.findall(r"```sh( confirmed)?\n(.*?)```", TUTORIAL.read_text(encoding="utf-8"), re.DOTALL)
    return [block for confirmed, block in found if not confirmed]


@pytest.fixture(scope="module")
def printed(demo: DemoRun) -> str:
    """What the tutorial prints; the reviewer stops at the first question."""
    script = "set -e\n" + "".join(_blocks()).replace("export CASETRAIL_DATA=build/demo\n", "")
    script += 'echo "closed case: $CASE"\n'
    environment = {**os.environ, **settings_environment(demo.settings)}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    done = subprocess.run(
        ["bash", "-c", script], env=environment, input="q\n", capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-1000:] + done.stderr[-2000:]
    return done.stdout


def test_case_without_legal_basis_is_refused(printed: str) -> None:
    """The tutorial shows exit code 3 for a case without a legal basis."""
    assert "refused: 3" in printed


def test_every_gate_refuses_once(printed: str) -> None:
    """Without a basis, before the grant, by the same person, and before the notice: four times exit code 3."""
    assert printed.count("refused: 3") == 4


def test_review_asks_and_stops(printed: str) -> None:
    """A question is asked, and stopping ends the review without an error."""
    assert "Question 1" in printed


def test_closed_case_is_listed_as_erased(printed: str) -> None:
    """At the end the tutorial's case stands in the list as erased."""
    closed = printed.rsplit("closed case: ", 1)[1].strip()
    rows = [[cell.strip() for cell in line.split("│")[1:3]] for line in printed.splitlines() if line.startswith("│ C-")]
    assert dict(rows)[closed] == "erased"
