"""The whole demonstration where nothing can be reached: it asks nobody."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from casetrail.testing.demo_run import DemoRun
from casetrail.testing.no_network import CutOff, can_cut_off


def _run(folder: Path, code: str, *, apart: bool = True) -> tuple[CutOff, str]:
    cut_off = CutOff(folder)
    command = [sys.executable, "-c", code]
    done = subprocess.run(
        cut_off.command(command) if apart else command,
        env={**os.environ, **cut_off.environment()},
        capture_output=True,
        text=True,
        check=False,
    )
    return cut_off, done.stdout


def test_the_whole_demonstration_asks_nobody(carried: DemoRun) -> None:
    """From sample footage to evidence, workers included, no name is looked up and nobody is connected to."""
    assert carried.cut_off is not None
    assert carried.cut_off.attempts == ()
    assert carried.files


LOADING = """
import sys, time
from casetrail.adapters.openvino_models import runtime
from openvino.tools.ovc import telemetry_utils
time.sleep(0.5)
print(sys.modules["openvino_telemetry"], telemetry_utils.tm.__name__)
"""


def test_the_runtime_of_models_reports_to_nobody(tmp_path: Path) -> None:
    """OpenVINO reports its import to an analytics service when it can; loaded by casetrail it cannot."""
    cut_off, said = _run(tmp_path, LOADING, apart=False)
    assert cut_off.attempts == ()
    assert said.split() == ["None", "openvino.tools.ovc.telemetry_stub"]


def test_an_attempt_is_refused_and_written_down(tmp_path: Path) -> None:
    """The hook is there: whoever looks up a name or connects fails, and it is known afterwards."""
    ask = "import socket; socket.create_connection(('127.0.0.1', 9), timeout=1)"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {ask!r}], stderr=sys.stdout); {ask}"
    cut_off, said = _run(tmp_path, parent, apart=False)
    assert "no network in this test" in said
    assert len([each for each in cut_off.attempts if "127.0.0.1" in each]) >= 2, "parent and child are both refused"


def test_processes_of_one_machine_may_speak(tmp_path: Path) -> None:
    """Sockets between processes of this machine are no network: nothing is refused, nothing written down."""
    code = "import socket; one, two = socket.socketpair(); one.send(b'x'); print(two.recv(1))"
    cut_off, said = _run(tmp_path, code)
    assert said.strip() == "b'x'"
    assert cut_off.attempts == ()


@pytest.mark.skipif(not can_cut_off(), reason="this machine allows no network namespaces")
def test_the_namespace_has_no_route(tmp_path: Path) -> None:
    """Where the kernel allows it, compiled code cannot reach anybody either: there is no route and no address."""
    _, said = _run(tmp_path, "print(len(open('/proc/net/route').read().splitlines()))")
    assert said.strip() in ("0", "1")
