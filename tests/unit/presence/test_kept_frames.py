"""How many decoded frames are alive at a time while a segment is looked at."""

import weakref
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

import pytest

from casetrail.footage.cameras import ClockOffset
from casetrail.footage.decoder import DecodedFrame
from casetrail.footage.recordings import Recording, cut_segments
from casetrail.model.arrays import Image
from casetrail.presence.looking import KEPT_BYTES, look
from casetrail.presence.sampling import ADAPTIVE, EVERY_FRAME, SamplingRules
from casetrail.testing.drawn_footage import street_scene
from casetrail.testing.fake_decoder import SIZE_BYTES, FakeDecoder
from casetrail.testing.fake_detector import FakeDetector

FRAMES, RATE = 60, 30
PASSED_OVER = 10  # looks of two seconds at five a second, kept while nobody is there


@dataclass(frozen=True, eq=False)
class Heavy:
    """A frame that says how much it takes, so that few are kept."""

    frame: DecodedFrame
    size_bytes: int

    @property
    def pts(self) -> int:
        """Of the frame inside."""
        return self.frame.pts

    @property
    def keyframe(self) -> bool:
        """Of the frame inside."""
        return self.frame.keyframe

    def picture(self, wh: tuple[int, int] | None = None) -> Image:
        """Of the frame inside."""
        return self.frame.picture(wh)


class CountingDecoder(FakeDecoder):
    """Scans heavy frames and remembers how many were alive at most. Always a new object for each."""

    size_bytes = 0
    most = 0

    def scan(self, *span: object, **choice: object) -> Iterator[DecodedFrame]:
        """The drawn frames, each counted while somebody holds it."""
        alive: weakref.WeakSet[Heavy] = weakref.WeakSet()
        for frame in super().scan(*span, **choice):  # type: ignore[arg-type]
            heavy = Heavy(frame, self.size_bytes)
            alive.add(heavy)
            self.most = max(self.most, len(alive))
            yield heavy


@pytest.mark.parametrize("rules", [ADAPTIVE, EVERY_FRAME, replace(ADAPTIVE, doubt=False)])
@pytest.mark.parametrize("kept", [2, 7, 25])
def test_few_frames_are_alive(rules: SamplingRules, kept: int) -> None:
    """No more are alive than fit into what may be kept, besides the ones in hand; and every frame is looked at once."""
    scene = street_scene(2, frames=FRAMES, rate=Fraction(RATE))
    decoder = CountingDecoder({"scene": scene})
    decoder.size_bytes = KEPT_BYTES // kept
    recording = Recording("CAM01", "scene", 0, decoder.probe("scene"), SIZE_BYTES)
    (segment,) = cut_segments(recording, ClockOffset())
    found = look(segment, decoder, FakeDetector(), rules, lambda _found, _seconds: ())
    assert found.sampling.lost == 0
    assert len(found.pts) == len(set(found.pts.tolist())) > FRAMES // RATE
    assert 0 < decoder.most <= kept + PASSED_OVER + 3
