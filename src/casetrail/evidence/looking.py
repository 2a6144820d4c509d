"""Where to look: in every few frames, and more often where two looks tell different stories.

People move little between two looks that stand a sixth of a second apart, so what stands between is told by both.
Where it is not, because somebody sure in one look is nowhere in the other, the frame half way between is looked at
too, and so on, until neighbouring looks agree or are neighbouring frames.
"""

from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from typing import Protocol, TypeVar

from casetrail.evidence.redaction import Look
from casetrail.model.arrays import Floats
from casetrail.model.geometry import box_overlap
from casetrail.presence.detector import Detections

LOOKS_APART_S = Fraction(1, 6)
SURE = 0.6  # somebody found with so much confidence is there in the next look too, or the looks disagree
SAME_PLACE = 0.1  # least overlap with anybody, however doubtful


class Timed(Protocol):
    """Anything that stands at a time."""

    @property
    def pts(self) -> int:
        """Its presentation time in ticks of the recording."""


Frame = TypeVar("Frame", bound=Timed)


def spread_looks(
    frames: Iterable[Frame],
    time_base: Fraction,
    look: Callable[[Frame], Look],
    passed: Callable[[int], None],
    apart_s: Fraction = LOOKS_APART_S,
) -> Iterator[Look]:
    """Look at the first and the last frame, at some between, and where looks disagree at more. Ascending pts.

    Frames come in ascending pts; `passed` is told the pts of each. Few are kept: those since the last look.
    Looks stand at most `apart_s` apart, unless frames do.
    """
    apart = apart_s / time_base
    last: Look | None = None
    waiting: list[Frame] = []
    for frame in frames:
        passed(frame.pts)
        if last is None:
            last = look(frame)
            yield last
            continue
        if waiting and frame.pts - last.pts > apart:
            *between, end = waiting
            now = look(end)
            yield from [*_bisect(last, now, between, look), now]
            last, waiting = now, []
        waiting.append(frame)
    if last is not None and waiting:
        *between, end = waiting
        now = look(end)
        yield from [*_bisect(last, now, between, look), now]


def agree(first: Look, second: Look) -> bool:
    """Whether everybody who is surely in one of two looks may be somebody in the other."""
    if first.people is None or second.people is None:
        return True
    return _all_there(first.people, second.people.xyxy) and _all_there(second.people, first.people.xyxy)


def _bisect(first: Look, second: Look, between: list[Frame], look: Callable[[Frame], Look]) -> Iterator[Look]:
    if not between or agree(first, second):
        return
    middle = len(between) // 2
    now = look(between[middle])
    yield from _bisect(first, now, between[:middle], look)
    yield now
    yield from _bisect(now, second, between[middle + 1 :], look)


def _all_there(people: Detections, others: Floats) -> bool:
    sure = people.xyxy[people.confidence >= SURE]
    return bool((box_overlap(sure, others).max(axis=1, initial=0.0) >= SAME_PLACE).all())
