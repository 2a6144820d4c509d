"""Run every benchmark and print one JSON document. Peers get environments of their own under `.venv-bench/`.

usage: python benchmarks/run.py [--out FILE]

Footage with truth is looked for in CASETRAIL_TEST_DATA; without it there is nothing to measure on.
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
OWN_PYTHON = ROOT / ".venv/bin/python"


def main() -> None:
    """Prepare the peers, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=ROOT / "build/bench.json")
    arguments = parser.parse_args()
    if "CASETRAIL_TEST_DATA" not in os.environ:
        sys.exit("bench: set CASETRAIL_TEST_DATA to the folder of recordings with truth (see docs/reference)")
    peer = _peer_python("bytetrack")
    done = subprocess.run(
        [OWN_PYTHON, ROOT / "benchmarks/tracking.py", str(peer)], stdout=subprocess.PIPE, text=True, check=True
    )
    measured = {"tracking": json.loads(done.stdout)}
    text = json.dumps(measured, indent=2)
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text(text, encoding="utf-8")
    print(text)


def _peer_python(name: str) -> Path:
    """The interpreter of a peer's environment, made by hash when it is not there."""
    folder = ROOT / ".venv-bench" / name
    python = folder / "bin/python"
    if not (folder / ".installed").exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        lock = ROOT / f"benchmarks/peers/{name}.lock"
        install = ["-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes", "-r", str(lock)]
        subprocess.run([str(python), *install], check=True, stdout=sys.stderr)
        (folder / ".installed").touch()
    return python


if __name__ == "__main__":
    main()
