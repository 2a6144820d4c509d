"""Whatever lies under a region, the output is the same: in pixels, and after encoding and decoding."""

import tempfile
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from casetrail.adapters.pyav_clips import PyavClipWriter
from casetrail.evidence.holding import Holding, hold_boxes
from casetrail.evidence.looking import LOOKS_APART_S, spread_looks
from casetrail.evidence.mosaic import Mosaic
from casetrail.evidence.redaction import Look, head_regions, redact_frame
from casetrail.model.arrays import Doubles, Image
from casetrail.presence.detector import Detections

WH = (96, 64)
no_numbers = st.sampled_from([float("nan"), float("inf"), float("-inf")])
sides = st.one_of(st.floats(-200, 300, width=32), no_numbers)
regions = st.lists(st.tuples(sides, sides, sides, sides), max_size=6).map(
    lambda rows: np.array(rows, np.float32).reshape(-1, 4)
)
seeds = st.integers(0, 2**32 - 1)


def noise(seed: int) -> Image:
    """A picture of noise."""
    return np.random.default_rng(seed).integers(0, 256, (WH[1], WH[0], 3)).astype(np.uint8)


@given(regions, seeds, seeds)
def test_pixels_under_a_region_have_no_influence(xyxy: np.ndarray, one: int, other: int) -> None:
    """Changing every pixel under the regions changes nothing in the output."""
    mosaic = Mosaic(WH, b"sixteen byte key")
    covered = mosaic.cover(xyxy)
    first, second = noise(one), noise(one)
    second[covered] = noise(other)[covered]
    assert (redact_frame(first, xyxy, mosaic) == redact_frame(second, xyxy, mosaic)).all()
    assert (redact_frame(first, xyxy, mosaic)[~covered] == first[~covered]).all()


@given(st.lists(st.tuples(st.floats(0, 80), st.floats(0, 40), st.floats(4, 60), st.floats(8, 90)), min_size=1))
def test_a_head_in_its_box_is_under_the_region(boxes: list[tuple[float, float, float, float]]) -> None:
    """The top fifth of any person box, over its full width, is covered."""
    xyxy = np.array([[x, y, x + w, y + h] for x, y, w, h in boxes], np.float32)
    found = head_regions(xyxy)
    head_end = xyxy[:, 1] + 0.2 * (xyxy[:, 3] - xyxy[:, 1])
    assert (found[:, 0] <= xyxy[:, 0]).all()
    assert (found[:, 1] <= xyxy[:, 1]).all()
    assert (found[:, 2] >= xyxy[:, 2]).all()
    assert (found[:, 3] >= head_end).all()


@given(st.lists(st.lists(st.tuples(st.integers(0, 80), st.integers(0, 40)), max_size=4), min_size=1, max_size=12))
def test_holding_takes_nothing_away(places: list[list[tuple[int, int]]]) -> None:
    """Holding only ever adds boxes, and the result has the same frames."""
    found = [np.array([[x, y, x + 10, y + 30] for x, y in row], np.float32).reshape(-1, 4) for row in places]
    held = hold_boxes(np.arange(len(found)) / 5, found, Holding())
    assert all((after[: len(before)] == before).all() for before, after in zip(found, held, strict=True))


@settings(max_examples=5, deadline=None)
@given(seeds, seeds)
def test_a_decoded_clip_is_the_same_whatever_was_under_it(one: int, other: int) -> None:
    """Two clips that differ only under the mosaic decode to the same pixels."""
    mosaic, xyxy = Mosaic(WH, b"sixteen byte key"), np.array([[20, 10, 60, 40]], np.float32)
    covered = mosaic.cover(xyxy)
    written = []
    for seed in (one, other):
        pictures = []
        for tick in range(4):
            image = noise(7 + tick)
            image[covered] = noise(seed + tick)[covered]
            pictures.append((tick, redact_frame(image, xyxy, mosaic)))
        written.append(pictures)
    assert all((first[1] == second[1]).all() for first, second in zip(*written, strict=True))
    assert np.abs(_decoded(written[0]) - _decoded(written[1])).mean() < 1


def _decoded(pictures: list[tuple[int, Image]]) -> Doubles:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clip.mp4"
        PyavClipWriter().write_clip(path, pictures, WH, Fraction(1, 10))
        with av.open(str(path)) as file:
            return np.stack([frame.to_ndarray() for frame in file.decode(video=0)]).astype(np.float64)


@given(st.lists(st.integers(1, 40), max_size=40), st.integers(0, 100))
def test_every_frame_is_looked_at_or_stands_between_near_looks(steps: list[int], seed: int) -> None:
    """However frames are spaced and whatever is found: looks ascend, and no frame is left that only a guess covers."""
    pts = np.cumsum([0, *steps]).tolist()
    found = np.random.default_rng(seed).integers(0, 3, len(pts))
    passed: list[int] = []

    def look(frame: _At) -> Look:
        boxes = np.array([[40 * n, 10, 40 * n + 30, 90] for n in range(found[pts.index(frame.pts)])], np.float32)
        people = Detections(boxes.reshape(-1, 4), np.full(len(boxes), 0.9, np.float32))
        return Look(frame.pts, people, np.zeros((0, 4), np.float32))

    looked = [one.pts for one in spread_looks([_At(at) for at in pts], Fraction(1, 30), look, passed.append)]
    assert passed == pts
    assert looked == sorted(set(looked))
    assert {pts[0], pts[-1]} <= set(looked)
    for before, after in pairwise(looked):
        between = [at for at in pts if before < at < after]
        assert not between or after - before <= LOOKS_APART_S * 30


@dataclass(frozen=True)
class _At:
    """A frame of which only the time is known."""

    pts: int
