"""Environments of the peers, made from their locks by hash, and what this machine is. Standard library only."""

import json
import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / ".venv-bench"
TOLD = ("casetrail", "numpy", "openvino", "opencv-python-headless", "trackers", "supervision", "norfair", "trackeval")


def prepare(names: Sequence[str]) -> Path:
    """Make the environments that are not there or older than their lock; returns the folder that holds them."""
    for name in names:
        _prepare(name)
    return FOLDER


def _prepare(name: str) -> None:
    python = FOLDER / name / "bin/python"
    mark = FOLDER / name / ".installed"
    lock = ROOT / f"benchmarks/peers/{name}.lock"
    if mark.exists() and mark.stat().st_mtime >= lock.stat().st_mtime:
        return
    subprocess.run([sys.executable, "-m", "venv", str(FOLDER / name)], check=True)
    install = ["-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes", "-r", str(lock)]
    subprocess.run([str(python), *install], check=True, stdout=sys.stderr)
    mark.touch()


def read_versions(own: Path) -> dict[str, dict[str, str]]:
    """Versions of what matters, by environment."""
    peers = [path.stem for path in sorted((ROOT / "benchmarks/peers").glob("*.lock"))]
    made = {name: FOLDER / name / "bin/python" for name in peers}
    pythons = {"casetrail": own} | {name: path for name, path in made.items() if path.exists()}
    ask = (
        "import json, platform; from importlib.metadata import distributions; "
        f"told = {{one.metadata['Name']: one.version for one in distributions() if one.metadata['Name'] in {TOLD}}}; "
        "print(json.dumps({'python': platform.python_version(), **told}))"
    )
    return {name: json.loads(subprocess.check_output([str(python), "-c", ask])) for name, python in pythons.items()}


def describe_machine() -> dict[str, object]:
    """Processor, cores and memory; how busy others keep it."""
    return {
        "system": platform.system(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1),
        "load_1_5_15_min": [round(load, 1) for load in os.getloadavg()],
    }


def _processor() -> str:
    """The model's name and its wide instructions, where the system tells."""
    facts = Path("/proc/cpuinfo")
    if not facts.exists():
        return platform.processor() or platform.machine()
    lines = dict(line.split(":", 1) for line in facts.read_text(encoding="utf-8").splitlines() if ":" in line)
    told = {key.strip(): value.strip() for key, value in lines.items()}
    wide = [flag for flag in ("avx2", "avx512f", "avx512_vnni", "amx_tile") if flag in told.get("flags", "").split()]
    return " ".join([told.get("model name", platform.machine()), *wide])
