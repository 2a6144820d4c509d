"""Pictures of people with known identities, seen by several cameras: what clothing embedders are measured on.

`two cameras`: IITD people, two outdoor cameras, eight directions of the body. `four cameras`: WILDTRACK, one moment
of four cameras, some with the sun and some against it, boxes of the published truth. `one place`: vtest, cut into three
windows side by side that serve as cameras, boxes of the published truth; people who come back have new numbers there,
and `RETURNS` says, by eye, who they are.
"""

import json
import tarfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from casetrail import bootstrap
from casetrail.app.evaluate.mot_truth import read_mot_truth
from casetrail.app.evaluate.tracking import open_recording
from casetrail.app.pictures import find_pictures
from casetrail.model.arrays import Floats, Image, Integers
from casetrail.presence.best_views import FULL_HEIGHT_PX
from casetrail.sightings.crops import cut_person

RETURNS = {11: 3, 12: 4, 13: 2, 9: 5, 10: 6, 14: 8, 15: 8, 18: 8, 19: 1}
WINDOW_PX = 256.0
EVERY = 7  # frames of vtest between two crops of a person, about a second
BREAK = 15  # frames without a crop that end a presence
LEAST_VIEWS = 5  # of a presence of vtest
MOST_COVER = 0.4
LEAST_PX = 60
VIEWS = {"C3": 2, "C5": 4, "C6": 5, "C7": 6}  # of WILDTRACK, and their numbers in its truth


@dataclass(frozen=True, eq=False)
class Crops:
    """`n` pictures: whose, by which camera, in which presence (in order of time), and how good, `(n,)` each."""

    name: str
    images: list[Image]
    person: Integers
    camera: Integers
    presence: Integers
    quality: Floats


Box = tuple[float, float, float, float]
Row = tuple[Image, int, int, int, float]  # picture, person, camera, presence, quality


def read_crops(data: Path) -> dict[str, Crops]:
    """Every set that is under the folder of test data."""
    makers: dict[str, Callable[[Path], list[Row]]] = {
        "two cameras": _two_cameras,
        "four cameras": _four_cameras,
        "one place": _one_place,
    }
    return {name: _collect(name, make(data)) for name, make in makers.items()}


def _collect(name: str, rows: list[Row]) -> Crops:
    images, person, camera, presence, quality = zip(*rows, strict=True)
    numbers = [np.unique(column, return_inverse=True)[1] for column in (person, camera, presence)]
    return Crops(name, list(images), *numbers, np.array(quality, np.float32))


def _two_cameras(data: Path) -> list[Row]:
    read = bootstrap.open_image_reader()
    rows: list[Row] = []
    for path in find_pictures(data / "reid_iitd_col780/train"):
        image, person, camera = read(path), int(path.parent.name), int(path.name[:2])
        rows.append((image, person, camera, 10 * person + camera, _quality(image.shape[0])))
    return rows


def _four_cameras(data: Path) -> list[Row]:
    folder = data / "wildtrack_4view_frame/overlays"
    frames = {name: bootstrap.open_image_reader()(folder / f"{name}_overlay.png") for name in VIEWS}
    rows: list[Row] = []
    for camera, name in enumerate(VIEWS):
        boxes = _seen_by(data, VIEWS[name])
        for person, xyxy in boxes.items():
            crop = cut_person(frames[name], xyxy)
            good = xyxy[3] - xyxy[1] > LEAST_PX and _cover(xyxy, boxes.values()) < MOST_COVER
            if crop is not None and good:
                rows.append((crop, person, camera, len(rows), _quality(xyxy[3] - xyxy[1])))
    return rows


def _seen_by(data: Path, view: int) -> dict[int, Box]:
    """Boxes by person of WILDTRACK's moment 1000, cut to the picture."""
    with tarfile.open(data / "wildtrack_gt/wildtrack_gt.tar.gz") as archive:
        member = next(name for name in archive.getnames() if name.endswith("annotations_positions/00001000.json"))
        file = archive.extractfile(member)
        people = json.loads(file.read()) if file is not None else []
    boxes = {each["personID"]: each["views"][view] for each in people}
    return {
        person: (max(0, box["xmin"]), max(0, box["ymin"]), min(1920, box["xmax"]), min(1080, box["ymax"]))
        for person, box in boxes.items()
        if box["xmax"] > 0 and box["xmin"] < 1900
    }


def _one_place(data: Path) -> list[Row]:
    wanted = _chosen(data / "opencv_vtest/gt/PETS09-S2L1/gt/gt.txt")
    decoder = bootstrap.open_decoder()
    rows: list[Row] = []
    for index, frame in enumerate(decoder.read_frames(open_recording(data / "opencv_vtest/vtest.avi", decoder))):
        for person, presence, xyxy in wanted.get(index, ()):
            crop = cut_person(frame.image, xyxy)
            if crop is not None:
                rows.append((crop, person, _window(xyxy), presence, _quality(xyxy[3] - xyxy[1])))
    return sorted(rows, key=lambda row: row[3])


Wanted = tuple[int, int, Box]


def _chosen(path: Path) -> dict[int, list[Wanted]]:
    """Who is cut out of which frame: about every second, wholly in the picture and hardly covered."""
    truth = read_mot_truth(path)
    tracks: dict[int, list[tuple[int, Box]]] = {}
    for frame in np.unique(truth.frame):
        here = truth.frame == frame
        boxes = {int(p): tuple(map(float, b)) for p, b in zip(truth.person[here], truth.xyxy[here], strict=True)}
        for person, xyxy in boxes.items():
            others = [box for other, box in boxes.items() if other != person]
            inside = min(xyxy[0], xyxy[1]) >= 2 and xyxy[2] <= 766 and xyxy[3] <= 574
            track = tracks.setdefault(person, [])
            due = not track or frame - track[-1][0] >= EVERY
            if inside and due and _cover(xyxy, others) <= 0.3:
                track.append((int(frame), xyxy))
    return _presences(tracks)


def _presences(
    tracks: dict[int, list[tuple[int, Box]]],
) -> dict[int, list[Wanted]]:
    """The crops of each track that stays in one window, without a long break and for a while."""
    wanted: dict[int, list[Wanted]] = {}
    count = 0
    for number, track in tracks.items():
        for window in range(3):
            run: list[tuple[int, Box]] = []
            for frame, xyxy in [*[each for each in track if _window(each[1]) == window], (10**9, (0, 0, 0, 0))]:
                if run and frame - run[-1][0] > BREAK:
                    for at, box in run if len(run) >= LEAST_VIEWS else ():
                        wanted.setdefault(at, []).append((RETURNS.get(number, number), count, box))
                    run, count = [], count + 1
                run.append((frame, xyxy))
    return wanted


def _window(xyxy: Box) -> int:
    return min(2, int((xyxy[0] + xyxy[2]) / 2 / WINDOW_PX))


def _cover(xyxy: Box, others: Iterable[Box]) -> float:
    """The largest share of a box behind one that ends lower in the picture."""
    x1, y1, x2, y2 = xyxy
    worst = 0.0
    for left, top, right, low in others:
        wide, high = min(x2, right) - max(x1, left), min(y2, low) - max(y1, top)
        if low > y2 and wide > 0 and high > 0:
            worst = max(worst, wide * high / ((x2 - x1) * (y2 - y1)))
    return worst


def _quality(height_px: float) -> float:
    """As the presence index would say of a sure, uncovered, whole detection."""
    return float(np.sqrt(min(1.0, height_px / FULL_HEIGHT_PX)) * 0.9)
