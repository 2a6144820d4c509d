"""The QR code contract on the real one and the fake, and that a camera reads what was drawn."""

import re
from pathlib import Path

import cv2
import numpy as np
import pytest

from casetrail.adapters.qr_codes import SegnoQrCodes
from casetrail.app.qr_codes import QrCodes
from casetrail.governance.audit import LogHead
from casetrail.governance.checkpoint import sign_checkpoint
from casetrail.governance.witness import WitnessRequest, parse_request
from casetrail.model.errors import BadInputError
from casetrail.testing.contracts.qr_codes import QrCodesContract
from casetrail.testing.fake_qr_codes import FakeQrCodes
from casetrail.testing.fake_signing import FakeSigner


class TestSegnoQrCodes(QrCodesContract):
    """Real codes."""

    @pytest.fixture
    def codes(self) -> QrCodes:
        return SegnoQrCodes()


class TestFakeQrCodes(QrCodesContract):
    """Text in the place of codes."""

    @pytest.fixture
    def codes(self) -> QrCodes:
        return FakeQrCodes()


def test_a_camera_reads_the_request(tmp_path: Path) -> None:
    """A request with the longest proof of a log of a hundred thousand events is read back from its picture."""
    note = sign_checkpoint(LogHead(100_000, "0a" * 32), FakeSigner("casetrail-12345678"))
    request = WitnessRequest(99_999, tuple(bytes([7 * number + 3]) * 32 for number in range(17)), note)
    picture = _drawn(SegnoQrCodes().draw_terminal(request.text))
    read, _, _ = cv2.QRCodeDetector().detectAndDecode(picture)
    assert parse_request(read) == request


def test_an_svg_is_a_picture() -> None:
    """The SVG stands alone: one path, no script, nothing loaded from elsewhere."""
    svg = SegnoQrCodes().draw_svg("text").decode()
    assert svg.lstrip().startswith("<?xml")
    assert not re.search(r"script|href|url\(|@import", svg)


def test_too_long_for_a_code() -> None:
    """What no QR code can hold is refused in one sentence."""
    with pytest.raises(BadInputError, match="as a file"):
        SegnoQrCodes().draw_svg("x" * 4000)


def _drawn(characters: str) -> np.ndarray:
    """The picture that a terminal shows: half blocks, light on dark."""
    rows = []
    for line in characters.splitlines():
        for upper in (True, False):
            light = ("█", "▀") if upper else ("█", "▄")
            rows.append([255 if character in light else 0 for character in line])
    picture = np.array(rows, np.uint8)[: len(rows[0])]  # a code is square; the last line may be half empty
    return np.kron(picture, np.ones((6, 6), np.uint8))
