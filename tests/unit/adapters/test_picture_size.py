"""The size of a still picture by its header."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from casetrail.adapters.decoder.picture_size import read_size
from casetrail.model.errors import BadInputError


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".bmp"])
@pytest.mark.parametrize("wh", [(16, 16), (641, 48), (300, 1001)])
def test_size(tmp_path: Path, suffix: str, wh: tuple[int, int]) -> None:
    """It is what the whole picture decodes to."""
    path = tmp_path / f"a{suffix}"
    cv2.imwrite(str(path), np.zeros((wh[1], wh[0], 3), np.uint8))
    assert read_size(path) == wh


def test_progressive_jpeg_with_notes(tmp_path: Path) -> None:
    """Other codings and long notes before the size do not matter."""
    path = tmp_path / "a.jpg"
    cv2.imwrite(str(path), np.zeros((50, 70, 3), np.uint8), [cv2.IMWRITE_JPEG_PROGRESSIVE, 1])
    data = path.read_bytes()
    note = b"\xff\xe1" + (60_000).to_bytes(2, "big") + bytes(59_998)
    path.write_bytes(data[:2] + note * 3 + b"\xff" + data[2:])
    assert read_size(path) == (70, 50)


@pytest.mark.parametrize(
    "data", [b"", b"\xff\xd8", b"\xff\xd8" + b"\xff" * 400_000, b"GIF89a" * 99, b"\x89PNG\r\n\x1a\n"]
)
def test_no_picture(tmp_path: Path, data: bytes) -> None:
    """What has no size of these kinds is turned down, and ends."""
    (tmp_path / "a.jpg").write_bytes(data)
    with pytest.raises(BadInputError, match="cannot be read"):
        read_size(tmp_path / "a.jpg")


def test_gone(tmp_path: Path) -> None:
    """A picture that vanished is told with its reason."""
    with pytest.raises(BadInputError, match="No such file"):
        read_size(tmp_path / "a.jpg")
