"""Contract of the QrCodes port: what is drawn holds the text, and what does not fit is refused."""

import pytest

from casetrail.app.qr_codes import QrCodes


class QrCodesContract:
    """Subclasses give a fixture `codes`."""

    @pytest.mark.parametrize("text", ["a", "— name AAAA\n", "x" * 1500])
    def test_a_text_is_drawn(self, codes: QrCodes, text: str) -> None:
        """Any text of a request's length is drawn, as a picture and for a terminal."""
        assert codes.draw_svg(text)
        assert codes.draw_terminal(text).strip()
        assert codes.draw_svg(text) != codes.draw_svg(f"{text}!")
