"""The size that a still picture claims, from its header alone, so that an absurd one is never decompressed."""

from pathlib import Path

from casetrail.model.errors import BadInputError

_MOST_HEADER_BYTES = 1 << 18  # colour profiles and camera notes come before the size in a JPEG
_PNG, _JPEG, _BMP = b"\x89PNG\r\n\x1a\n", b"\xff\xd8", b"BM"
# Start of frame, every kind of coding (ITU-T T.81, table B.1); DHT, JPG and DAC lie among them.
_FRAME_HEADERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def read_size(picture: Path) -> tuple[int, int]:
    """Width and height by the header of a PNG, JPEG or BMP. Raises BadInputError when it is none of them."""
    try:
        with picture.open("rb") as file:
            head = file.read(_MOST_HEADER_BYTES)
    except OSError as error:
        what = f"the picture cannot be read ({error.strerror})"
        raise BadInputError(what, where=str(picture), todo="check permissions") from error
    size = _size(head)
    if size is None:
        todo = "copy it again from its source"
        raise BadInputError("the picture cannot be read: no JPEG, PNG or BMP", where=str(picture), todo=todo)
    return size


def _size(head: bytes) -> tuple[int, int] | None:
    if head.startswith(_PNG) and len(head) >= 24:
        return int.from_bytes(head[16:20], "big"), int.from_bytes(head[20:24], "big")
    if head.startswith(_BMP) and len(head) >= 26:
        width, height = (int.from_bytes(head[at : at + 4], "little", signed=True) for at in (18, 22))
        return abs(width), abs(height)  # a negative height means that rows run from the top
    return _jpeg_size(head) if head.startswith(_JPEG) else None


def _jpeg_size(head: bytes) -> tuple[int, int] | None:
    """From marker to marker until the frame header (ITU-T T.81, B.2.2)."""
    at = 2
    while at + 9 <= len(head):
        if head[at] != 0xFF:
            return None
        marker = head[at + 1]
        if marker in _FRAME_HEADERS:
            return int.from_bytes(head[at + 7 : at + 9], "big"), int.from_bytes(head[at + 5 : at + 7], "big")
        alone = marker in {0x01, 0xFF} or 0xD0 <= marker <= 0xD9
        at += (1 if marker == 0xFF else 2) if alone else 2 + int.from_bytes(head[at + 2 : at + 4], "big")
    return None
