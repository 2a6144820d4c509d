"""A crowd of drawn figures in usual clothes: what people look like on average, without looking at anyone.

Most people wear dark, grey or blue, and two of them are alike in that. Taking the average of a crowd away from a
description leaves what sets a person apart. The crowd is drawn, always the same, and nobody real is in it.
"""

from collections.abc import Iterator

import cv2
import numpy as np

from casetrail.adapters.carried_clothing.parts import HEIGHT, WIDTH
from casetrail.model.arrays import Doubles, Image

_SKIN = np.array([0.35, 0.45, 0.65])
_LIGHTNESS = ((0.03, 0.2), (0.2, 0.6), (0.6, 0.95))  # dark, middle and light clothes
_HOW_MANY = (0.45, 0.35, 0.2)


def draw_crowd(people: int) -> Iterator[Image]:
    """So many crops `(128, 48, 3)` of standing figures, the same every time."""
    rng = np.random.default_rng(20260301)
    for _ in range(people):
        yield _draw_person(rng)


def _draw_person(rng: np.random.Generator) -> Image:
    picture = _draw_ground(rng)
    middle, half = WIDTH / 2 + rng.normal(0, 1.5), rng.uniform(9, 14)
    top, legs = _cloth(rng), _cloth(rng)
    for side in (-1, 1):
        left, right = sorted((middle + side, middle + side * 0.7 * half))
        picture[62:118, int(left) : int(right)] = legs * rng.uniform(0.85, 1)
    picture[22:66, int(middle - half) : int(middle + half)] = top
    _ellipse(picture, (middle, 14), (6, 9), _SKIN * rng.uniform(0.6, 1.2))
    _ellipse(picture, (middle, 10), (6, 6), np.full(3, 0.1) * rng.uniform(0.5, 2))
    return _photograph(picture, rng)


def _draw_ground(rng: np.random.Generator) -> Doubles:
    picture = np.full((HEIGHT, WIDTH, 3), rng.uniform(0.25, 0.75)) + rng.normal(0, 0.03, 3)
    picture += np.linspace(rng.uniform(-0.15, 0.15), rng.uniform(-0.15, 0.15), HEIGHT)[:, None, None]
    picture[rng.integers(40, 90) :] += rng.normal(0, 0.12)
    return picture


def _cloth(rng: np.random.Generator) -> Doubles:
    """A colour of clothing: mostly dark or grey, some bluish, a few strong."""
    light = rng.uniform(*_LIGHTNESS[rng.choice(3, p=_HOW_MANY)])
    strength = rng.gamma(1.0, 0.16)
    hue = rng.uniform(0, 2 * np.pi) if rng.random() < 0.6 else rng.normal(4.2, 0.4)
    return np.clip(light * (1 + strength * np.cos(hue - np.array([4.19, 2.09, 0.0]))), 0, 1)


def _ellipse(picture: Doubles, centre: tuple[float, float], radii: tuple[float, float], colour: Doubles) -> None:
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    picture[((x - centre[0]) / radii[0]) ** 2 + ((y - centre[1]) / radii[1]) ** 2 < 1] = colour


def _photograph(picture: Doubles, rng: np.random.Generator) -> Image:
    """Soft focus, light from one side, folds and sensor noise."""
    soft = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.8, 1.8))
    shade = 1 + rng.normal(0, 0.15) * np.linspace(-1, 1, WIDTH)[None, :, None]
    folds = cv2.GaussianBlur(rng.normal(0, 0.25, soft.shape), (0, 0), 1.5) * 0.5
    seen = soft * shade + folds + rng.normal(0, 0.02, soft.shape)
    taken: Image = (np.clip(seen, 0, 1) * 255).astype(np.uint8)
    return taken
