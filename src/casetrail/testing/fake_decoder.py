"""Fake of the Decoder port: draws scenes instead of reading files."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial

import cv2
import numpy as np

from casetrail.footage.decoder import DecodedFrame, Packet
from casetrail.footage.recordings import Frame, MediaFacts, Recording, RecordingKind
from casetrail.model.arrays import Image
from casetrail.model.errors import BadInputError, MissingError
from casetrail.testing.drawn_footage import Scene, draw_image

SIZE_BYTES = 1_000_000


@dataclass(frozen=True)
class _Drawn:
    """A picture that is drawn when it is asked for."""

    pts: int
    keyframe: bool
    draw: Callable[[], Image]
    size_bytes: int = 0  # nothing is kept until it is drawn

    def picture(self, wh: tuple[int, int] | None = None) -> Image:
        """The drawing, scaled."""
        image = self.draw()
        return image if wh is None else np.asarray(cv2.resize(image, wh, interpolation=cv2.INTER_AREA))


class FakeDecoder:
    """Serves scenes by path, with a keyframe every so many frames. A path in `broken` cannot be decoded.

    `decoded` counts the pictures drawn, so that a test can see how little was asked for.
    """

    def __init__(self, scenes: Mapping[str, Scene], *, keyframe_every: int = 12, broken: Sequence[str] = ()) -> None:
        self._scenes = dict(scenes)
        self._every = keyframe_every
        self._broken = frozenset(broken)
        self.decoded = 0

    def probe(self, path: str) -> MediaFacts:
        """Facts of the scene."""
        scene = self._scene(path)
        width, height = scene.wh
        return MediaFacts(
            RecordingKind.FILE, "drawn", width, height, 1 / Fraction(scene.rate), 0, scene.frames, scene.frames
        )

    def read_packets(
        self, recording: Recording, start_pts: int | None = None, end_pts: int | None = None
    ) -> Iterator[Packet]:
        """One packet per picture; keyframes are larger."""
        frames = self._unchanged(recording).frames
        for pts in range(max(start_pts or 0, 0), frames if end_pts is None else min(end_pts, frames)):
            keyframe = pts % self._every == 0
            yield Packet(pts, 10_000 if keyframe else 1_000, keyframe)

    def read_frames(
        self,
        recording: Recording,
        start_pts: int | None = None,
        end_pts: int | None = None,
        *,
        keyframes_only: bool = False,
    ) -> Iterator[Frame]:
        """Drawn pictures within the span."""
        for frame in self.scan(recording, start_pts, end_pts, keyframes_only=keyframes_only):
            yield Frame(frame.pts, frame.picture(), frame.keyframe)

    def scan(
        self,
        recording: Recording,
        start_pts: int | None = None,
        end_pts: int | None = None,
        *,
        keyframes_only: bool = False,
        leave_out: Collection[int] = (),
    ) -> Iterator[DecodedFrame]:
        """The same, drawn when asked for."""
        scene = self._unchanged(recording)
        end = scene.frames if end_pts is None else min(end_pts, scene.frames)
        for pts in range(max(start_pts or 0, 0), end):
            if (not keyframes_only or pts % self._every == 0) and pts not in leave_out:
                yield _Drawn(pts, pts % self._every == 0, partial(self._draw, scene, pts))

    def read_views(self, recording: Recording, pts: Sequence[int]) -> Iterator[Frame]:
        """Exactly the pictures asked for."""
        scene = self._unchanged(recording)
        for tick in sorted(set(pts)):
            if not 0 <= tick < scene.frames:
                raise BadInputError(f"there is no frame with pts {tick}", where=recording.path)
            yield Frame(tick, self._draw(scene, tick), tick % self._every == 0)

    def _draw(self, scene: Scene, pts: int) -> Image:
        self.decoded += 1
        return draw_image(scene, pts)

    def _unchanged(self, recording: Recording) -> Scene:
        scene = self._scene(recording.path)
        if recording.size_bytes != SIZE_BYTES:
            raise BadInputError("the recording changed since it was added", where=recording.path)
        return scene

    def _scene(self, path: str) -> Scene:
        if path not in self._scenes:
            raise MissingError("the recording is not there", where=path)
        if path in self._broken:
            raise BadInputError("no frame of it can be decoded", where=path)
        return self._scenes[path]
