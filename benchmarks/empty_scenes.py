"""Recordings of places where nobody is, drawn: what most cameras see most of the time. And somebody drawn in them.

usage: empty_scenes.py    writes them into build/bench-scenes, and prints what packet sizes tell about each: which share
of the time the sampling calls still, and how much the packets of two seconds (their median) exceed those of quiet ones
"""

import json
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from casetrail.app.evaluate.tracking import open_recording
from casetrail.bootstrap import open_decoder
from casetrail.footage.decoder import Packet
from casetrail.presence.sampling import ADAPTIVE, find_still
from casetrail.testing.drawn_footage import Scene, draw_image, dressed

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
MEDIAN_S, QUIET_SHARE, BLOCK_PX = 2.0, 0.1, 16
WALK_S = (8.0, 14.0)  # when somebody walks through the short scenes
WALK_SECONDS = 20
WALKERS_PX = (40.0, 120.0)
STEP_PER_HEIGHT = 1.4 / 1.7  # of body heights a second: an adult who walks

Place = Callable[[np.ndarray, float], np.ndarray]


def write_empty_scenes(folder: Path) -> dict[str, Path]:
    """A minute each at 1920 x 1080, 25 frames a second, H.264 of at most 4 Mbit/s.

    By day, at night, and by day with a tree in the wind. Each is made once; a drawing is the same every time.
    """
    made = {"empty, day": (_by_day, DAY_NOISE), "empty, night": (_at_night, NIGHT_NOISE)}
    made["empty, day, tree in the wind"] = (_in_wind, DAY_NOISE)
    nobody = Scene(wh=WH, frames=RATE * SECONDS)
    return {name: _once(name, folder, lambda how=how: _frames(nobody, *how)) for name, how in made.items()}


def write_walks(folder: Path) -> dict[str, Path]:
    """Twenty seconds each, by day and at night, in which one drawn person walks past from second 8 to 14."""
    made = {"walk, day": (_by_day, DAY_NOISE), "walk, night": (_at_night, NIGHT_NOISE)}
    return {
        f"{name}, {height:.0f} px": _once(
            f"{name}, {height:.0f} px", folder, lambda how=how, height=height: _frames(_walk(height), *how)
        )
        for name, how in made.items()
        for height in WALKERS_PX
    }


def ask_packets(path: Path) -> dict[str, float]:
    """What sizes tell, while somebody walks and else: the share called still, and medians over two seconds."""
    decoder = open_decoder(1)
    recording = open_recording(path, decoder)
    packets = list(decoder.read_packets(recording))
    seconds = np.array([packet.pts for packet in packets]) * float(recording.media.time_base)
    walking = (seconds >= WALK_S[0]) & (seconds < WALK_S[1]) & (len(packets) == RATE * WALK_SECONDS)
    still = find_still(packets, seconds, WH[0] * WH[1], ADAPTIVE)
    medians = _medians(packets, seconds)
    quiet = float(np.quantile(medians, QUIET_SHARE))
    told = {"quiet_bytes_per_block": quiet / (WH[0] * WH[1] / BLOCK_PX**2)}
    for name, part in {"nobody": ~walking, "walking": walking}.items():
        if part.any():
            told[f"{name}: still"] = float("nan") if still is None else float(still[part].mean())
            told[f"{name}: least median over quiet"] = float(medians[part].min() / quiet)
            told[f"{name}: largest median over quiet"] = float(medians[part].max() / quiet)
    return told


def _medians(packets: list[Packet], seconds: np.ndarray) -> np.ndarray:
    """Of each packet, the median size of those within its two seconds that are no keyframe."""
    size = np.array([packet.size_bytes for packet in packets], np.float64)
    between = np.array([not packet.keyframe for packet in packets])
    window = (seconds // MEDIAN_S).astype(int)
    return np.array([np.median(size[(window == one) & between]) for one in range(window.max() + 1)])[window]


def _walk(height_px: float) -> Scene:
    first, last = (round(second * RATE) for second in WALK_S)
    way_px = STEP_PER_HEIGHT * height_px * (WALK_S[1] - WALK_S[0])
    person = dressed(0, ((first, WH[0] / 2, 700.0), (last, WH[0] / 2 + way_px, 700.0)), height_px)
    return Scene((person,), WH, RATE * WALK_SECONDS)


def _once(name: str, folder: Path, draw: Callable[[], Iterator[np.ndarray]]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name.replace(', ', '-').replace(' ', '-')}.mp4"
    if not path.exists():
        _encode(draw(), path.with_suffix(".half.mp4")).replace(path)
    return path


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


def _frames(scene: Scene, place: Place, noise: float) -> Iterator[np.ndarray]:
    """The place with fresh noise in every frame: one large field of it, another window of it each time."""
    random = np.random.default_rng(1)
    field = random.normal(0, noise, (WH[1] + SHIFT_PX, WH[0] + SHIFT_PX)).astype(np.float32)
    still = draw_image(Scene(wh=WH), 0)[:, :, 0].astype(np.float32)
    for number in range(scene.frames):
        there = any(figure.foot_px(number) is not None for figure in scene.figures)
        drawn = draw_image(scene, number)[:, :, 0].astype(np.float32) if there else still
        down, right = random.integers(0, SHIFT_PX, 2)
        seen = place(drawn, number / RATE) + field[down : down + WH[1], right : right + WH[0]]
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
    target = Path(__file__).parents[1] / "build/bench-scenes"
    scenes = write_empty_scenes(target) | write_walks(target)
    print(json.dumps({name: ask_packets(path) for name, path in scenes.items()}, indent=1))
