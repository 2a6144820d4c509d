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
    measured = {"tracking": json.loads(done.stdout), **_measure(Path(os.environ["CASETRAIL_TEST_DATA"]))}
    text = json.dumps(measured, indent=2)
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text(text, encoding="utf-8")
    print(text)


def _measure(data: Path) -> dict[str, object]:
    """Every other measurement of the command line, with the models that serve now."""
    clip, truth = data / "opencv_vtest/vtest.avi", data / "opencv_vtest/gt/PETS09-S2L1/gt/gt.txt"
    calibration, reid = data / "opencv_vtest/View_001.xml", data / "reid_iitd_col780/train"
    town = data / "towncentre/TownCentreXVID_5s_25fps.mp4"
    heads = data / "towncentre/dataset/TownCentre-groundtruth.top.gz"
    masks = data / "mask_cls160/dataset"
    plane = ["--calibration", calibration, "--definition", "ecdc-2020-04"]
    commands: dict[str, list[str | Path]] = {
        "contacts": ["contacts", "--recording", clip, "--truth", truth, *plane],
        "reid": ["reid", "--query", reid, "--gallery", reid, "--split-prefix", "01,02"],
        "redaction": ["redaction", "--recording", town, "--heads", heads, "--frame-offset", "-4"],
        "masks": ["masks", "--worn", masks / "with_mask", "--bare", masks / "without_mask"],
    }
    return {name: _evaluate(arguments) for name, arguments in commands.items()}


def _evaluate(arguments: list[str | Path]) -> object:
    command = [str(OWN_PYTHON.with_name("casetrail")), "evaluate", *map(str, arguments), "--json"]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    return json.loads(done.stdout) if done.returncode == 0 else {"failed": done.returncode}


def _peer_python(name: str) -> Path:
    """The interpreter of a peer's environment, made by hash when it is not there."""
    folder = ROOT / ".venv-bench" / name
    python = folder / "bin/python"
    lock = ROOT / f"benchmarks/peers/{name}.lock"
    mark = folder / ".installed"
    if not mark.exists() or mark.stat().st_mtime < lock.stat().st_mtime:
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)

        install = ["-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes", "-r", str(lock)]
        subprocess.run([str(python), *install], check=True, stdout=sys.stderr)
        mark.touch()
    return python


if __name__ == "__main__":
    main()
