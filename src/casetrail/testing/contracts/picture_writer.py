"""Contract of the PictureWriter port."""

import numpy as np
import pytest

from casetrail.evidence.picture_writer import PictureWriter
from casetrail.model.errors import BadInputError

PANEL = (10, 60, 150, 110)


class PictureWriterContract:
    """Every picture writer passes these. A subclass gives the fixture `writer`."""

    def test_letters_stay_in_their_box(self, writer: PictureWriter) -> None:
        """Long lines are made smaller: nothing outside the box changes, something inside does."""
        image = np.zeros((120, 160, 3), np.uint8)
        lettered = writer.letter(image, ["A caption that is far too long for this box", "카메라 3", "third"], PANEL)
        changed = np.argwhere((lettered != image).any(axis=2))
        assert len(changed)
        assert (changed.min(axis=0) >= [PANEL[1], PANEL[0] - 1]).all()
        assert (changed.max(axis=0) <= [PANEL[3], PANEL[2] + 1]).all()

    def test_the_picture_given_stays(self, writer: PictureWriter) -> None:
        """Lettering makes a copy."""
        image = np.zeros((120, 160, 3), np.uint8)
        writer.letter(image, ["words"], PANEL)
        assert not image.any()

    def test_same_picture_same_bytes(self, writer: PictureWriter) -> None:
        """A file depends on the pixels only."""
        image = np.arange(120 * 160 * 3, dtype=np.uint32).astype(np.uint8).reshape(120, 160, 3)
        assert writer.encode(image) == writer.encode(image.copy())
        assert writer.encode(image) != writer.encode(255 - image)

    def test_no_pixels(self, writer: PictureWriter) -> None:
        """A picture without pixels is an error."""
        with pytest.raises(BadInputError):
            writer.encode(np.zeros((0, 4, 3), np.uint8))
