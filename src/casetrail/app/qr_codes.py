"""Port: text as a QR code, for carrying it to a machine without a network."""

from typing import Protocol


class QrCodes(Protocol):
    """Draws text as a QR code. Raises BadInputError when it is too long for one."""

    def draw_svg(self, text: str) -> bytes:
        """The code as an SVG picture."""

    def draw_terminal(self, text: str) -> str:
        """The code in characters, two rows of it in each line."""
