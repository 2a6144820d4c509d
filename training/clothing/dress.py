"""Dresses people anew: other colours, patterns, legs of somebody else, another background.

About a hundred people are too few to learn what tells people apart, so each is seen in clothes that nobody wore.
What the new picture should be described as is not guessed: the teacher is asked (`teach.py`).
"""

from dataclasses import dataclass

import cv2
import numpy as np

HEIGHT, WIDTH = 160, 80
TOP, BOTTOM = 16, 144  # rows of the person's box in a crop
ROWS = np.arange(HEIGHT, dtype=np.float32)[:, None]
COLUMNS = np.arange(WIDTH, dtype=np.float32)[None]
SKIN_LAB = np.array([60.0, 12.0, 16.0])


@dataclass(frozen=True)
class People:
    """Crops `(n, 160, 80, 3)` BGR, silhouettes `(n, 160, 80)`, frames as backgrounds; `chances` evens sources out."""

    crops: np.ndarray
    masks: np.ndarray
    grounds: np.ndarray
    chances: np.ndarray

    @classmethod
    def read(cls, path: str) -> "People":
        """From what `cut_people.py` wrote: each source counts by the root of how many people it gave."""
        held = np.load(path)
        _, which, counts = np.unique(held["sources"], return_inverse=True, return_counts=True)
        weight = 1 / np.sqrt(counts[which])
        return cls(held["crops"], held["masks"], held["grounds"], weight / weight.sum())


def dress(people: People, rng: np.random.Generator) -> np.ndarray:
    """One person `(160, 80, 3)` uint8 in new clothes, before a background that may be new."""
    one, two = rng.choice(len(people.crops), 2, p=people.chances)
    picture, mask = people.crops[one].astype(np.float32) / 255, _silhouette(people.masks[one])
    if rng.random() < 0.3:
        picture, mask = _other_legs(picture, mask, people, two, rng)
    picture, mask = (picture[:, ::-1], mask[:, ::-1]) if rng.random() < 0.5 else (picture, mask)
    lab = cv2.cvtColor(np.ascontiguousarray(picture), cv2.COLOR_BGR2LAB)
    for region in _regions(mask, rng):
        lab = _recolour(lab, region, rng)
    picture = np.clip(cv2.cvtColor(lab.astype(np.float32), cv2.COLOR_LAB2BGR), 0, 1)
    if rng.random() < 0.25:
        picture = _bag(picture, rng)
    if rng.random() < 0.45:
        picture = picture * mask[..., None] + _ground(people, rng) * (1 - mask[..., None])
    return (_light(picture, rng) * 255).astype(np.uint8)


def _silhouette(mask: np.ndarray) -> np.ndarray:
    """The silhouette 0..1; where the segmenter found nobody, an upright ellipse."""
    soft = mask.astype(np.float32) / 255
    if soft[40:130, 25:55].mean() > 0.45:
        return soft
    far = ((COLUMNS - 39.5) / 22) ** 2 + ((ROWS - 80) / 64) ** 2
    return np.clip(4 * (1 - far), 0, 1).astype(np.float32)


def _other_legs(picture, mask, people, other, rng):
    """The upper half of one person on the lower half of another, with a soft seam."""
    seam = rng.uniform(70, 95)
    upper = 1 / (1 + np.exp((ROWS - seam) / 1.5))
    legs, below = people.crops[other].astype(np.float32) / 255, _silhouette(people.masks[other])
    mixed = picture * upper[..., None] + legs * (1 - upper[..., None])
    return mixed.astype(np.float32), (mask * upper + below * (1 - upper)).astype(np.float32)


def _regions(mask, rng):
    """Soft masks of torso, legs, now and then shoes, hair, sleeves or an open jacket: what gets a colour of its own."""
    waist = rng.uniform(74, 92) if rng.random() < 0.8 else rng.uniform(95, 125)  # a coat reaches further
    if rng.random() < 0.8:
        torso = mask * _rows(rng.uniform(32, 40), waist)
        yield torso
        if rng.random() < 0.2:
            yield torso * (np.abs(COLUMNS - rng.uniform(34, 45)) < rng.uniform(3, 7))
        if rng.random() < 0.12:
            yield torso * (np.abs(COLUMNS - 39.5) > rng.uniform(11, 16))
    if rng.random() < 0.75:
        ankle = rng.uniform(125, 138) if rng.random() < 0.8 else rng.uniform(98, 118)  # or shorts and skirts
        yield mask * _rows(waist, ankle)
    if rng.random() < 0.25:
        yield mask * _rows(133, 146)
    if rng.random() < 0.2:
        yield mask * _rows(12, rng.uniform(22, 27))


