"""Stills of drawn figures as a redacted report shows them: every head under opaque tiles. Nobody is in them."""

from collections.abc import Sequence

import cv2
import numpy as np

from casetrail.model.arrays import Image

Colour = tuple[int, int, int]  # BGR
SUBJECT: tuple[Colour, Colour] = ((120, 66, 34), (62, 56, 52))
OTHERS: tuple[tuple[Colour, Colour], ...] = (
    ((96, 118, 150), (90, 84, 80)),
    ((86, 128, 104), (70, 76, 92)),
    ((132, 122, 160), (104, 98, 92)),
)
_FINE = 3  # drawn so many times larger, then reduced, which smooths edges


def draw_still(seed: int, wh: tuple[int, int] = (432, 324), others: int = 3) -> bytes:
    """A PNG of one framed figure and some others on a square, all heads under tiles."""
    noise = np.random.default_rng(seed)
    image = _square(wh, noise)
    width, height = wh
    spots = [
        (float(noise.uniform(0.12, 0.88)) * width, height * float(noise.uniform(0.52, 0.7))) for _ in range(others)
    ]
    heads = [
        _figure(image, x, y, height * 0.36 * y / height / 0.62, OTHERS[(seed + n) % len(OTHERS)])
        for n, (x, y) in enumerate(sorted(spots, key=lambda spot: spot[1]))
    ]
    x, y, tall = width * float(noise.uniform(0.42, 0.58)), height * 0.9, height * 0.56
    heads.append(_figure(image, x, y, tall, SUBJECT))
    _frame(image, (x - tall * 0.24, y - tall * 1.04, x + tall * 0.24, y + 4))
    picture = cv2.resize(image, wh, interpolation=cv2.INTER_AREA)
    for head in heads:
        _tiles(picture, head, noise)
    data: bytes = cv2.imencode(".png", picture)[1].tobytes()
    return data


def _square(wh: tuple[int, int], noise: np.random.Generator) -> Image:
    width, height = (side * _FINE for side in wh)
    image = np.full((height, width, 3), (176, 184, 186), dtype=np.uint8)
    image[: int(height * 0.34)] = (196, 190, 182)
    for left in range(0, width, int(width / 4)):
        image[int(height * 0.06) : int(height * 0.24), left + 30 : left + int(width / 4) - 30] = (168, 158, 146)
    for row in np.geomspace(height * 0.36, height, 9).astype(int):
        cv2.line(image, (0, int(row)), (width, int(row)), (164, 172, 174), 2)
    grain = noise.integers(-5, 6, (height // 4 + 1, width // 4 + 1, 1))
    grain = np.repeat(np.repeat(grain, 4, axis=0), 4, axis=1)[:height, :width]
    grained: Image = np.clip(image.astype(np.int16) + grain, 0, 255).astype(np.uint8)
    return grained


def _figure(
    image: Image, x: float, y: float, tall: float, dress: tuple[Colour, Colour]
) -> tuple[float, float, float, float]:
    """A standing figure whose feet are at `(x, y)`; returns its head region in pixels of the finished picture."""
    top, legs = dress

    def at(across: float, up: float) -> tuple[int, int]:
        return round((x + across * tall) * _FINE), round((y - up * tall) * _FINE)

    cv2.ellipse(
        image, at(0, 0), (round(tall * 0.2 * _FINE), round(tall * 0.04 * _FINE)), 0, 0, 360, (140, 146, 148), -1
    )
    for side in (-1, 1):
        _limb(image, [at(side * 0.05, 0.5), at(side * 0.07, 0.02)], tall * 0.1, legs)
        _limb(image, [at(side * 0.12, 0.78), at(side * 0.17, 0.46)], tall * 0.07, top)
    body = np.array([at(-0.13, 0.83), at(0.13, 0.83), at(0.12, 0.46), at(-0.12, 0.46)], np.int32)
    cv2.fillConvexPoly(image, body, top)
    cv2.circle(image, at(0, 0.92), round(tall * 0.075 * _FINE), (150, 172, 196), -1)
    half = tall * 0.13
    return x - half, y - tall * 1.03, x + half, y - tall * 0.8


def _limb(image: Image, ends: Sequence[tuple[int, int]], thick: float, colour: Colour) -> None:
    cv2.line(image, ends[0], ends[1], colour, max(2, round(thick * _FINE)), cv2.LINE_AA)


def _tiles(image: Image, head: tuple[float, float, float, float], noise: np.random.Generator) -> None:
    """Tones from random numbers only; nothing of what lies below is used."""
    x0, y0, x1, y1 = (round(value) for value in head)
    side = max(4, round((x1 - x0) / 5))
    for top in range(max(y0, 0), max(y1, 1), side):
        for left in range(max(x0, 0), max(x1, 1), side):
            image[top : min(top + side, y1), left : min(left + side, x1)] = noise.integers(70, 190)


def _frame(image: Image, xyxy: tuple[float, float, float, float]) -> None:
    x0, y0, x1, y1 = (round(value * _FINE) for value in xyxy)
    cv2.rectangle(image, (x0, y0), (x1, y1), (255, 255, 255), 2 * _FINE)
    cv2.rectangle(image, (x0, y0), (x1, y1), (153, 93, 28), _FINE)
