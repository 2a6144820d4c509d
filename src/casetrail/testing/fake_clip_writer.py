"""Fake of the ClipWriter port: keeps the pictures, and writes their bytes one after the other."""

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

from casetrail.model.arrays import Image
from casetrail.model.errors import BadInputError


class FakeClipWriter:
    """`frames` holds `(tick, picture)` of the last clip, `time_base` what its ticks are counted in."""

    def __init__(self) -> None:
        self.frames: list[tuple[int, Image]] = []
        self.time_base = Fraction(0)

    def write_clip(
        self, path: Path, frames: Iterable[tuple[int, Image]], wh: tuple[int, int], time_base: Fraction
    ) -> int:
        """Raw pictures; as strict as the real one."""
        self.frames, self.time_base = [], time_base
        with path.open("wb") as file:
            for tick, image in frames:
                if image.shape != (wh[1], wh[0], 3):
                    raise BadInputError(f"a picture of shape {image.shape} does not belong to a clip of {wh}")
                self.frames.append((tick, image))
                file.write(tick.to_bytes(8, "little") + image.tobytes())
        if not self.frames:
            raise BadInputError("a clip needs at least one frame", where=path.name)
        return len(self.frames)
