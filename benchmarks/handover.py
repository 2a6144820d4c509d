"""Handover between virtual cameras: windows of one recording, so that real people leave one view and enter another.

usage: CASETRAIL_TEST_DATA=... [CASETRAIL_MODELS=...] python benchmarks/handover.py [--keep FOLDER]

Prints the JSON of `casetrail evaluate handover` for each pair of windows of opencv_vtest (PETS 2009 S2.L1 view 1).
"""

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
from itertools import combinations
from pathlib import Path

from casetrail import bootstrap
from casetrail.app.demo_scene import WINDOWS
from casetrail.app.evaluate.handover import COLUMNS
from casetrail.app.evaluate.mot_truth import read_mot_truth
from casetrail.app.samples import Window

CASETRAIL = Path(sys.executable).with_name("casetrail")
LEAST_VISIBLE = 0.5
CORNERS = tuple(
    Window(name, left, top, right, bottom)
    for name, left, top, right, bottom in (("UPPER", 0, 120, 384, 320), ("LOWER", 384, 240, 768, 576))
)


def main() -> None:
    """Cut, write the truth of each window, measure each pair, print one JSON document."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--keep", type=Path, default=None, help="where the windows stay; else they are removed")
    options = parser.parse_args()
    if "CASETRAIL_TEST_DATA" not in os.environ:
        sys.exit("handover: set CASETRAIL_TEST_DATA to the folder of recordings with truth")
    source = Path(os.environ["CASETRAIL_TEST_DATA"]) / "opencv_vtest"
    with tempfile.TemporaryDirectory() as folder:
        place = options.keep or Path(folder)
        print(json.dumps([measure(pair, source, place) for pair in [*combinations(WINDOWS, 2), CORNERS]], indent=1))


def measure(pair: tuple[Window, Window], source: Path, folder: Path) -> dict[str, object]:
    """One pair of windows through the command line."""
    cutter = bootstrap.open_recording_windows()
    files = cutter.cut_windows(source / "vtest.avi", pair, folder / "-".join(window.camera_id for window in pair))
    truth = next(iter(files.values())).with_name("truth.csv")
    write_truth(pair, source / "gt/PETS09-S2L1/gt/gt.txt", truth)
    recordings = [part for window in pair for part in ("--recording", str(files[window.camera_id]))]
    command = [str(CASETRAIL), "evaluate", "handover", *recordings, "--truth", str(truth), "--json"]
    told = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return {"cameras": [window.camera_id for window in pair], **told}


def write_truth(pair: tuple[Window, Window], source: Path, path: Path) -> None:
    """The boxes of each window; a person of whom less than half is in it is not there."""
    truth = read_mot_truth(source)
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(COLUMNS)
        for side, window in zip("ab", pair, strict=True):
            for frame, person, (x1, y1, x2, y2) in zip(truth.frame, truth.person, truth.xyxy.tolist(), strict=True):
                left, right = max(x1, window.left), min(x2, window.right)
                top, bottom = max(y1, window.top), min(y2, window.bottom)
                inside = max(right - left, 0) * max(bottom - top, 0)
                if inside >= LEAST_VISIBLE * (x2 - x1) * (y2 - y1):
                    box = (left - window.left, top - window.top, right - window.left, bottom - window.top)
                    table.writerow([side, int(frame), int(person), *(round(value, 1) for value in box)])


if __name__ == "__main__":
    main()
