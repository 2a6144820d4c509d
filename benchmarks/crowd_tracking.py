"""Tracking in crowds of which only the truth is here: published detections, or detections drawn from that truth.

usage: crowd_tracking.py [--clips stadtmitte venice ...] [--steps 1 5]    (needs CASETRAIL_TEST_DATA)

Of fixed cameras of the MOT challenges (Milan et al. 2016; Dendorfer et al. 2020), Stadtmitte and Venice come with
published detections; for the others boxes are drawn from the truth: jitter that lasts, less and less sure and cut off
from below as less of a person is visible, missed for a while, and some that are nobody. They tell whether a change of
the tracker helps elsewhere than on the clips it was made on; how good a detector is they do not tell. Prints JSON, one
row per clip and step: figures of TrackEval and `person_recall`, and how many tracklets are of two people.
"""

import argparse
import io
import json
import os
import tarfile
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from casetrail import bootstrap
from casetrail.app.evaluate.person_recall import measure_people
from casetrail.app.evaluate.tracking import FrameBoxes
from casetrail.app.settings import Settings
from casetrail.model.geometry import box_overlap
from casetrail.presence.detector import Detections
from casetrail.presence.tracking import track
from casetrail.presence.tracklets import Tracklet

ARCHIVE = "trackeval_mot/trackeval_pedes_mot.tar.gz"
PEDESTRIAN = 1
JITTER = np.array([0.02, 0.02, 0.02, 0.03])  # of the height, for each side
LASTING = 0.9  # of a frame's jitter that the next has too
MERGED = 0.15  # share of a tracklet that is on somebody else


@dataclass(frozen=True)
class Crowd:
    """A sequence: its folder, picture size, rate and how many of its frames are used."""

    folder: str
    wh: tuple[int, int]
    rate: float
    frames: int
    drawn: bool = True


CROWDS = {
    "stadtmitte": Crowd("MOT15-train/TUD-Stadtmitte", (640, 480), 25, 179, drawn=False),
    "venice": Crowd("MOT15-train/Venice-2", (1920, 1080), 30, 600, drawn=False),
    "mot17-02": Crowd("MOT17-train/MOT17-02-FRCNN", (1920, 1080), 30, 450),
    "mot17-04": Crowd("MOT17-train/MOT17-04-FRCNN", (1920, 1080), 30, 300),
    "mot17-09": Crowd("MOT17-train/MOT17-09-FRCNN", (1920, 1080), 30, 525),
    "mot20-01": Crowd("MOT20-train/MOT20-01", (1920, 1080), 25, 300),
}


