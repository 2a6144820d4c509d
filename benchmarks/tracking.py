"""Tracking beside other tools: each in its own process, one after the other, again and again.

usage: tracking.py ENVIRONMENTS --clip vtest [--rounds 2] [--threads 0] [--models default|carried]
    [--sizes all|own]
(needs CASETRAIL_TEST_DATA; CASETRAIL_MODELS for the default detector)

Accuracy first: every peer gets the same detections, those of our detector, in a file, also at the sizes at which the
detector is published, and its best parameters are chosen by HOTA on this very clip. Then speed: each contender
decodes, detects and follows by itself, with its best parameters at the size at which ours looks.
"""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from casetrail import bootstrap
from casetrail.app.evaluate.head_truth import TruthFormat
from casetrail.app.evaluate.people_truth import read_people_truth
from casetrail.app.evaluate.person_recall import measure_people
from casetrail.app.evaluate.tracking import FrameBoxes, TrackingMeter, true_boxes
from casetrail.app.models import resolve
from casetrail.app.settings import Settings
from casetrail.model.models import ModelRole
from clips import CLIPS, Clip
from contenders import LEAST_CONFIDENCES, OURS, PEERS, PUBLISHED_WH, Peer, run_ours

DATA = Path(os.environ.get("CASETRAIL_TEST_DATA", "."))


def main() -> None:
    """Measure what the command line names; print JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("environments", type=Path)
    parser.add_argument("--clip", choices=list(CLIPS), required=True)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--threads", type=int, default=0, help="of the processor; 0: each tool chooses")
    parser.add_argument("--models", choices=("default", "carried"), default="default")
    parser.add_argument("--sizes", choices=("all", "own"), default="all", help="of the detector's input, for peers")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        print(json.dumps(_Comparison(options.clip, options.models, Path(name), options).run()))


@dataclass(frozen=True)
class _Comparison:
    """All contenders on one clip with one set of models."""

    name: str
    models: str
    folder: Path
    options: argparse.Namespace

    def run(self) -> dict[str, Any]:
        own = self._look(None)
        meter = _Meter(CLIPS[self.name], own["frames"], tuple(own["wh"]))
        sizes = PUBLISHED_WH if self.models == "default" and self.options.sizes == "all" else ()
        looks = [own, *(self._look(size) for size in sizes if list(size) != own["input_wh"])]
        tried = {peer.label: [self._best(peer, look, meter) for look in looks] for peer in PEERS}
        return {
            "clip": self.name,
            "models": self.models,
            "detector": own["detector"],
            "input_wh": own["input_wh"],
            "rounds": self.options.rounds,
            "threads": self.options.threads,
            "same_detections": {label: rows[0] for label, rows in tried.items()},
            "any_size": {label: max(rows, key=_hota) for label, rows in tried.items()},
            "end_to_end": self._alternate(own, {label: rows[0] for label, rows in tried.items()}, meter),
        }

    @property
    def _own_job(self) -> dict[str, Any]:
        carried = self.models == "carried"
        return {
            "recording": str(DATA / CLIPS[self.name].recording),
            "threads": self.options.threads,
            "carried": carried,
        }

    def _look(self, size: tuple[int, int] | None) -> dict[str, Any]:
        """Our detector's findings in a file, which every peer gets."""
        out = self.folder / f"{self.name}-{self.models}-{size or 'own'}.npz"
        return {**run_ours({**self._own_job, "exact": True, "input_wh": size, "out": str(out)}), "detections": str(out)}

    def _best(self, peer: Peer, look: dict[str, Any], meter: "_Meter") -> dict[str, Any]:
        """The peer's figures with the parameters that suit it best, and those parameters."""
        tries = [
            {"least": least, "parameters": parameters, "out": str(self.folder / f"{number}.csv")}
            for number, (least, parameters) in enumerate(product(LEAST_CONFIDENCES, peer.tried))
        ]
        job = {"tries": tries, "rate": look["rate"], "detections": look["detections"]}
        rows = []
        for one, took in zip(tries, peer.run(self.options.environments, job), strict=True):
            chosen = {"input_wh": look["input_wh"], "least": one["least"], "parameters": one["parameters"]}
            ms = 1000 * took["cpu_seconds"] / took["frames"]
            rows.append({**chosen, **meter.measure(Path(one["out"])), "tracker_cpu_ms_per_frame": ms})
        return max(rows, key=_hota)

    def _alternate(self, own: dict[str, Any], best: dict[str, dict[str, Any]], meter: "_Meter") -> dict[str, Any]:
        """Every contender by itself, in turn, `rounds` times over. The carried detector is only followed by ours."""
        out = self.folder / "out.csv"
        runs: dict[str, Callable[[], dict[str, Any]]] = {
            label: partial(run_ours, {**self._own_job, **how, "out": str(out)}) for label, how in OURS.items()
        }
        for peer in PEERS if self.models == "default" else ():
            runs[peer.label] = partial(self._alone, peer, own, best[peer.label], out)
        times: dict[str, list[dict[str, Any]]] = {name: [] for name in runs}
        figures: dict[str, dict[str, Any]] = {}
        for _ in range(self.options.rounds):
            for name, run in runs.items():
                times[name].append(run())
                figures[name] = meter.measure(out)
        return {name: {**figures[name], **_typical(rows)} for name, rows in times.items()}

    def _alone(self, peer: Peer, own: dict[str, Any], best: dict[str, Any], out: Path) -> dict[str, Any]:
        """A peer decodes, detects and follows by itself, as large as our detector looks."""
        detector = resolve(ModelRole.PERSON_DETECTOR, bootstrap.open_model_files(Settings()))
        job = {
            "recording": str(DATA / CLIPS[self.name].recording),
            "model": str(detector.paths[0]),
            "input_wh": own["input_wh"],
            "threads": self.options.threads,
            "rate": own["rate"],
            "tries": [{"least": best["least"], "parameters": best["parameters"], "out": str(out)}],
        }
        return peer.run(self.options.environments, job)[0]


