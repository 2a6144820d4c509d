"""Where people are looked for: every few frames, and more often where two looks disagree."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pytest

from casetrail.evidence.looking import agree, spread_looks
from casetrail.evidence.redaction import Look
from casetrail.presence.detector import Detections

TIME_BASE = Fraction(1, 25)
NO_FACES = np.zeros((0, 4), np.float32)


@dataclass(frozen=True)
class At:
    """A frame of which only the time is known."""

    pts: int


def seen(pts: int, *boxes: tuple[float, float, float, float], confidence: float = 0.9) -> Look:
    """A look that found people."""
    xyxy = np.array(boxes, np.float32).reshape(-1, 4)
    return Look(pts, Detections(xyxy, np.full(len(boxes), confidence, np.float32)), NO_FACES)


def looked(pts: list[int], people: dict[int, Look] | None = None) -> tuple[list[int], list[int]]:
    """Where is looked, and what has passed."""
    passed: list[int] = []
    looks = spread_looks(
        [At(at) for at in pts], TIME_BASE, lambda at: (people or {}).get(at.pts, seen(at.pts)), passed.append
    )
    return [look.pts for look in looks], passed


def test_looks_stand_a_sixth_of_a_second_apart() -> None:
    """At 25 frames a second every fourth, the first and the last; all frames are told of."""
    assert looked(list(range(11))) == ([0, 4, 8, 10], list(range(11)))


@pytest.mark.parametrize("pts", [[], [7], [7, 8], [0, 5, 10], [0, 1, 90, 91]])
def test_every_frame_that_stands_alone_is_looked_at(pts: list[int]) -> None:
    """Where frames are further apart than looks, each is looked at; before and after a pause too."""
    assert looked(pts) == (pts, pts)


def test_somebody_who_is_gone_is_looked_for_between() -> None:
    """Somebody sure in one look and nowhere in the next: half way, and half way again, until looks agree."""
    there = (10.0, 10.0, 30.0, 70.0)
    assert looked(list(range(9)), {0: seen(0, there), 1: seen(1, there)})[0] == [0, 1, 2, 4, 8]
    assert looked(list(range(9)), {at: seen(at, there) for at in range(9)})[0] == [0, 4, 8]


def test_looks_agree_when_everybody_may_be_somebody() -> None:
    """A doubtful box confirms a sure one; a doubtful one alone calls for nothing; who moves far is somebody else."""
    here, near, far = (10.0, 10.0, 30.0, 70.0), (14.0, 10.0, 34.0, 70.0), (60.0, 10.0, 80.0, 70.0)
    assert agree(seen(0, here), seen(4, near, confidence=0.1))
    assert agree(seen(0), seen(4, far, confidence=0.3))
    assert not agree(seen(0, here), seen(4, far))
    assert not agree(seen(0), seen(4, far))
