"""Port: writing a clip, and what its pictures are counted in."""

import math
from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Protocol

from casetrail.model.arrays import Image

FINEST = 1_000_000  # ticks a second, beyond which recordings share no exact clock and microseconds must do


class ClipWriter(Protocol):
    """Writes redacted pictures as one film file without sound, names or dates in it."""

    def write_clip(
        self, path: Path, frames: Iterable[tuple[int, Image]], wh: tuple[int, int], time_base: Fraction
    ) -> int:
        """Encode pictures `(tick, BGR image)` of even width and height, each at exactly `tick * time_base` seconds.

        Ticks rise from 0. Returns how many were written. Raises BadInputError when there is none, or when one has
        another size.
        """


def shared_time_base(time_bases: Sequence[Fraction]) -> Fraction:
    """The coarsest clock on which the ticks of every recording are whole; microseconds where that is too fine."""
    ticks = math.lcm(*(time_base.denominator for time_base in time_bases))
    return Fraction(1, ticks) if ticks <= FINEST else Fraction(1, FINEST)
