"""What the mask classifier asks beside its network: where a face changes colour, and how it counts size."""

import numpy as np
import pytest

from casetrail.adapters.openvino_models.masks import parts_of_odds
from casetrail.adapters.openvino_models.nose import read_change
from casetrail.model.arrays import Floats, Image

POINTS = np.array([[80, 80], [120, 80], [100, 100], [85, 120], [115, 120]], np.float32)  # eyes at 80, mouth at 120
SKIN, MASK = (150, 180, 215), (60, 50, 40)


def covered_from(depth: float) -> Image:
    """A face of one skin colour under a mask that begins so deep between eyes (0) and mouth (1)."""
    image = np.full((200, 200, 3), SKIN, np.uint8)
    image[round(80 + depth * 40) :] = MASK
    return image


def turned(image: Image, points: Floats) -> tuple[Image, Floats]:
    """The same face, the picture turned by a right angle."""
    return np.rot90(image).copy(), np.stack([points[:, 1], 199 - points[:, 0]], axis=1)


@pytest.mark.parametrize("depth", [0.25, 0.5, 0.75])
def test_the_edge_of_a_mask_is_found(depth: float) -> None:
    """The change lies where the mask begins, two colours explain all of it, and tilting the head changes nothing."""
    image = covered_from(depth)
    for picture, points in ((image, POINTS), turned(image, POINTS)):
        change = read_change(picture, points)
        assert change.depth == pytest.approx(depth, abs=0.08)
        assert change.explained > 0.95
        assert change.contrast > 50


def test_a_plain_face_has_no_edge() -> None:
    """Where nothing changes there is no contrast, and nothing is explained."""
    change = read_change(np.full((200, 200, 3), SKIN, np.uint8), POINTS)
    assert change.contrast == pytest.approx(0, abs=1e-6)
    assert change.explained == 0


def test_a_shadow_is_less_than_a_mask() -> None:
    """A darker lower face of the same colour has less contrast than another colour of the same lightness step."""
    shadow, coloured = covered_from(0.5), covered_from(0.5)
    shadow[100:] = (113, 135, 161)
    coloured[100:] = (190, 120, 60)
    assert read_change(shadow, POINTS).contrast < read_change(coloured, POINTS).contrast


def test_size_counts_within_what_was_measured() -> None:
    """Faces larger than what was measured count as the largest, and twice the log-odds are twice the evidence."""
    looks = np.array([2.0, 4.0])
    assert np.array_equal(parts_of_odds(looks, 400), parts_of_odds(looks, 800))
    small, large = parts_of_odds(looks, 24), parts_of_odds(looks, 64)
    assert small[4] < 0 < large[4]
    assert parts_of_odds(2 * looks, 64)[:4] == pytest.approx(2 * large[:4])
