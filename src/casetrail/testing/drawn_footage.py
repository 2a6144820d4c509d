"""Drawn footage: small recordings of moving figures whose boxes and identities are known exactly.

No real person is in it. Every frame carries its own number as a row of black and white squares along the top,
large enough to survive compression, so that a test can tell whether a decoder returned exactly the frame it was
asked for. Each figure wears two saturated colours of its own on a grey, textured ground.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache

import cv2
import numpy as np

from casetrail.footage.cameras import Camera, ClockOffset
from casetrail.model.arrays import Image
from casetrail.model.geometry import LatLon

NUMBER_BITS = 16
MARK_PX = 8
FIGURE_RATIO = 0.36  # width of a standing figure over its height

_BGR = ((40, 40, 220), (220, 60, 40), (40, 190, 40), (30, 200, 220), (200, 40, 190), (200, 190, 30), (20, 120, 240))
_ORIGIN = LatLon(37.5, 127.0)
_SKIN = (150, 180, 215)


@dataclass(frozen=True)
class Figure:
    """A figure: its identity, clothing colours (BGR), height in pixels, and where its feet are, when.

    `steps`: `(frame, x_px, y_px)` of the point between the feet, linear in between; the figure is in the
    picture from the first step's frame to the last's, both included.
    """

    person: int
    steps: tuple[tuple[int, float, float], ...]
    height_px: float = 72.0
    top: tuple[int, int, int] = _BGR[0]
    legs: tuple[int, int, int] = _BGR[1]

    def foot_px(self, frame: int) -> tuple[float, float] | None:
        """Where the feet are in a frame, or None when the figure is not in the picture."""
        frames = [step[0] for step in self.steps]
        if not frames[0] <= frame <= frames[-1]:
            return None
        x, y = (float(np.interp(frame, frames, [step[axis] for step in self.steps])) for axis in (1, 2))
        return x, y


@dataclass(frozen=True)
class TruthBox:
    """Where a figure is in a frame: `xyxy` pixels, cut by the picture's edge; `person` its identity."""

    frame: int
    person: int
    xyxy: tuple[float, float, float, float]


@dataclass(frozen=True)
class Scene:
    """What one camera sees: size, number of frames, frames per second and the figures in it."""

    figures: tuple[Figure, ...] = ()
    wh: tuple[int, int] = (320, 240)
    frames: int = 60
    rate: Fraction = Fraction(10)
    seed: int = 1


@dataclass(frozen=True)
class DrawnCamera:
    """A camera of a drawn walk: what it sees, and when its recording starts by its own clock."""

    camera: Camera
    scene: Scene
    start_us: int = field(default=0)


