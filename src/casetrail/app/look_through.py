"""Looking through a recording for whom to cover, before anything of it is shown."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from casetrail.app.evidence_ports import Finders
from casetrail.app.read_ahead import read_ahead
from casetrail.evidence.looking import spread_looks
from casetrail.evidence.redaction import Look
from casetrail.footage.recordings import Recording
from casetrail.model.arrays import Floats, Image
from casetrail.presence.detector import Detections

FACES_PX = 960  # the longer side of pictures in which faces are looked for
NEARLY_PX = 32  # a picture that is so near in size serves for both


@dataclass(frozen=True)
class Watched:
    """A stretch of a recording that was looked through: the pts of its frames, and what was found in some of them."""

    frames: tuple[int, ...]
    looks: tuple[Look, ...]


class Pictured(Protocol):
    """A frame that gives its picture at the size that is asked for."""

    @property
    def pts(self) -> int:
        """Its presentation time in ticks of the recording."""

    def picture(self, wh: tuple[int, int] | None = None) -> Image:
        """BGR pixels at this size."""


def look_through(
    finders: Finders,
    recording: Recording,
    start_pts: int,
    end_pts: int,
    progress: Callable[[int], None] | None = None,
) -> Watched:
    """Look through the frames with `start_pts <= pts < end_pts`; `progress` is told how many have passed.

    Frames are decoded ahead in a thread of their own; no more are in memory than stand between two looks.
    """
    pts: list[int] = []

    def passed(at: int) -> None:
        pts.append(at)
        if progress is not None:
            progress(len(pts))

    with ThreadPoolExecutor(1) as helper:
        finder = _Finder(finders, (recording.media.width, recording.media.height), helper)
        frames = read_ahead(finders.decoder.scan(recording, start_pts, end_pts))
        try:
            looks = tuple(spread_looks(frames, recording.media.time_base, finder.look, passed))
        finally:
            frames.close()
    return Watched(tuple(pts), looks)


def look_at(finders: Finders, frames: Iterable[Pictured], wh: tuple[int, int]) -> list[Look]:
    """What both detectors find in each of the frames of `wh` pixels, low confidences included."""
    with ThreadPoolExecutor(1) as helper:
        finder = _Finder(finders, wh, helper)
        return [finder.look(frame) for frame in frames]


class _Finder:
    """Looks at frames of one size with both detectors at a time."""

    def __init__(self, finders: Finders, wh: tuple[int, int], helper: ThreadPoolExecutor) -> None:
        self._finders, self._wh, self._helper = finders, wh, helper
        self._people_wh = finders.detector.input_size(wh)
        self._faces_wh = _nearly(_at_most(wh, FACES_PX), self._people_wh)

    def look(self, frame: Pictured) -> Look:
        picture = frame.picture(self._people_wh)
        other = picture if self._faces_wh == self._people_wh else frame.picture(self._faces_wh)
        faces = self._helper.submit(self._find_faces, other)
        people = self._finders.detector.detect([picture])[0]
        found = Detections(_scaled(people.xyxy, self._people_wh, self._wh), people.confidence)
        return Look(frame.pts, found, faces.result())

    def _find_faces(self, picture: Image) -> Floats:
        return _scaled(self._finders.faces.detect([picture])[0].xyxy, self._faces_wh, self._wh)


def _at_most(wh: tuple[int, int], longest: int) -> tuple[int, int]:
    scale = min(1.0, longest / max(wh))
    return max(1, round(wh[0] * scale)), max(1, round(wh[1] * scale))


def _nearly(wh: tuple[int, int], other: tuple[int, int]) -> tuple[int, int]:
    return other if max(abs(wh[0] - other[0]), abs(wh[1] - other[1])) <= NEARLY_PX else wh


def _scaled(xyxy: Floats, seen_wh: tuple[int, int], wh: tuple[int, int]) -> Floats:
    """Boxes of a picture of `seen_wh` pixels in pixels of one of `wh`."""
    factor = np.array([wh[0] / seen_wh[0], wh[1] / seen_wh[1]] * 2, dtype=np.float32)
    return np.asarray(xyxy.reshape(-1, 4) * factor, dtype=np.float32)
