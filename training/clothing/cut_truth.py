"""Pictures for `casetrail evaluate reid` out of one recording with MOT truth: `python cut_truth.py RECORDING GT OUT`.

The picture is split into three upright windows as in the demonstration, `left`, `middle` and `right`, which stand
for cameras. At most eight views of a person in each, spread in time, those that other people hardly cover; in
`OUT/<person>/<window>_<frame>.png`. Then:
`casetrail evaluate reid --query OUT --gallery OUT --split-prefix left,right`.
"""

import sys
from pathlib import Path

import cv2
import numpy as np

VIEWS, MOST_COVERED = 8, 0.25


def main(recording: Path, truth: Path, out: Path) -> None:
    """Choose the views, then read the recording once and cut them."""
    rows = np.loadtxt(truth, delimiter=",")[:, :6]
    capture = cv2.VideoCapture(str(recording))
    width = int(capture.get(cv2.CAP_PROP_FRAME_WIDTH))
    chosen, frame = _choose(rows, width), 0
    while (taken := capture.read())[0]:
        frame += 1
        for person, window, box in chosen.get(frame, ()):
            x, y, wide, high = (round(value) for value in box)
            folder = out / f"{person:03}"
            folder.mkdir(parents=True, exist_ok=True)
            crop = taken[1][max(y, 0) : y + high, max(x, 0) : x + wide]
            cv2.imwrite(str(folder / f"{window}_{frame:05}.png"), crop)


def _choose(rows: np.ndarray, width: int) -> dict[int, list[tuple[int, str, np.ndarray]]]:
    """By frame: person, window and box `x, y, width, height`."""
    windows = {"left": (0, 216), "middle": (276, 492), "right": (552, 768)}
    scale, chosen = width / 768, {}
    for person in np.unique(rows[:, 1]).astype(int):
        for window, (first, last) in windows.items():
            own = rows[(rows[:, 1] == person) & (rows[:, 2] >= first * scale)]
            own = own[own[:, 2] + own[:, 4] <= last * scale]
            free = [row for row in own if _covered(row, rows[rows[:, 0] == row[0]]) < MOST_COVERED]
            for at in np.unique(np.linspace(0, len(free) - 1, min(VIEWS, len(free))).astype(int)) if free else ():
                chosen.setdefault(int(free[at][0]), []).append((int(person), window, free[at][2:6]))
    return chosen


def _covered(row: np.ndarray, others: np.ndarray) -> float:
    """The largest share of a person's box that one other box overlaps."""
    others = others[others[:, 1] != row[1]]
    wide = np.minimum(row[2] + row[4], others[:, 2] + others[:, 4]) - np.maximum(row[2], others[:, 2])
    high = np.minimum(row[3] + row[5], others[:, 3] + others[:, 5]) - np.maximum(row[3], others[:, 3])
    return float((np.clip(wide, 0, None) * np.clip(high, 0, None)).max(initial=0.0) / (row[4] * row[5]))


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:4]))
