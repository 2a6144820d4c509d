"""Where the time of `casetrail index` goes: py-spy samples of its worker, by activity.

usage: profile_index.py PY_SPY [--clips vtest,towncentre] [--source SRC] [--sampling adaptive]

PY_SPY: the program, from an environment of its own. `--source`: the `src` folder of another state of the code, for a
profile of before. Needs CASETRAIL_TEST_DATA and CASETRAIL_MODELS. Prints JSON.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from clips import CLIPS

RATE = 100  # samples a second
CASETRAIL = Path(sys.executable).with_name("casetrail")
WORK = "IndexWork.__call__"  # what a worker does for one unit; the rest is starting and waiting
FOLLOWING = ("tracking", "association", "motion", "linking", "tracklets", "both_ways", "pace", "gaps", "doubt")
FOLLOWING += ("perspective", "completing", "smoothing")
ACTIVITIES = {  # the innermost frame of a sample that holds one of these marks names its activity
    "infer": ("InferRequest.infer",),
    "open the model": ("Network._compile", "Network._model", "quantised.py", "<module>", "importlib"),
    "bring pictures to BGR, size and planes": ("pictures.py", "images.py", "_Decoded.picture", "_frame (casetrail"),
    "demultiplex and decode": ("adapters/decoder/",),
    "read the answer": ("person_detector.py", "openvino_models/boxes.py"),
    "follow": tuple(f"presence/{name}.py" for name in FOLLOWING),
    "choose views": ("presence/best_views.py", "presence/segment_presences.py"),
    "decide where to look": ("presence/sampling.py", "presence/looking.py"),
    "write": ("adapters/presence_index/", "adapters/audit_files/"),
}


def main() -> None:
    """Profile each clip; print shares of the samples."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("py_spy", type=Path)
    parser.add_argument("--clips", default="vtest,towncentre")
    parser.add_argument("--source", type=Path)
    parser.add_argument("--sampling", help="adaptive or every-frame; none for code that knows no choice")
    options = parser.parse_args()
    print(json.dumps({name: _profile(name, options) for name in options.clips.split(",")}, indent=1))


def _profile(name: str, options: argparse.Namespace) -> dict[str, object]:
    """Index one clip in a fresh installation with one worker, watched."""
    environment = dict(os.environ)
    if options.source:
        environment["PYTHONPATH"] = str(options.source.resolve())
    with tempfile.TemporaryDirectory() as folder:
        _install(Path(folder), CLIPS[name].recording, environment)
        raw = Path(folder) / "raw"
        index = [str(CASETRAIL), "index", "--workers", "1", "--data", f"{folder}/data", "--json"]
        index += ["--sampling", options.sampling] if options.sampling else []
        watch = [str(options.py_spy), "record", "--subprocesses", "-f", "raw", "-r", str(RATE), "-o", str(raw), "--"]
        done = subprocess.run([*watch, *index], env=environment, stdout=subprocess.PIPE, text=True, check=True)
        run, _ = json.JSONDecoder().raw_decode(done.stdout[done.stdout.index("{") :])
        return {
            "work_s": _work_s(raw),
            "share": _share(raw),
            **{key: run[key] for key in ("frames", "frames_analysed")},
        }


def _install(folder: Path, recording: str, environment: dict[str, str]) -> None:
    """A camera and its recording in a new installation."""
    path = Path(os.environ["CASETRAIL_TEST_DATA"]) / recording
    (folder / "cameras.csv").write_text("camera_id,source_type\nC1,fixed_cctv\n", encoding="utf-8")
    start = "2026-03-02T12:00:00+00:00"
    (folder / "recordings.csv").write_text(f"path,camera_id,start\n{path},C1,{start}\n", encoding="utf-8")
    for words in (["cameras", "import", "cameras.csv"], ["footage", "add", "recordings.csv"]):
        command = [str(CASETRAIL), *words[:2], str(folder / words[2]), "--data", str(folder / "data")]
        subprocess.run(command, env=environment, stdout=sys.stderr, check=True)


def _samples(raw: Path) -> list[tuple[list[str], int]]:
    """Stacks of the worker's work, outermost frame first, and how often each was seen."""
    lines = [line.rpartition(" ") for line in raw.read_text(encoding="utf-8").splitlines()]
    return [(stack.split(";"), int(count)) for stack, _, count in lines if WORK in stack]


def _work_s(raw: Path) -> float:
    return sum(count for _, count in _samples(raw)) / RATE


def _share(raw: Path) -> dict[str, float]:
    """Shares of the samples by activity."""
    counted: Counter[str] = Counter()
    for frames, count in _samples(raw):
        counted[_activity(frames)] += count
    return {name: round(count / counted.total(), 3) for name, count in counted.most_common()}


def _activity(frames: list[str]) -> str:
    for frame in reversed(frames):
        for name, marks in ACTIVITIES.items():
            if any(mark in frame for mark in marks):
                return name
    return "other"


if __name__ == "__main__":
    main()
