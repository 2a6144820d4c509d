"""The recordings with published truth that trackers are compared on."""

import csv
import gzip
from dataclasses import dataclass
from pathlib import Path

TOWN_OFFSET = 4  # frame i of the truth is frame i + 4 of the five seconds
CLIPS = {
    "vtest": ("opencv_vtest/vtest.avi", "opencv_vtest/gt/PETS09-S2L1/gt/gt.txt"),
    "towncentre": (
        "towncentre/TownCentreXVID_5s_25fps.mp4",
        "towncentre/dataset/TownCentre-groundtruth.top.gz",
    ),
    "tud": ("tud_campus_frames/data/TUD-Campus", "tud_campus_frames/data/TUD-Campus/gt/gt.txt"),
    "pets": ("tud_campus_frames/data/PETS/S3-MF1/img", "tud_campus_frames/data/PETS/S3-MF1/gt/gt.txt"),
}


@dataclass(frozen=True)
class Clip:
    """A recording and its truth as rows of the MOT challenges."""

    name: str
    recording: Path
    truth: Path


def find_clips(data: Path, names: list[str], folder: Path) -> list[Clip]:
    """The named clips under `data`; a truth that is written otherwise is rewritten into `folder`."""
    return [_clip(name, data, folder) for name in names]


def _clip(name: str, data: Path, folder: Path) -> Clip:
    recording, truth = (data / part for part in CLIPS[name])
    if truth.suffix == ".gz":
        truth = _as_mot(truth, folder / f"{name}.txt")
    return Clip(name, recording, truth)


def _as_mot(source: Path, target: Path) -> Path:
    """The valid bodies of a Towncentre truth: `person,frame,head_valid,body_valid`, head, body x1,y1,x2,y2."""
    rows = []
    for cells in csv.reader(gzip.decompress(source.read_bytes()).decode().splitlines()):
        if len(cells) != 12 or not cells[0].isdigit() or cells[3] != "1":
            continue
        x1, y1, x2, y2 = map(float, cells[8:12])
        frame = int(cells[1]) + TOWN_OFFSET + 1
        rows.append(f"{frame},{cells[0]},{x1:.2f},{y1:.2f},{x2 - x1:.2f},{y2 - y1:.2f},1")
    target.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return target
