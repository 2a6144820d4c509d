"""Names of segment files: all that a gate needs to know in order not to open one.

`day=2026-03-02/cell=7f/<camera>-<start>-<end>-<segment>.parquet`: the camera as sixteen hexadecimal digits of a
hash, both ends of the interval in microseconds of UTC, and the id of the segment. A segment lies under the UTC
day of its start, also when it ends on the next, and is forgotten with that day.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from casetrail.model.ids import stable_id
from casetrail.model.time import UtcInterval, day_of
from casetrail.presence.index import SegmentKey

_NAME = re.compile(r"([0-9a-f]{16})-(-?\d+)-(-?\d+)-([0-9a-f]{20})\.parquet")


@dataclass(frozen=True, order=True)
class SegmentFile:
    """A finished segment file: hash of the camera, interval, id of the segment, and where it is."""

    camera: str
    interval: UtcInterval
    segment_id: str
    path: Path

    @property
    def bound_to(self) -> bytes:
        """What the encryption is bound to: a file that was moved or renamed does not open."""
        return "/".join(self.path.parts[-3:]).encode()


def name_file(root: Path, key: SegmentKey) -> SegmentFile:
    """Where a segment belongs."""
    camera = hash_camera(key.camera_id)
    folder = cell_folder(root, day_of(key.interval.start_us), camera)
    name = f"{camera}-{key.interval.start_us}-{key.interval.end_us}-{key.segment_id}.parquet"
    return SegmentFile(camera, key.interval, key.segment_id, folder / name)


def find_files(folder: Path, camera: str = "") -> Iterator[SegmentFile]:
    """Finished segment files in a folder of a cell (or of one camera there, by hash); others are left out."""
    if not folder.is_dir():
        return
    for path in sorted(path for path in folder.iterdir() if path.name.startswith(camera)):
        found = _NAME.fullmatch(path.name)
        if found:
            interval = UtcInterval(int(found[2]), int(found[3]))
            yield SegmentFile(found[1], interval, found[4], path)


def day_folders(root: Path) -> list[Path]:
    """The folders of the days, in order."""
    return sorted(root.glob("day=????-??-??"))


def cell_folder(root: Path, day: str, camera: str) -> Path:
    """The folder of a day and of the cell that a camera (by hash) belongs to."""
    return root / f"day={day}" / f"cell={cell_of(camera)}"


def cell_of(camera: str) -> str:
    """The cell that a camera (by hash) belongs to: one of 256."""
    return camera[:2]


def hash_camera(camera_id: str) -> str:
    """Sixteen hexadecimal digits that stand for a camera in names."""
    return stable_id("camera", camera_id)[:16]
