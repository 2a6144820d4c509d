"""The memory of one worker that indexes drawn recordings at 1080p and beyond with the real detector."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from casetrail.testing import hostile_files

MOST_MB = 1000  # stated in the manual: less than 1 GB for each worker at 1080p
LARGEST_MB = 2000  # for the largest pictures that are read at all


@pytest.mark.parametrize(
    ("codec", "pixels", "wh", "frames", "most_mb"),
    [
        ("libx264", "yuv420p", (1920, 1080), 75, MOST_MB),
        ("libx264", "yuv444p10le", (1920, 1080), 40, MOST_MB),
        ("mjpeg", "yuvj420p", (11_000, 9_000), 3, LARGEST_MB),
    ],
)
def test_peak(
    codec: str, pixels: str, wh: tuple[int, int], frames: int, most_mb: int, tmp_path: Path, models_dir: Path
) -> None:
    """More frames than are kept at a time go through, and the peak stays below what is stated."""
    path = tmp_path / "a.mkv"
    if codec == "mjpeg":
        hostile_files.write_still(path, wh, frames)
    else:
        fast = {"preset": "ultrafast"}
        hostile_files.write_encoded(path, hostile_files.large_scene(wh, frames), codec, pixels, rate=30, options=fast)
    command = [sys.executable, str(Path(__file__).with_name("run_worker.py")), str(path), str(tmp_path / "data")]
    environment = {**os.environ, "CASETRAIL_MODELS": str(models_dir)}
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=True)
    told = json.loads(ended.stdout)
    assert told["frames"] == frames
    assert told["looked"] > 0
    assert told["peak_mb"] < most_mb
