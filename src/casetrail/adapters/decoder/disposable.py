"""Which packets can be left out of decoding without spoiling any other picture, told from their headers alone.

H.264 marks pictures that no other refers to by `nal_ref_idc` 0 (ITU-T H.264 7.4.1). HEVC marks them by type, within
their own temporal layer (ITU-T H.265 7.4.2.2), so it is believed only where there is one layer. In MPEG-2
(ITU-T H.262 6.3.9) and MPEG-4 Part 2 (ISO/IEC 14496-2 6.3.5) no picture refers to a B picture. In Motion JPEG every
picture stands alone. Of anything else nothing is left out.
"""

from collections.abc import Callable, Iterator
from typing import Any

_H264_SLICES = frozenset({1, 2, 3, 4, 5})
_HEVC_PICTURES = range(32)
_HEVC_UNUSED = frozenset({0, 2, 4, 6, 8})  # TRAIL_N, TSA_N, STSA_N, RADL_N, RASL_N
_HEVC_PARAMETERS = 33
_START_CODE = b"\x00\x00\x01"
_MPEG4_PICTURE, _MPEG4_B = 0xB6, 2
_MPEG2_PICTURE, _MPEG2_B = 0x00, 3

Unit = tuple[int, ...]  # the first bytes of a coded unit, header first
IsDisposable = Callable[[Any], bool]


def tell_disposable(stream: Any) -> IsDisposable:
    """Tells of each packet of a stream whether every other picture can be decoded without it."""
    codec = stream.codec_context
    setup = bytes(codec.extradata or b"")
    if codec.name == "h264":
        size = (setup[4] & 3) + 1 if setup[:1] == b"\x01" and len(setup) > 4 else 0
        return lambda packet: _all_unused(_h264_uses(_units(packet, size)))
    if codec.name == "hevc" and _has_one_layer(setup):
        size = (setup[21] & 3) + 1 if setup[:1] == b"\x01" else 0
        return lambda packet: _all_unused(_hevc_uses(_units(packet, size)))
    if codec.name == "mpeg4":
        return lambda packet: _all_unused(_mpeg4_uses(_units(packet, 0)))
    if codec.name == "mpeg2video":
        return lambda packet: _all_unused(_mpeg2_uses(_units(packet, 0)))
    if codec.name == "mjpeg":
        return lambda _packet: True
    return lambda _packet: False


def _all_unused(uses: Iterator[bool]) -> bool:
    """Whether there is a picture and no part of it is referred to."""
    found = list(uses)
    return bool(found) and not any(found)


def _h264_uses(units: Iterator[Unit]) -> Iterator[bool]:
    return (bool(unit[0] & 0x60) for unit in units if unit[0] & 31 in _H264_SLICES)


def _hevc_uses(units: Iterator[Unit]) -> Iterator[bool]:
    types = (unit[0] >> 1 & 63 for unit in units)
    return (one not in _HEVC_UNUSED for one in types if one in _HEVC_PICTURES)


def _mpeg4_uses(units: Iterator[Unit]) -> Iterator[bool]:
    return (unit[1] >> 6 != _MPEG4_B for unit in units if unit[0] == _MPEG4_PICTURE and len(unit) > 1)


def _mpeg2_uses(units: Iterator[Unit]) -> Iterator[bool]:
    return (unit[2] >> 3 & 7 != _MPEG2_B for unit in units if unit[0] == _MPEG2_PICTURE and len(unit) > 2)


def _units(packet: Any, size: int) -> Iterator[Unit]:
    """The coded units of a packet: each after its length in `size` bytes, or after a start code where `size` is 0."""
    data = bytes(packet)
    return _after_lengths(data, size) if size else _after_start_codes(data)


def _after_lengths(data: bytes, size: int) -> Iterator[Unit]:
    place = 0
    while place + size < len(data):
        length = int.from_bytes(data[place : place + size], "big")
        place += size
        yield tuple(data[place : place + 3])
        place += length


def _after_start_codes(data: bytes) -> Iterator[Unit]:
    place = data.find(_START_CODE)
    while 0 <= place < len(data) - len(_START_CODE):
        place += len(_START_CODE)
        yield tuple(data[place : place + 3])
        place = data.find(_START_CODE, place)


def _has_one_layer(setup: bytes) -> bool:
    """Whether the parameters of an HEVC stream say that it has one temporal layer; unknown is no."""
    if setup[:1] == b"\x01":
        return len(setup) > 22 and setup[21] >> 3 & 7 == 1
    layers = [unit[2] >> 1 & 7 for unit in _after_start_codes(setup) if unit[0] >> 1 & 63 == _HEVC_PARAMETERS]
    return bool(layers) and not any(layers)