def _rows(first, last):
    return np.clip((ROWS - first) / 2, 0, 1) * np.clip((last - ROWS) / 2, 0, 1)


def _recolour(lab, region, rng):
    """The region's own light and shade around a new colour, sometimes with a pattern."""
    weight = region / max(float(region.sum()), 1.0)
    mean = (lab * weight[..., None]).sum(axis=(0, 1))
    colour = SKIN_LAB + rng.normal(0, 6, 3) if rng.random() < 0.04 else _cloth(rng)
    depth = np.array(
        [rng.uniform(0.5, 1.1) * (0.4 + 0.6 * colour[0] / 60), rng.uniform(0.2, 0.8), rng.uniform(0.2, 0.8)]
    )
    cloth = colour + depth * (lab - mean)
    if rng.random() < 0.25:
        share = _pattern(rng)[..., None]
        cloth = cloth * (1 - share) + (_cloth(rng) + depth * (lab - mean)) * share
    return lab + region[..., None] * (cloth - lab)


def _cloth(rng):
    """A colour of clothing as CIE Lab: many dark and grey, blue often, strong ones too."""
    low, high = ((4, 22), (22, 60), (60, 95))[rng.choice(3, p=(0.4, 0.38, 0.22))]
    chroma = min(rng.gamma(1.1, 14.0), 75.0)
    hue = rng.uniform(0, 2 * np.pi) if rng.random() < 0.75 else rng.normal(4.9, 0.3)
    return np.array([rng.uniform(low, high), chroma * np.cos(hue), chroma * np.sin(hue)])


def _pattern(rng):
    """Stripes, checks, dots or a print `(160, 80)` 0..1."""
    period, turn = rng.uniform(4, 16), rng.choice([0.0, np.pi / 2, rng.uniform(0, np.pi)])
    across = (COLUMNS * np.cos(turn) + ROWS * np.sin(turn)) / period
    along = (ROWS * np.cos(turn) - COLUMNS * np.sin(turn)) / period
    kind = rng.integers(4)
    if kind == 0:
        return ((across % 1) < rng.uniform(0.2, 0.6)).astype(np.float32)
    if kind == 1:
        return (((across % 1) < 0.5) ^ ((along % 1) < 0.5)).astype(np.float32)
    if kind == 2:
        return (((across % 1 - 0.5) ** 2 + (along % 1 - 0.5) ** 2) < rng.uniform(0.03, 0.15)).astype(np.float32)
    middle = rng.uniform(30, 50), rng.uniform(44, 70)
    return (np.hypot((COLUMNS - middle[0]) / rng.uniform(4, 12), (ROWS - middle[1]) / rng.uniform(4, 12)) < 1).astype(
        np.float32
    )


def _bag(picture, rng):
    """A bag or rucksack: a soft block of one colour on the body or beside it."""
    x, y = rng.uniform(15, 65), rng.uniform(45, 110)
    wide, high = rng.uniform(5, 13), rng.uniform(6, 20)
    inside = np.clip(6 * (1 - ((COLUMNS - x) / wide) ** 4 - ((ROWS - y) / high) ** 4), 0, 1)[..., None]
    colour = cv2.cvtColor(_cloth(rng).astype(np.float32)[None, None], cv2.COLOR_LAB2BGR)
    grey = picture.mean(axis=2, keepdims=True)
    return (picture * (1 - inside) + inside * np.clip(colour * (0.6 + 0.8 * grey), 0, 1)).astype(np.float32)


def _ground(people, rng):
    """A piece of some frame, as it is or far out of focus, or nearly one colour."""
    frame = people.grounds[rng.integers(len(people.grounds))].astype(np.float32) / 255
    high = int(rng.integers(60, 220))
    wide = max(high // 2, 30)
    y, x = rng.integers(0, 240 - high + 1), rng.integers(0, 320 - wide + 1)
    piece = cv2.resize(frame[y : y + high, x : x + wide], (WIDTH, HEIGHT))
    if rng.random() < 0.3:
        piece = cv2.GaussianBlur(piece, (0, 0), rng.uniform(4, 30))
    return np.clip(piece * rng.uniform(0.6, 1.4) + rng.normal(0, 0.04, 3), 0, 1)


def _light(picture, rng):
    """Exposure and gamma of some camera."""
    lit = np.clip(picture, 0, 1) ** rng.uniform(0.75, 1.35) * rng.uniform(0.75, 1.15)
    return np.clip(lit, 0, 1)
