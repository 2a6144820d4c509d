"""QR codes drawn by segno."""

import io

import segno

from casetrail.model.errors import BadInputError


class SegnoQrCodes:
    """Draws bytes of UTF-8 with the lowest error correction: a screen or a print is read at once, or again."""

    def draw_svg(self, text: str) -> bytes:
        """The code as an SVG picture."""
        out = io.BytesIO()
        _make(text).save(out, kind="svg", scale=4, border=4)
        return out.getvalue()

    def draw_terminal(self, text: str) -> str:
        """The code in characters, two rows of it in each line."""
        out = io.StringIO()
        _make(text).terminal(out, compact=True)
        return out.getvalue()


def _make(text: str) -> segno.QRCode:
    try:
        return segno.make_qr(text.encode(), error="l", mode="byte")
    except segno.DataOverflowError:
        raise BadInputError("the text is too long for one QR code", todo="carry it as a file") from None
