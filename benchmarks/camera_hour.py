"""What an hour of one camera costs: processor seconds and memory of one worker that keeps to one core.

usage: camera_hour.py [--rounds 2] [--scenes busy,empty]    (busy scenes need CASETRAIL_TEST_DATA)

Clips are shorter than an hour: seconds of processor are scaled by the clip's length, opening the models left out.
Memory is the worker's peak, everything included.
"""

import argparse
import json
import os
import tempfile
from fractions import Fraction
from pathlib import Path
from typing import Any

from casetrail import bootstrap
from clips import CLIPS
from contenders import ADAPTIVE, EVERY_FRAME, OURS, run_ours
from empty_scenes import write_empty_scenes

SCENES = Path(__file__).parents[1] / "build/bench-scenes"
BUSY = {"busy, vtest": "vtest", "busy, towncentre": "towncentre"}
HOUR_S = 3600


def main() -> None:
    """Measure each scene in both ways of sampling; print JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--scenes", default="busy,empty", help="busy, empty or both")
    options = parser.parse_args()
    wanted = options.scenes.split(",")
    scenes: dict[str, Path] = {}
    if "busy" in wanted:
        data = Path(os.environ["CASETRAIL_TEST_DATA"])
        scenes |= {name: data / CLIPS[clip].recording for name, clip in BUSY.items()}
    if "empty" in wanted:
        scenes |= write_empty_scenes(SCENES)
    print(json.dumps([_measure(name, path, options.rounds) for name, path in scenes.items()]))


def _measure(name: str, path: Path, rounds: int) -> dict[str, Any]:
    """One scene, the ways of sampling in turn."""
    media = bootstrap.open_decoder().probe(str(path))
    length_s = float(Fraction(media.end_pts - media.first_pts) * media.time_base)
    ways = (EVERY_FRAME, ADAPTIVE) if name in BUSY else (ADAPTIVE,)  # every frame costs the same wherever it is
    told: dict[str, list[dict[str, Any]]] = {sampling: [] for sampling in ways}
    with tempfile.TemporaryDirectory() as folder:
        job = {"recording": str(path), "threads": 1, "out": f"{folder}/out.csv"}
        for _ in range(rounds):
            for sampling in ways:
                told[sampling].append(run_ours({**job, **OURS[sampling]}))
    facts = {"wh": [media.width, media.height], "codec": media.codec, "frames": media.frames, "length_s": length_s}
    rate = 8e-6 * path.stat().st_size / length_s
    return {"scene": name, **facts, "megabit_per_s": rate} | {
        sampling: _per_hour(rows, length_s) for sampling, rows in told.items()
    }


def _per_hour(rows: list[dict[str, Any]], length_s: float) -> dict[str, Any]:
    spent = [row["cpu_seconds"] * HOUR_S / length_s for row in rows]
    return {
        "core_seconds_per_hour": min(spent),
        "core_seconds_per_hour_each": spent,
        "cameras_per_core": HOUR_S / min(spent),
        "peak_mb": max(row["peak_mb"] for row in rows),
        "frames_analysed": rows[0]["frames_analysed"],
        "sampling": rows[0]["sampling"],
        "presences": rows[0]["presences"],
    }


if __name__ == "__main__":
    main()
