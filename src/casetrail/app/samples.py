"""Sample footage for the demonstration: where it may come from, and how one picture becomes several cameras."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True)
class Sample:
    """A published recording, named by its hash. `debian_file` is its path inside `debian_package`."""

    name: str
    sha256: str
    address: str
    debian_package: str
    debian_file: str
    credit: str


VTEST = Sample(
    name="vtest.avi",
    sha256="45cddc9490be69345cbdab64ca583be65987e864ca408038e648db99e10516cf",
    address="https://raw.githubusercontent.com/opencv/opencv/4.x/samples/data/vtest.avi",
    debian_package="opencv-doc",
    debian_file="usr/share/doc/opencv-doc/examples/data/vtest.avi",
    credit="PETS 2009 S2.L1 view 1, University of Reading, as shipped by OpenCV",
)


@dataclass(frozen=True)
class Window:
    """A part of a recording's picture, `[left, right)` by `[top, bottom)` pixels, that acts as a camera."""

    camera_id: str
    left: int
    top: int
    right: int
    bottom: int


class SampleFiles(Protocol):
    """Finds a sample: in the samples folder, the cache, at its official address, in Debian's package, in this order."""

    def find_sample(self, sample: Sample) -> tuple[Path, str]:
        """The verified file and where it came from. Raises MissingError naming every place that was tried."""


class RecordingWindows(Protocol):
    """Cuts windows out of a recording, each into a recording of its own, timing kept."""

    def cut_windows(self, source: Path, windows: Sequence[Window], folder: Path) -> dict[str, Path]:
        """The files by camera id; a file that is there already is kept. Raises BadInputError on a bad source."""
