"""Hostile inputs: files that are damaged, mislabelled, absurd or malicious, and what has to become of each.

Everything here is drawn or written on the spot. Whatever arrives, nothing may crash, hang, grow without bound,
or be left out without a word; the good recordings beside it are added and indexed as ever.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np

from casetrail.testing import hostile_files as files
from casetrail.testing.drawn_files import Encoding, write_images, write_recording
from casetrail.testing.drawn_footage import read_images

CAMERA, START = "HOSTILE", "20260302T030000Z"


class Fate(StrEnum):
    """What has to become of a hostile recording."""

    INDEXED = "indexed"  # added, perhaps with doubts, and indexed
    NOT_ADDED = "not added"  # listed by `footage add` with a reason
    NOT_INDEXED = "not indexed"  # added; listed by `index` with a reason


@dataclass(frozen=True)
class HostileRecording:
    """Something that stands where a recording should: `write` puts it at a path that ends with `suffix`.

    `says` is a pattern of the reason, or of the doubt, that somebody has to be told. `later` changes it after it
    was added and before it is indexed.
    """

    name: str
    write: Callable[[Path], object]
    fate: Fate
    says: str = ""
    suffix: str = ".mp4"
    later: Callable[[Path], object] | None = None

    def place(self, folder: Path) -> Path:
        """Where it lies in a folder of recordings."""
        return folder / f"{CAMERA}_{START}{self.suffix}"


def hostile_recordings() -> tuple[HostileRecording, ...]:
    """Every hostile recording, by what is wrong with it."""
    return (*_cut_files(), *_mislabelled(), *_sizes(), *_times(), *_streams(), *_folders(), *_places(), *_changing())


def _cut_files() -> Iterator[HostileRecording]:
    yield HostileRecording("empty file", Path.touch, Fate.NOT_ADDED, "empty")
    yield HostileRecording("mp4 cut before its index", lambda path: _cut(path, 0.6), Fate.NOT_ADDED, "cannot be read")
    yield HostileRecording("mp4 cut in its pictures", _cut_faststart, Fate.INDEXED, "ends early")
    yield HostileRecording("matroska cut in a packet", lambda path: _cut(path, 0.5), Fate.INDEXED, "ends early", ".mkv")
    yield HostileRecording("header and nothing else", lambda path: _cut(path, 40), Fate.NOT_ADDED, ".", ".mp4")
    yield HostileRecording("avi without a frame", lambda path: _cut(path, 2048), Fate.NOT_ADDED, ".", ".avi")
    yield HostileRecording("transport stream tables only", lambda path: _cut(path, 564), Fate.NOT_ADDED, ".", ".ts")
    yield HostileRecording("zeros", lambda path: path.write_bytes(bytes(300_000)), Fate.NOT_ADDED, ".", ".264")
    yield HostileRecording("sparse terabyte", _sparse, Fate.NOT_ADDED, ".", ".ts")
    yield HostileRecording("noise", _noise, Fate.NOT_ADDED, ".", ".ts")
    yield HostileRecording("damage in the middle", lambda path: _damaged(path, 0.5, 4000), Fate.INDEXED, "", ".mkv")
    yield HostileRecording("damage in every codec header", _all_damaged, Fate.NOT_ADDED, ".", ".mp4")


def _mislabelled() -> Iterator[HostileRecording]:
    yield HostileRecording("png named mp4", lambda path: files.write_png_header(path, (64, 64)), Fate.NOT_ADDED, ".")
    yield HostileRecording("text named avi", lambda path: path.write_text("hello\n" * 999), Fate.NOT_ADDED, ".", ".avi")
    yield HostileRecording("playlist named mp4", _playlist, Fate.NOT_ADDED, "cannot be read")
    yield HostileRecording("concat script named mp4", _concat, Fate.NOT_ADDED, "cannot be read")
    yield HostileRecording("avi named mp4", lambda path: _renamed(path, ".avi"), Fate.INDEXED)
    yield HostileRecording("mp4 named ts", lambda path: _renamed(path, ".mp4"), Fate.INDEXED, "", ".ts")


def _sizes() -> Iterator[HostileRecording]:
    bomb, liar = (65_500, 65_500), (16_383, 16_383)
    yield HostileRecording(
        "jpeg headers of 65500 px", lambda path: _jpegs(path, bomb, bomb), Fate.NOT_ADDED, "", ".avi"
    )
    yield HostileRecording("container says 100000 px", _absurd_container, Fate.INDEXED, "", ".avi")
    yield HostileRecording(
        "frames larger than stated", lambda path: _jpegs(path, bomb, None), Fate.NOT_ADDED, "", ".avi"
    )
    yield HostileRecording(
        "vp8 larger than stated", lambda p: files.write_lying_vp8(p, liar), Fate.NOT_ADDED, "", ".mkv"
    )
    yield HostileRecording(
        "frames grow later",
        lambda path: files.write_lying_vp8(path, (12_000, 12_000), honest=2),
        Fate.NOT_INDEXED,
        "cannot be read",
        ".mkv",
    )
    yield HostileRecording("one pixel", lambda path: _flat(path, (1, 1)), Fate.NOT_ADDED, "pixels", ".avi")
    yield HostileRecording("no pixel", lambda path: _jpegs(path, (0, 0), (0, 0)), Fate.NOT_ADDED, ".", ".avi")
    yield HostileRecording("7680 by 4320 in truth", lambda path: _flat(path, (7680, 4320)), Fate.INDEXED, "", ".avi")
    yield HostileRecording("size changes", _size_change, Fate.NOT_INDEXED, "size of its frames changes", ".264")


def _times() -> Iterator[HostileRecording]:
    yield HostileRecording("joined, times run backwards", _joined, Fate.INDEXED, "backwards", ".ts")
    yield HostileRecording("times shuffled", _edited(files.shuffled), Fate.INDEXED, "", ".mkv")
    yield HostileRecording("every time twice", _edited(files.doubled), Fate.INDEXED, "repeat a time", ".mkv")
    yield HostileRecording("clock jumps five years", _edited(files.jumped), Fate.NOT_ADDED, "days", ".mkv")
    yield HostileRecording("times before zero", _negative, Fate.INDEXED)
    yield HostileRecording("a pause of two minutes", lambda path: _ticked(path, 1200), Fate.INDEXED, "pauses", ".mkv")
    yield HostileRecording("variable frame rate", _variable, Fate.INDEXED, "", ".mkv")
    yield HostileRecording("a million frames a second", _rushed, Fate.INDEXED, "per second")


def _streams() -> Iterator[HostileRecording]:
    yield HostileRecording("sound only", files.write_sound, Fate.NOT_ADDED, "no pictures")
    yield HostileRecording("cover picture only", files.write_cover, Fate.NOT_ADDED, "no pictures")
    yield HostileRecording(
        "cover before the pictures", lambda path: files.write_cover(path, with_recording=True), Fate.INDEXED
    )
    yield HostileRecording(
        "forty streams", lambda path: files.write_many_streams(path, 40), Fate.INDEXED, "streams", ".mkv"
    )
    yield HostileRecording("turned by a quarter", _turned, Fate.INDEXED, "turned")
    yield HostileRecording("interlaced", _interlaced, Fate.INDEXED, "interlaced", ".mkv")
    yield HostileRecording("first keyframe lost", _edited(files.headless), Fate.INDEXED, "keyframe", ".mkv")
    yield HostileRecording("no keyframe at all", _without_keyframes, Fate.NOT_ADDED, "decoded", ".mkv")
    for pixels in ("yuv444p", "yuv420p10le", "gray"):
        yield HostileRecording(f"pixels {pixels}", _in_format(pixels), Fate.INDEXED, "", ".mkv")


def _folders() -> Iterator[HostileRecording]:
    yield HostileRecording("folder without pictures", lambda path: (path / "img1").mkdir(parents=True), *_bad("no pic"))
    yield HostileRecording("first picture broken", _spoilt(0, _text), *_bad("cannot be read"))
    yield HostileRecording("picture in the middle broken", _spoilt(3, _text), Fate.NOT_INDEXED, "cannot be read", "")
    yield HostileRecording("picture of another size", _spoilt(3, _small), Fate.NOT_INDEXED, "another size", "")
    yield HostileRecording(
        "picture bomb", _spoilt(0, lambda path: files.write_png_header(path, (50_000, 50_000))), *_bad()
    )
    yield HostileRecording(
        "picture bomb in the middle",
        _spoilt(3, lambda path: files.write_png_header(path, (30_000, 30_000))),
        Fate.NOT_INDEXED,
        "000004",
        "",
    )
    yield HostileRecording(
        "pictures named nan", lambda path: files.write_pictures(path, ["nan.png", "inf.png"]), Fate.INDEXED, "", ""
    )
    yield HostileRecording(
        "picture numbers beyond all counting",
        lambda path: files.write_pictures(path, ["1.png", f"{'9' * 200}.png"]),
        *_bad(),
    )
    yield HostileRecording(
        "pictures numbered by clock",
        lambda path: files.write_pictures(path, ["20260302120000.png", "20260302120001.png", "20310302120001.png"]),
        *_bad("days"),
    )
    yield HostileRecording("pipe among the pictures", _spoilt(3, os.mkfifo), Fate.NOT_ADDED, "", "")
    yield HostileRecording(
        "seqinfo is a folder",
        _with_seqinfo(Path.mkdir),
        Fate.INDEXED,
        "",
        "",
    )
    yield HostileRecording(
        "seqinfo without end",
        _with_seqinfo(lambda path: path.symlink_to("/dev/zero")),
        Fate.INDEXED,
        "",
        "",
    )


def _places() -> Iterator[HostileRecording]:
    plain = _renamed_suffix(".mp4")
    yield HostileRecording("name that steers terminals", plain, Fate.NOT_ADDED, "name", "\x1b[2J\n.mp4")
    yield HostileRecording("name in no alphabet", plain, Fate.NOT_ADDED, "name", "\udcff.mp4")
    yield HostileRecording("name that reads backwards", plain, Fate.NOT_ADDED, "name", "\u202e4pm.mp4")
    yield HostileRecording("pipe", os.mkfifo, Fate.NOT_ADDED, "no file")
    yield HostileRecording("folder named mp4", Path.mkdir, Fate.NOT_ADDED, "")
    yield HostileRecording("link to itself", lambda path: path.symlink_to(path.name), Fate.NOT_ADDED, "")
    yield HostileRecording("link to nothing", lambda path: path.symlink_to("nothing"), Fate.NOT_ADDED, "")
    yield HostileRecording("endless device", lambda path: path.symlink_to("/dev/zero"), Fate.NOT_ADDED, "no file")
    yield HostileRecording("unreadable", _unreadable, Fate.NOT_ADDED, "")


def _changing() -> Iterator[HostileRecording]:
    for name, later, says in (
        ("shrinks after it was added", lambda path: os.truncate(path, 5000), "changed"),
        ("vanishes after it was added", Path.unlink, "not there"),
        ("becomes a pipe after it was added", _replaced(os.mkfifo), ""),
        ("becomes a folder after it was added", _replaced(Path.mkdir), ""),
    ):
        yield HostileRecording(
            name, lambda path: write_recording(files.SCENE, path), Fate.NOT_INDEXED, says, later=later
        )
    yield HostileRecording(
        "rots in place after it was added",
        lambda path: write_recording(files.SCENE, path),
        Fate.INDEXED,
        "of its .* frames cannot be decoded",
        later=_rot,
    )


def _bad(says: str = "") -> tuple[Fate, str, str]:
    return Fate.NOT_ADDED, says, ""


def _cut(path: Path, keep: float) -> None:
    """Keep a share of a recording, or so many bytes of it."""
    data = write_recording(files.SCENE, path).read_bytes()
    path.write_bytes(data[: int(keep if keep > 1 else len(data) * keep)])


def _cut_faststart(path: Path) -> None:
    files.write_remuxed(path, lambda _, packet: packet, options={"movflags": "faststart"})
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * 0.6)])


def _sparse(path: Path) -> None:
    """Four whole packets of a transport stream, then a terabyte that takes no disk."""
    _cut(path, 4 * 188)
    os.truncate(path, 1 << 40)


def _noise(path: Path) -> None:
    path.write_bytes(np.random.default_rng(5).integers(0, 256, 400_000, dtype=np.uint8).tobytes())


def _damaged(path: Path, share: float, length: int) -> None:
    files.write_patched(path, "mpeg4", lambda data: files.overwrite(data, share, length))


def _all_damaged(path: Path) -> None:
    """The index is whole, every picture is noise."""

    def spoil(data: bytearray) -> None:
        start, end = data.find(b"mdat") + 4, data.find(b"moov") - 4
        data[start:end] = np.random.default_rng(3).integers(0, 256, end - start, dtype=np.uint8).tobytes()

    files.write_patched(path, "h264", spoil)


def _playlist(path: Path) -> None:
    write_recording(files.SCENE, path.with_name(".real.ts"))
    path.write_text("#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n.real.ts\n#EXT-X-ENDLIST\n")


def _concat(path: Path) -> None:
    path.write_text("ffconcat version 1.0\nfile /etc/hostname\nfile http://localhost/\n")


def _renamed(path: Path, suffix: str) -> None:
    write_recording(files.SCENE, path.with_name(f".source{suffix}"), Encoding("mpeg4")).rename(path)


def _jpegs(path: Path, frames_wh: tuple[int, int], stated_wh: tuple[int, int] | None) -> None:
    def lie(data: bytearray) -> None:
        files.set_jpeg_size(data, frames_wh)
        if stated_wh is not None:
            files.set_avi_size(data, stated_wh)

    files.write_patched(path, "mjpeg", lie)


def _absurd_container(path: Path) -> None:
    files.write_patched(path, "mjpeg", lambda data: files.set_avi_size(data, (100_000, 100_000)))


def _flat(path: Path, wh: tuple[int, int]) -> None:
    files.write_still(path, wh, 10)


def _renamed_suffix(suffix: str) -> Callable[[Path], None]:
    return lambda path: _renamed(path, suffix)


def _size_change(path: Path) -> None:
    parts = [write_recording(scene, path.with_name(f".{scene.wh[0]}.264")) for scene in (files.SCENE, files.SMALL)]
    path.write_bytes(b"".join(part.read_bytes() for part in parts))


def _joined(path: Path) -> None:
    data = write_recording(files.SCENE, path).read_bytes()
    path.write_bytes(data + data)


def _edited(edit: files.Edit) -> Callable[[Path], None]:
    return lambda path: files.write_remuxed(path, edit)


def _negative(path: Path) -> None:
    def earlier(_number: int, packet: Any) -> Any:
        packet.pts -= 200_000
        packet.dts -= 200_000
        return packet

    files.write_remuxed(path, earlier, options={"avoid_negative_ts": "disabled", "use_editlist": "0"})


def _ticked(path: Path, pause: int) -> None:
    images = list(read_images(files.SCENE))
    ticks = [number + (pause if number >= 20 else 0) for number in range(files.FRAMES)]
    write_images(images, path, files.SCENE.rate, ticks=ticks)


def _variable(path: Path) -> None:
    ticks = np.cumsum(np.random.default_rng(2).integers(1, 9, files.FRAMES)).tolist()
    write_images(read_images(files.SCENE), path, files.SCENE.rate * 4, ticks=ticks)


def _rushed(path: Path) -> None:
    write_images(read_images(files.SCENE), path, files.SCENE.rate * 100_000)


def _turned(path: Path) -> None:
    files.write_patched(path, "h264", files.turn_mp4)


def _interlaced(path: Path) -> None:
    options = {"flags": "+ildct+ilme", "x264-params": "tff=1"}
    files.write_encoded(path, read_images(files.SCENE), "libx264", "yuv420p", options=options)


def _without_keyframes(path: Path) -> None:
    def between(number: int, packet: Any) -> Any:
        return None if number == 0 else packet

    files.write_remuxed(path, between, every=500)


def _in_format(pixels: str) -> Callable[[Path], None]:
    return lambda path: files.write_encoded(path, read_images(files.SCENE), "libx264", pixels)


def _spoilt(number: int, write: Callable[[Path], object]) -> Callable[[Path], None]:
    """An image sequence of six pictures, one of which is something else."""

    def spoil(path: Path) -> None:
        inner = files.write_pictures(path, [f"{one:06d}.png" for one in range(1, 7)])
        victim = inner / f"{number + 1:06d}.png"
        victim.unlink()
        write(victim)

    return spoil


def _with_seqinfo(write: Callable[[Path], object]) -> Callable[[Path], None]:
    """An image sequence of two pictures whose `seqinfo.ini` is something else."""

    def make(path: Path) -> None:
        files.write_pictures(path, ["1.png", "2.png"])
        write(path / "seqinfo.ini")

    return make


def _replaced(write: Callable[[Path], object]) -> Callable[[Path], None]:
    def replace(path: Path) -> None:
        path.unlink()
        write(path)

    return replace


def _text(path: Path) -> None:
    path.write_text("no picture\n" * 40)


def _small(path: Path) -> None:
    other = files.write_pictures(path.parent.parent / ".other", ["1.png"], (64, 48))
    (other / "1.png").rename(path)


def _unreadable(path: Path) -> None:
    write_recording(files.SCENE, path).chmod(0)


def _rot(path: Path) -> None:
    data = bytearray(path.read_bytes())
    files.overwrite(data, 0.01, int(len(data) * 0.9))
    path.write_bytes(data)
