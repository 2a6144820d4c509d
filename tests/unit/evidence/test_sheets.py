"""Sheets hold every picture whole, captions beside it, and sides that an encoder takes."""

from fractions import Fraction

import numpy as np
import pytest

from casetrail.evidence.clip_writer import shared_time_base
from casetrail.evidence.sheets import GROUND, OUTLINE, fit, frame_person, outlined, plan_sheet


@pytest.mark.parametrize("wh", [(216, 576), (768, 576), (1920, 1080), (101, 37), (321, 241)])
def test_a_picture_lies_whole_on_its_sheet(wh: tuple[int, int]) -> None:
    """Sides are even, panel and picture share no pixel, and every pixel of the picture is there."""
    sheet = plan_sheet([wh], 6)
    canvas = sheet.lay(np.full((wh[1], wh[0], 3), 255, np.uint8))
    assert canvas.shape[:2] == (sheet.wh[1], sheet.wh[0])
    assert sheet.wh[0] % 2 == sheet.wh[1] % 2 == 0
    white = (canvas == 255).all(axis=2)
    assert white.sum() in (wh[0] * wh[1], 4 * wh[0] * wh[1])
    left, top, right, bottom = sheet.panel
    assert not white[top:bottom, left:right].any()
    assert bottom <= sheet.wh[1]
    assert right <= sheet.wh[0]


def test_pictures_of_several_sizes_share_a_sheet() -> None:
    """The largest decides; a smaller one lies in the middle."""
    sheet = plan_sheet([(640, 360), (200, 100)], 6)
    canvas = sheet.lay(np.full((100, 200, 3), 255, np.uint8))
    rows, columns = np.nonzero((canvas == 255).all(axis=2))
    assert (rows.min() + rows.max() + 1, columns.min() + columns.max() + 1) == (360, 640)


def test_an_outline_is_thin_and_stays_inside() -> None:
    """Only a frame is drawn, also for a box that is cut by the edge, and the picture given stays."""
    image = np.zeros((50, 60, 3), np.uint8)
    framed = outlined(image, np.array([40, 10, 80, 30], np.float32))
    assert not image.any()
    marked = (framed == OUTLINE).all(axis=2)
    assert marked[10:12, 40:60].all()
    assert not marked[13:27, 43:57].any()
    assert not marked[:, :40].any()


def test_a_person_is_framed_inside_the_picture() -> None:
    """The window contains the person and lies in the picture, in a corner and in a narrow picture too."""
    for box, wh in (
        ([0, 0, 20, 60], (640, 480)),
        ([600, 420, 640, 480], (640, 480)),
        ([90, 300, 130, 410], (216, 576)),
    ):
        left, top, right, bottom = frame_person(np.array(box, np.float32), wh, heights=2.6, ratio=4 / 3)
        assert 0 <= left <= box[0] < box[2] <= right <= wh[0]
        assert 0 <= top <= box[1] < box[3] <= bottom <= wh[1]


@pytest.mark.parametrize("wh", [(30, 90), (300, 90), (2000, 1500)])
def test_fitting_keeps_the_shape(wh: tuple[int, int]) -> None:
    """A picture fills its place in one direction, whatever its size."""
    sheet = fit(np.full((wh[1], wh[0], 3), 255, np.uint8), (160, 120))
    assert sheet.shape == (120, 160, 3)
    rows, columns = np.nonzero((sheet != np.array(GROUND, np.uint8)).all(axis=2))
    high, wide = np.ptp(rows) + 1, np.ptp(columns) + 1
    assert high >= 118 or wide >= 158
    assert abs(wide / high - wh[0] / wh[1]) < 0.06 * wh[0] / wh[1]


def test_recordings_share_a_clock() -> None:
    """Ticks of every recording are whole on the shared clock; an awkward one falls back to microseconds."""
    assert shared_time_base([Fraction(1, 10), Fraction(1, 15)]) == Fraction(1, 30)
    assert shared_time_base([Fraction(1001, 30_000)]) == Fraction(1, 30_000)
    assert shared_time_base([Fraction(1, 90_001), Fraction(1, 90_000)]) == Fraction(1, 1_000_000)
