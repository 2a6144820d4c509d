"""The clothing embedder whose weights the package carries."""

import hashlib
from dataclasses import replace
from importlib import resources
from pathlib import Path

import numpy as np
import pytest

from casetrail.adapters.carried_clothing.clothing import CarriedClothingEmbedder
from casetrail.adapters.carried_clothing.network import WEIGHTS, read_weights
from casetrail.adapters.model_files.model_files import LocalModelFiles
from casetrail.app.drawn_pictures import draw_figure
from casetrail.app.evaluate.reid import evaluate_reid
from casetrail.app.model_catalogue import find_entry
from casetrail.app.models import resolve
from casetrail.bootstrap import open_clothing_embedder, open_image_reader
from casetrail.model.arrays import Image
from casetrail.model.errors import IntegrityError
from casetrail.model.models import ModelRole

ENTRY = find_entry("clothing-network-1")
PACKAGE = resources.files("casetrail.adapters.carried_clothing")
RED, BLUE, DARK, PALE = (40, 40, 200), (200, 80, 30), (40, 40, 40), (190, 200, 205)


@pytest.fixture(scope="module")
def embedder() -> CarriedClothingEmbedder:
    """The embedder as the catalogue stamps it, on one thread."""
    assert ENTRY.calibration is not None
    return CarriedClothingEmbedder(ENTRY.stamp, ENTRY.calibration, threads=1)


def test_weights_are_small_and_those_of_the_catalogue() -> None:
    """The package carries at most 2 MB of weights, and the stamp of results is their hash."""
    content = PACKAGE.joinpath(WEIGHTS).read_bytes()
    assert len(content) <= 2_000_000
    assert hashlib.sha256(content).hexdigest() == ENTRY.sha256


def test_weights_come_with_their_terms() -> None:
    """Beside the weights lies what they were taught with, and under which terms that footage was available."""
    text = PACKAGE.joinpath("WEIGHTS.md").read_text(encoding="utf-8")
    assert "not stated" in text and "0277" in text and WEIGHTS in text


def test_other_weights_are_refused(embedder: CarriedClothingEmbedder) -> None:
    """Weights that are not those of the stamp stop everything."""
    other = CarriedClothingEmbedder(replace(embedder.stamp, sha256_12="0" * 12), embedder.calibration)
    with pytest.raises(IntegrityError, match="sha256 differs"):
        other.embed([draw_figure(RED, DARK)], [None])


def test_weights_are_read_as_numbers_of_use() -> None:
    """Every array is finite, and none is empty or all the same, as weights cut short would be."""
    weights = read_weights(ENTRY.stamp.sha256_12)
    assert all(np.isfinite(array).all() and array.dtype == np.float32 for array in weights.values())
    assert all(array.std() > 0 for name, array in weights.items() if array.ndim > 1)


def test_another_instance_says_the_same(embedder: CarriedClothingEmbedder) -> None:
    """The same crop gives the same numbers in a network opened anew."""
    figure = draw_figure(BLUE, DARK)
    again = CarriedClothingEmbedder(embedder.stamp, embedder.calibration, threads=1)
    assert np.array_equal(embedder.embed([figure], [None]), again.embed([figure], [None]))


def test_colour_cast_weighs_less_than_other_clothes(embedder: CarriedClothingEmbedder) -> None:
    """The same figure under a warmer, darker camera is nearer than a figure in other clothes under the same one."""
    figure = draw_figure(RED, DARK)
    warm, blue, pale = embedder.embed([_cast(figure), draw_figure(BLUE, DARK), draw_figure(PALE, BLUE)], [None] * 3)
    own = embedder.embed([figure], [None])[0]
    assert own @ warm > own @ blue and own @ warm > own @ pale


def test_tells_people_apart_across_real_cameras(shared_data: Path, tmp_path: Path) -> None:
    """Across two real cameras people nobody taught it are found far better than by chance (1 in 31)."""
    folder = shared_data / "reid_iitd_col780" / "train"
    carried = open_clothing_embedder(resolve(ModelRole.CLOTHING, LocalModelFiles(None, tmp_path)))
    result = evaluate_reid(folder, folder, ("01", "02"), carried, open_image_reader())
    assert result.rank1 > 0.6 and result.map > 0.45
    assert carried.calibration.same_mean == pytest.approx(result.same_mean, abs=0.08)
    assert carried.calibration.different_mean == pytest.approx(result.different_mean, abs=0.04)


def _cast(figure: Image) -> Image:
    cast: Image = np.clip(figure * np.array([0.75, 0.85, 0.95]), 0, 255).astype(np.uint8)
    return cast
