"""Contract of the ClipWriter port."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from casetrail.evidence.clip_writer import ClipWriter
from casetrail.model.arrays import Image
from casetrail.model.errors import BadInputError

WH = (96, 64)
TIME_BASE = Fraction(1, 7)


def clip_pictures(count: int = 5) -> list[tuple[int, Image]]:
    """Grey pictures of rising brightness, at uneven ticks."""
    return [(tick * tick, np.full((WH[1], WH[0], 3), 30 + 40 * tick, np.uint8)) for tick in range(count)]


class ClipWriterContract:
    """Every clip writer passes these. A subclass gives the fixture `writer`."""

    def test_every_picture_is_counted(self, writer: ClipWriter, tmp_path: Path) -> None:
        """The number written is the number handed over, and there is a file."""
        assert writer.write_clip(tmp_path / "clip.mp4", iter(clip_pictures()), WH, TIME_BASE) == 5
        assert (tmp_path / "clip.mp4").stat().st_size > 0

    def test_another_size_is_refused(self, writer: ClipWriter, tmp_path: Path) -> None:
        """A picture of another size is an error, never scaled in silence."""
        wrong = [*clip_pictures(2), (9, np.zeros((32, 32, 3), np.uint8))]
        with pytest.raises(BadInputError, match="does not belong"):
            writer.write_clip(tmp_path / "clip.mp4", wrong, WH, TIME_BASE)

    def test_nothing_to_write(self, writer: ClipWriter, tmp_path: Path) -> None:
        """A clip without a frame is an error."""
        with pytest.raises(BadInputError, match="at least one"):
            writer.write_clip(tmp_path / "clip.mp4", [], WH, TIME_BASE)