def dressed(person: int, steps: Sequence[tuple[int, float, float]], height_px: float = 72.0) -> Figure:
    """A figure in the two colours that belong to its identity."""
    top, legs = _BGR[person % len(_BGR)], _BGR[(person + 1 + person // len(_BGR)) % len(_BGR)]
    return Figure(person, tuple(steps), height_px, top, legs)


def street_scene(people: int = 3, *, frames: int = 60, rate: Fraction | int = 10, seed: int = 1) -> Scene:
    """People who cross a 320 by 240 picture on lanes of their own, alternately left to right and right to left."""
    width, height = 320, 240
    lanes = np.linspace(height * 0.6, height - 12, max(people, 2))
    figures = []
    for person in range(people):
        ends = (20.0, width - 20.0) if person % 2 == 0 else (width - 20.0, 20.0)
        lane = float(lanes[person % len(lanes)])
        figures.append(dressed(person, ((0, ends[0], lane), (frames - 1, ends[1], lane))))
    return Scene(tuple(figures), (width, height), frames, Fraction(rate), seed)


def walk_scenes(
    cameras: int = 3,
    *,
    start_us: int,
    frames: int = 60,
    rate: Fraction | int = 10,
    transit_s: float = 20.0,
    others: int = 1,
) -> tuple[DrawnCamera, ...]:
    """Cameras `CAM01`, `CAM02`, ... 60 m apart that person 0 passes one after the other; others stay with one camera.

    Each recording starts when the last one ended plus `transit_s`; person 0 enters left and leaves right.
    """
    drawn = []
    for number in range(cameras):
        walker = dressed(0, ((2, 10.0, 200.0), (frames - 3, 310.0, 200.0)))
        strangers = [_stranger(1 + number * others + k, frames) for k in range(others)]
        camera = Camera(
            f"CAM{number + 1:02d}",
            name=f"Drawn street {number + 1}",
            place=_ORIGIN.moved(60.0 * number, 0.0),
            heading_deg=0.0,
            hfov_deg=70.0,
            height_m=4.0,
            clock=ClockOffset(0.0, 0.1),
        )
        since_us = round(number * (frames / Fraction(rate) + Fraction(transit_s)) * 1_000_000)
        scene = Scene((walker, *strangers), (320, 240), frames, Fraction(rate), seed=number + 1)
        drawn.append(DrawnCamera(camera, scene, start_us + since_us))
    return tuple(drawn)


def read_images(scene: Scene) -> Iterator[Image]:
    """Every picture of a scene, in order."""
    for frame in range(scene.frames):
        yield draw_image(scene, frame)


def draw_image(scene: Scene, frame: int) -> Image:
    """One picture of a scene, BGR `(h, w, 3)`; figures whose feet are lower are nearer and drawn over others."""
    image = _ground(scene.wh, scene.seed).copy()
    present = [(figure, foot) for figure in scene.figures if (foot := figure.foot_px(frame)) is not None]
    for figure, foot in sorted(present, key=lambda item: item[1][1]):
        _draw_figure(image, figure, foot, frame)
    _draw_number(image, frame)
    return image


def find_truth(scene: Scene) -> tuple[TruthBox, ...]:
    """Every figure's box in every frame, by frame and person."""
    boxes = []
    for frame in range(scene.frames):
        for figure in sorted(scene.figures, key=lambda figure: figure.person):
            foot = figure.foot_px(frame)
            xyxy = None if foot is None else _clipped(_figure_box(figure, foot), scene.wh)
            if xyxy is not None:
                boxes.append(TruthBox(frame, figure.person, xyxy))
    return tuple(boxes)


def mot_truth(scene: Scene) -> str:
    """The truth as MOTChallenge ground truth rows: frame from 1, identity from 1, x, y, w, h, 1, 1, 1."""
    rows = []
    for box in find_truth(scene):
        x1, y1, x2, y2 = box.xyxy
        rows.append(f"{box.frame + 1},{box.person + 1},{x1:.2f},{y1:.2f},{x2 - x1:.2f},{y2 - y1:.2f},1,1,1")
    return "\n".join(rows) + "\n"


def read_number(image: Image) -> int:
    """The frame number that a drawn picture carries, after any compression; -1 when the picture carries none."""
    marks = [_mark_level(image, place) for place in range(NUMBER_BITS + 2)]
    if marks[0] < 128 or marks[-1] > 128:
        return -1
    return sum(1 << bit for bit, level in enumerate(marks[1:-1]) if level > 128)


def _stranger(person: int, frames: int) -> Figure:
    return dressed(person, ((0, 60.0 + 40 * (person % 5), 150.0), (frames - 1, 90.0 + 40 * (person % 5), 150.0)), 60.0)


@cache
def _ground(wh: tuple[int, int], seed: int) -> Image:
    """A grey paving with soft noise, dark enough for the figures to stand out."""
    width, height = wh
    noise = np.random.default_rng(seed).normal(0, 10, (height // 4 + 1, width // 4 + 1)).astype(np.float32)
    grey = 105 + cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC)
    grey[:: max(height // 8, 1)] -= 18
    grey[:, :: max(width // 10, 1)] -= 18
    return np.repeat(np.clip(grey, 0, 255).astype(np.uint8)[:, :, None], 3, axis=2)


def _figure_box(figure: Figure, foot: tuple[float, float]) -> tuple[float, float, float, float]:
    half = figure.height_px * FIGURE_RATIO / 2
    return foot[0] - half, foot[1] - figure.height_px, foot[0] + half, foot[1]


def _clipped(xyxy: tuple[float, float, float, float], wh: tuple[int, int]) -> tuple[float, float, float, float] | None:
    x1, y1 = max(xyxy[0], 0.0), max(xyxy[1], 0.0)
    x2, y2 = min(xyxy[2], float(wh[0])), min(xyxy[3], float(wh[1]))
    return (x1, y1, x2, y2) if x2 > x1 and y2 > y1 else None


def _draw_figure(image: Image, figure: Figure, foot: tuple[float, float], frame: int) -> None:
    """Head, torso with arms, and two swinging legs, filling the figure's box from edge to edge."""
    x1, y1, x2, y2 = _figure_box(figure, foot)
    width, height, middle = x2 - x1, y2 - y1, (x1 + x2) / 2
    swing = 0.5 * width * float(np.sin(frame * 0.9 + figure.person))
    hip = y1 + 0.55 * height
    for side in (-1, 1):
        _limb(
            image, (middle + side * 0.12 * width, hip), (middle + side * 0.5 * swing, y2 - 2), 0.2 * width, figure.legs
        )
    _block(image, (x1, y1 + 0.17 * height), (x2, hip), figure.top)
    _block(image, (x1 + 0.2 * width, hip - 2), (x2 - 0.2 * width, y1 + 0.68 * height), figure.legs)
    centre = (round(middle), round(y1 + 0.09 * height))
    cv2.ellipse(image, centre, (max(round(0.22 * width), 1), max(round(0.09 * height), 1)), 0, 0, 360, _SKIN, -1)


def _block(image: Image, low: tuple[float, float], high: tuple[float, float], bgr: tuple[int, int, int]) -> None:
    cv2.rectangle(image, (round(low[0]), round(low[1])), (round(high[0]) - 1, round(high[1]) - 1), bgr, -1)


def _limb(
    image: Image, start: tuple[float, float], end: tuple[float, float], width: float, bgr: tuple[int, int, int]
) -> None:
    ends = [(round(point[0]), round(point[1])) for point in (start, end)]
    cv2.line(image, ends[0], ends[1], bgr, max(round(width), 1))


def _draw_number(image: Image, frame: int) -> None:
    """A white mark, the bits of the number from the lowest, and a black mark."""
    levels = [255, *(255 if frame >> bit & 1 else 0 for bit in range(NUMBER_BITS)), 0]
    for place, level in enumerate(levels):
        image[:MARK_PX, place * MARK_PX : (place + 1) * MARK_PX] = level


def _mark_level(image: Image, place: int) -> float:
    return float(image[2 : MARK_PX - 2, place * MARK_PX + 2 : (place + 1) * MARK_PX - 2].mean())
