"""Recordings of places where nobody is, drawn: what most cameras see most of the time."""

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from casetrail.testing.drawn_footage import Scene, draw_image

WH = (1920, 1080)
RATE = 25
SECONDS = 60
ENCODER = {"preset": "veryfast", "crf": "25", "maxrate": "4M", "bufsize": "8M", "x264-params": "keyint=50:scenecut=0"}
DAY_NOISE, NIGHT_NOISE = 2.0, 5.0  # standard deviation of a pixel, in 255ths: a sensor by day, and amplified at night
NIGHT_LIGHT = 0.22
CLOUD_SHARE, CLOUD_S = 0.02, 20.0  # how much the light wanders, and how fast
TREE = (slice(60, 640), slice(1300, 1860))  # the part of the picture that the wind moves
TREE_PX, TREE_S = 6.0, 3.0
SHIFT_PX = 500

Place = Callable[[np.ndarray, float], np.ndarray]


def write_empty_scenes(folder: Path) -> dict[str, Path]:
    """A minute each at 1920 x 1080, 25 frames a second, H.264 of at most 4 Mbit/s.

    By day, at night, and by day with a tree in the wind. Each is made once; a drawing is the same every time.
    """
    made = {"empty, day": (_by_day, DAY_NOISE), "empty, night": (_at_night, NIGHT_NOISE)}
    made["empty, day, tree in the wind"] = (_in_wind, DAY_NOISE)
    folder.mkdir(parents=True, exist_ok=True)
    paths = {name: folder / f"{name.replace(', ', '-').replace(' ', '-')}.mp4" for name in made}
    for name, path in paths.items():
        if not path.exists():
            _encode(_frames(*made[name]), path.with_suffix(".half.mp4")).replace(path)
    return paths


def _encode(frames: Iterator[np.ndarray], path: Path) -> Path:
    """Grey pictures as a city's cameras would store them."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=RATE, options=ENCODER)
        stream.width, stream.height = WH
        stream.pix_fmt = "yuv420p"
        stream.codec_context.thread_count = 1
        for number, grey in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(grey, format="gray").reformat(format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, RATE)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def _frames(place: Place, noise: float) -> Iterator[np.ndarray]:
    """The place with fresh noise in every frame: one large field of it, another window of it each time."""
    random = np.random.default_rng(1)
    field = random.normal(0, noise, (WH[1] + SHIFT_PX, WH[0] + SHIFT_PX)).astype(np.float32)
    still = draw_image(Scene(wh=WH), 0)[:, :, 0].astype(np.float32)
    for number in range(RATE * SECONDS):
        down, right = random.integers(0, SHIFT_PX, 2)
        seen = place(still, number / RATE) + field[down : down + WH[1], right : right + WH[0]]
        yield np.clip(seen, 0, 255).astype(np.uint8)


def _by_day(still: np.ndarray, second: float) -> np.ndarray:
    return still * np.float32(1 + CLOUD_SHARE * np.sin(2 * np.pi * second / CLOUD_S))


def _at_night(still: np.ndarray, _second: float) -> np.ndarray:
    return still * np.float32(NIGHT_LIGHT)


def _in_wind(still: np.ndarray, second: float) -> np.ndarray:
    """By day, with a patch of leaves that sways."""
    seen = _by_day(still, second)
    rows, columns = TREE
    leaves = np.random.default_rng(2).integers(30, 120, (73, 70)).astype(np.float32).repeat(8, 0).repeat(8, 1)
    sway = round(TREE_PX * np.sin(2 * np.pi * second / TREE_S))
    seen[rows, columns] = np.roll(leaves, sway, axis=1)[: rows.stop - rows.start, : columns.stop - columns.start]
    return seen


if __name__ == "__main__":
    write_empty_scenes(Path(__file__).parents[1] / "build/bench-scenes")
