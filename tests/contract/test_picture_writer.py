"""Every picture writer keeps the PictureWriter contract."""

import cv2
import numpy as np
import pytest

from casetrail.adapters.picture_writer import CvPictureWriter
from casetrail.evidence.picture_writer import PictureWriter
from casetrail.testing.contracts.picture_writer import PANEL, PictureWriterContract
from casetrail.testing.fake_picture_writer import FakePictureWriter


class TestFakePictureWriter(PictureWriterContract):
    """The fake."""

    @pytest.fixture
    def writer(self) -> PictureWriter:
        """A fresh fake."""
        return FakePictureWriter()


class TestCvPictureWriter(PictureWriterContract):
    """OpenCV."""

    @pytest.fixture
    def writer(self) -> PictureWriter:
        """The writer."""
        return CvPictureWriter()

    def test_hangul_is_drawn(self, writer: PictureWriter) -> None:
        """Different syllables look different: none is the box that stands for a missing letter."""
        image = np.zeros((120, 160, 3), np.uint8)
        drawn = [writer.letter(image, [text], PANEL).tobytes() for text in ("가", "힣", "?")]
        assert len(set(drawn)) == 3

    def test_bytes_are_a_jpeg_without_notes(self, writer: PictureWriter) -> None:
        """The file opens, in its size, and carries neither Exif nor a comment."""
        data = writer.encode(np.full((40, 60, 3), 128, np.uint8))
        assert cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR).shape == (40, 60, 3)
        assert b"Exif" not in data
        assert b"\xff\xfe" not in data[:20]