def _hota(row: dict[str, Any]) -> float:
    return float(row["hota"])


class _Meter:
    """Figures of MOT rows against a clip's truth, from its first annotated frame to its last."""

    def __init__(self, clip: Clip, frames: int, wh: tuple[int, int]) -> None:
        form = TruthFormat(clip.truth_format)
        truth = read_people_truth(DATA / clip.truth, form, clip.frame_offset, frames, wh)
        self._span = slice(int(truth.frame.min()), int(truth.frame.max()) + 1)
        self._truth = true_boxes(truth, frames)[self._span]
        self._frames = frames
        self._meter: TrackingMeter = bootstrap.open_tracking_ports(Settings()).meter

    def measure(self, rows: Path) -> dict[str, Any]:
        found = _boxes(np.loadtxt(rows, delimiter=",", ndmin=2).reshape(-1, 7), self._frames)[self._span]
        return asdict(self._meter.measure(self._truth, found)) | asdict(measure_people(self._truth, found))


def _typical(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The quickest of the rounds: whatever else the machine does only adds."""
    seconds = min(row["seconds"] for row in rows)
    processor = min(row["cpu_seconds"] for row in rows)
    frames = rows[0]["frames"]
    told = {key: rows[0][key] for key in ("frames_analysed", "sampling") if key in rows[0]}
    return {
        "frames": frames,
        "fps": frames / seconds,
        "cpu_ms_per_frame": 1000 * processor / frames,
        "seconds": [row["seconds"] for row in rows],
        "cpu_seconds": [row["cpu_seconds"] for row in rows],
        **told,
    }


def _boxes(rows: np.ndarray, frames: int) -> list[FrameBoxes]:
    result = []
    for number in range(1, frames + 1):
        here = rows[rows[:, 0] == number]
        xyxy = np.concatenate([here[:, 2:4], here[:, 2:4] + here[:, 4:6]], axis=1).astype(np.float32)
        result.append(FrameBoxes(here[:, 1].astype(np.int64), xyxy))
    return result


if __name__ == "__main__":
    sys.exit(main())
