"""Cutting people out of frames."""

import numpy as np
import pytest

from casetrail.sightings.crops import cut_head, cut_person, enlarge


def make_image(width: int = 100, height: int = 80) -> np.ndarray:
    """A picture whose pixels tell where they are: blue is x, green is y."""
    image = np.zeros((height, width, 3), np.uint8)
    image[..., 0] = np.arange(width)
    image[..., 1] = np.arange(height)[:, None]
    return image


def test_person_with_margin() -> None:
    """A crop is the box with 5 % more on each side."""
    crop = cut_person(make_image(), (20, 10, 40, 70))
    assert crop is not None
    assert crop.shape == (66, 22, 3)
    assert tuple(crop[0, 0, :2]) == (19, 7)


@pytest.mark.parametrize("xyxy", [(-30, -30, 5, 5), (95, 70, 200, 200), (200, 10, 300, 60), (50, 50, 40, 40)])
def test_hardly_anything_in_the_picture(xyxy: tuple[float, float, float, float]) -> None:
    """A box of which the picture shows less than 8 pixels gives no crop."""
    assert cut_person(make_image(), xyxy) is None
    assert cut_head(make_image(), xyxy) is None


def test_a_crop_does_not_hold_the_frame() -> None:
    """A crop is a copy: while it lives, the frame's memory is free to go."""
    crop = cut_person(make_image(), (20, 10, 40, 70))
    assert crop is not None
    assert crop.base is None


def test_head_comes_back_to_the_frame() -> None:
    """A point found in the enlarged head leads back to the same place in the frame."""
    cut = cut_head(make_image(), (40, 20, 70, 80))
    assert cut is not None
    assert cut.factor == 4.0
    row, column = 30, 50
    x, y = (cut.origin_xy[0] + (column + 0.5) / cut.factor, cut.origin_xy[1] + (row + 0.5) / cut.factor)
    assert cut.image[row, column, 0] == pytest.approx(x - 0.5, abs=0.51)
    assert cut.image[row, column, 1] == pytest.approx(y - 0.5, abs=0.51)


def test_a_large_head_is_not_enlarged() -> None:
    """A head that is large already stays as it is."""
    cut = cut_head(make_image(600, 600), (100, 100, 400, 600))
    assert cut is not None
    assert cut.factor == 1.0


@pytest.mark.parametrize("factor", [1.0, 1.5, 2.0, 3.7])
def test_enlarging_keeps_an_even_picture_even(factor: float) -> None:
    """A picture of one colour stays that colour at any size."""
    image = np.full((9, 14, 3), 77, np.uint8)
    larger = enlarge(image, factor)
    assert larger.shape == (round(9 * factor), round(14 * factor), 3)
    assert (larger == 77).all()
