"""Who is compared, and how each is run: every one in a process and an environment of its own."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
LEAST_CONFIDENCES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7)
PUBLISHED_WH = ((544, 320), (864, 512))  # the detector's own input, and the larger one that suits small people


@dataclass(frozen=True)
class Peer:
    """Another tool: the tracker's `name` within its `script`, and the parameters that are tried beside defaults."""

    label: str
    environment: str
    script: str
    name: str
    tried: tuple[dict[str, Any], ...] = ({},)

    def run(self, folder: Path, job: dict[str, Any]) -> list[dict[str, Any]]:
        """Do a job in this peer's environment; what each try took. `folder` holds the environments."""
        python = folder / self.environment / "bin/python"
        took: list[dict[str, Any]] = _run([python, HERE / "peers" / self.script], {"tracker": self.name, **job})
        return took


PEERS = (
    Peer("ByteTrack (trackers)", "trackers", "roboflow_trackers.py", "bytetrack"),
    Peer("C-BIoU (trackers)", "trackers", "roboflow_trackers.py", "cbiou"),
    Peer("ByteTrack (supervision)", "supervision", "supervision_bytetrack.py", "bytetrack"),
    Peer("Norfair", "norfair", "norfair_boxes.py", "norfair", ({"coast": False}, {"coast": True})),
)
EVERY_FRAME, ADAPTIVE = "casetrail, every frame", "casetrail, adaptive"
OURS: dict[str, dict[str, Any]] = {
    "casetrail, every frame, 32-bit": {"sampling": "every-frame", "exact": True},
    EVERY_FRAME: {"sampling": "every-frame", "exact": False},
    ADAPTIVE: {"sampling": "adaptive", "exact": False},
}


def run_ours(job: dict[str, Any]) -> dict[str, Any]:
    """Do a job with casetrail."""
    told: dict[str, Any] = _run([sys.executable, HERE / "ours.py"], job)
    return told


def _run(command: list[str | Path], job: dict[str, Any]) -> Any:
    """The last line that a process prints, read as JSON."""
    done = subprocess.run([*command, json.dumps(job)], stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])
