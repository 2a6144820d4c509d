"""A program, not a test: spoils drawn files at random and reads them; prints what came of each, as one JSON line.

Arguments: an empty folder, the first seed, and how many. A process of its own, so that a crash is seen.
"""

import collections
import json
import random
import signal
import sys
from fractions import Fraction
from pathlib import Path

import cv2

from casetrail.bootstrap import open_decoder
from casetrail.footage.cameras import ClockOffset
from casetrail.footage.files import measure_size
from casetrail.footage.recordings import Recording, cut_segments
from casetrail.model.errors import CasetrailError
from casetrail.testing.drawn_files import Encoding, write_recording
from casetrail.testing.drawn_footage import Scene, draw_image, street_scene
from casetrail.testing.hostile_files import spoil

SCENE = Scene(street_scene(1).figures, (96, 64), 16, Fraction(10))
KINDS = {"mp4": "h264", "mkv": "h264", "avi": "mpeg4", "ts": "h264", "264": "h264", "265": "hevc", "mov": "hevc"}
LONGEST_S = 60


def read_all(path: Path) -> str:
    """Read it every way that there is; returns `ok`, or the reason why not."""
    decoder = open_decoder(1)
    try:
        recording = Recording("CAM01", str(path), 0, decoder.probe(str(path)), measure_size(path))
        pts = [packet.pts for packet in decoder.read_packets(recording)]
        if pts != sorted(set(pts)) or len(pts) != recording.media.frames:
            return "bug: packets are not what was counted"
        for segment in cut_segments(recording, ClockOffset(), 700_000)[:30]:
            shown = [frame.pts for frame in decoder.scan(recording, segment.start_pts, segment.end_pts)]
            if shown != sorted(set(shown)):
                return "bug: frames out of order"
        list(decoder.read_views(recording, pts[:1]))
    except CasetrailError as error:
        return "told" if error.exit_code != CasetrailError.exit_code else f"bug: {error.what}"
    except Exception as error:  # noqa: BLE001  whatever it is, the test has to show it
        return f"bug: {type(error).__name__}: {error}"
    return "ok"


def main(folder: Path, first: int, count: int) -> None:
    """Spoil, read, tell."""
    bases = [write_recording(SCENE, folder / f"base.{suffix}", Encoding(codec, 6)) for suffix, codec in KINDS.items()]
    told: collections.Counter[str] = collections.Counter()
    for seed in range(first, first + count):
        signal.alarm(LONGEST_S)
        base = random.Random(seed).choice([*bases, folder])
        result = read_all(_picture(folder / "seq", seed) if base is folder else _spoilt(base, seed))
        told[f"{result} (seed {seed})" if result.startswith("bug") else result] += 1
    sys.stdout.write(json.dumps(told) + "\n")


def _spoilt(base: Path, seed: int) -> Path:
    data = bytearray(base.read_bytes())
    spoil(data, seed)
    path = base.with_name(f"spoilt{base.suffix}")
    path.write_bytes(data)
    return path


def _picture(folder: Path, seed: int) -> Path:
    """A sequence of one picture, spoilt."""
    (folder / "img1").mkdir(parents=True, exist_ok=True)
    for old in (folder / "img1").iterdir():
        old.unlink()
    suffix = (".png", ".jpg", ".bmp")[seed % 3]
    data = bytearray(cv2.imencode(suffix, draw_image(SCENE, seed % 16))[1].tobytes())
    spoil(data, seed)
    (folder / "img1" / f"1{suffix}").write_bytes(data)
    return folder


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