def main() -> None:
    """Follow people in each crowd."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clips", nargs="+", choices=CROWDS, default=list(CROWDS))
    parser.add_argument("--steps", type=int, nargs="+", default=[1, 5])
    asked = parser.parse_args()
    meter = bootstrap.open_tracking_ports(Settings()).meter
    rows = []
    with tarfile.open(Path(os.environ["CASETRAIL_TEST_DATA"]) / ARCHIVE) as archive:
        for name in asked.clips:
            crowd = CROWDS[name]
            known = _read(archive, crowd, "gt/gt.txt")
            truth = _truth(known, crowd)
            found = _draw(known, crowd) if crowd.drawn else _published(_read(archive, crowd, "det/det.txt"), crowd)
            for step in asked.steps:
                looks = np.arange(0, crowd.frames, step)
                people = track([found[look] for look in looks], looks / crowd.rate, crowd.wh)
                boxes = _in_every_frame(people, looks, crowd)
                figures = {**asdict(meter.measure(truth, boxes)), **asdict(measure_people(truth, boxes))}
                told = {key: round(float(value), 3) for key, value in figures.items()}
                rows.append({"clip": name, "step": step, "merged": _count_merged(truth, boxes), **told})
    print(json.dumps({"rows": rows}, indent=2))


def _read(archive: tarfile.TarFile, crowd: Crowd, name: str) -> np.ndarray:
    """Rows of a text file of the archive, up to the last frame that is used."""
    file = archive.extractfile(f"./data/gt/mot_challenge/{crowd.folder}/{name}")
    rows = np.loadtxt(io.BytesIO(file.read()), delimiter=",")
    rows[:, 4:6] += rows[:, 2:4]
    rows[:, 2:6] = np.clip(rows[:, 2:6], 0, np.tile(crowd.wh, 2))
    return rows[rows[:, 0] <= crowd.frames]


def _truth(known: np.ndarray, crowd: Crowd) -> list[FrameBoxes]:
    rows = _people(known, crowd)
    frames = (rows[rows[:, 0] == number + 1] for number in range(crowd.frames))
    return [FrameBoxes(here[:, 1].astype(np.int64), here[:, 2:6].astype(np.float32)) for here in frames]


def _people(known: np.ndarray, crowd: Crowd) -> np.ndarray:
    counted = known[:, 6] != 0
    return known[counted & (known[:, 7] == PEDESTRIAN) if crowd.drawn else counted]


def _published(rows: np.ndarray, crowd: Crowd) -> list[Detections]:
    """Detections of the challenge, whose numbers lie around 25, as confidences."""
    confidence = 1 / (1 + np.exp(-(rows[:, 6] - 25) / 12))
    return _by_frame(np.column_stack([rows[:, 0] - 1, rows[:, 2:6], confidence]), crowd)


def _draw(known: np.ndarray, crowd: Crowd) -> list[Detections]:
    """Detections of everybody in the truth, and of some who are nobody."""
    noise = np.random.default_rng(1)
    rows = _people(known, crowd)
    drawn = [_draw_person(rows[rows[:, 1] == who], noise) for who in np.unique(rows[:, 1])]
    for frame in range(crowd.frames):
        for _ in range(noise.poisson(0.3)):
            high = noise.uniform(60, 250)
            x, y = noise.uniform(0, crowd.wh[0] - 0.4 * high), noise.uniform(0, crowd.wh[1] - high)
            drawn.append(np.array([[frame, x, y, x + 0.4 * high, y + high, noise.uniform(0.1, 0.75)]]))
    return _by_frame(np.concatenate(drawn), crowd)


def _draw_person(rows: np.ndarray, noise: np.random.Generator) -> np.ndarray:
    """Detections of one person: frame, box, confidence."""
    found = []
    off, luck = noise.normal(0, 1, 4) * JITTER, noise.normal()
    for row in rows[np.argsort(rows[:, 0])]:
        visible, high = row[8], row[5] - row[3]
        off = LASTING * off + np.sqrt(1 - LASTING**2) * noise.normal(0, 1, 4) * JITTER
        luck = 0.95 * luck + np.sqrt(1 - 0.95**2) * noise.normal()
        confidence = 1 / (1 + np.exp(-(6 * (visible - 0.35) + 1.2 * luck + noise.normal(0, 0.4) - (high < 60))))
        if high < 20 or confidence < 0.1 or noise.random() < 0.03:
            continue
        box = row[2:6] + off * high
        if visible < 0.75:
            box[3] = box[1] + (box[3] - box[1]) * np.clip(visible + 0.25 + 0.1 * luck, 0.45, 1)
        found.append([row[0] - 1, *box, confidence])
    return np.array(found).reshape(-1, 6)


def _by_frame(rows: np.ndarray, crowd: Crowd) -> list[Detections]:
    boxes = np.clip(rows[:, 1:5], 0, np.tile(crowd.wh, 2)).astype(np.float32)
    frames = (rows[:, 0] == number for number in range(crowd.frames))
    return [Detections(boxes[here], rows[here, 5].astype(np.float32)) for here in frames]


def _in_every_frame(people: list[Tracklet], looks: np.ndarray, crowd: Crowd) -> list[FrameBoxes]:
    """Who is where in each frame, on straight lines between looks."""
    who: list[list[int]] = [[] for _ in range(crowd.frames)]
    where: list[list[np.ndarray]] = [[] for _ in range(crowd.frames)]
    for number, one in enumerate(people):
        seen = looks[one.frame]
        boxes = np.clip(one.xyxy, 0, np.tile(crowd.wh, 2))
        for frame in range(int(seen[0]), int(seen[-1]) + 1):
            who[frame].append(number)
            where[frame].append(np.array([np.interp(frame, seen, boxes[:, side]) for side in range(4)]))
    return [
        FrameBoxes(np.array(names, np.int64), np.array(boxes, np.float32).reshape(-1, 4))
        for names, boxes in zip(who, where, strict=True)
    ]


def _count_merged(truth: list[FrameBoxes], found: list[FrameBoxes]) -> int:
    """How many tracklets are on a second person for a good part of the frames in which they are on anybody."""
    frames: dict[int, Counter[int]] = {}
    for there, here in zip(truth, found, strict=True):
        overlap = box_overlap(here.xyxy, there.xyxy)
        for row, number in enumerate(here.person.tolist()):
            if overlap.shape[1] and overlap[row].max() >= 0.5:
                frames.setdefault(number, Counter())[int(there.person[overlap[row].argmax()])] += 1
    second = [(sorted(on.values())[-2], sum(on.values())) for on in frames.values() if len(on) > 1]
    return sum(other >= max(5, MERGED * whole) for other, whole in second)


if __name__ == "__main__":
    main()
