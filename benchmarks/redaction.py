"""Redaction beside `deface`: heads covered, people leaking, area masked and time, on the same frames, alternating.

usage: redaction.py ENVIRONMENTS [--rounds 2] [--clips towncentre,vtest]

What each tool masks is counted by the same code (`casetrail.app.evaluate.redaction`), generously for the other: its
whole boxes, widened to whole tiles of our mosaic, though it paints the ellipse within each. Prints JSON.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from casetrail import bootstrap
from casetrail.app.evaluate.head_truth import TruthFormat, read_head_truth
from casetrail.app.evaluate.redaction import measure_coverage
from casetrail.app.evaluate.tracking import open_recording
from casetrail.evidence.redaction import RedactionPlan
from clips import CLIPS, Clip

HERE = Path(__file__).parent
KEPT = ("frame_recall", "track_leak_rate", "masked_area_share", "heads", "looks", "backend")


def main() -> None:
    """Measure every clip and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("environments", type=Path)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--clips", default="towncentre")
    options = parser.parse_args()
    python = options.environments / "deface/bin/python"
    print(json.dumps({name: measure(CLIPS[name], python, options.rounds) for name in options.clips.split(",")}))


def measure(clip: Clip, python: Path, rounds: int) -> dict[str, Any]:
    """Figures of both tools on one clip; `python` runs the peer."""
    ours, peers = [], []
    for _ in range(rounds):
        ours.append(_ours(clip))
        peers.append(_peer(clip, python))
    return {"casetrail": _summed_up(ours), "deface": _summed_up(peers)}


def _ours(clip: Clip) -> dict[str, Any]:
    paths = ["--recording", str(_data() / clip.recording), "--heads", str(_data() / clip.truth)]
    form = ["--truth-format", clip.truth_format, "--frame-offset", str(clip.frame_offset)]
    command = [str(Path(sys.executable).with_name("casetrail")), "evaluate", "redaction", *paths, *form, "--json"]
    told = json.loads(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout)
    seconds = sum(told["seconds"].values())
    frames = round(told["fps"] * seconds)
    return {**_kept(told), "frames": frames, "seconds": seconds, "cpu_seconds": sum(told["core_seconds"].values())}


def _peer(clip: Clip, python: Path) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        out, made = Path(folder) / "found.npz", Path(folder) / "clip.mp4"
        job = {"recording": str(_data() / clip.recording), "out": str(out), "clip": str(made)}
        command = [str(python), str(HERE / "peers/deface.py"), json.dumps(job)]
        told = json.loads(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout)
        found = dict(np.load(out))
    return {**told, **_figures(clip, found)}


def _figures(clip: Clip, found: dict[str, Any]) -> dict[str, Any]:
    source = open_recording(_data() / clip.recording, bootstrap.open_decoder())
    numbers = tuple(range(int(found["frames"])))
    regions = {number: found["xyxy"][found["frame"] == number] for number in numbers}
    plan = RedactionPlan((source.media.width, source.media.height), regions)
    truth = read_head_truth(_data() / clip.truth, TruthFormat(clip.truth_format), clip.frame_offset)
    covered = measure_coverage(truth, plan, numbers, where=clip.truth)
    return {
        "frame_recall": covered.recall,
        "track_leak_rate": covered.leak_rate,
        "masked_area_share": covered.masked_area_share,
        "heads": len(covered.boxes),
    }


def _kept(told: dict[str, Any]) -> dict[str, Any]:
    return {name: told[name] for name in KEPT if name in told}


def _summed_up(rounds: list[dict[str, Any]]) -> dict[str, Any]:
    """What was found, the same in every round, and milliseconds a frame of each round: by the wall, of all cores."""
    frames = rounds[0]["frames"]
    wall, cores = ([round(1e3 * each[name] / frames, 1) for each in rounds] for name in ("seconds", "cpu_seconds"))
    return {**_kept(rounds[0]), "frames": frames, "ms_per_frame": wall, "core_ms_per_frame": cores}


def _data() -> Path:
    return Path(os.environ["CASETRAIL_TEST_DATA"])


if __name__ == "__main__":
    main()
