"""Colour and texture of ten body parts, from head to foot, as numbers. No weights, no learning.

A crop is brought to 48x128 pixels. Each part is a soft horizontal band, heavier towards the middle of the crop,
where the person is. It gives a soft joint histogram of CIE Lab (lightness stretched to the crop's own range, which
takes exposure out; chroma untouched, because taking a colour cast out by the mean takes the clothing's colour with
it: measured, it costs half of rank-1) and a histogram of gradient directions with their strength.
"""

from functools import cache
from typing import NamedTuple

import cv2
import numpy as np

from casetrail.model.arrays import Floats, Image

WIDTH, HEIGHT = 48, 128
PARTS, BAND, MIDDLE = 10, 0.05, 0.15  # bands; their half height over the crop's; half width of what counts
LIGHT_BINS, CHROMA_BINS, CHROMA_STEP = 5, 5, 18.0
TURN_BINS, TEXTURE_WEIGHT = 8, 1.0
COLOURS = LIGHT_BINS * CHROMA_BINS**2
SIZE = PARTS * (COLOURS + TURN_BINS + 1)


class Crop(NamedTuple):
    """A crop as CIE Lab planes `(128, 48)`, lightness 0..100 stretched to the crop's own range."""

    light: Floats
    green_red: Floats
    blue_yellow: Floats


def describe_parts(image: Image, silhouette: Floats | None = None) -> Floats:
    """`(1340,)` numbers of a person crop, each part's colours and texture at fixed lengths.

    Where a silhouette `(h, w)` 0..1 is given, background counts a tenth.
    """
    crop, weights = _to_lab(image), _middle() * _foreground(silhouette)
    colours = _by_part(_soft_colours(crop), weights)
    texture = _by_part(_soft_turns(crop.light), weights)
    texture = np.concatenate([_share(texture[:, :-1]), texture[:, -1:]], axis=1)
    parts = np.concatenate([_unit(np.sqrt(colours)), TEXTURE_WEIGHT * _unit(np.sqrt(texture))], axis=1)
    described: Floats = parts.reshape(-1).astype(np.float32)
    return described


def _to_lab(image: Image) -> Crop:
    small = cv2.resize(image, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    lab = cv2.cvtColor(small, cv2.COLOR_BGR2LAB)
    low, high = np.percentile(lab[..., 0], [5, 95])
    light = np.clip((lab[..., 0] - low) / max(high - low, 15.0) * 100, 0, 100)
    return Crop(light.astype(np.float32), lab[..., 1], lab[..., 2])


def _by_part(spread: Floats, weights: Floats) -> Floats:
    """`(10, bins)`: the weighted mean of `(pixels, bins)` in each band.

    Rows first, then bands of rows: products this small stay on one thread, where a product of everything at
    once would wake the threads of the linear algebra library and cost ten times as much on a busy machine.
    """
    rows = (spread * weights.reshape(-1, 1)).reshape(HEIGHT, WIDTH, -1).sum(axis=1)
    bands = _bands()
    means: Floats = (bands @ rows) / (bands @ weights.sum(axis=1))[:, None]
    return means


@cache
def _bands() -> Floats:
    """`(10, 128)`: how much each row of the crop counts for each part."""
    down = (np.arange(HEIGHT, dtype=np.float32) + 0.5) / HEIGHT
    middles = np.linspace(0.08, 0.92, PARTS, dtype=np.float32)
    bands: Floats = np.exp(-0.5 * ((down[None] - middles[:, None]) / BAND) ** 2)
    return bands


@cache
def _middle() -> Floats:
    """`(1, 48)`: how much each column counts."""
    across = (np.arange(WIDTH, dtype=np.float32) + 0.5) / WIDTH - 0.5
    middle: Floats = np.exp(-0.5 * (across / MIDDLE) ** 2)[None]
    return middle


def _foreground(silhouette: Floats | None) -> Floats:
    if silhouette is None:
        return np.ones((HEIGHT, WIDTH), dtype=np.float32)
    own: Floats = 0.1 + 0.9 * np.clip(cv2.resize(silhouette, (WIDTH, HEIGHT)), 0, 1)
    return own


def _soft_colours(crop: Crop) -> Floats:
    """`(pixels, 125)`: each pixel shared between its eight nearest colour bins."""
    axes = (
        _between(crop.light / (100 / LIGHT_BINS), LIGHT_BINS),
        _between(crop.green_red / CHROMA_STEP + CHROMA_BINS / 2, CHROMA_BINS),
        _between(crop.blue_yellow / CHROMA_STEP + CHROMA_BINS / 2, CHROMA_BINS),
    )
    shares = [_one_axis(*axis, bins) for axis, bins in zip(axes, (LIGHT_BINS, CHROMA_BINS, CHROMA_BINS), strict=True)]
    light, green_red, blue_yellow = shares
    chroma = (green_red[:, :, None] * blue_yellow[:, None, :]).reshape(len(light), -1)
    joint: Floats = (light[:, :, None] * chroma[:, None, :]).reshape(len(light), COLOURS)
    return joint


def _between(place: Floats, bins: int) -> tuple[Floats, Floats]:
    """The bin before each place (bins have width 1, centres at halves), and the share of the one after."""
    at = np.clip(place.reshape(-1) - 0.5, 0, bins - 1)
    before = np.minimum(np.floor(at), bins - 2)
    return before, at - before


def _one_axis(before: Floats, share: Floats, bins: int) -> Floats:
    spread = np.zeros((len(before), bins), dtype=np.float32)
    rows, column = np.arange(len(before)), before.astype(np.int64)
    spread[rows, column], spread[rows, column + 1] = 1 - share, share
    return spread


def _soft_turns(light: Floats) -> Floats:
    """`(pixels, 9)`: gradient strength by direction (half a turn, circular), and over all directions."""
    across, down = cv2.Sobel(light, cv2.CV_32F, 1, 0), cv2.Sobel(light, cv2.CV_32F, 0, 1)
    strength = np.hypot(across, down).reshape(-1) / 100
    place = np.mod(np.arctan2(down, across), np.pi).reshape(-1) / np.pi * TURN_BINS - 0.5
    before = np.floor(place)
    spread = np.zeros((len(place), TURN_BINS + 1), dtype=np.float32)
    rows, column = np.arange(len(place)), before.astype(np.int64)
    spread[rows, column % TURN_BINS] += strength * (1 - (place - before))
    spread[rows, (column + 1) % TURN_BINS] += strength * (place - before)
    spread[:, -1] = strength
    return spread


def _share(rows: Floats) -> Floats:
    shares: Floats = rows / np.maximum(rows.sum(axis=1, keepdims=True), 1e-6)
    return shares


def _unit(rows: Floats) -> Floats:
    units: Floats = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6)
    return units
