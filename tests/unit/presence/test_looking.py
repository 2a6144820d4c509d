"""Looking at drawn recordings only where somebody is."""

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from casetrail.footage.cameras import ClockOffset
from casetrail.footage.decoder import Packet
from casetrail.footage.recordings import Recording, Segment
from casetrail.model.time import parse_utc
from casetrail.presence.looking import Analysis, look, look_again
from casetrail.presence.sampling import ADAPTIVE, EVERY_FRAME, Reason
from casetrail.testing.drawn_footage import Figure, Scene, dressed
from casetrail.testing.fake_decoder import SIZE_BYTES, FakeDecoder
from casetrail.testing.fake_detector import FakeDetector

START_US = parse_utc("2026-03-02T12:00:00Z")
WALKER = dressed(0, ((600, 20.0, 200.0), (660, 300.0, 200.0)))
STANDING = dressed(1, ((900, 160.0, 220.0), (1100, 160.0, 220.0)))


class SizedDecoder(FakeDecoder):
    """A decoder whose packets are larger while a figure walks, as those of a real encoder are."""

    def __init__(self, scene: Scene, moving: tuple[Figure, ...], keyframe_every: int) -> None:
        super().__init__({"scene": scene}, keyframe_every=keyframe_every)
        self._moving = moving

    def read_packets(
        self, recording: Recording, start_pts: int | None = None, end_pts: int | None = None
    ) -> Iterator[Packet]:
        """The packets, with the sizes that motion gives them."""
        for packet in super().read_packets(recording, start_pts, end_pts):
            moves = any(figure.foot_px(packet.pts) is not None for figure in self._moving)
            size = packet.size_bytes if packet.keyframe else 600 if moves else 20
            yield replace(packet, size_bytes=size)


def look_at(
    figures: tuple[Figure, ...], *, keyframe_every: int = 20, every_frame: bool = False
) -> tuple[Analysis, int]:
    """Two minutes of ten frames a second with these figures; what was found, and how many pictures were drawn."""
    scene = Scene(figures, frames=1200, rate=Fraction(10))
    decoder = SizedDecoder(scene, tuple(one for one in figures if one is WALKER), keyframe_every)
    rules = EVERY_FRAME if every_frame else ADAPTIVE
    found = look(segment(decoder), decoder, FakeDetector(), rules, lambda _found, _seconds: ())
    return found, decoder.decoded


def segment(decoder: FakeDecoder) -> Segment:
    """The whole recording."""
    media = decoder.probe("scene")
    recording = Recording("CAM01", "scene", START_US, media, SIZE_BYTES)
    return Segment(recording, ClockOffset(), media.first_pts, media.end_pts)


def test_empty_scene_is_only_checked() -> None:
    """Nobody all the time: one look at a keyframe every five seconds or so, and every one of them recorded."""
    found, drawn = look_at(())
    assert drawn == len(found.pts) <= 30
    assert {one.reason for one in found.sampling.stretches} == {Reason.STILL}
    assert found.keyframe.all()


def test_walker_is_looked_at_several_times_a_second() -> None:
    """While somebody walks, four frames of ten a second are looked at; before and after only checks are made."""
    found, drawn = look_at((WALKER,))
    walking = (found.pts >= 605) & (found.pts <= 655)
    assert walking.sum() >= 20
    assert drawn < 120
    assert all(len(found.detections[index].xyxy) == 1 for index in np.flatnonzero(walking))


def test_somebody_who_stands_is_found_by_a_check() -> None:
    """Packets stay small while somebody stands; a check finds them, and the time around it is looked at."""
    found, _ = look_at((WALKER, STANDING))
    reasons = {one.reason for one in found.sampling.stretches}
    assert Reason.FOUND in reasons or Reason.UNTOLD in reasons
    looked = (found.pts >= 905) & (found.pts <= 1095)
    assert looked.sum() >= 72


def test_motion_without_people_is_only_scouted() -> None:
    """A tree moves for half a minute: one look a second tells that it is nobody."""
    scene = Scene((), frames=1200, rate=Fraction(10))
    tree = dressed(5, ((300, 10.0, 200.0), (600, 10.0, 200.0)))
    decoder = SizedDecoder(scene, (tree,), 1000)
    found = look(segment(decoder), decoder, FakeDetector(), ADAPTIVE, lambda _found, _seconds: ())
    moving = (found.pts >= 300) & (found.pts < 600)
    assert 28 <= moving.sum() <= 36


def test_who_comes_into_moving_scenery_is_looked_at_from_before() -> None:
    """Looks that were passed over just before somebody was noticed are made up for."""
    scene = Scene((WALKER,), frames=1200, rate=Fraction(10))
    tree = dressed(5, ((300, 10.0, 200.0), (900, 10.0, 200.0)))
    decoder = SizedDecoder(scene, (tree,), 1000)
    found = look(segment(decoder), decoder, FakeDetector(), ADAPTIVE, lambda _found, _seconds: ())
    assert ((found.pts >= 600) & (found.pts <= 660)).sum() >= 23
    assert ((found.pts >= 300) & (found.pts < 560)).sum() <= 40


def test_far_keyframes_lose_nobody() -> None:
    """With a keyframe only at the beginning, the walker is looked at all the same."""
    found, _ = look_at((WALKER,), keyframe_every=5000)
    assert ((found.pts >= 605) & (found.pts <= 655)).sum() >= 20


def test_every_frame_when_asked() -> None:
    """The other way of looking passes over nothing."""
    found, drawn = look_at((WALKER,), every_frame=True)
    assert len(found.pts) == drawn == found.sampling.frames == 1200


def test_decision_can_be_repeated_exactly() -> None:
    """From what was kept of the decision alone, the same frames are looked at and the same people found."""
    scene = Scene((WALKER, STANDING), frames=1200, rate=Fraction(10))
    decoder = SizedDecoder(scene, (WALKER,), 20)
    first = look(segment(decoder), decoder, FakeDetector(), ADAPTIVE, lambda _found, _seconds: ())
    again = look_again(segment(decoder), decoder, FakeDetector(), first.sampling)
    assert again.pts.tolist() == first.pts.tolist()
    for one, other in zip(first.detections, again.detections, strict=True):
        assert np.array_equal(one.xyxy, other.xyxy)


def test_one_more_look_where_it_is_doubtful() -> None:
    """Between two looks where it is doubtful who is who, the frame in the middle is looked at too, and no other."""
    scene = Scene((WALKER,), frames=1200, rate=Fraction(10))
    decoder, detector = SizedDecoder(scene, (WALKER,), 20), FakeDetector()

    def doubt(_found: object, seconds: np.ndarray) -> list[tuple[float, float]]:
        return [(62.0, 62.3), (62.5, 62.8)] if ((seconds > 61) & (seconds < 64)).any() else []

    found = look(segment(decoder), decoder, detector, ADAPTIVE, doubt)
    assert {621, 626} <= set(found.pts.tolist()) or {622, 627} <= set(found.pts.tolist())
    assert {624, 629}.isdisjoint(found.pts.tolist())
    assert detector.looked_at == len(found.pts)


@pytest.mark.parametrize("keyframe_every", [20, 5000])
def test_looks_are_the_same_every_time(keyframe_every: int) -> None:
    """The same recording is looked at in the same frames."""
    one, other = (look_at((WALKER, STANDING), keyframe_every=keyframe_every)[0] for _ in range(2))
    assert one.pts.tolist() == other.pts.tolist()
    assert one.sampling.stretches == other.sampling.stretches
