"""The mosaic is opaque: what lies under it has no influence on what is seen."""

import numpy as np
import pytest

from casetrail.evidence.mosaic import Mosaic
from casetrail.model.errors import BadInputError

WH = (128, 96)
REGION = np.array([[30.5, 20.2, 61.0, 50.0]], np.float32)


def test_whole_tiles_are_covered() -> None:
    """A region grows to whole tiles, never shrinks; pixels outside stay as they were."""
    mosaic, image = Mosaic(WH), np.full((96, 128, 3), 7, np.uint8)
    covered = mosaic.cover(REGION)
    assert covered[20:50, 30:61].all()
    rows, columns = np.nonzero(covered)
    assert {int(rows.min()), int(columns.min()), int(rows.max()) + 1, int(columns.max()) + 1} <= {
        n * mosaic.tile_px for n in range(64)
    }
    assert (mosaic.redact(image, REGION)[~covered] == 7).all()


@pytest.mark.parametrize("wh", [WH, (1920, 1080), (101, 67)])
def test_the_share_is_that_of_covered_pixels(wh: tuple[int, int]) -> None:
    """Counted in tiles, the share is the same as in pixels, where tiles are cut at the edge too."""
    mosaic = Mosaic(wh)
    regions = np.array([[3, 4, 30, 41], [wh[0] - 20, wh[1] - 9, wh[0] + 5, wh[1] + 5]], np.float32)
    assert mosaic.share(regions) == pytest.approx(float(mosaic.cover(regions).mean()))


def test_clips_have_patterns_of_their_own() -> None:
    """Two mosaics hardly share a tile, unless they were given the same key."""
    image = np.zeros((96, 128, 3), np.uint8)
    everything = np.array([[0, 0, *WH]], np.float32)
    one, other = Mosaic(WH).redact(image, everything), Mosaic(WH).redact(image, everything)
    assert (one == other).mean() < 0.05
    assert (Mosaic(WH, b"k" * 16).redact(image, everything) == Mosaic(WH, b"k" * 16).redact(image, everything)).all()


def test_a_region_without_numbers_covers_everything() -> None:
    """Fail closed: a box that is not a number hides the frame."""
    assert Mosaic(WH).cover(np.array([[np.nan, 3, 9, 9]], np.float32)).all()


def test_regions_outside_the_picture() -> None:
    """A region beyond the edge covers what it shares with the picture, and nothing when it shares nothing."""
    mosaic = Mosaic(WH)
    assert mosaic.cover(np.array([[-50, -50, 5, 5]], np.float32))[:5, :5].all()
    assert not mosaic.cover(np.array([[500, 0, 600, 50], [-9, -9, -1, -1]], np.float32)).any()


def test_another_size_is_refused() -> None:
    """A frame that does not belong to the clip is never passed through."""
    with pytest.raises(BadInputError):
        Mosaic(WH).redact(np.zeros((10, 10, 3), np.uint8), REGION)
    with pytest.raises(BadInputError):
        Mosaic((0, 4))


def test_averaging_frames_restores_nothing() -> None:
    """A face that moves under the mosaic for thirty frames, realigned and averaged, is not correlated with itself."""
    numbers = np.random.default_rng(4)
    face = numbers.integers(0, 256, (8, 8, 1)).repeat(4, 0).repeat(4, 1).repeat(3, 2).astype(np.uint8)
    mosaic, found = Mosaic((256, 96), b"a fixed test key"), []
    for step in range(30):
        image = np.full((96, 256, 3), 90, np.uint8)
        left = 10 + 5 * step
        image[30:62, left : left + 32] = face
        seen = mosaic.redact(image, np.array([[left, 30, left + 32, 62]], np.float32))
        found.append(seen[30:62, left : left + 32].astype(np.float64))
    mean = np.mean(found, axis=0).ravel()
    assert abs(np.corrcoef(mean, face.ravel().astype(np.float64))[0, 1]) < 0.35
    whole = np.array([[0, 0, 256, 96]], np.float32)
    pictures = [np.full((96, 256, 3), tone, np.uint8) for tone in (0, 255)]
    assert (mosaic.redact(pictures[0], whole) == mosaic.redact(pictures[1], whole)).all()
