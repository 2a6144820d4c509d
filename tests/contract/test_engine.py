"""Every engine keeps the Engine contract; the local one also outlives its workers, and never leaves any behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from casetrail.app.engine import Engine
from casetrail.bootstrap import open_engine
from casetrail.model.errors import UsageError
from casetrail.testing.contracts.engine import EngineContract
from casetrail.testing.fake_engine import FakeEngine

WORK = """
import os, signal, time
from pathlib import Path

def die_once(unit):
    mark = Path(unit)
    if not mark.exists():
        mark.write_text("tried")
        os.kill(os.getpid(), signal.SIGKILL)
    return os.getpid()

def die_always(unit):
    if unit < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return unit

def stumble(unit):
    raise ZeroDivisionError("secret")

def sleep_long(unit):
    Path(unit).write_text(str(os.getpid()))
    time.sleep(600)
"""
RUN_FOREVER = """
import signal
import sys
from casetrail.bootstrap import open_engine
from engine_test_work import sleep_long

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs inherit it ignored
    for done in open_engine(2).run(sleep_long, sys.argv[1:]):
        pass
"""


class TestFakeEngine(EngineContract):
    """The reference."""

    @pytest.fixture
    def engine(self) -> Engine:
        """Units done here and now."""
        return FakeEngine()


class TestLocalEngine(EngineContract):
    """Processes on this machine."""

    @pytest.fixture
    def engine(self) -> Engine:
        """Two workers."""
        return open_engine(2)


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    """Functions that a fresh worker process can import."""
    (tmp_path / "engine_test_work.py").write_text(WORK)
    monkeypatch.syspath_prepend(tmp_path)
    import engine_test_work

    yield engine_test_work
    del sys.modules["engine_test_work"]


def test_killed_worker_costs_its_unit_one_retry(work, tmp_path: Path) -> None:
    """A worker that is killed in the middle of a unit is replaced, and the unit is done again."""
    units = [str(tmp_path / f"mark{number}") for number in range(3)]
    done = list(open_engine(1).run(work.die_once, units))
    assert sorted(one.unit for one in done) == units
    assert all(isinstance(one.result, int) for one in done)


def test_unit_that_kills_twice_fails_alone(work) -> None:
    """A unit that kills every worker ends with a reason; all others have their results."""
    done = {one.unit: one for one in open_engine(2).run(work.die_always, [1, -1, 2, 3])}
    assert "died twice" in done[-1].failure
    assert [done[unit].result for unit in (1, 2, 3)] == [1, 2, 3]


def test_bug_in_a_unit_is_reported_without_its_text(work) -> None:
    """An unexpected error names its kind and place, never what it says."""
    (done,) = open_engine(1).run(work.stumble, [1])
    assert "unexpected ZeroDivisionError" in done.failure
    assert "secret" not in done.failure


def test_no_workers_is_refused() -> None:
    """An engine without workers is a wrong call."""
    with pytest.raises(UsageError):
        open_engine(0)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_workers_end_with_their_parent(work, tmp_path: Path, how: signal.Signals) -> None:
    """When the parent is killed or interrupted, its workers end too, though they are busy."""
    (tmp_path / "run_forever.py").write_text(RUN_FOREVER)
    marks = [tmp_path / "a", tmp_path / "b"]
    parent = subprocess.Popen(
        [sys.executable, str(tmp_path / "run_forever.py"), *map(str, marks)],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        stderr=subprocess.DEVNULL,
    )
    with parent:
        _wait_until(lambda: all(mark.exists() and mark.read_text() for mark in marks))
        parent.send_signal(how)
        parent.wait(20)
    _wait_until(lambda: not any(_runs(int(mark.read_text())) for mark in marks))


def _wait_until(true) -> None:
    for _ in range(400):
        if true():
            return
        time.sleep(0.05)
    pytest.fail("waited 20 s in vain")


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text() if Path("/proc").is_dir() else True
    except ProcessLookupError:
        return False
    return True
