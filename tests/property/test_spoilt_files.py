"""Files with bytes changed, lost and repeated at random are read, or turned down with a reason; nothing else."""

import json
import subprocess
import sys
from pathlib import Path

COUNT = 120


def test_spoilt_files(tmp_path: Path) -> None:
    """The reader neither crashes nor hangs, raises nothing of its vendors, and counts what it then reads."""
    program = Path(__file__).with_name("run_spoilt_files.py")
    command = [sys.executable, str(program), str(tmp_path), "1", str(COUNT)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=500, check=False)
    assert ended.returncode == 0, ended.stderr[-2000:]
    told = json.loads(ended.stdout)
    assert not [result for result in told if result.startswith("bug")]
    assert sum(told.values()) == COUNT
    assert min(told["ok"], told["told"]) > COUNT // 10
