"""Names of merged files: the segments of one cell and one UTC day, in one place.

`day=2026-03-02/merged/<cell>-<generation>-<start>-<end>-<count>-<id>.rows.parquet` holds the presences,
`….segments.parquet` the segments. The second is written last: without it the first is not there. Of several
generations the last counts. `<cell>-<segment>-<start>-<end>.gone` takes one segment out of a merged file until the
next merging: its camera's clock was corrected, and it lies elsewhere now.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from casetrail.model.time import UtcInterval

FOLDER = "merged"
ROWS, SEGMENTS, GONE = ".rows.parquet", ".segments.parquet", ".gone"
_NAME = re.compile(r"([0-9a-f]{2})-(\d+)-(-?\d+)-(-?\d+)-(\d+)-([0-9a-f]{20})")
_GONE = re.compile(r"([0-9a-f]{2})-([0-9a-f]{20})-(-?\d+)-(-?\d+)\.gone")

Placed = tuple[bytes, int, int]  # a segment's id, start and end in microseconds


@dataclass(frozen=True, order=True)
class MergedFile:
    """A merged file: what its name says of it. `interval` covers its segments and its presences."""

    cell: str
    generation: int
    interval: UtcInterval
    count: int
    name: str
    folder: Path

    @property
    def rows(self) -> Path:
        """Where its presences are."""
        return self.folder / f"{self.name}{ROWS}"

    @property
    def segments(self) -> Path:
        """Where its segments are."""
        return self.folder / f"{self.name}{SEGMENTS}"


@dataclass(frozen=True)
class MergedDay:
    """The merged files of a day by cell, what was taken out of them, and what no longer counts."""

    files: dict[str, MergedFile] = field(default_factory=dict)
    gone: dict[str, frozenset[Placed]] = field(default_factory=dict)
    rest: dict[str, tuple[Path, ...]] = field(default_factory=dict)


def merged_folder(root: Path, day: str) -> Path:
    """Where the merged files of a day lie."""
    return root / f"day={day}" / FOLDER


def list_merged(folder: Path) -> MergedDay:
    """What is in a day's folder of merged files; a missing one is empty."""
    names = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    files: dict[str, MergedFile] = {}
    for file in _parse(names, folder):
        if file.cell not in files or files[file.cell] < file:
            files[file.cell] = file
    gone: dict[str, set[Placed]] = {}
    for name in names:
        if found := _GONE.fullmatch(name):
            gone.setdefault(found[1], set()).add((found[2].encode(), int(found[3]), int(found[4])))
    return MergedDay(files, {cell: frozenset(those) for cell, those in gone.items()}, _rest(names, files, folder))


def name_merged(cell: str, generation: int, interval: UtcInterval, count: int, own: str, folder: Path) -> MergedFile:
    """The merged file of these facts; `own` are twenty hexadecimal digits of its contents."""
    name = f"{cell}-{generation}-{interval.start_us}-{interval.end_us}-{count}-{own}"
    return MergedFile(cell, generation, interval, count, name, folder)


def name_gone(folder: Path, cell: str, placed: Placed) -> Path:
    """The mark that takes a segment out of its merged file."""
    return folder / f"{cell}-{placed[0].decode()}-{placed[1]}-{placed[2]}{GONE}"


def bound_to(path: Path) -> bytes:
    """What the encryption of a file of the index is bound to: one that was moved or renamed does not open."""
    return "/".join(path.parts[-3:]).encode()


def _parse(names: list[str], folder: Path) -> Iterator[MergedFile]:
    for name in names:
        found = _NAME.fullmatch(name.removesuffix(SEGMENTS)) if name.endswith(SEGMENTS) else None
        if found:
            interval = UtcInterval(int(found[3]), int(found[4]))
            yield MergedFile(found[1], int(found[2]), interval, int(found[5]), found[0], folder)


def _rest(names: list[str], files: dict[str, MergedFile], folder: Path) -> dict[str, tuple[Path, ...]]:
    """What a merging that was stopped left behind, by cell."""
    rest: dict[str, list[Path]] = {}
    for name in names:
        found = _NAME.match(name)
        if found and (found[1] not in files or not name.startswith(files[found[1]].name)):
            rest.setdefault(found[1], []).append(folder / name)
    return {cell: tuple(paths) for cell, paths in rest.items()}
